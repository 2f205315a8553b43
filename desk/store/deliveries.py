"""The outbox in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.domain.conversations import Message
from desk.domain.people import Delivery
from desk.store.conversations import MESSAGE_COLUMNS, message_of
from desk.store.tables import DeliveryRow, MessageRow, table_of

_D = table_of(DeliveryRow).c


class SqlDeliveries:
    """The delivery repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def add(self, message: Message, *, channel: str, recipient: str, now: datetime) -> None:
        """Ask for a message to be pushed."""
        await self._session.execute(
            insert(table_of(DeliveryRow)).values(
                message_id=message.id,
                channel=channel,
                recipient=recipient,
                state="waiting",
                attempts=0,
                next_at=now,
                last_error="",
            )
        )

    async def due(self, now: datetime, *, limit: int) -> Sequence[Delivery]:
        """Return deliveries whose time has come; in PostgreSQL other workers skip them."""
        found = await self._session.execute(
            select(_D.id, _D.message_id, _D.channel, _D.recipient, _D.attempts, _D.next_at)
            .where(_D.state == "waiting", _D.next_at <= now)
            .order_by(_D.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        return [Delivery(**row._mapping) for row in found]

    async def next_at(self) -> datetime | None:
        """Return the moment of the next delivery."""
        found = await self._session.execute(
            select(func.min(_D.next_at)).where(_D.state == "waiting")
        )
        moment: datetime | None = found.scalar_one()
        return moment

    async def postpone(self, delivery_id: int, *, until: datetime, error: str) -> None:
        """Count an attempt and try again later."""
        await self._session.execute(
            update(table_of(DeliveryRow))
            .where(_D.id == delivery_id)
            .values(attempts=_D.attempts + 1, next_at=until, last_error=error[:200])
        )

    async def put_off(self, delivery_id: int, *, until: datetime, error: str) -> None:
        """Try again at another time; counts nothing."""
        await self._session.execute(
            update(table_of(DeliveryRow))
            .where(_D.id == delivery_id)
            .values(next_at=until, last_error=error[:200])
        )

    async def finish(
        self, delivery_id: int, *, state: str, error: str, external_id: str | None
    ) -> None:
        """End a delivery as "delivered" or "failed"."""
        await self._session.execute(
            update(table_of(DeliveryRow))
            .where(_D.id == delivery_id)
            .values(state=state, last_error=error[:200], external_id=external_id)
        )

    async def message(self, message_id: int) -> Message | None:
        """Return the message of a delivery."""
        found = await self._session.execute(
            select(*MESSAGE_COLUMNS).where(table_of(MessageRow).c.id == message_id)
        )
        row = found.first()
        return message_of(row) if row else None
