"""Have the bot answer what shoppers write: one at a time per conversation, each exactly once.

A pending message in the store is the work; the tasks here only make haste. Between desk processes a
lease
on the conversation decides who answers. The answer is stored in the transaction that checks that
the
message still waits and the conversation is still the bot's, so a late answer is dropped.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from desk.domain.conversations import Conversation, ConversationState, Message
from desk.services.bot import Bot, BotReply, BotUnavailableError, Turn
from desk.services.conversations import (
    Claim,
    Lease,
    append,
    queue_conversation,
    take_lease,
)
from desk.services.fanout import Changed, Fanout, Typing
from desk.services.uow import UnitOfWork, UnitOfWorkFactory

log = logging.getLogger(__name__)

TRIES_AT_ONCE = 2  # posts of one message before the shopper is handed to people
TRIES_EVER = 5  # counts restarts too: a message that kills its desk is not tried for ever
POSTS_AT_ONCE = 16  # more would wait inside the bot and use up its time limit
SWEEP_EVERY_S = 5.0
RETRY_PAUSE_S = 0.25


class HandOver(Protocol):
    """What is said when the hub itself calls a person (bot down, insults, threats)."""

    def wait_minutes(self, position: int) -> int:
        """Estimate the wait."""

    def apology(self, language: str, reason: str, position: int, now: datetime) -> str:
        """Return the sentence for the shopper: what happened and who answers when."""

    def reason_beside_the_bot(
        self, message: Message, reply: BotReply, earlier: list[Message]
    ) -> str | None:
        """Return why people should take over although the bot has answered, or None.

        `earlier` are shopper messages before this one, newest first.
        """


@dataclass(frozen=True, slots=True)
class TurnEnd:
    """What became of a claim."""

    conversation: Conversation
    stored: tuple[Message, ...]
    is_dropped: bool
    next: Claim | None


async def store_reply(
    uow: UnitOfWork,
    claim: Claim,
    reply: BotReply,
    *,
    hand_over: HandOver,
    lease: Lease,
    now: datetime,
) -> TurnEnd:
    """Store the bot's answer unless it comes too late, and claim the next waiting message.

    Too late: somebody else answered, a person took the conversation, another process holds the
    lease.
    A turn that asked for a person itself still says its last sentence.
    """
    async with uow:
        conversation = await uow.conversations.lock(claim.conversation.id)
        if conversation is None:  # erased in between
            return TurnEnd(claim.conversation, (), is_dropped=True, next=None)
        if conversation.lease_owner != lease.owner:
            return TurnEnd(conversation, (), is_dropped=True, next=None)
        is_still_waiting = await uow.messages.finish_turn(claim.message.id, _kept(reply))
        is_ours = conversation.state is ConversationState.BOT or (
            conversation.state is ConversationState.QUEUED
            and conversation.queued_by_seq == claim.message.seq
        )
        stored: list[Message] = []
        if is_still_waiting and is_ours:
            for content in reply.messages:
                conversation, said = await append(
                    uow, conversation, sender="bot", content=content, now=now
                )
                stored.append(said)
            conversation = _learned(conversation, claim.message, reply)
            conversation, more = await _call_people(
                uow, conversation, claim.message, reply, hand_over, now
            )
            stored += more
        conversation, following = await _go_on(uow, conversation, lease, now)
        await uow.commit()
    is_dropped = not (is_still_waiting and is_ours)
    return TurnEnd(conversation, tuple(stored), is_dropped=is_dropped, next=following)


def _kept(reply: BotReply) -> dict[str, Any]:
    """Return what is kept of the understanding, with the task the message belonged to."""
    kept = {name: value for name, value in reply.understanding.items() if name != "text"}
    if reply.task is not None:
        kept["task"] = reply.task
    return kept


def _learned(conversation: Conversation, message: Message, reply: BotReply) -> Conversation:
    """Take over what the turn has shown: language, what is asked, failures in a row."""
    conversation = replace(conversation, expects=reply.expects)
    if message.content.get("payload") is not None or reply.intent is None:
        return replace(conversation, fallback_count=0)
    has_answer = any((said.get("card") or {}).get("type") == "article" for said in reply.messages)
    is_failure = reply.intent == "nlu_fallback" and not has_answer
    count = conversation.fallback_count + 1 if is_failure else 0
    language = reply.understanding.get("language")
    if language not in ("zh", "en"):
        language = conversation.language
    return replace(conversation, fallback_count=count, language=language)


async def _call_people(
    uow: UnitOfWork,
    conversation: Conversation,
    message: Message,
    reply: BotReply,
    hand_over: HandOver,
    now: datetime,
) -> tuple[Conversation, list[Message]]:
    """Queue the conversation when more than the bot's own dialogue demands a person (R4)."""
    if conversation.state is not ConversationState.BOT:
        return conversation, []
    earlier = []
    if reply.intent == "abuse":
        said = await uow.messages.latest(conversation.id, limit=10, sender="shopper")
        earlier = [one for one in said if one.seq < message.seq]
    reason = hand_over.reason_beside_the_bot(message, reply, earlier)
    if reason is None:
        return conversation, []
    return await _queue_with_a_word(uow, conversation, reason, hand_over, now)


