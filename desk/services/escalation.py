"""Hand a conversation over to people, or promise a call back when nobody is there (R4).

Who has the conversation is changed by the conversations service; it comes in as `Queue`.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from desk.domain.cases import Case, CaseType
from desk.domain.escalation import staffing, wait_minutes
from desk.domain.policy import Policy, Severity
from desk.services.access import identity_of
from desk.services.cases import Choose, OpenCase, open_case
from desk.services.uow import UnitOfWorkFactory

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class QueuePlace:
    """Where a conversation stands after it asked for a person. `position` 1 is next."""

    kind: Literal["queued", "already_queued", "with_agent"]
    position: int


class Queue(Protocol):
    """The conversations service, as far as handing over needs it."""

    async def agents_present(self) -> int:
        """Count the agents who are signed in and connected."""

    async def place_of(self, conversation_id: str) -> QueuePlace | None:
        """Return the place of a conversation that waits or is with a person, None when neither."""

    async def join(self, conversation_id: str, *, reason: str, wait_minutes: int) -> QueuePlace:
        """Queue the conversation in one transaction; tells shopper and agents. Safe to repeat."""


@dataclass(frozen=True, slots=True)
class Queued:
    """A person will come: this position, this wait."""

    position: int
    wait_minutes: int


@dataclass(frozen=True, slots=True)
class AlreadyHandedOver:
    """The conversation waits already (or a person has it: position 0)."""

    position: int
    wait_minutes: int


@dataclass(frozen=True, slots=True)
class ClosedNow:
    """Nobody works now: a call-back case with a promised time was opened."""

    opens_at: datetime
    case: Case


HandedOver = Queued | AlreadyHandedOver | ClosedNow


async def hand_over(
    units: UnitOfWorkFactory,
    queue: Queue,
    conversation_id: str,
    *,
    reason: str,
    key: str,
    policy: Policy,
    now: datetime,
    choose: Choose,
    severity: Severity = Severity.NORMAL,
) -> HandedOver:
    """Hand over once, whoever asks and how often. Raises ConversationNotFoundError."""
    who = await identity_of(units, conversation_id)
    present = await queue.agents_present()
    if place := await queue.place_of(conversation_id):
        wait = wait_minutes(place.position, present, policy.escalation)
        return AlreadyHandedOver(place.position, wait)
    staff = staffing(policy, now, agents_present=present)
    if not staff.is_open:
        ask = OpenCase(
            type=CaseType.CALLBACK,
            shopper_id=who.shopper_id,
            language=who.language,
            key=key,
            actor="bot",
            conversation_id=conversation_id,
            severity=severity,
            reason=reason[:32],
            decision={"outcome": "callback", "opens_at": staff.opens_at.isoformat()},
        )
        opened = await open_case(units, ask, policy, now=now, choose=choose)
        return ClosedNow(staff.opens_at, opened.case)
    wait = wait_minutes(1, present, policy.escalation)
    place = await queue.join(conversation_id, reason=reason, wait_minutes=wait)
    log.info("handed_over", extra={"conversation": conversation_id, "reason": reason})
    return Queued(place.position, wait_minutes(place.position, present, policy.escalation))
