"""Bring the desk's tables to the newest form. Used by the command line and at start-up."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from desk.store.engine import open_database
from desk.store.tables import Base

_ONE_AT_A_TIME = 0x7A68_616E_6767_7569  # "zhanggui": PostgreSQL advisory lock of whoever migrates


def config_for(connection: Connection | None = None) -> Config:
    """Return Alembic's settings; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """Return the newest revision that this code knows."""
    newest = ScriptDirectory.from_config(config_for()).get_current_head()
    if newest is None:
        raise RuntimeError("there are no migrations")
    return newest


def _upgrade(connection: Connection) -> tuple[str | None, str]:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    before = MigrationContext.configure(connection).get_current_revision()
    newest = head()
    if before != newest:
        command.upgrade(config_for(connection), "head")
    return before, newest


async def upgrade(url: str) -> tuple[str | None, str]:
    """Migrate to the newest revision in one transaction; returns the revisions before and after.

    Several processes may start at once: one migrates, the others wait and find nothing to do.
    """
    database = open_database(url)
    try:
        async with database.engine.begin() as connection:
            return await connection.run_sync(_upgrade)
    finally:
        await database.close()


async def current(url: str) -> str | None:
    """Return the revision of the database, None for an empty one."""
    database = open_database(url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    finally:
        await database.close()


async def drift(url: str) -> list[object]:
    """Return the differences between the database and the tables in the code."""

    def compare(connection: Connection) -> list[object]:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "render_as_batch": True}
        )
        return list(compare_metadata(context, Base.metadata))

    database = open_database(url)
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(compare)
    finally:
        await database.close()