async def _queue_with_a_word(
    uow: UnitOfWork, conversation: Conversation, reason: str, hand_over: HandOver, now: datetime
) -> tuple[Conversation, list[Message]]:
    conversation, state, position = await queue_conversation(
        uow, conversation, reason, now=now, minutes_for=hand_over.wait_minutes
    )
    text = hand_over.apology(conversation.language, reason, position, now)
    conversation, said = await append(
        uow, conversation, sender="bot", content={"text": text}, now=now
    )
    return conversation, [state, said]


async def _go_on(
    uow: UnitOfWork, conversation: Conversation, lease: Lease, now: datetime
) -> tuple[Conversation, Claim | None]:
    """Claim the next waiting message or give the lease back; saves the conversation."""
    following = None
    if conversation.state is ConversationState.BOT:
        waiting = await uow.messages.first_pending(conversation.id)
        if waiting is not None:
            following = await take_lease(uow, conversation, waiting, lease, now)
            conversation = following.conversation
    if following is None:
        conversation = replace(conversation, lease_owner=None, lease_until=None)
    await uow.conversations.save(conversation)
    return conversation, following


async def apologise(
    uow: UnitOfWork, claim: Claim, reason: str, *, hand_over: HandOver, lease: Lease, now: datetime
) -> TurnEnd:
    """Hand a conversation to people because the bot does not answer, with exactly one sentence."""
    async with uow:
        conversation = await uow.conversations.lock(claim.conversation.id)
        if conversation is None or conversation.lease_owner != lease.owner:
            return TurnEnd(conversation or claim.conversation, (), is_dropped=True, next=None)
        is_still_waiting = await uow.messages.finish_turn(claim.message.id, None)
        stored: list[Message] = []
        if is_still_waiting and conversation.state is ConversationState.BOT:
            conversation, stored = await _queue_with_a_word(
                uow, conversation, reason, hand_over, now
            )
        elif is_still_waiting and conversation.queued_by_seq == claim.message.seq:
            # The turn had asked for a person when the bot fell silent: only its last sentence is
            # missing.
            position = await uow.conversations.waiting_before(conversation.queued_at or now) + 1
            text = hand_over.apology(conversation.language, reason, position, now)
            conversation, said = await append(
                uow, conversation, sender="bot", content={"text": text}, now=now
            )
            stored = [said]
        conversation, following = await _go_on(uow, conversation, lease, now)
        await uow.commit()
    return TurnEnd(conversation, tuple(stored), is_dropped=not stored, next=following)


async def claim_pending(
    uow: UnitOfWork, conversation_id: str, *, lease: Lease, now: datetime
) -> Claim | None:
    """Claim what waits in a conversation; None when somebody answers it or nothing waits."""
    async with uow:
        conversation = await uow.conversations.lock(conversation_id)
        if conversation is None or conversation.is_leased(now):
            return None
        waiting = await uow.messages.first_pending(conversation_id)
        if waiting is None:
            return None
        if conversation.state is not ConversationState.BOT and not (
            conversation.queued_by_seq == waiting.seq
        ):
            await uow.messages.finish_pending(conversation_id)
            await uow.commit()
            return None
        claim = await take_lease(uow, conversation, waiting, lease, now)
        await uow.conversations.save(claim.conversation)
        await uow.commit()
    return claim


def turn_of(claim: Claim, attempt: int) -> Turn:
    """Return what the bot gets of a claimed message. A photo is told to it like a button."""
    content = claim.message.content
    payload = content.get("payload")
    photo = content.get("photo")
    if payload is None and photo is not None and not claim.message.text:
        payload = f'/inform{{"photo":"{photo["id"]}"}}'
    return Turn(
        conversation=claim.conversation.bot_id,
        message_id=claim.message.public_id,
        text=claim.message.text,
        payload=payload,
        language=claim.conversation.language,
        expects=claim.conversation.expects,
        attempt=attempt,
    )


