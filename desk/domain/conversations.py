"""Conversations and their messages: who has a conversation, and the one function that changes it.

Pure values: the store reads and writes them, services/{conversations,turns}.py move them.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from desk.domain.errors import DeskError

Content = dict[
    str, Any
]  # {"text", "buttons", "card", "photo", "state"}: what a message carries, as stored


class ConversationState(StrEnum):
    """Who answers: the bot, nobody yet (a person is awaited), a person, or nobody any more."""

    BOT = "bot"
    QUEUED = "queued"
    WITH_AGENT = "with_agent"
    CLOSED = "closed"


class Move(StrEnum):
    """What may happen to a conversation."""

    QUEUE = "queue"  # the bot or a rule asks for a person; a person gives it back to the queue
    TAKE = "take"  # a person takes it, from the queue or straight from the bot
    HAND_BACK = "hand_back"  # a person gives it to the bot
    CLOSE = "close"
    REOPEN = "reopen"  # the shopper writes again


_NEXT: dict[tuple[ConversationState, Move], ConversationState] = {
    (ConversationState.BOT, Move.QUEUE): ConversationState.QUEUED,
    (ConversationState.BOT, Move.TAKE): ConversationState.WITH_AGENT,
    (ConversationState.BOT, Move.CLOSE): ConversationState.CLOSED,
    (ConversationState.QUEUED, Move.TAKE): ConversationState.WITH_AGENT,
    (ConversationState.QUEUED, Move.HAND_BACK): ConversationState.BOT,
    (ConversationState.QUEUED, Move.CLOSE): ConversationState.CLOSED,
    (ConversationState.WITH_AGENT, Move.QUEUE): ConversationState.QUEUED,
    (ConversationState.WITH_AGENT, Move.HAND_BACK): ConversationState.BOT,
    (ConversationState.WITH_AGENT, Move.CLOSE): ConversationState.CLOSED,
    (ConversationState.CLOSED, Move.REOPEN): ConversationState.BOT,
}


class MoveRefusedError(DeskError):
    """The conversation is not in a state that allows this move; `state` says where it is."""

    code: ClassVar[str] = "state_conflict"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One shopper on one channel, for as long as they write."""

    id: str
    channel: str
    shopper_id: int
    language: str  # "zh" | "en"
    created_at: datetime
    updated_at: datetime
    state: ConversationState = ConversationState.BOT
    section: int = 1  # counts up on close and hand-back: the bot starts afresh
    agent_id: int | None = None
    queue_reason: str | None = None  # "asked", "fallback", "task:<intent>", "bot_down", …
    queued_at: datetime | None = None
    queued_by_seq: int | None = None  # the message whose own bot turn asked for a person
    taken_at: datetime | None = None
    closed_at: datetime | None = None
    last_seq: int = 0
    fallback_count: int = 0  # turns in a row that the bot did not understand
    expects: str | None = None  # what the bot asked for last
    agent_read_seq: int = 0
    shopper_read_seq: int = 0
    lease_owner: str | None = None
    lease_until: datetime | None = None

    @property
    def bot_id(self) -> str:
        """The name under which the bot knows the current section."""
        return f"{self.id}:{self.section}"

    def is_leased(self, now: datetime) -> bool:
        """Say whether some desk process answers a message of this conversation just now."""
        return (
            self.lease_owner is not None and self.lease_until is not None and self.lease_until > now
        )


@dataclass(frozen=True, slots=True)
class Message:
    """One event of a conversation. `seq` counts from 1 within the conversation and has no gaps."""

    conversation_id: str
    seq: int
    sender: str  # "shopper" | "bot" | "agent" | "system"
    content: Content
    created_at: datetime
    id: int = 0  # 0: not stored yet
    audience: str = "all"  # "all" | "agents": an internal note
    external_id: str | None = None  # the channel's id, so that repeats are known
    agent_id: int | None = None
    agent_name: str | None = None
    understanding: dict[str, Any] | None = None
    turn_state: str | None = None  # messages for the bot: "pending" | "done"
    turn_attempts: int = 0

    @property
    def text(self) -> str:
        """The text, or "" for a card, a photo, a change of state."""
        return str(self.content.get("text") or "")

    @property
    def public_id(self) -> str:
        """The id that the bot and its actions know: stable, and the start of idempotency keys."""
        return f"{self.conversation_id}-{self.seq}"


@dataclass(frozen=True, slots=True)
class ListedConversation:
    """A conversation with what a list shows beside it."""

    conversation: Conversation
    shop_ref: str | None
    agent_login: str | None
    agent_name: str | None
    last_message: Message | None
    unread: int  # shopper messages that no agent has read


def move(
    conversation: Conversation,
    what: Move,
    *,
    now: datetime,
    agent_id: int | None = None,
    reason: str | None = None,
    by_seq: int | None = None,
) -> Conversation:
    """Change who has the conversation (R4). Raises MoveRefusedError.

    `agent_id` is needed to take. `reason` and `by_seq` belong to the queue: `by_seq` is the message
    whose bot turn asked for a person, None when something else did. Hand-back and close begin a new
    section.
    """
    after = _NEXT.get((conversation.state, what))
    if after is None or (what is Move.TAKE and agent_id is None):
        raise MoveRefusedError(state=conversation.state.value, move=what.value)
    changed = replace(conversation, state=after, updated_at=now)
    if what is Move.QUEUE:
        return replace(
            changed,
            agent_id=None,
            queue_reason=reason,
            queued_at=now,
            queued_by_seq=by_seq,
        )
    if what is Move.TAKE:
        return replace(changed, agent_id=agent_id, taken_at=now, queued_by_seq=None)
    if what is Move.REOPEN:
        return replace(changed, closed_at=None)
    return replace(
        changed,
        section=conversation.section + 1,
        agent_id=None,
        queue_reason=None,
        queued_at=None,
        queued_by_seq=None,
        taken_at=None,
        closed_at=now if what is Move.CLOSE else None,
        fallback_count=0,
        expects=None,
    )
