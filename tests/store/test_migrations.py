"""Migrations lead from nothing to exactly the tables in the code."""

from pathlib import Path

from alembic import command
from sqlalchemy import inspect

from desk.store import migrate
from desk.store.engine import open_database
from desk.store.tables import Base


async def test_migrations_make_the_tables_of_the_code(database_url):
    assert await migrate.drift(database_url) == []


async def test_upgrading_again_changes_nothing(database_url):
    assert await migrate.upgrade(database_url) == (migrate.head(), migrate.head())


async def test_current_says_none_for_an_empty_database(tmp_path: Path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}"
    assert await migrate.current(url) is None
    assert await migrate.upgrade(url) == (None, migrate.head())
    assert await migrate.current(url) == migrate.head()


async def test_drift_is_noticed(database_url):
    database = open_database(database_url)
    async with database.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE knowledge_gaps")
    await database.close()
    try:
        assert await migrate.drift(database_url) != []
    finally:
        database = open_database(database_url)
        async with database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        await database.close()


async def test_downgrade_takes_everything_away(tmp_path: Path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'down.db'}"
    await migrate.upgrade(url)
    database = open_database(url)
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.downgrade(migrate.config_for(sync), "base"))
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await database.close()
    assert names == ["alembic_version"]
