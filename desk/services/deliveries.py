"""Push messages to messengers from the outbox: again with growing pauses, and with an end."""

import asyncio
import logging
import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import ClassVar, Protocol

from desk.domain.conversations import Message
from desk.domain.errors import DeskError
from desk.domain.people import Delivery
from desk.services.uow import UnitOfWorkFactory

log = logging.getLogger(__name__)

FIRST_PAUSE_S = 2.0
LONGEST_PAUSE_S = 600.0
MOST_ATTEMPTS = 8
AT_ONCE = 20
HELD_FOR = timedelta(seconds=60)  # a worker that dies leaves its deliveries to others after this
IDLE_S = 15.0


class TryLaterError(DeskError):
    """The messenger did not take the message now."""

    code: ClassVar[str] = "try_later"


class UndeliverableError(DeskError):
    """The messenger will never take it: the shopper blocked us, the window is over."""

    code: ClassVar[str] = "undeliverable"


class Sender(Protocol):
    """The sending half of a channel."""

    name: str  # stored with every message, so never renamed

    async def send(self, to: str, message: Message) -> str:
        """Deliver once and return the messenger's id. Raises TryLaterError, UndeliverableError."""


def pause_s(attempts: int, jitter: float) -> float:
    """Return the pause after that many failed attempts; `jitter` from 0 to 1 spreads retries."""
    base: float = min(FIRST_PAUSE_S * 2 ** max(attempts - 1, 0), LONGEST_PAUSE_S)
    return base * (0.5 + 0.5 * jitter)


class Deliveries:
    """The worker of one desk process."""

    def __init__(
        self,
        make_uow: UnitOfWorkFactory,
        senders: Mapping[str, Sender],
        clock: Callable[[], datetime],
        jitter: Callable[[], float] = random.random,
    ) -> None:
        """Nothing is sent yet."""
        self._make_uow = make_uow
        self._senders = senders
        self._clock = clock
        self._jitter = jitter
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look at the outbox now."""
        self._woken.set()

    async def work(self) -> int:
        """Send what is due; returns how many deliveries were tried.

        Each is put off before it is sent, outside of any transaction: a crash in between means one
        more
        try later, never a message that is forgotten.
        """
        now = self._clock()
        async with self._make_uow() as uow:
            due = await uow.deliveries.due(now, limit=AT_ONCE)
            for delivery in due:
                await uow.deliveries.postpone(delivery.id, until=now + HELD_FOR, error="")
            await uow.commit()
        for delivery in due:
            await self._send(delivery)
        return len(due)

    async def _send(self, delivery: Delivery) -> None:
        attempts = delivery.attempts + 1
        state, error, external_id = "delivered", "", None
        async with self._make_uow(read_only=True) as uow:
            message = await uow.deliveries.message(delivery.message_id)
        sender = self._senders.get(delivery.channel)
        try:
            if sender is None or message is None:
                raise UndeliverableError(channel=delivery.channel)
            external_id = await sender.send(delivery.recipient, message)
        except UndeliverableError as failure:
            state, error = "failed", str(failure)
        except Exception as failure:  # an adapter's own bug must not stop the worker
            if not isinstance(failure, TryLaterError):
                log.exception("delivery_crashed", extra={"delivery": delivery.id})
            error = f"{type(failure).__name__}: {failure}"
            state = "failed" if attempts >= MOST_ATTEMPTS else "waiting"
        async with self._make_uow() as uow:
            if state == "waiting":
                wait = timedelta(seconds=pause_s(attempts, self._jitter()))
                await uow.deliveries.put_off(delivery.id, until=self._clock() + wait, error=error)
            else:
                await uow.deliveries.finish(
                    delivery.id, state=state, error=error, external_id=external_id
                )
            await uow.commit()
        if state == "failed":
            log.error("delivery_failed", extra={"delivery": delivery.id, "attempts": attempts})

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                while await self.work():
                    pass
            except Exception:
                log.exception("deliveries_failed")
            self._woken.clear()
            try:
                async with asyncio.timeout(await self._idle_s()):
                    await self._woken.wait()
            except TimeoutError:
                pass

    async def _idle_s(self) -> float:
        async with self._make_uow(read_only=True) as uow:
            moment = await uow.deliveries.next_at()
        if moment is None:
            return IDLE_S
        return min(max((moment - self._clock()).total_seconds(), 0.05), IDLE_S)
