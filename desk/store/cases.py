"""Cases and their audit trail in SQL."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Row, Select, and_, func, insert, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.domain.cases import (
    AWAITING_DECISION,
    OPEN,
    Case,
    CaseChangedError,
    CaseEvent,
    CaseFilter,
    CaseState,
    CaseType,
    EventKind,
    KeyTakenError,
)
from desk.domain.policy import Severity
from desk.store.conversations import rows_changed
from desk.store.tables import CaseEventRow, CaseRow, ShopperRow, table_of

_CASES, _EVENTS = table_of(CaseRow), table_of(CaseEventRow)
_C, _E, _S = _CASES.c, _EVENTS.c, table_of(ShopperRow).c
_SAME_NAME = (
    "number",
    "team",
    "shopper_id",
    "conversation_id",
    "language",
    "order_number",
    "line_id",
    "quantity",
    "reason",
    "description",
    "wanted",
    "refund_minor",
    "currency",
    "deadline_at",
    "created_at",
    "updated_at",
)


async def lock_subject(session: AsyncSession, subject: str) -> None:
    """Take a lock with a name until the transaction ends; SQLite has one writer anyway."""
    if session.get_bind().dialect.name == "postgresql":
        await session.execute(
            text("SELECT pg_advisory_xact_lock(hashtextextended(:subject, 0))"),
            {"subject": subject},
        )


def _values(case: Case) -> dict[str, Any]:
    values: dict[str, Any] = {name: getattr(case, name) for name in _SAME_NAME}
    values |= {
        "type": case.type.value,
        "state": case.state.value,
        "severity": case.severity.value,
        "decision": dict(case.decision),
        "idempotency_key": case.key,
    }
    return values


def _case(row: Row[Any]) -> Case:
    data = row._mapping
    return Case(
        id=data["id"],
        type=CaseType(data["type"]),
        state=CaseState(data["state"]),
        severity=Severity(data["severity"]),
        decision=data["decision"] or {},
        key=data["idempotency_key"],
        shopper_ref=data["shop_ref"],
        version=data["version"],
        **{name: data[name] for name in _SAME_NAME},
    )


def _event(row: Row[Any]) -> CaseEvent:
    data = row._mapping
    return CaseEvent(
        id=data["id"],
        kind=EventKind(data["kind"]),
        actor=data["actor"],
        at=data["at"],
        from_state=CaseState(data["from_state"]) if data["from_state"] else None,
        to_state=CaseState(data["to_state"]) if data["to_state"] else None,
        note=data["note"],
        is_public=data["is_public"],
        key=data["idempotency_key"],
    )


def _select() -> Select[Any]:
    return select(_CASES, _S.shop_ref).join(table_of(ShopperRow), _S.id == _C.shopper_id)


class SqlCases:
    """The case repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def lock_subject(self, subject: str) -> None:
        """Keep other units of work away from what two cases must not be opened about."""
        await lock_subject(self._session, subject)

    async def add(self, case: Case) -> Case:
        """Store a new case and return it with its id. Raises KeyTakenError."""
        statement = insert(_CASES).values(**_values(case), version=1).returning(_C.id)
        try:
            case_id = (await self._session.execute(statement)).scalar_one()
        except IntegrityError as error:
            raise KeyTakenError(key=case.key, number=case.number) from error
        stored = await self._one(_select().where(_C.id == case_id))
        assert stored is not None  # noqa: S101 - written a line ago
        return stored

    async def save(self, case: Case) -> Case:
        """Write a changed case back. Raises CaseChangedError when somebody was quicker."""
        result = await self._session.execute(
            update(_CASES)
            .where(_C.id == case.id, _C.version == case.version)
            .values(**_values(case), version=case.version + 1)
        )
        if rows_changed(result) != 1:
            raise CaseChangedError(number=case.number)
        return replace(case, version=case.version + 1)

    async def _one(self, statement: Select[Any]) -> Case | None:
        row = (await self._session.execute(statement)).first()
        return _case(row) if row else None

    async def by_number(self, number: str) -> Case | None:
        """Return one case."""
        return await self._one(_select().where(_C.number == number))

    async def by_key(self, shopper_id: int, key: str) -> Case | None:
        """Return the case that this request has opened before."""
        return await self._one(
            _select().where(_C.shopper_id == shopper_id, _C.idempotency_key == key)
        )

    async def open_for_line(self, line_id: str, case_type: CaseType) -> Case | None:
        """Return the open case about a line, whoever opened it."""
        return await self._one(
            _select()
            .where(_C.line_id == line_id, _C.type == case_type.value, _C.state.in_(OPEN))
            .order_by(_C.id.desc())
            .limit(1)
        )

    async def open_in_conversation(
        self, conversation_id: str, case_type: CaseType, order_number: str | None
    ) -> Case | None:
        """Return the newest open case of a type that this conversation opened about an order."""
        return await self._one(
            _select()
            .where(
                _C.conversation_id == conversation_id,
                _C.type == case_type.value,
                _C.order_number.is_(None)
                if order_number is None
                else _C.order_number == order_number,
                _C.state.in_(OPEN),
            )
            .order_by(_C.id.desc())
            .limit(1)
        )

    async def refunded_quantity(self, line_id: str) -> int:
        """Count the pieces of a line that ended return cases have paid back."""
        found = await self._session.execute(
            select(func.coalesce(func.sum(_C.quantity), 0)).where(
                _C.line_id == line_id,
                _C.type == CaseType.RETURN.value,
                _C.state == CaseState.CLOSED.value,
                _C.refund_minor.is_not(None),
            )
        )
        return int(found.scalar_one())

    async def of_shopper(self, shopper_id: int, *, limit: int = 20) -> Sequence[Case]:
        """Return the shopper's cases, newest first."""
        rows = await self._session.execute(
            _select().where(_C.shopper_id == shopper_id).order_by(_C.id.desc()).limit(limit)
        )
        return [_case(row) for row in rows]

    async def page(
        self, wanted: CaseFilter, *, before_id: int | None, limit: int
    ) -> Sequence[Case]:
        """Return one page of cases, newest first; `before_id` is the id of the last one seen."""
        statement = _select().order_by(_C.id.desc()).limit(limit)
        if before_id is not None:
            statement = statement.where(_C.id < before_id)
        for column, value in (
            (_C.state, wanted.state),
            (_C.type, wanted.type),
            (_C.team, wanted.team),
        ):
            if value is not None:
                statement = statement.where(column == str(value))
        if wanted.is_open is not None:
            is_open = _C.state.in_(OPEN)
            statement = statement.where(is_open if wanted.is_open else ~is_open)
        if wanted.overdue_at is not None:
            statement = statement.where(
                and_(_C.deadline_at < wanted.overdue_at, _C.state.in_(AWAITING_DECISION))
            )
        return [_case(row) for row in await self._session.execute(statement)]

    async def add_event(self, case_id: int, event: CaseEvent) -> None:
        """Write one entry of the audit trail. Raises KeyTakenError."""
        try:
            await self._session.execute(
                insert(_EVENTS).values(
                    case_id=case_id,
                    kind=event.kind.value,
                    actor=event.actor,
                    from_state=event.from_state and event.from_state.value,
                    to_state=event.to_state and event.to_state.value,
                    note=event.note,
                    is_public=event.is_public,
                    idempotency_key=event.key,
                    at=event.at,
                )
            )
        except IntegrityError as error:
            raise KeyTakenError(key=event.key) from error

    async def event_by_key(self, case_id: int, key: str) -> CaseEvent | None:
        """Return the entry that this request has written before."""
        row = (
            await self._session.execute(
                select(_EVENTS).where(_E.case_id == case_id, _E.idempotency_key == key)
            )
        ).first()
        return _event(row) if row else None

    async def events(self, case_id: int) -> Sequence[CaseEvent]:
        """Return the audit trail, oldest first."""
        rows = await self._session.execute(
            select(_EVENTS).where(_E.case_id == case_id).order_by(_E.id)
        )
        return [_event(row) for row in rows]
