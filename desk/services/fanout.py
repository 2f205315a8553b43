"""Tell whoever looks at a conversation that it changed: widgets, agents' browsers.

A notice is a hint, never the truth: it may be lost, doubled or late. Whoever gets one compares
sequence
numbers and reads the store where something is missing. So another process's notices (Redis, later)
need no more care than those of this process.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from desk.domain.conversations import Message

EVERY = "*"  # the topic of all conversations
LONGEST_QUEUE = 256


@dataclass(frozen=True, slots=True)
class Changed:
    """A conversation has new messages or a new state; `messages` are those the sender knew."""

    conversation_id: str
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody is writing; ends by itself."""

    conversation_id: str
    who: str  # "shopper" | "bot" | "agent"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """`who` ("shopper" or "agent") has read up to `seq`."""

    conversation_id: str
    who: str
    seq: int


Notice = Changed | Typing | Read


class Subscription(Protocol):
    """Notices of the topics that were asked for."""

    def add(self, topic: str) -> None:
        """Hear of one more conversation, or of EVERY."""

    def remove(self, topic: str) -> None:
        """Hear of one less."""

    async def next(self) -> Notice:
        """Wait for the next notice."""


class Fanout(Protocol):
    """Hands notices to subscribers."""

    def publish(self, notice: Notice) -> None:
        """Tell everybody who listens. Never waits, never fails."""

    def subscribe(self, *topics: str) -> contextlib.AbstractContextManager[Subscription]:
        """Listen for as long as the context lasts."""


class LocalSubscription:
    """A queue of notices. A listener that is too slow loses the oldest and reads the store."""

    def __init__(self, fanout: "LocalFanout") -> None:
        """Listen to nothing yet."""
        self._fanout = fanout
        self.topics: set[str] = set()
        self._queue: asyncio.Queue[Notice] = asyncio.Queue(LONGEST_QUEUE)

    def add(self, topic: str) -> None:
        """Hear of one more conversation, or of EVERY."""
        self.topics.add(topic)
        self._fanout.listeners.setdefault(topic, set()).add(self)

    def remove(self, topic: str) -> None:
        """Hear of one less."""
        self.topics.discard(topic)
        listeners = self._fanout.listeners.get(topic)
        if listeners is not None:
            listeners.discard(self)
            if not listeners:
                del self._fanout.listeners[topic]

    def put(self, notice: Notice) -> None:
        """Take a notice in."""
        if self._queue.full():
            self._queue.get_nowait()
        self._queue.put_nowait(notice)

    async def next(self) -> Notice:
        """Wait for the next notice."""
        return await self._queue.get()


class LocalFanout:
    """Notices within one process."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self.listeners: dict[str, set[LocalSubscription]] = {}

    def publish(self, notice: Notice) -> None:
        """Tell everybody who listens to the conversation or to all of them."""
        of_one = self.listeners.get(notice.conversation_id, set())
        for listener in of_one | self.listeners.get(EVERY, set()):
            listener.put(notice)

    @contextmanager
    def subscribe(self, *topics: str) -> Iterator[LocalSubscription]:
        """Listen for as long as the context lasts."""
        subscription = LocalSubscription(self)
        for topic in topics:
            subscription.add(topic)
        try:
            yield subscription
        finally:
            for topic in tuple(subscription.topics):
                subscription.remove(topic)
