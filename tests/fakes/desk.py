"""A desk that answers actions from a script; runs in both environments.

Each call takes the next entry of `script`; a call without one fails the test with a 500. What was
asked stands in `calls`.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

SECRET = "a-secret-of-the-tests-only"
Json = dict[str, Any]


@dataclass
class Call:
    """One request of an action."""

    path: str  # behind /api/v1/bot/conversations/
    key: str
    authorization: str
    body: Json


@dataclass
class Answer:
    """A scripted answer. `after_s` holds it back; `hangs_up` closes the connection instead."""

    body: Any = None
    status: int = 200
    after_s: float = 0.0
    hangs_up: bool = False


@dataclass
class FakeDesk:
    """The server's script and what it has seen."""

    url: str = ""
    script: list[Answer] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    connections: set[Any] = field(default_factory=set)

    def will_answer(self, *answers: Answer | Json) -> None:
        """Append to the script; a plain dict is a 200."""
        self.script += [a if isinstance(a, Answer) else Answer(a) for a in answers]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Record the call, answer with the next entry."""
        self.connections.add(request.transport)
        self.calls.append(
            Call(
                request.match_info["path"],
                request.headers.get("Idempotency-Key", ""),
                request.headers.get("Authorization", ""),
                await request.json(),
            )
        )
        if not self.script:
            return web.json_response({"code": "not_scripted"}, status=500)
        answer = self.script.pop(0)
        await asyncio.sleep(answer.after_s)
        if answer.hangs_up:
            assert request.transport is not None
            request.transport.close()
            return web.Response()
        if isinstance(answer.body, str):
            return web.Response(text=answer.body, status=answer.status)
        return web.json_response(answer.body, status=answer.status)


def step(say: str, **parts: Any) -> Json:
    """Make a step as the desk sends it."""
    empty: Json = {"values": {}, "buttons": [], "card": None, "slots": {}, "expects": None}
    return {"say": say, **empty, "task_open": False, "handed_over": False, **parts}


@asynccontextmanager
async def fake_desk(script: Iterable[Answer | Json] = ()) -> AsyncIterator[FakeDesk]:
    """Serve a fake desk on a free port."""
    desk = FakeDesk()
    desk.will_answer(*script)
    app = web.Application()
    app.router.add_post("/api/v1/bot/conversations/{path:.+}", desk.handle)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    desk.url = f"http://127.0.0.1:{port}"
    try:
        yield desk
    finally:
        await runner.cleanup()
