"""Calls to the desk. Nothing else in `actions` speaks HTTP.

Every call carries an idempotency key made from the shopper's message, so each may be repeated: a
turn that is run again gets the answer of the first run and changes nothing twice.
"""

import asyncio
import os
from dataclasses import dataclass, field
from typing import Any

import aiohttp

LIMIT_S = 2.5  # inside the bot's limit for an action (3.5 s)
_IDLE_S = 30.0  # the desk keeps idle connections longer than this
SHORTEST_SECRET = 16

Json = dict[str, Any]


class DeskProblem(Exception):
    """The desk gave no step. Subclasses say what may be told to the shopper."""


class Refused(DeskProblem):
    """The desk understood the call and said no: our mistake, repeating it does not help."""

    def __init__(self, status: int, code: str) -> None:
        """Keep the desk's stable code."""
        super().__init__(f"{status} {code}")
        self.status = status
        self.code = code


class ShopUnavailable(DeskProblem):
    """The desk is there, the shop behind it is not. Nothing was changed."""


class Unreachable(DeskProblem):
    """No usable answer in time. Whether the desk has done its part is not known."""


class NotConfigured(RuntimeError):
    """The environment lacks what a start needs."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to say next and what to remember; the texts in it are ready to read."""

    say: str  # the response is utter_<say>
    values: Json = field(default_factory=dict)
    buttons: tuple[Json, ...] = ()
    card: Json | None = None
    slots: Json = field(default_factory=dict)  # None clears a slot
    expects: str | None = None
    task_open: bool = False
    handed_over: bool = False

    @classmethod
    def from_json(cls, body: object) -> "Step":
        """Read the desk's answer. Raises Unreachable when it is not a step."""
        if not isinstance(body, dict) or not isinstance(body.get("say"), str):
            raise Unreachable("the answer is not a step")
        return cls(
            say=body["say"],
            values=body.get("values") or {},
            buttons=tuple(body.get("buttons") or ()),
            card=body.get("card"),
            slots=body.get("slots") or {},
            expects=body.get("expects"),
            task_open=bool(body.get("task_open")),
            handed_over=bool(body.get("handed_over")),
        )


@dataclass(frozen=True, slots=True)
class DeskAddress:
    """Where the desk listens and what proves that we may call it."""

    url: str
    secret: str

    @classmethod
    def from_environment(cls) -> "DeskAddress":
        """Read ZHANGGUI_DESK_URL and ZHANGGUI_ACTIONS_SECRET. Raises NotConfigured, naming all."""
        url = os.environ.get("ZHANGGUI_DESK_URL", "").rstrip("/")
        secret = os.environ.get("ZHANGGUI_ACTIONS_SECRET", "")
        faults = []
        if not url.startswith(("http://", "https://")):
            faults.append("ZHANGGUI_DESK_URL is not an http address")
        if len(secret) < SHORTEST_SECRET:
            faults.append(f"ZHANGGUI_ACTIONS_SECRET is shorter than {SHORTEST_SECRET} characters")
        if faults:
            raise NotConfigured("; ".join(faults))
        return cls(url, secret)


class DeskClient:
    """One client session, hence one pool of open connections, for the life of the process."""

    def __init__(self, address: DeskAddress, limit_s: float = LIMIT_S) -> None:
        """Open nothing yet: the session belongs to the loop that makes the first call."""
        self._address = address
        self._limit_s = limit_s
        self._session: aiohttp.ClientSession | None = None

    async def take_step(self, conversation: str, task: str, body: Json, *, key: str) -> Step:
        """Run the next step of a task. Raises Refused, ShopUnavailable, Unreachable."""
        return await self._post(conversation, f"tasks/{task}", body, key)

    async def hand_over(self, conversation: str, reason: str, language: str, *, key: str) -> Step:
        """Ask for a person. Raises Refused, Unreachable."""
        return await self._post(
            conversation, "hand-over", {"reason": reason, "language": language}, key
        )

    async def answer(
        self, conversation: str, text: str, article: str | None, language: str, *, key: str
    ) -> Step:
        """Look for an article. Raises Refused, Unreachable."""
        body = {"language": language, "text": text, "article": article}
        return await self._post(conversation, "answer", body, key)

    async def fallback(
        self, conversation: str, text: str, ranking: list[Json], language: str, *, key: str
    ) -> Step:
        """Report a message that was not understood. Raises Refused, Unreachable."""
        body = {"language": language, "text": text, "ranking": ranking}
        return await self._post(conversation, "fallback", body, key)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, conversation: str, path: str, body: Json, key: str) -> Step:
        url = f"{self._address.url}/api/v1/bot/conversations/{conversation}/{path}"
        try:
            return await asyncio.wait_for(self._send(url, body, key), self._limit_s)
        except asyncio.TimeoutError as error:
            raise Unreachable(f"no answer in {self._limit_s} s") from error

    async def _send(self, url: str, body: Json, key: str) -> Step:
        for is_last_try in (False, True):
            try:
                async with self._open().post(
                    url, json=body, headers={"Idempotency-Key": key}
                ) as response:
                    return await _read(response)
            except (aiohttp.ServerDisconnectedError, ConnectionResetError) as error:
                # An idle connection that the desk has just closed; the key makes a repeat safe.
                if is_last_try:
                    raise Unreachable("the desk closed the connection") from error
            except aiohttp.ClientError as error:
                raise Unreachable(type(error).__name__) from error
        raise AssertionError("unreachable")

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                headers={"Authorization": f"Bearer {self._address.secret}"},
                connector=aiohttp.TCPConnector(limit=64, keepalive_timeout=_IDLE_S),
            )
        return self._session


async def _read(response: aiohttp.ClientResponse) -> Step:
    try:
        body = await response.json()
    except ValueError as error:
        raise Unreachable(f"status {response.status} without JSON") from error
    if response.status < 400:
        return Step.from_json(body)
    code = str(body.get("code", "")) if isinstance(body, dict) else ""
    if response.status == 503 and code == "shop_unavailable":
        raise ShopUnavailable(code)
    if response.status >= 500 or response.status in (408, 425, 429):
        raise Unreachable(f"status {response.status}")
    raise Refused(response.status, code)


_client: DeskClient | None = None


def desk() -> DeskClient:
    """Return the client of this process. Raises NotConfigured at the first call."""
    global _client
    if _client is None:
        _client = DeskClient(DeskAddress.from_environment())
    return _client


async def close_desk() -> None:
    """Close the client of this process; the next call opens a new one."""
    global _client
    if _client is not None:
        await _client.close()
        _client = None
