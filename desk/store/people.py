"""Shoppers, agents and their sessions in SQL."""

from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from desk.domain.people import Agent, AgentSession, Shopper, WidgetSession
from desk.store.conversations import rows_changed
from desk.store.tables import AgentRow, AgentSessionRow, ShopperRow, WidgetSessionRow, table_of

_S = table_of(ShopperRow).c
_W = table_of(WidgetSessionRow).c
_A = table_of(AgentRow).c
_AS = table_of(AgentSessionRow).c
_AGENT_COLUMNS = [_A.id, _A.login, _A.name, _A.role, _A.password_hash, _A.is_active]
_SESSION = select(
    _W.token_hash,
    _W.shopper_id,
    _W.conversation_id,
    _W.is_signed_in,
    _W.created_at,
    _W.expires_at,
).where(_W.token_hash == bindparam("h"))

# Built once: building a statement costs more than running it.
_SHOPPER = select(_S.id, _S.shop_ref).where(_S.id == bindparam("s"))


class SqlShoppers:
    """The shopper repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def add(self, shop_ref: str | None, now: datetime) -> Shopper:
        """Store a new shopper."""
        result = await self._session.execute(
            insert(table_of(ShopperRow)).values(shop_ref=shop_ref, created_at=now).returning(_S.id)
        )
        return Shopper(id=int(result.scalar_one()), shop_ref=shop_ref)

    async def get(self, shopper_id: int) -> Shopper | None:
        """Return one shopper."""
        row = (await self._session.execute(_SHOPPER, {"s": shopper_id})).first()
        return Shopper(*row) if row else None

    async def by_ref(self, shop_ref: str) -> Shopper | None:
        """Return the shopper whom the shop knows by this id."""
        found = await self._session.execute(
            select(_S.id, _S.shop_ref).where(_S.shop_ref == shop_ref)
        )
        row = found.first()
        return Shopper(*row) if row else None


class SqlSessions:
    """The widget session repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def add(self, session: WidgetSession) -> None:
        """Store a new session."""
        await self._session.execute(
            insert(table_of(WidgetSessionRow)).values(
                token_hash=session.token_hash,
                shopper_id=session.shopper_id,
                conversation_id=session.conversation_id,
                is_signed_in=session.is_signed_in,
                created_at=session.created_at,
                expires_at=session.expires_at,
            )
        )

    async def by_hash(self, token_hash: str) -> WidgetSession | None:
        """Return the session of a token."""
        found = await self._session.execute(_SESSION, {"h": token_hash})
        row = found.first()
        return WidgetSession(*row) if row else None

    async def delete_expired(self, now: datetime) -> int:
        """Forget sessions that have ended."""
        result = await self._session.execute(
            delete(table_of(WidgetSessionRow)).where(_W.expires_at <= now)
        )
        return rows_changed(result)


def _agent(row: Row[Any] | None) -> Agent | None:
    return Agent(**row._mapping) if row else None


class SqlAgents:
    """The agent repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def add(
        self, login: str, name: str, role: str, password_hash: str, now: datetime
    ) -> Agent:
        """Store a new agent."""
        result = await self._session.execute(
            insert(table_of(AgentRow))
            .values(
                login=login,
                name=name,
                role=role,
                password_hash=password_hash,
                is_active=True,
                created_at=now,
            )
            .returning(*_AGENT_COLUMNS)
        )
        return Agent(**result.one()._mapping)

    async def get(self, agent_id: int) -> Agent | None:
        """Return one agent."""
        found = await self._session.execute(select(*_AGENT_COLUMNS).where(_A.id == agent_id))
        return _agent(found.first())

    async def by_login(self, login: str) -> Agent | None:
        """Return the agent with a login."""
        found = await self._session.execute(select(*_AGENT_COLUMNS).where(_A.login == login))
        return _agent(found.first())

    async def names_by_login(self) -> dict[str, str]:
        """Return the names of all agents by login."""
        found = await self._session.execute(select(_A.login, _A.name))
        return {row.login: row.name for row in found}

    async def names(self) -> dict[int, str]:
        """Return the names of all agents by id."""
        found = await self._session.execute(select(_A.id, _A.name))
        return {row.id: row.name for row in found}

    async def add_session(self, session: AgentSession) -> None:
        """Store a new session."""
        await self._session.execute(
            insert(table_of(AgentSessionRow)).values(
                token_hash=session.token_hash,
                agent_id=session.agent_id,
                csrf_token=session.csrf_token,
                created_at=session.created_at,
                expires_at=session.expires_at,
            )
        )

    async def session(self, token_hash: str) -> AgentSession | None:
        """Return the session of a token."""
        found = await self._session.execute(
            select(
                _AS.token_hash,
                _AS.agent_id,
                _AS.csrf_token,
                _AS.created_at,
                _AS.expires_at,
            ).where(_AS.token_hash == token_hash)
        )
        row = found.first()
        return AgentSession(*row) if row else None

    async def delete_session(self, token_hash: str) -> None:
        """End a session."""
        await self._session.execute(
            delete(table_of(AgentSessionRow)).where(_AS.token_hash == token_hash)
        )
