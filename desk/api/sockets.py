"""The WebSockets of widget and agent desk."""

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, TypeVar

from aiohttp import WSMsgType, web
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from desk.api.desk import Desk, desk_of
from desk.api.feeds import MessageFeed
from desk.api.language import language_of
from desk.api.out import Shown
from desk.api.problems import RequestRefusedError
from desk.api.requests import is_unstorable
from desk.api.routes import Routes
from desk.api.security import agent_session, is_allowed_origin, is_own_origin
from desk.api.summaries import SummaryFeed
from desk.domain.conversations import Message
from desk.domain.errors import DeskError
from desk.domain.people import Agent
from desk.services.fanout import Notice, Read, Typing
from desk.services.widget_sessions import session_of

log = logging.getLogger(__name__)
routes = Routes("anybody")
Frame = TypeVar("Frame")

HEARTBEAT_S = 25.0
FIRST_FRAME_WITHIN_S = 10.0
LARGEST_FRAME_BYTES = 16 * 1024
MOST_OPEN = 50  # conversations that one agent looks at at once
SOCKETS: web.AppKey[set[Any]] = web.AppKey("sockets", set[Any])


class HelloIn(BaseModel, extra="forbid"):
    """The first frame of the widget."""

    token: str = Field(max_length=200)
    after: int = Field(0, ge=0, le=2**31 - 1)


class TypingIn(BaseModel, extra="forbid"):
    """The shopper is writing."""

    event: Literal["typing"]


class ReadIn(BaseModel, extra="forbid"):
    """The shopper has read up to `seq`."""

    event: Literal["read"]
    seq: int = Field(ge=0, le=2**31 - 1)


class OpenIn(BaseModel, extra="forbid"):
    """An agent looks at a conversation."""

    event: Literal["open"]
    conversation: str = Field(max_length=32)
    after: int = Field(0, ge=0, le=2**31 - 1)


class CloseViewIn(BaseModel, extra="forbid"):
    """An agent looks away."""

    event: Literal["close-view"]
    conversation: str = Field(max_length=32)


class AgentTypingIn(BaseModel, extra="forbid"):
    """An agent is writing."""

    event: Literal["typing"]
    conversation: str = Field(max_length=32)


class AgentReadIn(BaseModel, extra="forbid"):
    """An agent has read up to `seq`."""

    event: Literal["read"]
    conversation: str = Field(max_length=32)
    seq: int = Field(ge=0, le=2**31 - 1)


_HELLO: TypeAdapter[HelloIn] = TypeAdapter(HelloIn)
_WIDGET: TypeAdapter[TypingIn | ReadIn] = TypeAdapter(TypingIn | ReadIn)
_AGENT: TypeAdapter[OpenIn | CloseViewIn | AgentTypingIn | AgentReadIn] = TypeAdapter(
    OpenIn | CloseViewIn | AgentTypingIn | AgentReadIn
)


