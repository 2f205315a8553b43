"""The life of a case (R5): its states, the moves between them, its number.

`move` is the only way to change a state.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from desk.domain.errors import DeskError
from desk.domain.policy import Severity


class CaseType(StrEnum):
    """What a case is about; the names of R2 tasks, shortened where the task opens one case only."""

    RETURN = "return"
    EXCHANGE = "exchange"
    REPAIR = "repair"
    COMPLAINT = "complaint"
    LOGISTICS_EXCEPTION = "logistics_exception"
    PRICE_PROTECTION = "price_protection"
    INVOICE_REQUEST = "invoice_request"
    PAYMENT_PROBLEM = "payment_problem"
    CALLBACK = "callback"
    OTHER = "other"


class CaseState(StrEnum):
    """Where a case stands."""

    SUBMITTED = "submitted"
    UNDER_REVIEW = "under_review"
    APPROVED = "approved"
    REJECTED = "rejected"
    WAITING_FOR_PARCEL = "waiting_for_parcel"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDING = "refunding"
    RESENT = "resent"
    REPAIRED = "repaired"
    CLOSED = "closed"
    WITHDRAWN = "withdrawn"
    REOPENED = "reopened"


class EventKind(StrEnum):
    """What an entry of the audit trail tells."""

    OPENED = "opened"
    MOVED = "moved"
    REMARK = "remark"
    PHOTO = "photo"


class MoveNotAllowedError(DeskError):
    """A case cannot go from its state to the wanted one; `data["allowed"]` lists where it can."""

    code = "case_move_not_allowed"


class KeyTakenError(DeskError):
    """Another process has just stored the same key or number: ask again, once."""

    code = "key_taken"


class CaseChangedError(DeskError):
    """Somebody has changed the case since it was read."""

    code = "case_changed"


@dataclass(frozen=True, slots=True)
class CaseFilter:
    """Which cases to list; None: any."""

    state: CaseState | None = None
    type: CaseType | None = None
    team: str | None = None
    is_open: bool | None = None
    overdue_at: datetime | None = None  # a first decision is owed and was due before this moment


S = CaseState
# Over for now: nobody has to act, and a second case about the same thing may be opened.
ENDED = frozenset({S.CLOSED, S.REJECTED, S.WITHDRAWN})
OPEN = frozenset(CaseState) - ENDED
# The shopper may still change their mind; afterwards the parcel is with us.
WITHDRAWABLE = frozenset(
    {S.SUBMITTED, S.UNDER_REVIEW, S.APPROVED, S.WAITING_FOR_PARCEL, S.REOPENED}
)

_START: Mapping[CaseState, Sequence[CaseState]] = {
    S.SUBMITTED: (S.UNDER_REVIEW, S.APPROVED, S.REJECTED, S.WITHDRAWN),
    S.UNDER_REVIEW: (S.APPROVED, S.REJECTED, S.WITHDRAWN),
    S.REJECTED: (S.REOPENED,),
    S.CLOSED: (S.REOPENED,),
    S.WITHDRAWN: (S.REOPENED,),
    S.REOPENED: (S.UNDER_REVIEW, S.WITHDRAWN, S.CLOSED),
}


def _with_parcel(*results: CaseState) -> Mapping[CaseState, Sequence[CaseState]]:
    """Goods come back and end in one of the results; approval may skip the parcel ("keep it")."""
    return {
        **_START,
        S.APPROVED: (S.WAITING_FOR_PARCEL, *results, S.WITHDRAWN),
        S.WAITING_FOR_PARCEL: (S.RECEIVED, S.WITHDRAWN),
        S.RECEIVED: (S.INSPECTED,),
        S.INSPECTED: (*results, S.REJECTED),
        **{result: (S.CLOSED,) for result in results},
    }


_PLAIN: Mapping[CaseState, Sequence[CaseState]] = {
    **_START,
    S.SUBMITTED: (S.UNDER_REVIEW, S.CLOSED, S.WITHDRAWN),
    S.UNDER_REVIEW: (S.CLOSED, S.WITHDRAWN),
}
_MONEY: Mapping[CaseState, Sequence[CaseState]] = {
    **_START,
    S.APPROVED: (S.REFUNDING, S.CLOSED, S.WITHDRAWN),
    S.REFUNDING: (S.CLOSED,),
}
_CLAIM: Mapping[CaseState, Sequence[CaseState]] = {
    **_START,
    S.SUBMITTED: (S.UNDER_REVIEW, S.APPROVED, S.REJECTED, S.CLOSED, S.WITHDRAWN),
    S.UNDER_REVIEW: (S.APPROVED, S.REJECTED, S.CLOSED, S.WITHDRAWN),
    S.APPROVED: (S.REFUNDING, S.RESENT, S.CLOSED, S.WITHDRAWN),
    S.REFUNDING: (S.CLOSED,),
    S.RESENT: (S.CLOSED,),
}
NEXT_STATES: Mapping[CaseType, Mapping[CaseState, Sequence[CaseState]]] = {
    CaseType.RETURN: _with_parcel(S.REFUNDING),
    CaseType.EXCHANGE: _with_parcel(S.RESENT, S.REFUNDING),
    CaseType.REPAIR: _with_parcel(S.REPAIRED, S.RESENT, S.REFUNDING),
    CaseType.COMPLAINT: _CLAIM,
    CaseType.LOGISTICS_EXCEPTION: _CLAIM,
    CaseType.PRICE_PROTECTION: _MONEY,
    CaseType.INVOICE_REQUEST: _PLAIN,
    CaseType.PAYMENT_PROBLEM: _MONEY,
    CaseType.CALLBACK: _PLAIN,
    CaseType.OTHER: _PLAIN,
}


@dataclass(frozen=True, slots=True)
class CaseEvent:
    """One entry of the audit trail."""

    kind: EventKind
    actor: str  # "shopper", "bot", "agent:<login>", "clock"
    at: datetime
    from_state: CaseState | None = None
    to_state: CaseState | None = None
    note: str = ""
    is_public: bool = False
    key: str | None = None
    id: int = 0


@dataclass(frozen=True, slots=True)
class Case:
    """One after-sales case. `id` 0: not stored yet; `version` settles races between two agents."""

    number: str
    type: CaseType
    state: CaseState
    severity: Severity
    team: str
    shopper_id: int
    language: str
    deadline_at: datetime
    created_at: datetime
    updated_at: datetime
    conversation_id: str | None = None
    order_number: str | None = None
    line_id: str | None = None
    quantity: int | None = None
    reason: str | None = None
    description: str = ""
    wanted: str | None = None
    refund_minor: int | None = None
    currency: str | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    shopper_ref: str | None = (
        None  # the shop's id of the shopper; read with the case, not stored with it
    )
    id: int = 0
    version: int = 1

    @property
    def is_open(self) -> bool:
        """Whether somebody still has to act."""
        return self.state in OPEN

    def title(self, language: str) -> str:
        """Return what the case is about as it was called when it was opened, or an empty text."""
        value = self.decision.get("title_en" if language == "en" else "title_zh", "")
        return str(value)

    def is_overdue(self, now: datetime) -> bool:
        """Whether a first decision is owed and late."""
        return self.state in AWAITING_DECISION and now > self.deadline_at


AWAITING_DECISION = frozenset({S.SUBMITTED, S.UNDER_REVIEW, S.REOPENED})


def next_states(case: Case) -> tuple[CaseState, ...]:
    """Return where a case may go from here, the usual way first."""
    return tuple(NEXT_STATES[case.type].get(case.state, ()))


def move(
    case: Case, to: CaseState, *, actor: str, at: datetime, note: str = "", key: str | None = None
) -> tuple[Case, CaseEvent]:
    """Move a case and tell it in one event. Raises MoveNotAllowedError.

    A rejected or withdrawn case owes no money, so its refund is emptied.
    """
    allowed = next_states(case)
    if to not in allowed:
        raise MoveNotAllowedError(
            number=case.number,
            state=case.state.value,
            to=to.value,
            allowed=[s.value for s in allowed],
        )
    moved = replace(case, state=to, updated_at=at)
    if to in (S.REJECTED, S.WITHDRAWN):
        moved = replace(moved, refund_minor=None)
    event = CaseEvent(
        EventKind.MOVED, actor, at, from_state=case.state, to_state=to, note=note,
        is_public=True, key=key,
    )  # fmt: skip
    return moved, event


NUMBER_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O and no 1/I: numbers are read aloud


def make_number(choose: Callable[[Sequence[str]], str]) -> str:
    """Return a fresh number such as R7K3-9QX2; `choose` is the randomness (`Random.choice`)."""
    signs = [choose(NUMBER_SIGNS) for _ in range(8)]
    return f"{''.join(signs[:4])}-{''.join(signs[4:])}"


def normal_number(text: str) -> str:
    """Return a number as it is stored, however it was typed: lower case, without the hyphen."""
    signs = "".join(sign for sign in text.upper() if sign.isalnum())
    return f"{signs[:4]}-{signs[4:]}" if len(signs) == 8 else signs
