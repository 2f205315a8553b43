"""Proved access to orders, and failed tries, in SQL."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.domain.access import FailedTry
from desk.store.cases import lock_subject
from desk.store.tables import VerificationAttemptRow, VerifiedOrderRow, table_of

_VERIFIED, _ATTEMPTS = table_of(VerifiedOrderRow), table_of(VerificationAttemptRow)
_V, _A = _VERIFIED.c, _ATTEMPTS.c


class SqlAccess:
    """The access repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def lock(self, conversation_id: str, order_number: str) -> None:
        """Let nobody else try for this conversation or order until the unit of work ends."""
        for subject in sorted((f"access:{conversation_id}", f"access:{order_number}")):
            await lock_subject(self._session, subject)

    async def verified_orders(self, conversation_id: str) -> Sequence[str]:
        """Return the order numbers proved in a conversation, the latest first."""
        rows = await self._session.execute(
            select(_V.order_number)
            .where(_V.conversation_id == conversation_id)
            .order_by(_V.verified_at.desc(), _V.order_number)
        )
        return list(rows.scalars())

    async def add_verified(self, conversation_id: str, order_number: str, at: datetime) -> None:
        """Remember a proof; again is fine."""
        if order_number not in await self.verified_orders(conversation_id):
            await self._session.execute(
                insert(_VERIFIED).values(
                    conversation_id=conversation_id, order_number=order_number, verified_at=at
                )
            )

    async def failures_of_conversation(
        self, conversation_id: str, since: datetime
    ) -> Sequence[datetime]:
        """Return the moments of failed tries in a conversation, oldest first."""
        return await self._failures(_A.conversation_id == conversation_id, since)

    async def failures_of_order(self, order_number: str, since: datetime) -> Sequence[datetime]:
        """Return the moments of failed tries for an order number, oldest first."""
        return await self._failures(_A.order_number == order_number, since)

    async def _failures(self, whose: ColumnElement[bool], since: datetime) -> Sequence[datetime]:
        rows = await self._session.execute(
            select(_A.at).where(whose, _A.at > since).order_by(_A.at, _A.id)
        )
        return list(rows.scalars())

    async def failure_by_key(self, conversation_id: str, key: str) -> FailedTry | None:
        """Return the failed try of a request that was made before."""
        row = (
            await self._session.execute(
                select(_A.order_number, _A.at).where(
                    _A.conversation_id == conversation_id, _A.idempotency_key == key
                )
            )
        ).first()
        return FailedTry(row.order_number, row.at) if row else None

    async def add_failure(
        self, conversation_id: str, order_number: str, key: str, at: datetime
    ) -> None:
        """Count a failed try."""
        await self._session.execute(
            insert(_ATTEMPTS).values(
                conversation_id=conversation_id,
                order_number=order_number,
                idempotency_key=key,
                at=at,
            )
        )
