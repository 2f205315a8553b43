"""The SQLite connection under SQLAlchemy: the same answers, fewer crossings to its thread."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from desk.sqlite_connection import OneHopConnection, connect


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'one.db'}"
    engine = create_async_engine(url, connect_args={"async_creator_fn": connect})
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE parcels (id INTEGER PRIMARY KEY, place TEXT)"))
    yield engine
    await engine.dispose()


async def test_rows_counts_and_returned_values_are_those_of_sqlite(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        many = [{"p": "Hangzhou"}, {"p": "Ningbo"}]
        await connection.execute(text("INSERT INTO parcels (place) VALUES (:p)"), many)
        added = text("INSERT INTO parcels (place) VALUES ('Wuxi') RETURNING id")
        assert (await connection.execute(added)).scalar_one() == 3
        moved = text("UPDATE parcels SET place = 'Suzhou' WHERE id < 3")
        assert (await connection.execute(moved)).rowcount == 2
    async with engine.connect() as connection:
        found = await connection.execute(text("SELECT id, place FROM parcels ORDER BY id"))
        assert [tuple(row) for row in found] == [(1, "Suzhou"), (2, "Suzhou"), (3, "Wuxi")]


async def test_a_refused_statement_raises_and_its_transaction_is_rolled_back(
    engine: AsyncEngine,
) -> None:
    same_id_twice = text("INSERT INTO parcels (id) VALUES (1)")
    async with engine.connect() as connection:
        await connection.execute(same_id_twice)
        with pytest.raises(IntegrityError):
            await connection.execute(same_id_twice)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT count(*) FROM parcels"))).scalar_one() == 0


async def test_a_statement_crosses_once_and_what_is_committed_is_not_rolled_back(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    crossings = []
    execute = OneHopConnection._execute

    async def counted(self: OneHopConnection, *args: object) -> object:
        crossings.append(args)
        return await execute(self, *args)

    monkeypatch.setattr(OneHopConnection, "_execute", counted)
    async with engine.begin() as connection:
        await connection.execute(text("INSERT INTO parcels (place) VALUES ('Wuxi')"))
        (await connection.execute(text("SELECT place FROM parcels"))).all()
    assert len(crossings) == 3  # INSERT, SELECT, COMMIT
