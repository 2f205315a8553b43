"""Cards that handlers show beside conversations."""

from collections.abc import Sequence
from typing import Any

from desk.api.desk import Desk
from desk.domain.cases import Case
from desk.services.tasks.cards import case_card


def case_cards(desk: Desk, cases: Sequence[Case], language: str) -> list[dict[str, Any]]:
    """Return cases as cards."""
    task_desk = desk.task_desk()
    return [case_card(case, task_desk, language) for case in cases]
