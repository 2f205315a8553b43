"""The unit of work on SQLAlchemy: one session, one transaction, all repositories."""

from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from desk.domain.errors import StoreBusyError
from desk.store.access import SqlAccess
from desk.store.cases import SqlCases
from desk.store.conversations import SqlConversationList, SqlConversations, SqlMessages
from desk.store.deliveries import SqlDeliveries
from desk.store.engine import Database
from desk.store.knowledge import SqlKnowledge
from desk.store.people import SqlAgents, SqlSessions, SqlShoppers
from desk.store.photos import SqlPhotos


class SqlUnitOfWork:
    """One transaction. Leaving without `commit()` rolls back; then it may be entered again."""

    conversations: SqlConversations
    messages: SqlMessages
    lists: SqlConversationList
    shoppers: SqlShoppers
    sessions: SqlSessions
    agents: SqlAgents
    photos: SqlPhotos
    deliveries: SqlDeliveries
    cases: SqlCases
    access: SqlAccess
    knowledge: SqlKnowledge

    def __init__(self, database: Database, *, read_only: bool = False) -> None:
        """Begin nothing yet."""
        self._database = database
        self._read_only = read_only
        self._stack: AsyncExitStack | None = None
        self.session: AsyncSession

    async def __aenter__(self) -> Self:
        """Wait for the turn to write (SQLite), hang the repositories on a fresh session."""
        if self._stack is not None:
            raise RuntimeError("this unit of work is open already")
        stack = AsyncExitStack()
        if not self._read_only:
            await stack.enter_async_context(self._database.write_turn())
        self.session = session = self._database.session(read_only=self._read_only)
        stack.push_async_callback(session.close)  # rolls back what was not committed
        self._stack = stack
        self.conversations = SqlConversations(session)
        self.messages = SqlMessages(session)
        self.lists = SqlConversationList(session)
        self.shoppers = SqlShoppers(session)
        self.sessions = SqlSessions(session)
        self.agents = SqlAgents(session)
        self.photos = SqlPhotos(session)
        self.deliveries = SqlDeliveries(session)
        self.cases = SqlCases(session)
        self.access = SqlAccess(session)
        self.knowledge = SqlKnowledge(session)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Roll back what was not committed. Raises StoreBusyError for a database that is away."""
        stack, self._stack = self._stack, None
        if stack is not None:
            await stack.aclose()
        if isinstance(error, OperationalError | InterfaceError | ConnectionRefusedError):
            raise StoreBusyError(why=type(error).__name__) from error

    async def commit(self) -> None:
        """Keep everything that was done."""
        await self.session.commit()


class SqlUnitOfWorkFactory:
    """Makes units of work on one database."""

    def __init__(self, database: Database) -> None:
        """Keep the database."""
        self.database = database

    def __call__(self, *, read_only: bool = False) -> SqlUnitOfWork:
        """Return a new unit of work, not begun yet."""
        return SqlUnitOfWork(self.database, read_only=read_only)
