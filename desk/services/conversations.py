"""Take messages in, once and in order, and move conversations between bot and people.

Functions with a leading `uow` work inside a transaction that the caller has opened where they say
so;
all others open and commit their own. Nothing here talks to bot, browser or messenger.
"""

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from desk.domain.conversations import (
    Content,
    Conversation,
    ConversationState,
    Message,
    Move,
    MoveRefusedError,
    move,
)
from desk.domain.errors import DeskError
from desk.domain.people import Agent
from desk.services.access import ConversationNotFoundError
from desk.services.uow import UnitOfWork

OFFERS_REMEMBERED = 20  # bot messages whose buttons still work
LEASE = timedelta(seconds=15)
GREETING_PAYLOADS = ("/order_status", "/return_request", "/complaint", "/human")  # always offered
PULLED = frozenset({"widget"})  # channels whose clients ask for "after n" by themselves


class PayloadNotOfferedError(DeskError):
    """A button that the bot has not offered lately."""

    code: ClassVar[str] = "payload_not_offered"


class PhotoNotFoundError(DeskError):
    """There is no such photo, or it belongs to another conversation."""

    code: ClassVar[str] = "photo_not_found"


class ExternalIdReusedError(DeskError):
    """The same external id came before with other content."""

    code: ClassVar[str] = "key_reused"


@dataclass(frozen=True, slots=True)
class IncomingMessage:
    """What a shopper sent, normalised by a channel."""

    conversation_id: str
    external_id: str  # the channel's own id of the message
    text: str = ""
    payload: str | None = None
    photo_id: str | None = None


@dataclass(frozen=True, slots=True)
class Lease:
    """Who answers, and until when others keep off."""

    owner: str
    length: timedelta = LEASE


@dataclass(frozen=True, slots=True)
class Claim:
    """The right and duty to have one message answered by the bot."""

    conversation: Conversation
    message: Message


@dataclass(frozen=True, slots=True)
class Received:
    """The outcome of `receive`."""

    conversation: Conversation
    message: Message
    is_new: bool
    stored: tuple[Message, ...] = ()
    claim: Claim | None = None


def new_conversation_id() -> str:
    """Return an id that nobody can guess."""
    return f"c_{secrets.token_urlsafe(15)}"


async def receive(
    uow: UnitOfWork, incoming: IncomingMessage, *, lease: Lease, now: datetime
) -> Received:
    """Store a shopper's message once and in order; after the return a crash loses nothing.

    The same `external_id` again returns the message that is stored. While the bot has the
    conversation the
    message waits for it, and where nobody answers just now the claim to do so comes with the
    return.
    Raises ConversationNotFoundError, PayloadNotOfferedError, PhotoNotFoundError and
    ExternalIdReusedError.
    """
    async with uow:
        conversation = await uow.conversations.lock(incoming.conversation_id)
        if conversation is None:
            raise ConversationNotFoundError(conversation=incoming.conversation_id)
        near = await uow.messages.known_or_pending(conversation.id, incoming.external_id)
        for known in near:
            if known.external_id == incoming.external_id:
                _refuse_other_content(known, incoming)
                return Received(conversation, known, is_new=False)
        content = await _content_of(uow, incoming)
        stored: list[Message] = []
        if conversation.state is ConversationState.CLOSED:
            conversation = move(conversation, Move.REOPEN, now=now)
            conversation, said = await append_state(uow, conversation, now=now)
            stored.append(said)
        is_for_bot = conversation.state is ConversationState.BOT
        first_pending = min(near, key=lambda message: message.seq) if near else None
        takes = is_for_bot and not conversation.is_leased(now)
        conversation, message = await append(
            uow,
            conversation,
            sender="shopper",
            content=content,
            external_id=incoming.external_id,
            turn_state="pending" if is_for_bot else None,
            turn_attempts=1 if takes and first_pending is None else 0,
            now=now,
        )
        stored.append(message)
        claim = None
        if takes:
            claim = await take_lease(
                uow,
                conversation,
                first_pending or message,
                lease,
                now,
                is_counted=first_pending is None,
            )
            conversation = claim.conversation
        await uow.conversations.save(conversation)
        await uow.commit()
    return Received(conversation, message, is_new=True, stored=tuple(stored), claim=claim)


def _refuse_other_content(known: Message, incoming: IncomingMessage) -> None:
    """Notice a key used for two different messages, rather than swallow the second."""
    is_same = known.content.get("payload") == incoming.payload and (
        (known.content.get("photo") or {}).get("id") == incoming.photo_id
    )
    if not is_same or (incoming.payload is None and known.text != incoming.text):
        raise ExternalIdReusedError(external_id=incoming.external_id)


