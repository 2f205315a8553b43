"""A bot that speaks the desk's contract and says what a test wants; also slow, broken or gone."""

import asyncio
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

SECRET = "demo-bot-secret-change-me-before-going-live"
Answer = dict[str, Any]


def said(*texts: str, intent: str = "greet", **more: Any) -> Answer:
    """Return an answer with these texts."""
    return {
        "messages": [{"text": text, "buttons": [], "card": None} for text in texts],
        "understanding": {
            "intent": intent,
            "confidence": 0.9,
            "entities": [],
            "ranking": [],
            "language": "zh",
            "duration_ms": 1.0,
        },
        "expects": None,
        "task": None,
        "task_open": False,
    } | more


class FakeBot:
    """Answers "echo: <text>" unless `answer` is replaced; keeps every turn it got."""

    def __init__(self) -> None:
        self.turns: list[dict[str, Any]] = []
        self.answer: Callable[[dict[str, Any]], Answer] = lambda turn: said(
            f"echo: {turn['text'] or turn['payload']}"
        )
        self.status = 200
        self.hold: asyncio.Event | None = None  # a turn waits until it is set
        self.arrived = asyncio.Event()
        self.during: Callable[[dict[str, Any]], Any] | None = None  # awaited inside the turn
        app = web.Application()
        app.router.add_post("/webhooks/desk/turn", self._turn)
        app.router.add_get("/webhooks/desk/", self._health)
        self.server = TestServer(app)

    @property
    def url(self) -> str:
        return str(self.server.make_url("/")).rstrip("/")

    async def _health(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "ok", "model": "fake"})

    async def _turn(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != f"Bearer {SECRET}":
            return web.json_response({"error": "secret"}, status=401)
        turn = await request.json()
        self.turns.append(turn)
        self.arrived.set()
        if self.status != 200:
            return web.json_response({"error": "broken"}, status=self.status)
        if self.hold is not None:
            await self.hold.wait()
        if self.during is not None:
            await self.during(turn)
        return web.json_response(self.answer(turn))