class Socket:
    """A WebSocket that speaks JSON objects."""

    def __init__(self, ws: web.WebSocketResponse) -> None:
        """Wrap a prepared WebSocket."""
        self.ws = ws

    async def send(self, frame: dict[str, Any]) -> None:
        """Send one frame; a client that has gone is noticed by the reading side."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self.ws.send_str(json.dumps(frame, ensure_ascii=False, default=str))

    async def frames(self) -> AsyncIterator[str]:
        """Yield text frames until the client goes."""
        async for frame in self.ws:
            if frame.type is WSMsgType.TEXT:
                yield frame.data
            elif frame.type is WSMsgType.BINARY:
                await self.send({"event": "error", "code": "bad_frame"})


@asynccontextmanager
async def _socket(request: web.Request) -> AsyncIterator[Socket]:
    ws = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=LARGEST_FRAME_BYTES)
    await ws.prepare(request)
    open_ones = request.config_dict[SOCKETS]
    open_ones.add(ws)
    try:
        yield Socket(ws)
    finally:
        open_ones.discard(ws)
        if not ws.closed:
            await ws.close()


def _parse(adapter: TypeAdapter[Frame], raw: str) -> Frame | None:
    if is_unstorable(raw):
        return None
    try:
        return adapter.validate_json(raw)
    except ValidationError:
        return None


@routes.add("GET", "/api/v1/widget/events", who="widget", media_type="websocket")
async def widget_events(request: web.Request) -> web.StreamResponse:
    """WebSocket of the widget: first {"token","after"}, then every message after that number."""
    desk = desk_of(request)
    origin = request.headers.get("Origin")
    if origin is not None and not is_allowed_origin(desk, request, origin):
        raise RequestRefusedError("This website may not.", code="forbidden", status=403)
    async with _socket(request) as socket:
        hello = await _hello(socket)
        if hello is None:
            await socket.send({"event": "error", "code": "bad_frame"})
            await socket.ws.close(code=4400)
            return socket.ws
        try:
            session = await session_of(desk.make_uow, hello.token, now=desk.clock())
        except DeskError as error:
            await socket.send({"event": "error", "code": error.code})
            await socket.ws.close(code=4401)
            return socket.ws
        conversation_id = session.conversation_id

        async def send(message: Message) -> None:
            shown = Shown(desk.photos, desk.clock()).message(message, for_agents=False)
            await socket.send({"event": "message", "message": shown})

        async def send_other(notice: Notice) -> None:
            if isinstance(notice, Typing) and notice.who != "shopper":
                frame = {"event": "typing", "who": notice.who}
                await socket.send(frame | ({"name": notice.name} if notice.name else {}))
            elif isinstance(notice, Read) and notice.who == "agent":
                await socket.send({"event": "read", "seq": notice.seq})

        feed = MessageFeed(desk.make_uow, conversation_id, hello.after, for_agents=False)
        feeding = asyncio.create_task(_feed(feed, desk, send, send_other, socket))
        try:
            async for raw in socket.frames():
                await _widget_frame(desk, socket, conversation_id, raw)
        finally:
            await _end(feeding)
        return socket.ws


async def _feed(feed: MessageFeed, desk: Desk, send: Any, send_other: Any, socket: Socket) -> None:
    """Feed; when that fails the client is sent away and comes back for what it missed."""
    try:
        await feed.run(desk.fanout, send, send_other)
    except Exception:
        log.exception("feed_failed")
        await socket.ws.close(code=1011)


async def _end(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def _hello(socket: Socket) -> HelloIn | None:
    try:
        frame = await socket.ws.receive(timeout=FIRST_FRAME_WITHIN_S)
    except TimeoutError:
        return None
    return _parse(_HELLO, frame.data) if frame.type is WSMsgType.TEXT else None


async def _widget_frame(desk: Desk, socket: Socket, conversation_id: str, raw: str) -> None:
    frame = _parse(_WIDGET, raw)
    if frame is None:
        await socket.send({"event": "error", "code": "bad_frame"})
    elif isinstance(frame, TypingIn):
        desk.fanout.publish(Typing(conversation_id, "shopper"))
    else:
        await _mark_read(desk, conversation_id, "shopper", frame.seq)


async def _mark_read(desk: Desk, conversation_id: str, who: str, seq: int) -> bool:
    async with desk.make_uow() as uow:
        has_moved = await uow.conversations.mark_read(conversation_id, who=who, seq=seq)
        await uow.commit()
    if has_moved:
        desk.fanout.publish(Read(conversation_id, who, seq))
    return has_moved


@routes.add("GET", "/api/v1/events", who="agent", media_type="websocket")
async def agent_events(request: web.Request) -> web.StreamResponse:
    """WebSocket of the agent desk: all conversations' changes, messages of opened ones."""
    desk = desk_of(request)
    origin = request.headers.get("Origin")
    if origin is not None and not is_own_origin(request, origin):
        raise RequestRefusedError("This website may not.", code="forbidden", status=403)
    agent, _ = await agent_session(request)
    async with _socket(request) as socket:
        views = _Views(desk, socket, agent)
        desk.presence.arrived(agent.id)
        summaries = request.config_dict[SUMMARIES]
        try:
            with summaries.listener(language_of(request)) as queue:
                sending = asyncio.create_task(_send_summaries(socket, queue))
                try:
                    async for raw in socket.frames():
                        await views.take(raw)
                finally:
                    await _end(sending)
        finally:
            desk.presence.left(agent.id)
            await views.close_all()
        return socket.ws