async def _content_of(uow: UnitOfWork, incoming: IncomingMessage) -> Content:
    content: Content = {}
    if incoming.text:
        content["text"] = incoming.text
    if incoming.payload is not None:
        recent = await uow.messages.latest(
            incoming.conversation_id, limit=OFFERS_REMEMBERED, sender="bot"
        )
        offered: dict[str, str] = {}
        for message in reversed(recent):
            offered.update(offers(message.content))
        if incoming.payload in GREETING_PAYLOADS:  # its title is the widget's to know
            offered.setdefault(incoming.payload, "")
        if incoming.payload not in offered:
            raise PayloadNotOfferedError(payload=incoming.payload)
        content["payload"] = incoming.payload
        if title := content.get("text") or offered[incoming.payload]:
            content["text"] = title
    if incoming.photo_id is not None:
        photo = await uow.photos.get(incoming.photo_id)
        if photo is None or photo.conversation_id != incoming.conversation_id:
            raise PhotoNotFoundError(photo=incoming.photo_id)
        content["photo"] = {"id": photo.id, "width": photo.width, "height": photo.height}
    return content


def offers(content: Content) -> dict[str, str]:
    """Return the payloads that a message offers, in buttons or its card, with their titles."""
    found: dict[str, str] = {}
    for button in content.get("buttons") or ():
        found[str(button["payload"])] = str(button["title"])
    for part in _parts(content.get("card")):
        payload = part.get("payload")
        if isinstance(payload, str):
            found.setdefault(payload, str(part.get("title") or part.get("number") or payload))
    return found


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, dict):
        yield value
        for inner in value.values():
            yield from _parts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _parts(inner)


async def take_lease(
    uow: UnitOfWork,
    conversation: Conversation,
    message: Message,
    lease: Lease,
    now: datetime,
    *,
    is_counted: bool = False,
) -> Claim:
    """Claim a pending message of a conversation that is held; the caller saves it."""
    conversation = replace(conversation, lease_owner=lease.owner, lease_until=now + lease.length)
    if not is_counted:
        await uow.messages.count_attempt(message.id)
        message = replace(message, turn_attempts=message.turn_attempts + 1)
    return Claim(conversation, message)


async def append(
    uow: UnitOfWork,
    conversation: Conversation,
    *,
    sender: str,
    content: Content,
    now: datetime,
    audience: str = "all",
    external_id: str | None = None,
    agent: Agent | None = None,
    turn_state: str | None = None,
    turn_attempts: int = 0,
) -> tuple[Conversation, Message]:
    """Add a message with the next number, inside a transaction that holds the conversation.

    The caller saves the returned conversation. Messages to a shopper of a messenger also go to the
    outbox.
    """
    conversation = replace(conversation, last_seq=conversation.last_seq + 1, updated_at=now)
    message = await uow.messages.add(
        Message(
            conversation_id=conversation.id,
            seq=conversation.last_seq,
            sender=sender,
            content=content,
            created_at=now,
            audience=audience,
            external_id=external_id,
            agent_id=agent.id if agent else None,
            agent_name=agent.name if agent else None,
            turn_state=turn_state,
            turn_attempts=turn_attempts,
        )
    )
    is_pushed = conversation.channel not in PULLED and sender in ("bot", "agent")
    if is_pushed and audience == "all":
        await uow.deliveries.add(
            message, channel=conversation.channel, recipient=conversation.id, now=now
        )
    return conversation, message


async def append_state(
    uow: UnitOfWork,
    conversation: Conversation,
    *,
    now: datetime,
    agent: Agent | None = None,
    **details: Any,
) -> tuple[Conversation, Message]:
    """Add the message that tells everybody who has the conversation now; the caller saves."""
    state = {"state": conversation.state.value}
    if agent is not None:
        state["agent_name"] = agent.name
    state.update({name: value for name, value in details.items() if value is not None})
    return await append(
        uow, conversation, sender="system", content={"state": state}, agent=agent, now=now
    )


async def queue_conversation(
    uow: UnitOfWork,
    conversation: Conversation,
    reason: str,
    *,
    now: datetime,
    by_seq: int | None = None,
    minutes_for: Callable[[int], int] | None = None,
) -> tuple[Conversation, Message, int]:
    """Ask for a person, inside a transaction that holds the conversation; the caller saves.

    Messages behind the one whose bot turn asks (`by_seq`) are for people now; that one stays the
    bot's, so
    that the sentence it ends with still reaches the shopper. Returns also the position (1: next).
    Raises MoveRefusedError when a person has the conversation or waits for it already.
    """
    conversation = move(conversation, Move.QUEUE, now=now, reason=reason, by_seq=by_seq)
    await uow.messages.finish_pending(conversation.id, after_seq=by_seq or 0)
    position = await uow.conversations.waiting_before(now) + 1
    conversation, said = await append_state(
        uow,
        conversation,
        now=now,
        position=position,
        wait_minutes=minutes_for(position) if minutes_for else None,
        reason=reason,
    )
    return conversation, said, position


