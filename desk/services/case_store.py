"""What cases and access need of the store. `desk/store/{cases,access}.py` implement it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from desk.domain.access import FailedTry
from desk.domain.cases import Case, CaseEvent, CaseFilter, CaseType


class CaseRepository(Protocol):
    """Cases and their audit trail."""

    async def lock_subject(self, subject: str) -> None:
        """Keep other units of work away from what two cases must not be opened about."""

    async def add(self, case: Case) -> Case:
        """Store a new case and return it with its id. Raises KeyTakenError."""

    async def save(self, case: Case) -> Case:
        """Write a changed case back. Raises CaseChangedError when somebody was quicker."""

    async def by_number(self, number: str) -> Case | None:
        """Return one case."""

    async def by_key(self, shopper_id: int, key: str) -> Case | None:
        """Return the case that this request has opened before."""

    async def open_for_line(self, line_id: str, case_type: CaseType) -> Case | None:
        """Return the open case about a line, whoever opened it."""

    async def open_in_conversation(
        self, conversation_id: str, case_type: CaseType, order_number: str | None
    ) -> Case | None:
        """Return the newest open case of a type that this conversation opened about an order."""

    async def refunded_quantity(self, line_id: str) -> int:
        """Count the pieces of a line that ended return cases have paid back."""

    async def of_shopper(self, shopper_id: int, *, limit: int = 20) -> Sequence[Case]:
        """Return the shopper's cases, newest first."""

    async def page(
        self, wanted: CaseFilter, *, before_id: int | None, limit: int
    ) -> Sequence[Case]:
        """Return one page of cases, newest first; `before_id` is the id of the last one seen."""

    async def add_event(self, case_id: int, event: CaseEvent) -> None:
        """Write one entry of the audit trail. Raises KeyTakenError."""

    async def event_by_key(self, case_id: int, key: str) -> CaseEvent | None:
        """Return the entry that this request has written before."""

    async def events(self, case_id: int) -> Sequence[CaseEvent]:
        """Return the audit trail, oldest first."""


class AccessRepository(Protocol):
    """What strangers have proved, and how often they failed (R9)."""

    async def lock(self, conversation_id: str, order_number: str) -> None:
        """Let nobody else try for this conversation or order until the unit of work ends."""

    async def verified_orders(self, conversation_id: str) -> Sequence[str]:
        """Return the order numbers proved in a conversation, the latest first."""

    async def add_verified(self, conversation_id: str, order_number: str, at: datetime) -> None:
        """Remember a proof; again is fine."""

    async def failures_of_conversation(
        self, conversation_id: str, since: datetime
    ) -> Sequence[datetime]:
        """Return the moments of failed tries in a conversation, oldest first."""

    async def failures_of_order(self, order_number: str, since: datetime) -> Sequence[datetime]:
        """Return the moments of failed tries for an order number, oldest first."""

    async def failure_by_key(self, conversation_id: str, key: str) -> FailedTry | None:
        """Return the failed try of a request that was made before."""

    async def add_failure(
        self, conversation_id: str, order_number: str, key: str, at: datetime
    ) -> None:
        """Count a failed try."""
