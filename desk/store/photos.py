"""Photos in SQL; the files lie in the data folder."""

from collections.abc import Sequence

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from desk.domain.people import Photo
from desk.store.conversations import rows_changed
from desk.store.tables import PhotoRow, table_of

_P = table_of(PhotoRow).c
_NAMES = (
    "id",
    "conversation_id",
    "case_id",
    "media_type",
    "width",
    "height",
    "size_bytes",
    "idempotency_key",
    "created_at",
)
_COLUMNS = [_P[name] for name in _NAMES]


class SqlPhotos:
    """The photo repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def add(self, photo: Photo) -> None:
        """Store what we know of a photo."""
        await self._session.execute(
            insert(table_of(PhotoRow)).values({name: getattr(photo, name) for name in _NAMES})
        )

    async def get(self, photo_id: str) -> Photo | None:
        """Return one photo."""
        found = await self._session.execute(select(*_COLUMNS).where(_P.id == photo_id))
        row = found.first()
        return Photo(**row._mapping) if row else None

    async def by_key(self, conversation_id: str, key: str) -> Photo | None:
        """Return the photo that was sent under this key."""
        found = await self._session.execute(
            select(*_COLUMNS).where(
                _P.conversation_id == conversation_id, _P.idempotency_key == key
            )
        )
        row = found.first()
        return Photo(**row._mapping) if row else None

    async def of_case(self, case_id: int) -> Sequence[Photo]:
        """Return the photos of a case."""
        found = await self._session.execute(
            select(*_COLUMNS).where(_P.case_id == case_id).order_by(_P.created_at, _P.id)
        )
        return [Photo(**row._mapping) for row in found]

    async def attach(self, photo_ids: Sequence[str], case_id: int, conversation_id: str) -> int:
        """Put a conversation's photos into a case; others' photos are left alone."""
        result = await self._session.execute(
            update(table_of(PhotoRow))
            .where(_P.id.in_(photo_ids), _P.conversation_id == conversation_id)
            .values(case_id=case_id)
        )
        return rows_changed(result)