async def take(
    uow: UnitOfWork, conversation_id: str, agent: Agent, *, now: datetime
) -> tuple[Conversation, Sequence[Message]]:
    """Give a conversation to an agent, from the queue or from the bot. Raises MoveRefusedError.

    What waits for the bot is for the agent from here on; an answer under way will be dropped.
    """
    async with uow:
        conversation = await _locked(uow, conversation_id)
        if conversation.state is ConversationState.WITH_AGENT and conversation.agent_id == agent.id:
            return conversation, ()  # asked twice: has it already
        conversation = move(conversation, Move.TAKE, now=now, agent_id=agent.id)
        await uow.messages.finish_pending(conversation.id)
        conversation, said = await append_state(uow, conversation, now=now, agent=agent)
        conversation = replace(conversation, agent_read_seq=conversation.last_seq)
        await uow.conversations.save(conversation)
        await uow.commit()
    return conversation, (said,)


async def hand_back(
    uow: UnitOfWork, conversation_id: str, agent: Agent, *, now: datetime
) -> tuple[Conversation, Sequence[Message]]:
    """Give a conversation to the bot, which starts afresh. Raises MoveRefusedError."""
    return await _give_up(uow, conversation_id, agent, Move.HAND_BACK, now)


async def close(
    uow: UnitOfWork, conversation_id: str, agent: Agent, *, now: datetime
) -> tuple[Conversation, Sequence[Message]]:
    """End a conversation; the next message opens a new section. Raises MoveRefusedError."""
    return await _give_up(uow, conversation_id, agent, Move.CLOSE, now)


async def _give_up(
    uow: UnitOfWork, conversation_id: str, agent: Agent, what: Move, now: datetime
) -> tuple[Conversation, Sequence[Message]]:
    async with uow:
        conversation = await _locked(uow, conversation_id)
        _refuse_colleagues(conversation, agent)
        conversation = move(conversation, what, now=now)
        await uow.messages.finish_pending(conversation.id)
        conversation, said = await append_state(uow, conversation, now=now)
        await uow.conversations.save(conversation)
        await uow.commit()
    return conversation, (said,)


async def say(
    uow: UnitOfWork,
    conversation_id: str,
    agent: Agent,
    text: str,
    *,
    audience: str,
    key: str,
    now: datetime,
) -> tuple[Message, bool]:
    """Store what an agent says to the shopper, or a note for agents; once per key.

    Returns the message and whether it is new. To the shopper only whoever has the conversation may
    speak;
    raises MoveRefusedError otherwise.
    """
    external_id = f"agent:{agent.id}:{key}"
    async with uow:
        conversation = await _locked(uow, conversation_id)
        known = await uow.messages.by_external_id(conversation.id, external_id)
        if known is not None:
            if known.text != text or known.audience != audience:
                raise ExternalIdReusedError(external_id=key)
            return known, False
        if audience == "all" and (
            conversation.state is not ConversationState.WITH_AGENT
            or conversation.agent_id != agent.id
        ):
            raise MoveRefusedError(state=conversation.state.value, move="say")
        conversation, message = await append(
            uow,
            conversation,
            sender="agent",
            content={"text": text},
            audience=audience,
            external_id=external_id,
            agent=agent,
            now=now,
        )
        if audience == "all":
            conversation = replace(conversation, agent_read_seq=conversation.last_seq)
        await uow.conversations.save(conversation)
        await uow.commit()
    return message, True


async def _locked(uow: UnitOfWork, conversation_id: str) -> Conversation:
    conversation = await uow.conversations.lock(conversation_id)
    if conversation is None:
        raise ConversationNotFoundError(conversation=conversation_id)
    return conversation


def _refuse_colleagues(conversation: Conversation, agent: Agent) -> None:
    """Only whoever has a conversation gives it away; supervisors may do so for others."""
    is_anothers = conversation.agent_id is not None and conversation.agent_id != agent.id
    if is_anothers and not agent.may_act_as("supervisor"):
        raise MoveRefusedError(state=conversation.state.value, move="not_yours")


async def set_language(
    uow: UnitOfWork, conversation_id: str, language: str, *, now: datetime
) -> None:
    """Take over the language that the shopper has chosen."""
    async with uow:
        conversation = await _locked(uow, conversation_id)
        if conversation.language != language:
            await uow.conversations.save(replace(conversation, language=language, updated_at=now))
            await uow.commit()
