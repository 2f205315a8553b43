"""A SQLite connection that crosses to its thread once per statement.

aiosqlite, driven by SQLAlchemy, crosses four times (cursor, execute, fetchall, close) and once more
to roll back what is committed already. Each crossing wakes two threads, which costs more than what
the statement does.
"""

import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, TypeVar

import aiosqlite

Result = TypeVar("Result")


class OneHopCursor(aiosqlite.Cursor):
    """Runs a statement and reads all its rows in one go; so it is not for results without end."""

    def __init__(self, connection: "OneHopConnection") -> None:
        """Make the real cursor later, in the connection's thread."""
        self._connection = connection
        self._rows: list[Any] = []

    async def execute(self, sql: str, parameters: Iterable[Any] | None = None) -> "OneHopCursor":
        """Run one statement and read its rows."""

        def run(database: sqlite3.Connection) -> tuple[sqlite3.Cursor, list[Any]]:
            cursor = database.execute(sql, tuple(parameters or ()))
            return cursor, cursor.fetchall()

        self._cursor, self._rows = await self._connection.hop(run)
        return self

    async def executemany(self, sql: str, parameters: Iterable[Iterable[Any]]) -> "OneHopCursor":
        """Run one statement with each set of parameters."""
        rows = [tuple(row) for row in parameters]
        self._cursor = await self._connection.hop(lambda database: database.executemany(sql, rows))
        return self

    async def fetchall(self) -> list[Any]:
        """Return the rows."""
        return self._rows

    async def close(self) -> None:
        """Do nothing: all rows are read, so SQLite has let go of the statement."""


class OneHopConnection(aiosqlite.Connection):
    """What SQLAlchemy's dialect needs of aiosqlite, with fewer crossings."""

    def cursor(self) -> OneHopCursor:  # type: ignore[override]  # SQLAlchemy only enters it
        """Return a cursor; nothing has run yet."""
        return OneHopCursor(self)

    async def hop(self, run: Callable[[sqlite3.Connection], Result]) -> Result:
        """Run something with the database, in the connection's thread."""
        result: Result = await self._execute(run, self._conn)  # type: ignore[no-untyped-call]
        return result

    async def rollback(self) -> None:
        """Roll back, if there is anything: the pool asks for it after every commit too."""
        if self.in_transaction:
            await super().rollback()


async def connect(path: str, **options: Any) -> OneHopConnection:
    """Open a database file; `options` are those of `sqlite3.connect`."""
    connection = OneHopConnection(partial(sqlite3.connect, path, **options), iter_chunk_size=64)
    connection._thread.daemon = True  # as SQLAlchemy does: a forgotten connection delays no exit
    _ = await connection  # opens it
    return connection