class Turns:
    """The tasks of one desk process that have messages answered."""

    def __init__(
        self,
        make_uow: UnitOfWorkFactory,
        bot: Bot,
        fanout: Fanout,
        hand_over: HandOver,
        lease: Lease,
        clock: Callable[[], datetime],
    ) -> None:
        """Nothing runs yet."""
        self._make_uow = make_uow
        self._bot = bot
        self._fanout = fanout
        self._hand_over = hand_over
        self._lease = lease
        self._clock = clock
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._following: dict[str, Claim] = {}
        self._posts = asyncio.Semaphore(POSTS_AT_ONCE)
        self._is_stopping = False

    def begin(self, claim: Claim) -> None:
        """Have a claimed message answered, and whatever waits behind it."""
        if self._is_stopping:
            return  # it waits in the store for the next start
        if claim.conversation.id in self._tasks:
            self._following[claim.conversation.id] = claim  # the one before is just ending
            return
        task = asyncio.create_task(self._run(claim), name=f"turn {claim.conversation.id}")
        self._tasks[claim.conversation.id] = task
        task.add_done_callback(lambda _: self._forget(claim.conversation.id))

    def _forget(self, conversation_id: str) -> None:
        self._tasks.pop(conversation_id, None)
        following = self._following.pop(conversation_id, None)
        if following is not None:
            self.begin(following)

    @property
    def running(self) -> int:
        """How many conversations are being answered now."""
        return len(self._tasks)

    async def idle(self) -> None:
        """Wait until nothing is being answered."""
        while self._tasks:
            await asyncio.wait(tuple(self._tasks.values()))

    async def _run(self, claim: Claim) -> None:
        following: Claim | None = claim
        try:
            while following is not None:
                following = await self._answer(following)
                if self._is_stopping and following is not None:
                    await self._let_go(following.conversation.id)
                    return
        except Exception:
            # The message stays pending; the sweep takes it up when the lease has run out.
            log.exception("turn_failed", extra={"conversation": claim.conversation.id})

    async def _answer(self, claim: Claim) -> Claim | None:
        self._fanout.publish(Typing(claim.conversation.id, "bot"))
        began = self._clock()
        try:
            reply = await self._ask(claim)
        except BotUnavailableError as error:
            log.warning(
                "bot_unavailable", extra={"conversation": claim.conversation.id, "why": error.why}
            )
            end = await apologise(
                self._make_uow(),
                claim,
                "bot_down",
                hand_over=self._hand_over,
                lease=self._lease,
                now=self._clock(),
            )
        else:
            end = await store_reply(
                self._make_uow(),
                claim,
                reply,
                hand_over=self._hand_over,
                lease=self._lease,
                now=self._clock(),
            )
        took = self._clock() - began
        log.info(
            "turn_done",
            extra={
                "conversation": claim.conversation.id,
                "seq": claim.message.seq,
                "is_dropped": end.is_dropped,
                "took_ms": round(took / timedelta(milliseconds=1), 1),
            },
        )
        self._fanout.publish(Changed(claim.conversation.id, end.stored))
        return end.next

    async def _ask(self, claim: Claim) -> BotReply:
        """Post the message, a second time when the first brought nothing.

        Raises BotUnavailableError.
        """
        first = claim.message.turn_attempts
        if first > TRIES_EVER:
            raise BotUnavailableError("attempts", is_final=True)
        for attempt in range(first, first + TRIES_AT_ONCE):
            try:
                async with self._posts:
                    return await self._bot.turn(turn_of(claim, attempt))
            except BotUnavailableError as error:
                if error.is_final or attempt == first + TRIES_AT_ONCE - 1:
                    raise
            await asyncio.sleep(RETRY_PAUSE_S * (1 + random.random()))  # noqa: S311 - jitter
        raise AssertionError("the loop returns or raises")

    async def _let_go(self, conversation_id: str) -> None:
        async with self._make_uow() as uow:
            conversation = await uow.conversations.lock(conversation_id)
            if conversation is not None and conversation.lease_owner == self._lease.owner:
                await uow.conversations.save(
                    replace(conversation, lease_owner=None, lease_until=None)
                )
                await uow.commit()

    async def sweep(self) -> int:
        """Take up pending messages that nobody answers: after a crash, here or elsewhere."""
        now = self._clock()
        async with self._make_uow(read_only=True) as uow:
            waiting = await uow.conversations.with_pending(now)
        taken = 0
        for conversation_id in waiting:
            if conversation_id in self._tasks or self._is_stopping:
                continue
            claim = await claim_pending(
                self._make_uow(), conversation_id, lease=self._lease, now=self._clock()
            )
            if claim is not None:
                self.begin(claim)
                taken += 1
        if taken:
            log.info("pending_taken_up", extra={"conversations": taken})
        return taken

    async def run(self) -> None:
        """Sweep at once and then now and again, until cancelled."""
        while True:
            try:
                await self.sweep()
            except Exception:
                log.exception("sweep_failed")
            jitter = 0.8 + 0.4 * random.random()  # noqa: S311 - no secret
            await asyncio.sleep(SWEEP_EVERY_S * jitter)

    async def stop(self, wait_s: float) -> None:
        """Let turns under way finish; what does not finish in time stays pending."""
        self._is_stopping = True
        tasks = tuple(self._tasks.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=wait_s)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
