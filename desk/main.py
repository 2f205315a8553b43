"""The wiring of the desk: the only place that sees every room.

`make_app` returns the web application; `serve` runs it. Resources open and close in `cleanup_ctx`.
"""

import asyncio
import contextlib
import logging
import secrets
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from desk.api.app import make_http
from desk.api.desk import DESK, Desk
from desk.api.security import MemoryLimits
from desk.api.shop_view import Kept, ShopView
from desk.api.sockets import SOCKETS, SUMMARIES
from desk.api.summaries import SummaryFeed
from desk.bot_client import BotClient, is_answering
from desk.connectors.demo import IMAGES, DemoShop, demo_shoppers, products_json
from desk.knowledge.library import Library
from desk.logs import set_up_logging
from desk.policy import PolicyFile
from desk.services.agents import Passwords, seed_demo_agents
from desk.services.calls import Calls
from desk.services.conversations import Lease
from desk.services.deliveries import Deliveries, Sender
from desk.services.fanout import LocalFanout
from desk.services.knowledge_store import KnowledgeBase
from desk.services.photos import PhotoFiles
from desk.services.presence import Presence
from desk.services.shop import Shop
from desk.services.turns import Turns
from desk.services.widget_sessions import sign_shopper_token
from desk.settings import Settings
from desk.store import migrate
from desk.store.engine import open_database
from desk.store.uow import SqlUnitOfWorkFactory
from desk.texts import texts

log = logging.getLogger(__name__)

STOP_WITHIN_S = 6.0  # longer than the bot's time limit: a turn under way may end
WEB_FOLDER = Path(__file__).resolve().parent.parent / "web" / "dist"


def now_utc() -> datetime:
    """Return the moment now."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Parts:
    """What tests put in other ones for; everything else is real."""

    clock: Callable[[], datetime] = now_utc
    choose: Callable[[Sequence[str]], str] = secrets.choice
    shop: Shop | None = None
    knowledge: KnowledgeBase | None = None
    senders: dict[str, Sender] | None = None
    passwords: Passwords | None = None
    limits: MemoryLimits | None = None
    web_folder: Path = WEB_FOLDER


class DemoPages:
    """The demo shop's own pages."""

    def __init__(self, secret: str) -> None:
        """Sign shopper tokens with the shop's secret."""
        self._secret = secret

    def products(self) -> Any:
        """Return the catalogue for the demo shop's page."""
        return products_json()

    def shoppers(self) -> Any:
        """Return the shoppers one can sign in as."""
        return demo_shoppers()

    def sign_in(self, shopper_ref: str, now: datetime) -> str | None:
        """Return a shopper token as the shop would sign it, None for an unknown shopper."""
        if shopper_ref not in {shopper["ref"] for shopper in demo_shoppers()}:
            return None
        return sign_shopper_token(shopper_ref, self._secret, now=now)


def process_name(settings: Settings) -> str:
    """Return how this process's lease names begin: only one can have host and port."""
    return f"{socket.gethostname()[:24]}:{settings.port}:"


def make_app(settings: Settings, parts: Parts | None = None) -> web.Application:
    """Return the whole desk. It migrates its database, opens its parts and takes up what waits."""
    app = make_http()

    async def run(app: web.Application) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as stack:
            await _open(app, settings, parts or Parts(), stack)
            yield

    app.cleanup_ctx.append(run)
    app.on_shutdown.append(_close_sockets)
    return app


async def _close_sockets(app: web.Application) -> None:
    """Send browsers away; they come back to another process or to the next start."""
    sockets = app[SOCKETS]
    closing = [ws.close(code=aiohttp.WSCloseCode.GOING_AWAY) for ws in sockets]
    await asyncio.gather(*closing, return_exceptions=True)


async def _open(
    app: web.Application, settings: Settings, parts: Parts, stack: contextlib.AsyncExitStack
) -> None:
    await migrate.upgrade(settings.desk_database_url)
    database = open_database(settings.desk_database_url)
    stack.push_async_callback(database.close)
    make_uow = SqlUnitOfWorkFactory(database)
    shop = parts.shop or DemoShop(settings.demo_shop_database_url)
    stack.push_async_callback(shop.close)
    http = await stack.enter_async_context(
        aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=60),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
    )
    bot = BotClient(
        http,
        settings.bot_base_url,
        settings.bot_secret.get_secret_value(),
        timeout_s=settings.bot_timeout_s,
    )
    policy = PolicyFile(settings.knowledge_base / "policy.yml")
    library = None
    knowledge = parts.knowledge
    if knowledge is None:
        knowledge = library = await asyncio.to_thread(Library, settings.knowledge_base)
    fanout, presence = LocalFanout(), Presence()
    owner = process_name(settings) + secrets.token_hex(6)
    turns = Turns(
        make_uow,
        bot,
        fanout,
        Calls(policy.current, texts(), presence),
        Lease(owner),
        parts.clock,
    )
    deliveries = Deliveries(make_uow, parts.senders or {}, parts.clock)
    passwords = parts.passwords or Passwords()
    shop_view = ShopView(shop)
    is_demo = settings.mode == "demo"
    if is_demo:
        await seed_demo_agents(make_uow, passwords, now=parts.clock())

    async def is_actions_up() -> bool:
        return await is_answering(http, f"{settings.actions_base_url}/health")

    shop_secret = settings.shop_secret.get_secret_value()
    app[SUMMARIES] = SummaryFeed(make_uow, fanout, shop_view)
    app[DESK] = Desk(
        make_uow=make_uow,
        clock=parts.clock,
        choose=parts.choose,
        shop=shop,
        shop_view=shop_view,
        policy=policy.current,
        knowledge=knowledge,
        bot=bot,
        is_actions_up=is_actions_up,
        fanout=fanout,
        turns=turns,
        wake_deliveries=deliveries.wake,
        presence=presence,
        photos=PhotoFiles(settings.data / "photos", settings.desk_secret.get_secret_value()),
        passwords=passwords,
        limits=parts.limits or MemoryLimits(),
        owner=owner,
        sessions=Kept(),
        shop_secret=shop_secret,
        actions_secret=settings.actions_secret.get_secret_value(),
        allowed_origins=None if is_demo else settings.allowed_origins,
        is_demo=is_demo,
        web_folder=parts.web_folder,
        images_folder=IMAGES,
        demo=DemoPages(shop_secret) if is_demo else None,
    )
    async with make_uow() as uow:
        await uow.conversations.release_leases(process_name(settings))
        await uow.sessions.delete_expired(parts.clock())
        await uow.commit()
    workers = [turns.run(), app[SUMMARIES].run()]
    if library is not None:
        workers.append(library.follow())
    if parts.senders:
        workers.append(deliveries.run())
    for worker in workers:
        stack.push_async_callback(_cancel, asyncio.create_task(worker))
    stack.push_async_callback(turns.stop, STOP_WITHIN_S)  # first: it still needs everything above


async def _cancel(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def serve(settings: Settings | None = None) -> None:
    """Run the desk until SIGINT or SIGTERM."""
    settings = settings or Settings()
    set_up_logging(settings.log_level)
    loop: asyncio.AbstractEventLoop | None = None
    if sys.platform != "win32":
        import uvloop

        loop = uvloop.new_event_loop()
    web.run_app(
        make_app(settings),
        host=settings.host,
        port=settings.port,
        print=None,
        access_log=None,
        shutdown_timeout=STOP_WITHIN_S,
        keepalive_timeout=75.0,  # longer than the clients keep theirs
        loop=loop,
    )


if __name__ == "__main__":
    serve()
