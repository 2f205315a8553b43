"""Fill the demo shop's tables, dated relative to a day.

Seeding is safe to repeat and to run in two processes at once: the same content for the same day
changes nothing. On another day everything is made anew in one transaction: numbers, lines and
amounts stay, dates move, so that return windows always run from today. Whoever reads meanwhile sees
the shop of before or of after, never a half-filled one.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, Table, delete, event, insert, inspect, select, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool

from desk.connectors.demo import rows
from desk.connectors.demo.data import FILES, HERE, load
from desk.connectors.demo.orders import DemoShopContent, make_shop
from desk.connectors.demo.tables import (
    lines,
    metadata,
    orders,
    parcels,
    products,
    seedings,
    shoppers,
)

Progress = Callable[[int, int], None]  # rows written so far, rows in all
CODE = ("data.py", "orders.py", "parcels.py", "prices.py", "rows.py", "tables.py")
_LOCK = 0x5A47_5345_4544  # any fixed number: one seeding at a time on a PostgreSQL server
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Seeding:
    """What `seed` found and did."""

    has_changed: bool
    seeded_on: date
    shopper_count: int
    product_count: int
    order_count: int


async def seed(url: str, today: date, *, progress: Progress | None = None) -> Seeding:
    """Bring the demo shop to `today`, a calendar day in the shop's zone.

    Does nothing when the same content stands there for the same day. Raises what the database
    raises.
    """
    if (path := make_url(url).database) and url.startswith("sqlite"):
        _make_folder(path)
    engine = _engine(url)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(_bring_to, today, progress)
    finally:
        await engine.dispose()


def _bring_to(connection: Connection, today: date, progress: Progress | None) -> Seeding:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
    content = make_shop(load(), today)
    known = _last_seeding(connection)
    has_changed = known != (fingerprint(), today)
    if has_changed:
        if known is None or known[0] != fingerprint():  # perhaps another layout
            metadata.drop_all(connection)
            metadata.create_all(connection)
        _replace(connection, content, progress)
        connection.execute(
            insert(seedings), {"id": 1, "content": fingerprint(), "seeded_on": today}
        )
    return Seeding(
        has_changed=has_changed,
        seeded_on=today,
        shopper_count=len(content.shoppers),
        product_count=len(content.products),
        order_count=len(content.orders),
    )


def _last_seeding(connection: Connection) -> tuple[str, date] | None:
    if not inspect(connection).has_table(seedings.name):
        return None
    found = connection.execute(select(seedings.c.content, seedings.c.seeded_on)).one_or_none()
    return (found.content, found.seeded_on) if found else None


def _replace(connection: Connection, content: DemoShopContent, progress: Progress | None) -> None:
    for table in reversed(metadata.sorted_tables):
        connection.execute(delete(table))
    batches = list(_batches(content))
    total = sum(len(batch) for _, batch in batches)
    written = 0
    for table, batch in batches:
        connection.execute(insert(table), batch)
        written += len(batch)
        if progress is not None:
            progress(written, total)


def _batches(content: DemoShopContent) -> Iterator[tuple[Table, list[rows.Row]]]:
    """Yield the rows, those first that others point to."""
    whole: dict[Table, list[rows.Row]] = {
        shoppers: [rows.of_shopper(profile) for profile in content.shoppers],
        products: [rows.of_product(place, item) for place, item in enumerate(content.products)],
        orders: [rows.of_order(order) for order in content.orders],
        parcels: [row for order in content.orders for row in rows.of_parcels(order)],
        lines: [row for order in content.orders for row in rows.of_lines(order)],
    }
    for table, found in whole.items():
        for start in range(0, len(found), _BATCH):
            yield table, found[start : start + _BATCH]


@cache
def fingerprint() -> str:
    """Return a hash of the data and of the code that makes a shop of it."""
    digest = hashlib.sha256()
    for name in (*FILES, *CODE):
        digest.update((HERE / name).read_bytes())
    return digest.hexdigest()


def _make_folder(path: str) -> None:
    if path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)


def _engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, poolclass=NullPool)
    if engine.dialect.name == "sqlite":
        # The driver would begin late and lock later; a seeding locks first and then looks.
        @event.listens_for(engine.sync_engine, "connect")
        def _on_connect(connection: object, _: object) -> None:
            connection.isolation_level = None  # type: ignore[attr-defined]
            cursor = connection.cursor()  # type: ignore[attr-defined]
            cursor.execute("PRAGMA busy_timeout = 15000")
            cursor.execute("PRAGMA journal_mode = WAL")
            cursor.execute("PRAGMA foreign_keys = ON")
            cursor.execute("PRAGMA synchronous = NORMAL")
            cursor.close()

        @event.listens_for(engine.sync_engine, "begin")
        def _on_begin(connection: Connection) -> None:
            connection.exec_driver_sql("BEGIN IMMEDIATE")

    return engine
