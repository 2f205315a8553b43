"""Tell agents' browsers of every conversation that changes; computed once for all."""

import asyncio
import contextlib
import logging
from collections.abc import Iterator
from typing import Any

from desk.api.out import ConversationOut, Language, summary_of
from desk.api.shop_view import ShopView
from desk.domain.conversations import ListedConversation
from desk.services.fanout import EVERY, Changed, Fanout
from desk.services.uow import UnitOfWorkFactory
from desk.texts import texts

log = logging.getLogger(__name__)
GATHER_S = 0.05  # changes of one turn come in a bunch: tell once
LONGEST_QUEUE = 500


def reason_text(reason: str | None, language: str = "zh") -> str | None:
    """Return why people were asked for, in words for agents."""
    if reason is None:
        return None
    said = texts()
    kind, _, intent = reason.partition(":")
    if intent and f"hub.task.{intent}" in said:
        return said.say(f"hub.task.{intent}", language)
    key = f"hand_over_reason.{kind}"
    return said.say(key, language) if key in said else reason


async def summarise(
    shop: ShopView, listed: ListedConversation, language: str = "zh"
) -> ConversationOut:
    """Return a conversation as the lists show it."""
    profile = await shop.profile(listed.shop_ref)
    return summary_of(listed, profile, reason_text(listed.conversation.queue_reason, language))


class SummaryFeed:
    """Computes summaries while somebody listens."""

    def __init__(self, make_uow: UnitOfWorkFactory, fanout: Fanout, shop: ShopView) -> None:
        """Nobody listens yet."""
        self._make_uow = make_uow
        self._fanout = fanout
        self._shop = shop
        self._queues: dict[asyncio.Queue[dict[str, Any]], Language] = {}

    @contextlib.contextmanager
    def listener(self, language: Language) -> Iterator["asyncio.Queue[dict[str, Any]]"]:
        """Hear of every conversation that changes, in one's language."""
        queue: asyncio.Queue[dict[str, Any]] = asyncio.Queue(LONGEST_QUEUE)
        self._queues[queue] = language
        try:
            yield queue
        finally:
            self._queues.pop(queue, None)

    async def run(self) -> None:
        """Work until cancelled."""
        with self._fanout.subscribe(EVERY) as subscription:
            while True:
                notice = await subscription.next()
                if not isinstance(notice, Changed) or not self._queues:
                    continue
                changed = {notice.conversation_id: None}
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(GATHER_S):
                        while True:
                            more = await subscription.next()
                            if isinstance(more, Changed):
                                changed[more.conversation_id] = None
                for conversation_id in changed:
                    await self._tell(conversation_id)

    async def _tell(self, conversation_id: str) -> None:
        try:
            async with self._make_uow(read_only=True) as uow:
                listed = await uow.lists.one(conversation_id)
            if listed is None:
                return
            shown = {
                language: (await summarise(self._shop, listed, language)).model_dump(mode="json")
                for language in set(self._queues.values())
            }
        except Exception:  # the next change tells again; the list itself is always right
            log.exception("summary_failed", extra={"conversation": conversation_id})
            return
        for queue, language in tuple(self._queues.items()):
            if queue.full():
                queue.get_nowait()
            if summary := shown.get(language):  # else: came while we asked; its list is fresh
                queue.put_nowait({"event": "conversation", "conversation": summary})
