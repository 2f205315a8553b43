"""`migrate` and `seed`, and the same as the first step of `run`."""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from desk.cli.output import JSON_OPTION, json_line, line, say
from desk.connectors.demo.seed import Seeding
from desk.connectors.demo.seed import seed as seed_shop
from desk.domain.errors import StoreBusyError
from desk.domain.policy import Policy
from desk.policy import PolicyError, load_policy
from desk.project import ProjectError
from desk.services.agents import Passwords, seed_demo_agents
from desk.settings import Settings
from desk.store import migrate as migrations
from desk.store.engine import open_database
from desk.store.uow import SqlUnitOfWorkFactory

Tell = Callable[[str], None]


async def migrate_database(settings: Settings) -> tuple[str | None, str]:
    """Bring the desk's tables to the newest form; returns the revisions before and after."""
    make_folder(settings.desk_database_url)
    return await migrations.upgrade(settings.desk_database_url)


async def seed_demo(settings: Settings, tell: Tell) -> tuple[Seeding, int]:
    """Bring the demo shop to today and make the demo's agents; returns what was new."""
    zone = read_policy(settings).zone
    last_told = 0

    def progress(done: int, total: int) -> None:
        nonlocal last_told
        percent = done * 100 // max(total, 1)
        if percent >= last_told + 25:
            last_told = percent
            tell(f"  demo shop: {percent} %")

    today = datetime.now(UTC).astimezone(zone).date()
    shop = await seed_shop(settings.demo_shop_database_url, today, progress=progress)
    database = open_database(settings.desk_database_url)
    try:
        agents = await seed_demo_agents(
            SqlUnitOfWorkFactory(database), Passwords(), now=datetime.now(UTC)
        )
    finally:
        await database.close()
    return shop, agents


def read_policy(settings: Settings) -> Policy:
    """Return the operator's rules. Raises ProjectError with every mistake in the file."""
    try:
        return load_policy(settings.knowledge_base / "policy.yml")
    except PolicyError as error:
        raise ProjectError("The rules cannot be read:\n  " + str(error)) from None


def make_folder(url: str) -> None:
    """Make the folder of an SQLite file."""
    parts = make_url(url)
    if parts.get_backend_name() == "sqlite" and parts.database:
        Path(parts.database).parent.mkdir(parents=True, exist_ok=True)


def database_problem(error: Exception, settings: Settings) -> ProjectError:
    """Say what to do when the database cannot be used; hides the password in its URL."""
    url = make_url(settings.desk_database_url).render_as_string(hide_password=True)
    cause = error.__cause__ if isinstance(error, StoreBusyError) and error.__cause__ else error
    why = str(getattr(cause, "orig", None) or cause).splitlines()[0]
    return ProjectError(
        f"The database {url} cannot be used ({why}): "
        "check ZHANGGUI_DATABASE_URL and ZHANGGUI_DATA, then run `zhanggui doctor`."
    )


DATABASE_ERRORS = (SQLAlchemyError, OSError, sqlite3.Error, StoreBusyError)


def migrate(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Bring the desk's database to the newest form."""
    settings: Settings = context.obj
    try:
        before, after = asyncio.run(migrate_database(settings))
    except DATABASE_ERRORS as error:
        raise database_problem(error, settings) from error
    if as_json:
        json_line({"before": before, "after": after})
    elif before == after:
        line(f"The database is up to date ({after}).")
    else:
        line(f"The database went from {before or 'empty'} to {after}.")


def seed(context: typer.Context, as_json: Annotated[bool, JSON_OPTION] = False) -> None:
    """Make the demo shop (dated relative to today) and the demo's agents. Demo mode only."""
    settings: Settings = context.obj
    if settings.mode != "demo":
        raise ProjectError("seed makes demo data, and ZHANGGUI_MODE is not demo.")

    async def work() -> tuple[Seeding, int]:
        await migrate_database(settings)
        return await seed_demo(settings, say)

    try:
        shop, agents = asyncio.run(work())
    except DATABASE_ERRORS as error:
        raise database_problem(error, settings) from error
    if as_json:
        json_line(
            {
                "changed": shop.has_changed,
                "seeded_on": shop.seeded_on.isoformat(),
                "shoppers": shop.shopper_count,
                "products": shop.product_count,
                "orders": shop.order_count,
                "new_agents": agents,
            }
        )
        return
    what = "made anew" if shop.has_changed else "already there"
    line(
        f"Demo shop of {shop.seeded_on}: {shop.shopper_count} shoppers, {shop.product_count} "
        f"products, {shop.order_count} orders ({what}); {agents} new agents."
    )
