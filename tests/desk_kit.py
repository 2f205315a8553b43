"""Fixtures of the desk's tests (Python 3.11+): databases of each kind, a fake bot, the real app."""

import asyncio
import os
import secrets
import shutil
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp.test_utils import TestClient, TestServer
from argon2 import PasswordHasher
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine

from desk.api.security import MemoryLimits
from desk.domain.conversations import Conversation
from desk.domain.shop import Order, Product, ShopperProfile
from desk.knowledge.library import Library
from desk.main import Parts, make_app
from desk.services.agents import Passwords
from desk.settings import Settings
from desk.store import migrate
from desk.store.engine import Database, open_database
from desk.store.tables import Base
from desk.store.uow import SqlUnitOfWorkFactory
from tests.fakes.bot import FakeBot

NOW = datetime(2025, 3, 5, 3, 0, tzinfo=UTC)  # a Wednesday, 11:00 in the shop
POSTGRES = "ZHANGGUI_TEST_POSTGRES_URL"
CHEAP_PASSWORDS = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **parts: float) -> None:
        self.now += timedelta(**parts)


class FakeShop:
    """Two shoppers without orders, unless a test adds some."""

    def __init__(self) -> None:
        self.shoppers = {ref: profile(ref, name) for ref, name in (("S1", "王芳"), ("S2", "李伟"))}
        self.orders: dict[str, Order] = {}

    async def shopper(self, ref: str) -> ShopperProfile | None:
        return self.shoppers.get(ref)

    async def order(self, number: str) -> Order | None:
        return self.orders.get(number)

    async def recent_orders(self, shopper_ref: str, *, limit: int = 5) -> list[Order]:
        return [one for one in self.orders.values() if one.shopper_ref == shopper_ref][:limit]

    async def products(self, *, category: str | None = None) -> list[Product]:
        return []

    async def close(self) -> None:
        """Nothing is open."""


