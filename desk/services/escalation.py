"""Hand a conversation over to people, or promise a call back when nobody is there (R4)."""

import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.domain.cases import Case, CaseType
from desk.domain.conversations import Conversation, ConversationState, Message
from desk.domain.escalation import staffing, wait_minutes
from desk.domain.policy import Policy, Severity
from desk.services.access import ConversationNotFoundError
from desk.services.cases import Choose, OpenCase, open_case
from desk.services.conversations import queue_conversation
from desk.services.uow import UnitOfWorkFactory

log = logging.getLogger(__name__)

Announce = Callable[[Conversation, Sequence[Message]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class HandOverPorts:
    """What handing over needs of the running desk."""

    agents_present: Callable[[], int]  # signed in and connected
    announce: Announce  # tells browsers, after the commit


@dataclass(frozen=True, slots=True)
class Queued:
    """A person will come: this position (1 is next), this wait."""

    position: int
    wait_minutes: int


@dataclass(frozen=True, slots=True)
class AlreadyHandedOver:
    """The conversation waits already; position 0: a person has it."""

    position: int
    wait_minutes: int


@dataclass(frozen=True, slots=True)
class ClosedNow:
    """Nobody works now; the call-back case, unless none was asked for."""

    opens_at: datetime
    case: Case | None


HandedOver = Queued | AlreadyHandedOver | ClosedNow


def seq_of(key: str, conversation_id: str) -> int | None:
    """Return the number of the message that a key begins with (`c_x-12:human` → 12)."""
    found = re.match(rf"{re.escape(conversation_id)}-(\d+)(?::|$)", key)
    return int(found.group(1)) if found else None


async def hand_over(
    units: UnitOfWorkFactory,
    ports: HandOverPorts,
    conversation_id: str,
    *,
    reason: str,
    key: str,
    policy: Policy,
    now: datetime,
    choose: Choose,
    severity: Severity = Severity.NORMAL,
    opens_callback: bool = True,
) -> HandedOver:
    """Hand over once, whoever asks and how often. Raises ConversationNotFoundError.

    `key` begins with the message whose bot turn asks, so that this turn's last words still arrive.
    `opens_callback` False: the caller has a case already that somebody will look at.
    """
    present = ports.agents_present()
    staff = staffing(policy, now, agents_present=present)

    def minutes_for(position: int) -> int:
        return wait_minutes(position, present, policy.escalation)

    async with units() as uow:
        conversation = await uow.conversations.lock(conversation_id)
        if conversation is None:
            raise ConversationNotFoundError(conversation=conversation_id)
        if conversation.state is ConversationState.WITH_AGENT:
            return AlreadyHandedOver(0, 0)
        if conversation.state is ConversationState.QUEUED and conversation.queued_at:
            position = await uow.conversations.waiting_before(conversation.queued_at) + 1
            if conversation.queued_by_seq == seq_of(key, conversation_id):
                return Queued(position, minutes_for(position))  # this turn, run again
            return AlreadyHandedOver(position, minutes_for(position))
        said: Message | None = None
        position = 0
        if staff.is_open:
            by_seq = seq_of(key, conversation_id)
            conversation, said, position = await queue_conversation(
                uow, conversation, reason, now=now, by_seq=by_seq, minutes_for=minutes_for
            )
            await uow.conversations.save(conversation)
            await uow.commit()
    if said is not None:
        log.info("handed_over", extra={"conversation": conversation_id, "reason": reason})
        await ports.announce(conversation, (said,))
        return Queued(position, minutes_for(position))
    if not opens_callback:
        return ClosedNow(staff.opens_at, None)
    ask = OpenCase(
        type=CaseType.CALLBACK,
        shopper_id=conversation.shopper_id,
        language=conversation.language,
        key=key,
        actor="bot",
        conversation_id=conversation_id,
        severity=severity,
        reason=reason[:32],
        decision={"outcome": "callback", "opens_at": staff.opens_at.isoformat()},
    )
    opened = await open_case(units, ask, policy, now=now, choose=choose)
    return ClosedNow(staff.opens_at, opened.case)
