"""The only door to the bot: HTTP for the desk, which holds the shared secret.

`POST turn` answers a shopper's message with the bot's messages and what was understood, in the same
HTTP response; `POST understand` understands texts without a conversation; `GET /` tells the health.
"""

import asyncio
import hmac
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from bot.action_endpoint import KeepAliveEndpoint, check_answers_cheaply
from bot.bodies import BadBody, read_turn, read_understand
from bot.graph import InlineGraphRunner
from bot.turns import (
    CHANNEL,
    ActionServerSilent,
    MessageCollector,
    NotReady,
    UnknownIntent,
    loaded,
    take_turn,
    understand,
)

log = logging.getLogger(__name__)

SHORTEST_SECRET = 16


class DeskChannel(InputChannel):
    """Takes turns from the desk and from nobody else."""

    def __init__(self, secret: str) -> None:
        """Keep the shared secret, as bytes for the constant-time comparison."""
        self._secret = secret.encode()
        self._turns: set[asyncio.Task[Any]] = set()

    @classmethod
    def name(cls) -> str:
        """Return the path under /webhooks."""
        return CHANNEL

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "DeskChannel":
        """Make the channel from credentials.yml. Raises RasaException without a real secret."""
        secret = str((credentials or {}).get("secret") or "")
        if len(secret) < SHORTEST_SECRET:
            raise RasaException(
                f"ZHANGGUI_BOT_SECRET is missing or shorter than {SHORTEST_SECRET} characters "
                "(credentials.yml hands it to bot.desk_channel.DeskChannel)."
            )
        return cls(secret)

    def get_output_channel(self) -> OutputChannel:
        """Return a collector: the bot never speaks on its own, so nobody reads it."""
        return MessageCollector()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Define the routes. `on_new_message` is not used: it would not give back the parse."""
        routes = Blueprint("desk_channel")
        for path, method, handler in (
            ("/", "GET", self.health),
            ("/turn", "POST", self.post_turn),
            ("/understand", "POST", self.post_understand),
        ):
            # sanic 21.12 writes attributes on the handler, which a bound method refuses
            routes.add_route(partial(handler), path, methods=[method], name=handler.__name__)
        routes.listener("after_server_start")(_run_graphs_inline)
        routes.listener("after_server_start")(_keep_connections)
        routes.listener("before_server_stop")(_close_connections)
        return routes

    async def health(self, request: Request) -> HTTPResponse:
        """Answer 200 with the model's name, or 503 while no model is loaded. Open: says no more."""
        try:
            loaded(_agent(request))
        except NotReady:
            return json({"status": "starting", "model": None}, status=503)
        return json({"status": "ok", "model": request.app.ctx.agent.processor.model_filename})

    async def post_turn(self, request: Request) -> HTTPResponse:
        """Answer one message; 400 for a bad body, 401 for a stranger, 503: ask again."""
        if not self._is_desk(request):
            return _problem(401, "unauthorized")
        try:
            turn = read_turn(request.body)
        except BadBody as error:
            return _problem(400, error.error, error.field)
        try:
            # A desk that gives up waiting must not stop a turn half-way: it will ask again.
            task = asyncio.create_task(take_turn(_agent(request), turn))
            self._turns.add(task)
            task.add_done_callback(self._turns.discard)
            return json(await asyncio.shield(task))
        except UnknownIntent:
            return _problem(400, "names an intent that the bot does not know", "payload")
        except NotReady:
            return _problem(503, "no model is loaded")
        except ActionServerSilent:
            log.warning("action_server_silent", extra={"conversation": turn.conversation})
            return _problem(503, "the action server did not answer")

    async def post_understand(self, request: Request) -> HTTPResponse:
        """Answer what each text means; 400 for a bad body, 401 for a stranger."""
        if not self._is_desk(request):
            return _problem(401, "unauthorized")
        try:
            body = read_understand(request.body)
            return json({"results": await understand(_agent(request), body.texts, body.language)})
        except BadBody as error:
            return _problem(400, error.error, error.field)
        except NotReady:
            return _problem(503, "no model is loaded")

    def _is_desk(self, request: Request) -> bool:
        kind, _, given = (request.headers.get("authorization") or "").partition(" ")
        # surrogateescape: header bytes that are not UTF-8 are just a wrong secret, not an error
        is_right = hmac.compare_digest(given.encode("utf-8", "surrogateescape"), self._secret)
        return kind.lower() == "bearer" and is_right


def _agent(request: Request) -> Agent:
    agent: Agent | None = getattr(request.app.ctx, "agent", None)
    if agent is None:
        raise NotReady
    return agent


def _problem(status: int, error: str, field: str | None = None) -> HTTPResponse:
    return json({"error": error, "field": field}, status=status)


async def _run_graphs_inline(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
    """Replace the graph runner (agent.py has no setting)."""
    agent: Agent | None = getattr(app.ctx, "agent", None)
    processor = agent.processor if agent is not None else None
    if processor is not None and isinstance(processor.graph_runner, DaskGraphRunner):
        processor.graph_runner = InlineGraphRunner.of(processor.graph_runner)


async def _keep_connections(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
    """Give the agent the action endpoint that keeps its connections (agent.py has no setting)."""
    agent: Agent | None = getattr(app.ctx, "agent", None)
    if agent is None or agent.action_endpoint is None:
        return
    check_answers_cheaply()
    agent.action_endpoint = KeepAliveEndpoint.of(agent.action_endpoint)
    if agent.processor is not None:
        agent.processor.action_endpoint = agent.action_endpoint


async def _close_connections(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
    agent: Agent | None = getattr(app.ctx, "agent", None)
    if agent is not None and isinstance(agent.action_endpoint, KeepAliveEndpoint):
        await agent.action_endpoint.close()