SUMMARIES: web.AppKey[SummaryFeed] = web.AppKey("summaries", SummaryFeed)


async def _send_summaries(socket: Socket, queue: "asyncio.Queue[dict[str, Any]]") -> None:
    while True:
        await socket.send(await queue.get())


class _Views:
    """The conversations that one agent's browser has open."""

    def __init__(self, desk: Desk, socket: Socket, agent: Agent) -> None:
        self._desk = desk
        self._socket = socket
        self._agent = agent
        self._feeds: dict[str, asyncio.Task[None]] = {}

    async def take(self, raw: str) -> None:
        """Do what a frame says."""
        frame = _parse(_AGENT, raw)
        if isinstance(frame, OpenIn):
            await self._open(frame)
        elif isinstance(frame, CloseViewIn):
            await self._close(frame.conversation)
        elif isinstance(frame, AgentTypingIn):
            await self._typing(frame.conversation)
        elif isinstance(frame, AgentReadIn):
            if await _mark_read(self._desk, frame.conversation, "agent", frame.seq):
                self._desk.announce(frame.conversation)
        else:
            await self._socket.send({"event": "error", "code": "bad_frame"})

    async def _open(self, frame: OpenIn) -> None:
        await self._close(frame.conversation)
        if len(self._feeds) >= MOST_OPEN:
            await self._socket.send({"event": "error", "code": "too_many_open"})
            return
        async with self._desk.make_uow(read_only=True) as uow:
            is_known = await uow.conversations.get(frame.conversation) is not None
        if not is_known:
            await self._socket.send({"event": "error", "code": "conversation_not_found"})
            return
        conversation_id = frame.conversation

        async def send(message: Message) -> None:
            shown = Shown(self._desk.photos, self._desk.clock()).message(message, for_agents=True)
            await self._socket.send(
                {"event": "message", "conversation": conversation_id, "message": shown}
            )

        async def send_other(notice: Notice) -> None:
            if isinstance(notice, Typing) and notice.name != self._agent.name:
                frame = {"event": "typing", "conversation": conversation_id, "who": notice.who}
                await self._socket.send(frame | ({"name": notice.name} if notice.name else {}))
            elif isinstance(notice, Read):
                await self._socket.send(
                    {
                        "event": "read",
                        "conversation": conversation_id,
                        "who": notice.who,
                        "seq": notice.seq,
                    }
                )

        feed = MessageFeed(self._desk.make_uow, conversation_id, frame.after, for_agents=True)
        self._feeds[conversation_id] = asyncio.create_task(
            _feed(feed, self._desk, send, send_other, self._socket)
        )

    async def _typing(self, conversation_id: str) -> None:
        """Tell the shopper only when this agent has the conversation and has it open."""
        if conversation_id not in self._feeds:
            return
        async with self._desk.make_uow(read_only=True) as uow:
            conversation = await uow.conversations.get(conversation_id)
        if conversation is not None and conversation.agent_id == self._agent.id:
            self._desk.fanout.publish(Typing(conversation_id, "agent", self._agent.name))

    async def _close(self, conversation_id: str) -> None:
        feeding = self._feeds.pop(conversation_id, None)
        if feeding is not None:
            await _end(feeding)

    async def close_all(self) -> None:
        """Look away from everything."""
        for conversation_id in tuple(self._feeds):
            await self._close(conversation_id)
