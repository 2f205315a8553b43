"""Give a listener every message after a number: each once, in order, backlog and live alike.

The listener subscribes first and reads the store then, so nothing falls between. A notice with the
next
number is passed on as it is; any other one only says "look", and the store is read.
"""

from collections.abc import Awaitable, Callable, Sequence

from desk.domain.conversations import Message
from desk.services.fanout import Changed, Fanout, Notice
from desk.services.uow import UnitOfWorkFactory

PAGE = 100
Send = Callable[[Message], Awaitable[None]]
SendOther = Callable[[Notice], Awaitable[None]]


class MessageFeed:
    """One listener of one conversation."""

    def __init__(
        self, make_uow: UnitOfWorkFactory, conversation_id: str, after: int, *, for_agents: bool
    ) -> None:
        """Begin behind `after`."""
        self._make_uow = make_uow
        self._conversation_id = conversation_id
        self._for_agents = for_agents
        self._last = after

    async def run(self, fanout: Fanout, send: Send, send_other: SendOther) -> None:
        """Feed until cancelled."""
        with fanout.subscribe(self._conversation_id) as subscription:
            await self._from_store(send, is_first=True)
            while True:
                notice = await subscription.next()
                if not isinstance(notice, Changed):
                    await send_other(notice)
                elif self._follows(notice.messages):
                    await self._pass_on(notice.messages, send)
                else:
                    await self._from_store(send)

    def _follows(self, messages: Sequence[Message]) -> bool:
        """Say whether these messages go on where we are, or were all sent already."""
        fresh = [message.seq for message in messages if message.seq > self._last]
        if not fresh:
            return bool(messages)
        return fresh == list(range(self._last + 1, self._last + 1 + len(fresh)))

    async def _pass_on(self, messages: Sequence[Message], send: Send) -> None:
        for message in messages:
            if message.seq > self._last:
                self._last = message.seq
                if self._for_agents or message.audience == "all":
                    await send(message)

    async def _from_store(self, send: Send, *, is_first: bool = False) -> None:
        while True:
            async with self._make_uow(read_only=True) as uow:
                if is_first:  # a number from another life of the database must not make us deaf
                    conversation = await uow.conversations.get(self._conversation_id)
                    self._last = min(self._last, conversation.last_seq if conversation else 0)
                    is_first = False
                found = await uow.messages.after(
                    self._conversation_id, self._last, limit=PAGE, for_agents=self._for_agents
                )
            for message in found:
                self._last = message.seq
                await send(message)
            if len(found) < PAGE:
                return
