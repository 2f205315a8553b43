"""Seeding the demo shop: idempotent, fast, dated relative to its day."""

import asyncio
import time
from datetime import date, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from desk.connectors.demo import DemoShop, seed
from desk.connectors.demo.data import load
from desk.connectors.demo.orders import make_shop
from desk.connectors.demo.tables import metadata, seedings
from desk.services.shop import ShopUnavailableError
from tests.connectors.conftest import TODAY


async def counts(url: str) -> dict[str, int]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = {
            table.name: (
                await connection.execute(select(func.count()).select_from(table))
            ).scalar_one()
            for table in metadata.sorted_tables
        }
    await engine.dispose()
    return found


async def test_what_is_read_is_what_was_made(demo_url: str):
    content = make_shop(load(), TODAY)
    shop = DemoShop(demo_url)
    try:
        assert tuple(await shop.products()) == content.products
        assert tuple([await shop.shopper(s.ref) for s in content.shoppers]) == content.shoppers
        assert tuple([await shop.order(o.number) for o in content.orders]) == content.orders
    finally:
        await shop.close()


async def test_second_seeding_changes_nothing_and_is_fast(demo_url: str):
    before = await counts(demo_url)
    steps: list[int] = []
    started = time.perf_counter()
    again = await seed(demo_url, TODAY, progress=lambda done, total: steps.append(done))
    assert time.perf_counter() - started < 2
    assert not again.has_changed
    assert steps == []
    assert await counts(demo_url) == before


async def test_next_day_moves_the_dates(database: str):
    await seed(database, TODAY)
    moved = await seed(database, TODAY + timedelta(days=1))
    shop = DemoShop(database)
    order = await shop.order("ZG4827100103")
    await shop.close()
    assert moved.has_changed
    assert order in make_shop(load(), TODAY + timedelta(days=1)).orders
    await seed(database, TODAY)  # an earlier day, too: nothing may lie in the future


async def test_progress_reaches_the_end(tmp_path: Path):
    steps: list[tuple[int, int]] = []
    url = f"sqlite+aiosqlite:///{tmp_path / 'new folder' / 'shop.db'}"
    made = await seed(url, TODAY, progress=lambda done, total: steps.append((done, total)))
    assert (made.shopper_count, made.product_count, made.order_count) == (40, 76, 300)
    done, total = steps[-1]
    assert done == total == sum((await counts(url)).values()) - 1
    assert steps == sorted(steps)


async def test_other_content_or_layout_is_seeded_anew(tmp_path: Path):
    url = f"sqlite+aiosqlite:///{tmp_path / 'shop.db'}"
    await seed(url, TODAY)
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.execute(update(seedings).values(content="an older version"))
        await connection.execute(text("ALTER TABLE demo_orders DROP COLUMN coupon_code"))
    await engine.dispose()
    assert (await seed(url, TODAY)).has_changed
    shop = DemoShop(url)
    assert await shop.order("ZG4827100103") is not None
    await shop.close()


async def test_two_seedings_at_once_leave_one_shop(database: str):
    day = TODAY + timedelta(days=3)
    done = await asyncio.gather(*(seed(database, day) for _ in range(3)))
    assert sorted(one.has_changed for one in done) == [False, False, True]
    assert (await counts(database))["demo_orders"] == 300
    await seed(database, TODAY)


async def test_readers_never_see_half_a_shop(database: str):
    await seed(database, TODAY)
    shop = DemoShop(database)
    seeding = asyncio.create_task(seed(database, TODAY + timedelta(days=9)))
    seen: set[date] = set()
    while not seeding.done():
        order = await shop.order("ZG4827102103")
        assert order is not None
        assert len(order.lines) == 2
        seen.add(order.placed_at.date())
    await seeding
    await shop.close()
    assert len(seen) <= 2
    await seed(database, TODAY)


@pytest.mark.parametrize(
    "ask",
    [
        lambda shop: shop.order("ZG4827100103"),
        lambda shop: shop.recent_orders("S1001"),
        lambda shop: shop.shopper("S1001"),
        lambda shop: shop.products(),
    ],
    ids=["order", "recent_orders", "shopper", "products"],
)
async def test_each_question_is_one_statement(demo_url: str, ask):
    shop = DemoShop(demo_url)
    statements: list[str] = []
    event.listen(
        shop._engine.sync_engine,
        "before_cursor_execute",
        lambda _c, _cursor, statement, *_: statements.append(statement),
    )
    await ask(shop)
    await shop.close()
    assert len(statements) == 1


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("sqlite+aiosqlite:////no/such/folder/shop.db", id="no file"),
        pytest.param("sqlite+aiosqlite:///:memory:", id="never seeded"),
        pytest.param("postgresql+asyncpg://shop@127.0.0.1:1/shop", id="no server"),
    ],
)
async def test_broken_database_is_an_unavailable_shop(url: str):
    shop = DemoShop(url)
    with pytest.raises(ShopUnavailableError):
        await shop.order("ZG4827100103")
    await shop.close()
