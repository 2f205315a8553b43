"""The bot over HTTP: a kept-alive session, a time limit, a circuit that spares a dead bot."""

import asyncio
import time
from collections.abc import Callable
from typing import Any

import aiohttp
from pydantic import BaseModel, Field, ValidationError

from desk.services.bot import BotReply, BotUnavailableError, Turn

FAILURES_TO_OPEN = 5  # in a row; one slow answer changes nothing
OPEN_FOR_S = 5.0


class Circuit:
    """Closed: calls pass.

    Open after several failures in a row: calls fail at once. Half open: one call probes.
    """

    def __init__(
        self,
        *,
        failures_to_open: int = FAILURES_TO_OPEN,
        open_for_s: float = OPEN_FOR_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin closed."""
        self._failures_to_open = failures_to_open
        self._open_for_s = open_for_s
        self._clock = clock
        self._failures = 0
        self._opened_at: float | None = None
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """Say whether calls fail at once (but for the probe)."""
        return self._opened_at is not None

    def may_pass(self) -> bool:
        """Say whether a call may go out; when half open only the first who asks is let through."""
        if self._opened_at is None:
            return True
        if self._is_probing or self._clock() - self._opened_at < self._open_for_s:
            return False
        self._is_probing = True
        return True

    def succeeded(self) -> None:
        """Close."""
        self._failures, self._opened_at, self._is_probing = 0, None, False

    def failed(self) -> None:
        """Count; open after several in a row, or again when the probe failed."""
        self._failures += 1
        if self._is_probing or self._failures >= self._failures_to_open:
            self._opened_at = self._clock()
        self._is_probing = False

    def gave_up(self) -> None:
        """Forget a probe whose caller went away."""
        self._is_probing = False


class _ButtonIn(BaseModel, extra="ignore"):
    title: str
    payload: str


class _SaidIn(BaseModel, extra="ignore"):
    text: str | None = None
    buttons: list[_ButtonIn] = Field(default_factory=list)
    card: dict[str, Any] | None = None


class _ReplyIn(BaseModel, extra="ignore"):
    messages: list[_SaidIn]
    understanding: dict[str, Any] | None = None
    expects: str | None = None
    task: str | None = None
    task_open: bool = False

    def to_reply(self) -> BotReply:
        contents = []
        for said in self.messages:
            content: dict[str, Any] = {}
            if said.text:
                content["text"] = said.text
            if said.buttons:
                content["buttons"] = [button.model_dump() for button in said.buttons]
            if said.card:
                content["card"] = said.card
            if content:
                contents.append(content)
        return BotReply(
            messages=tuple(contents),
            understanding=self.understanding or {},
            expects=self.expects,
            task=self.task,
            task_open=self.task_open,
        )


class BotClient:
    """Implements services.bot.Bot."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        base_url: str,
        secret: str,
        *,
        timeout_s: float,
        circuit: Circuit | None = None,
    ) -> None:
        """Use a session that the caller opens and closes."""
        self._session = session
        self._base = base_url
        self._headers = {"Authorization": f"Bearer {secret}"}
        self._timeout = aiohttp.ClientTimeout(total=timeout_s)
        self.circuit = circuit or Circuit()

    async def turn(self, turn: Turn) -> BotReply:
        """Post one message and return the answer.

        Raises BotUnavailableError within the time limit.
        """
        if not self.circuit.may_pass():
            raise BotUnavailableError("open", is_final=True)
        body = {
            "conversation": turn.conversation,
            "message_id": turn.message_id,
            "text": turn.text,
            "payload": turn.payload,
            "language": turn.language,
            "expects": turn.expects,
            "attempt": turn.attempt,
        }
        try:
            async with self._session.post(
                f"{self._base}/webhooks/desk/turn",
                json=body,
                headers=self._headers,
                timeout=self._timeout,
            ) as response:
                if 400 <= response.status < 500:
                    # The bot is well, it dislikes this message or our secret: no case for the
                    # circuit.
                    self.circuit.succeeded()
                    raise BotUnavailableError(f"refused_{response.status}", is_final=True)
                response.raise_for_status()
                reply = _ReplyIn.model_validate_json(await response.read()).to_reply()
        except BotUnavailableError:
            raise
        except TimeoutError:
            self.circuit.failed()
            raise BotUnavailableError("slow") from None
        except (aiohttp.ClientError, OSError, ValidationError) as error:
            self.circuit.failed()
            raise BotUnavailableError(type(error).__name__) from error
        except asyncio.CancelledError:
            self.circuit.gave_up()
            raise
        self.circuit.succeeded()
        return reply

    async def is_up(self) -> bool:
        """Say whether the bot answers at all; does not touch the circuit."""
        return await is_answering(self._session, f"{self._base}/webhooks/desk/", self._headers)

    async def understand(
        self, texts: list[str], language: str | None = None
    ) -> list[dict[str, Any]]:
        """Return what the bot understands of texts outside of any conversation.

        Raises BotUnavailableError.
        """
        try:
            async with self._session.post(
                f"{self._base}/webhooks/desk/understand",
                json={"texts": texts, "language": language},
                headers=self._headers,
                timeout=aiohttp.ClientTimeout(total=60),
            ) as response:
                response.raise_for_status()
                found: list[dict[str, Any]] = (await response.json())["results"]
                return found
        except (aiohttp.ClientError, OSError, TimeoutError, KeyError) as error:
            raise BotUnavailableError(type(error).__name__) from error


async def is_answering(
    session: aiohttp.ClientSession, url: str, headers: dict[str, str] | None = None
) -> bool:
    """Say whether a service answers a GET with 200 within a second."""
    try:
        async with session.get(
            url, headers=headers, timeout=aiohttp.ClientTimeout(total=1)
        ) as response:
            return response.status == 200
    except (aiohttp.ClientError, OSError, TimeoutError):
        return False
