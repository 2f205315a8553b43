"""Shops for the contract suite: each is a connector with the demo shop's content behind it."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from desk.connectors.demo import DemoShop, seed
from desk.connectors.demo.tables import metadata
from desk.services.shop import Shop

POSTGRES_VARIABLE = "ZHANGGUI_TEST_POSTGRES_URL"
TODAY = date(2026, 3, 2)

ON_POSTGRES = pytest.param(
    "postgres",
    marks=[
        pytest.mark.postgres,
        pytest.mark.skipif(
            not os.environ.get(POSTGRES_VARIABLE), reason=f"{POSTGRES_VARIABLE} is not set"
        ),
    ],
)


async def drop_tables(url: str) -> None:
    engine = create_async_engine(url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(metadata.drop_all)
    finally:
        await engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", ON_POSTGRES])
def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Return the URL of an empty database."""
    if request.param == "sqlite":
        folder: Path = tmp_path_factory.mktemp("shop")
        yield f"sqlite+aiosqlite:///{folder / 'shop.db'}"
        return
    url = os.environ[POSTGRES_VARIABLE]
    asyncio.run(drop_tables(url))
    yield url
    asyncio.run(drop_tables(url))


@pytest.fixture(scope="module")
def demo_url(database: str) -> str:
    """Return the URL of a demo shop as of TODAY."""
    asyncio.run(seed(database, TODAY))
    return database


@pytest.fixture(params=["demo"])
async def shop(request: pytest.FixtureRequest, demo_url: str) -> AsyncIterator[Shop]:
    """Return a shop; the next connector becomes one more parameter here."""
    made: Shop = {"demo": DemoShop}[request.param](demo_url)
    yield made
    await made.close()
