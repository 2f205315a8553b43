"""Open, move and remark on cases: one transaction with its audit entry each, repeatable by key."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from desk.domain.cases import (
    Case,
    CaseEvent,
    CaseFilter,
    CaseState,
    CaseType,
    EventKind,
    KeyTakenError,
    make_number,
    move,
    normal_number,
)
from desk.domain.errors import DeskError
from desk.domain.policy import Policy, Severity
from desk.domain.sla import deadline
from desk.services.uow import UnitOfWork, UnitOfWorkFactory

log = logging.getLogger(__name__)

Choose = Callable[[Sequence[str]], str]
LONGEST_NOTE = 4000


class CaseNotFoundError(DeskError):
    """There is no case with this number."""

    code = "case_not_found"


class CaseInputError(DeskError):
    """A field of a case or a remark cannot be used; `data["field"]` names it."""

    code = "case_input_refused"


@dataclass(frozen=True, slots=True)
class OpenCase:
    """What is needed to open a case. `path` are the states it passes at once, each audited."""

    type: CaseType
    shopper_id: int
    language: str
    key: str | None
    actor: str
    conversation_id: str | None = None
    severity: Severity = Severity.NORMAL
    order_number: str | None = None
    line_id: str | None = None
    quantity: int | None = None
    reason: str | None = None
    description: str = ""
    wanted: str | None = None
    refund_minor: int | None = None
    currency: str | None = None
    decision: dict[str, Any] = field(default_factory=dict)
    photos: tuple[str, ...] = ()
    path: tuple[CaseState, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Opened:
    """The case, and whether it is new; False: the same request or the same matter had one."""

    case: Case
    is_new: bool


async def open_case(
    units: UnitOfWorkFactory, ask: OpenCase, policy: Policy, *, now: datetime, choose: Choose
) -> Opened:
    """Open a case, or return the one that this key, or the same open matter, has already.

    The same matter is: one line and type; for complaints and call-backs one conversation and order.
    """
    try:
        return await _open_once(units, ask, policy, now=now, choose=choose)
    except KeyTakenError:
        # Another process was quicker with this key, or two random numbers met: look again, once.
        return await _open_once(units, ask, policy, now=now, choose=choose)


async def _open_once(
    units: UnitOfWorkFactory, ask: OpenCase, policy: Policy, *, now: datetime, choose: Choose
) -> Opened:
    async with units() as uow:
        subject = ask.line_id or f"{ask.conversation_id}:{ask.order_number}"
        await uow.cases.lock_subject(f"case:{ask.type}:{subject}")
        if ask.key and (known := await uow.cases.by_key(ask.shopper_id, ask.key)):
            return Opened(known, is_new=False)
        if same := await same_matter(uow, ask):
            return Opened(await _continue(uow, same, ask, now), is_new=False)
        case = await _add(uow, ask, policy, now=now, choose=choose)
        await uow.commit()
    log.info(
        "case_opened",
        extra={"case": case.number, "type": case.type.value, "severity": case.severity.value},
    )
    return Opened(case, is_new=True)


async def same_matter(uow: UnitOfWork, ask: OpenCase) -> Case | None:
    """Return the open case that a new one would double."""
    if ask.line_id:
        return await uow.cases.open_for_line(ask.line_id, ask.type)
    if ask.conversation_id and ask.type in (CaseType.COMPLAINT, CaseType.CALLBACK):
        return await uow.cases.open_in_conversation(ask.conversation_id, ask.type, ask.order_number)
    return None


async def _continue(uow: UnitOfWork, case: Case, ask: OpenCase, now: datetime) -> Case:
    """Add what is new to the open case: words as a remark, more urgency, photos."""
    if ask.key and await uow.cases.event_by_key(case.id, ask.key):
        return case
    if ask.type is CaseType.COMPLAINT and ask.description:
        event = CaseEvent(
            EventKind.REMARK, ask.actor, now, note=ask.description, is_public=True, key=ask.key
        )
        await uow.cases.add_event(case.id, event)
        if ask.severity.rank > case.severity.rank:
            case = replace(case, severity=ask.severity)
        case = await uow.cases.save(replace(case, updated_at=now))
    await uow.commit()
    return case


async def _add(
    uow: UnitOfWork, ask: OpenCase, policy: Policy, *, now: datetime, choose: Choose
) -> Case:
    deadline_at, sla_rule = deadline(ask.type, ask.severity, now, policy.sla, policy.office_hours)
    number = make_number(choose)
    while await uow.cases.by_number(number):
        number = make_number(choose)
    case = await uow.cases.add(
        Case(
            number=number,
            type=ask.type,
            state=CaseState.SUBMITTED,
            severity=ask.severity,
            team=policy.team_for(ask.type),
            shopper_id=ask.shopper_id,
            language=ask.language,
            deadline_at=deadline_at,
            created_at=now,
            updated_at=now,
            conversation_id=ask.conversation_id,
            order_number=ask.order_number,
            line_id=ask.line_id,
            quantity=ask.quantity,
            reason=ask.reason,
            description=ask.description[:LONGEST_NOTE],
            wanted=ask.wanted,
            refund_minor=ask.refund_minor,
            currency=ask.currency,
            decision={**ask.decision, "sla_rule": sla_rule},
            key=ask.key,
        )
    )
    opened = CaseEvent(
        EventKind.OPENED, ask.actor, now, to_state=CaseState.SUBMITTED, note=ask.note,
        is_public=True,
    )  # fmt: skip
    await uow.cases.add_event(case.id, opened)
    for state in ask.path:
        case, event = move(case, state, actor=ask.actor, at=now)
        await uow.cases.add_event(case.id, event)
    if ask.path:
        case = await uow.cases.save(case)
    if ask.photos and ask.conversation_id:
        await _attach(uow, case, ask.photos, ask.conversation_id, ask.actor, now)
    return case


async def _attach(
    uow: UnitOfWork,
    case: Case,
    photos: Sequence[str],
    conversation_id: str,
    actor: str,
    now: datetime,
) -> None:
    attached = await uow.photos.attach(list(photos), case.id, conversation_id)
    if attached:
        note = str(attached)
        await uow.cases.add_event(
            case.id, CaseEvent(EventKind.PHOTO, actor, now, note=note, is_public=True)
        )


async def _found(uow: UnitOfWork, number: str) -> Case:
    case = await uow.cases.by_number(normal_number(number))
    if case is None:
        raise CaseNotFoundError(number=number)
    return case


async def move_case(
    units: UnitOfWorkFactory,
    number: str,
    to: CaseState,
    *,
    actor: str,
    now: datetime,
    note: str = "",
    key: str | None = None,
) -> Case:
    """Move a case; the same key again changes nothing and returns the case as it is.

    Raises CaseNotFoundError, MoveNotAllowedError, CaseChangedError.
    """
    _check_note(note, may_be_empty=True)
    async with units() as uow:
        case = await _found(uow, number)
        await uow.cases.lock_subject(f"case:{case.number}")
        if key and await uow.cases.event_by_key(case.id, key):
            return case
        case, event = move(case, to, actor=actor, at=now, note=note, key=key)
        case = await uow.cases.save(case)
        await uow.cases.add_event(case.id, event)
        await uow.commit()
    log.info("case_moved", extra={"case": case.number, "to": to.value})
    return case


def _check_note(note: str, *, may_be_empty: bool = False) -> None:
    if len(note) > LONGEST_NOTE or not (may_be_empty or note.strip()):
        raise CaseInputError(field="text", longest=LONGEST_NOTE)


async def remark(
    units: UnitOfWorkFactory,
    number: str,
    note: str,
    *,
    actor: str,
    is_public: bool,
    now: datetime,
    key: str | None = None,
) -> Case:
    """Write a remark; a public one may be read by the shopper. Safe to repeat by key."""
    _check_note(note)
    async with units() as uow:
        case = await _found(uow, number)
        if key and await uow.cases.event_by_key(case.id, key):
            return case
        event = CaseEvent(EventKind.REMARK, actor, now, note=note, is_public=is_public, key=key)
        await uow.cases.add_event(case.id, event)
        case = await uow.cases.save(replace(case, updated_at=now))
        await uow.commit()
    return case


async def add_photos(
    units: UnitOfWorkFactory,
    number: str,
    photos: Sequence[str],
    *,
    conversation_id: str,
    actor: str,
    now: datetime,
) -> Case:
    """Put photos of a conversation into a case; photos of other conversations are left alone."""
    async with units() as uow:
        case = await _found(uow, number)
        await _attach(uow, case, photos, conversation_id, actor, now)
        await uow.commit()
    return case


@dataclass(frozen=True, slots=True)
class CaseFile:
    """A case with its audit trail."""

    case: Case
    events: Sequence[CaseEvent]


async def show_case(units: UnitOfWorkFactory, number: str) -> CaseFile:
    """Return a case with its audit trail. Raises CaseNotFoundError."""
    async with units(read_only=True) as uow:
        case = await _found(uow, number)
        return CaseFile(case, await uow.cases.events(case.id))


async def list_cases(
    units: UnitOfWorkFactory,
    wanted: CaseFilter,
    *,
    before_id: int | None = None,
    limit: int = 50,
) -> tuple[Sequence[Case], int | None]:
    """Return one page, newest first, and the id to go on from (None: that was the last)."""
    async with units(read_only=True) as uow:
        found = await uow.cases.page(wanted, before_id=before_id, limit=limit + 1)
    page = found[:limit]
    return page, page[-1].id if len(found) > limit else None
