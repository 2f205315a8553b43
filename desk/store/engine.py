"""One engine per process: SQLite in WAL mode, or PostgreSQL through asyncpg. The URL decides."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from desk.domain.errors import StoreBusyError
from desk.sqlite_connection import connect

BUSY_TIMEOUT_MS = 5000
WRITE_TURN_WAIT_S = 10.0
READ_ONLY = "zhanggui_read_only"


class Database:
    """The engine, its sessions, and for SQLite the turn to write."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Keep the engine; sessions never expire what they have read."""
        self.engine = engine
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._write = async_sessionmaker(engine, expire_on_commit=False, autoflush=False)
        reading = engine.execution_options(**{READ_ONLY: True})
        self._read = async_sessionmaker(reading, expire_on_commit=False, autoflush=False)
        self._turn = asyncio.Lock()

    def session(self, *, read_only: bool) -> AsyncSession:
        """Return a new session; a read-only one takes no write lock in SQLite."""
        return self._read() if read_only else self._write()

    @asynccontextmanager
    async def write_turn(self) -> AsyncIterator[None]:
        """Wait for this process's turn to write.

        SQLite has one writer; its busy handler polls and is unfair, a lock in the process is not.
        """
        if not self.is_sqlite:
            yield
            return
        try:
            async with asyncio.timeout(WRITE_TURN_WAIT_S):
                await self._turn.acquire()
        except TimeoutError:
            raise StoreBusyError(why="write_turn") from None
        try:
            yield
        finally:
            self._turn.release()

    async def close(self) -> None:
        """Let go of all connections."""
        await self.engine.dispose()


def open_database(url: str, *, pool_size: int = 8) -> Database:
    """Return a database for an async SQLAlchemy URL; makes the folder of a SQLite file."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        engine = create_async_engine(
            parsed, pool_size=pool_size, max_overflow=pool_size, pool_pre_ping=True
        )
        return Database(engine)
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(parsed, connect_args={"async_creator_fn": connect})
    _prepare_sqlite(engine)
    return Database(engine)


def _prepare_sqlite(engine: AsyncEngine) -> None:
    """Set the pragmas on connect and open transactions ourselves (the driver begins too late)."""

    @event.listens_for(engine.sync_engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _on_begin(connection: Connection) -> None:
        read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