def profile(ref: str, name: str, **changes: Any) -> ShopperProfile:
    values: dict[str, Any] = {
        "ref": ref,
        "name": name,
        "language": "zh",
        "vip_level": 0,
        "phone": "13812345678",
        "email": "fang@example.com",
        "country": "CN",
        "registered_on": date(2024, 1, 1),
        "order_count": 3,
        "spent_minor": 30000,
        "currency": "CNY",
        "return_rate_percent": 0,
        "is_blacklisted": False,
    }
    return ShopperProfile(**{**values, **changes})


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database that every test copies."""
    path = tmp_path_factory.mktemp("template") / "desk.db"
    await migrate.upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def postgres_url() -> AsyncIterator[str | None]:
    """A migrated database of its own on the server, dropped at the end; None without a server."""
    server = os.environ.get(POSTGRES)
    if not server:
        yield None
        return
    name = f"zhanggui_test_{secrets.token_hex(4)}"
    admin = create_async_engine(server, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    await migrate.upgrade(url)
    yield url
    async with admin.connect() as connection:
        await connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    await admin.dispose()


async def _empty(url: str) -> None:
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        names = ", ".join(table.name for table in Base.metadata.sorted_tables)
        await connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    await engine.dispose()


@pytest_asyncio.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
async def database_url(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    sqlite_template: Path,
    postgres_url: str | None,
) -> str:
    """An empty, migrated database: SQLite always, PostgreSQL where there is one."""
    if request.param == "sqlite":
        shutil.copy(sqlite_template, tmp_path / "desk.db")
        return f"sqlite+aiosqlite:///{tmp_path / 'desk.db'}"
    if postgres_url is None:
        pytest.skip(f"{POSTGRES} is not set")
    await _empty(postgres_url)
    return postgres_url


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = open_database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def make_uow(database: Database) -> SqlUnitOfWorkFactory:
    return SqlUnitOfWorkFactory(database)


async def until(is_so: Callable[[], Any], *, within_s: float = 10.0) -> None:
    """Wait until something is so; for what no event tells."""
    async with asyncio.timeout(within_s):
        while not is_so():  # noqa: ASYNC110 - other code's state, no event to wait for
            await asyncio.sleep(0.01)


@pytest.fixture
def clock() -> Clock:
    return Clock()


async def add_conversation(
    make_uow: SqlUnitOfWorkFactory,
    conversation_id: str = "c_1",
    *,
    shop_ref: str | None = None,
    now: datetime = NOW,
    **changes: Any,
) -> Conversation:
    """Store a conversation of a new shopper."""
    async with make_uow() as uow:
        shopper = await uow.shoppers.add(shop_ref, now)
        values: dict[str, Any] = {"channel": "widget", "language": "zh", **changes}
        conversation = Conversation(
            id=conversation_id, shopper_id=shopper.id, created_at=now, updated_at=now, **values
        )
        await uow.conversations.add(conversation)
        await uow.commit()
    return conversation


@pytest_asyncio.fixture
async def fake_bot() -> AsyncIterator[FakeBot]:
    bot = FakeBot()
    await bot.server.start_server()
    yield bot
    if bot.hold is not None:
        bot.hold.set()
    await bot.server.close()


@dataclass
class Widget:
    """A browser with the widget."""

    client: TestClient[Any, Any]
    session: dict[str, Any]
    sent: int = 0

    @property
    def id(self) -> str:
        return str(self.session["conversation"]["id"])

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.session['session_token']}"}

    async def send(self, text: str = "", *, external_id: str | None = None, **more: Any) -> Any:
        self.sent += 1
        body = {"external_id": external_id or f"message-{self.sent:04}", "text": text, **more}
        return await self.client.post("/api/v1/widget/messages", json=body, headers=self.headers)

    async def history(self, after: int = 0) -> list[dict[str, Any]]:
        response = await self.client.get(
            "/api/v1/widget/messages",
            params={"after": after, "limit": 200},
            headers=self.headers,
        )
        assert response.status == 200, await response.text()
        items: list[dict[str, Any]] = (await response.json())["items"]
        return items


@dataclass
class AgentBrowser:
    """A signed-in agent."""

    client: TestClient[Any, Any]
    csrf: str
    cookie: str

    def headers(self, **more: str) -> dict[str, str]:
        return {"X-CSRF-Token": self.csrf, "Cookie": f"zhanggui_session={self.cookie}", **more}

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        headers = self.headers(**({"Idempotency-Key": key} if key else {}))
        return await self.client.post(f"/api/v1{path}", json=body, headers=headers)

    async def get(self, path: str, **params: Any) -> Any:
        return await self.client.get(f"/api/v1{path}", params=params, headers=self.headers())


@dataclass
class Running:
    """The real app on a real socket."""

    client: TestClient[Any, Any]
    app: Any
    bot: FakeBot
    clock: Clock
    shop: FakeShop
    settings: Settings
    widgets: list[Widget] = field(default_factory=list)

    @property
    def desk(self) -> Any:
        from desk.api.desk import DESK

        return self.app[DESK]

    async def widget(self, **body: Any) -> Widget:
        response = await self.client.post("/api/v1/widget/sessions", json=body)
        assert response.status == 200, await response.text()
        return Widget(self.client, await response.json())

    async def agent(self, login: str = "lin") -> AgentBrowser:
        response = await self.client.post(
            "/api/v1/agent/sign-in", json={"login": login, "password": "zhanggui-demo"}
        )
        assert response.status == 200, await response.text()
        cookie = response.cookies["zhanggui_session"].value
        self.client.session.cookie_jar.clear()
        return AgentBrowser(self.client, (await response.json())["csrf_token"], cookie)

    async def idle(self) -> None:
        """Wait until the bot has answered everything."""
        await self.desk.turns.idle()


MakeDesk = Callable[..., Any]


@pytest.fixture(scope="session")
def library() -> Library:
    """The real articles, read once."""
    return Library(Path("knowledge_base"))


@pytest_asyncio.fixture
async def run_desk(
    database_url: str, tmp_path: Path, fake_bot: FakeBot, clock: Clock, library: Library
) -> AsyncIterator[MakeDesk]:
    """Start desks on one database; each with its own client."""
    running: list[TestClient[Any, Any]] = []

    async def start(*, port: int = 18990, **changes: Any) -> Running:
        settings = Settings(
            _env_file=None,
            data=tmp_path,
            database_url=database_url,
            port=port,
            actions_port=1,  # nobody listens there
            bot_url=changes.pop("bot_url", fake_bot.url),
            bot_timeout_s=changes.pop("bot_timeout_s", 2.0),
        )
        shop = FakeShop()
        parts = Parts(
            clock=clock,
            shop=shop,
            knowledge=library,
            passwords=CHEAP_PASSWORDS,
            limits=changes.pop("limits", None) or MemoryLimits(),
            **changes,
        )
        app = make_app(settings, parts)
        client: TestClient[Any, Any] = TestClient(TestServer(app))
        await client.start_server()
        running.append(client)
        return Running(client, app, fake_bot, clock, shop, settings)

    yield start
    for client in running:
        await client.close()


@pytest_asyncio.fixture
async def desk(run_desk: MakeDesk) -> Running:
    started: Running = await run_desk()
    return started


@pytest.fixture
def free_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
