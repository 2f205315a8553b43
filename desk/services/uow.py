"""What a use case needs of the store: repositories on one unit of work.

`desk/store/uow.py` implements it.
"""

from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import Any, Protocol, Self

from desk.domain.conversations import Conversation, ListedConversation, Message
from desk.domain.people import (
    Agent,
    AgentSession,
    Delivery,
    Photo,
    Shopper,
    WidgetSession,
)
from desk.services.case_store import AccessRepository, CaseRepository
from desk.services.knowledge_store import KnowledgeRepository


class ConversationRepository(Protocol):
    """Conversations. A locked one is held until the unit of work ends."""

    async def add(self, conversation: Conversation) -> None:
        """Store a new conversation."""

    async def get(self, conversation_id: str) -> Conversation | None:
        """Return it as it is now."""

    async def lock(self, conversation_id: str) -> Conversation | None:
        """Return it and keep others from changing it until the unit of work ends."""

    async def save(self, conversation: Conversation) -> None:
        """Write every field back; only for a conversation that was locked."""

    async def mark_read(self, conversation_id: str, *, who: str, seq: int) -> bool:
        """Move the read mark of "agent" or "shopper" forward; False when it already stood there."""

    async def of_shopper(self, shopper_id: int, channel: str) -> Conversation | None:
        """Return the shopper's newest conversation on a channel."""

    async def waiting_before(self, queued_at: datetime) -> int:
        """Count queued conversations that wait longer."""

    async def with_pending(self, now: datetime, *, limit: int = 100) -> Sequence[str]:
        """Return ids of conversations with pending messages that nobody answers now."""

    async def release_leases(self, owner_prefix: str) -> int:
        """Take back the leases of a process that is known to be gone."""


class MessageRepository(Protocol):
    """Messages of conversations."""

    async def add(self, message: Message) -> Message:
        """Store it and return it with its id."""

    async def by_external_id(self, conversation_id: str, external_id: str) -> Message | None:
        """Return the message that the channel sent under this id, if it was received."""

    async def get(self, conversation_id: str, seq: int) -> Message | None:
        """Return one message."""

    async def after(
        self, conversation_id: str, seq: int, *, limit: int, for_agents: bool
    ) -> Sequence[Message]:
        """Return messages with a greater number, in order; notes for agents only to agents."""

    async def latest(
        self, conversation_id: str, *, limit: int, sender: str | None = None
    ) -> Sequence[Message]:
        """Return the newest messages, newest first."""

    async def known_or_pending(self, conversation_id: str, external_id: str) -> Sequence[Message]:
        """Return the message with this external id and all that wait for the bot, in order."""

    async def first_pending(self, conversation_id: str) -> Message | None:
        """Return the oldest message that waits for the bot."""

    async def count_attempt(self, message_id: int) -> None:
        """Add one to the message's attempts."""

    async def finish_turn(self, message_id: int, understanding: dict[str, Any] | None) -> bool:
        """Mark a pending message as done; False when it was done already."""

    async def finish_pending(self, conversation_id: str, *, after_seq: int = 0) -> int:
        """Mark all pending messages with a greater number as done: people read them now."""


class ShopperRepository(Protocol):
    """Shoppers."""

    async def add(self, shop_ref: str | None, now: datetime) -> Shopper:
        """Store a new shopper."""

    async def get(self, shopper_id: int) -> Shopper | None:
        """Return one shopper."""

    async def by_ref(self, shop_ref: str) -> Shopper | None:
        """Return the shopper whom the shop knows by this id."""


class SessionRepository(Protocol):
    """Widget sessions."""

    async def add(self, session: WidgetSession) -> None:
        """Store a new session."""

    async def by_hash(self, token_hash: str) -> WidgetSession | None:
        """Return the session of a token."""

    async def delete_expired(self, now: datetime) -> int:
        """Forget sessions that have ended."""


class AgentRepository(Protocol):
    """Agents and their sessions."""

    async def add(
        self, login: str, name: str, role: str, password_hash: str, now: datetime
    ) -> Agent:
        """Store a new agent."""

    async def get(self, agent_id: int) -> Agent | None:
        """Return one agent."""

    async def by_login(self, login: str) -> Agent | None:
        """Return the agent with a login."""

    async def names_by_login(self) -> dict[str, str]:
        """Return the names of all agents by login."""

    async def names(self) -> dict[int, str]:
        """Return the names of all agents by id."""

    async def add_session(self, session: AgentSession) -> None:
        """Store a new session."""

    async def session(self, token_hash: str) -> AgentSession | None:
        """Return the session of a token."""

    async def delete_session(self, token_hash: str) -> None:
        """End a session."""


class PhotoRepository(Protocol):
    """Photos; the files lie outside the database."""

    async def add(self, photo: Photo) -> None:
        """Store what we know of a photo."""

    async def get(self, photo_id: str) -> Photo | None:
        """Return one photo."""

    async def by_key(self, conversation_id: str, key: str) -> Photo | None:
        """Return the photo that was sent under this key."""

    async def of_case(self, case_id: int) -> Sequence[Photo]:
        """Return the photos of a case."""

    async def attach(self, photo_ids: Sequence[str], case_id: int, conversation_id: str) -> int:
        """Put a conversation's photos into a case; others' photos are left alone."""


class DeliveryRepository(Protocol):
    """The outbox."""

    async def add(self, message: Message, *, channel: str, recipient: str, now: datetime) -> None:
        """Ask for a message to be pushed."""

    async def due(self, now: datetime, *, limit: int) -> Sequence[Delivery]:
        """Return deliveries whose time has come and hold them for this unit of work."""

    async def next_at(self) -> datetime | None:
        """Return the moment of the next delivery."""

    async def postpone(self, delivery_id: int, *, until: datetime, error: str) -> None:
        """Count an attempt and try again later."""

    async def put_off(self, delivery_id: int, *, until: datetime, error: str) -> None:
        """Try again at another time; counts nothing."""

    async def finish(
        self, delivery_id: int, *, state: str, error: str, external_id: str | None
    ) -> None:
        """End a delivery as "delivered" or "failed"."""

    async def message(self, message_id: int) -> Message | None:
        """Return the message of a delivery."""


class ConversationList(Protocol):
    """What the agent desk lists of conversations; rows, already joined."""

    async def page(
        self,
        view: str,
        agent_id: int,
        *,
        cursor: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[ListedConversation]:
        """Return one page: "queue" oldest first, "mine" and "all" newest first."""

    async def one(self, conversation_id: str) -> ListedConversation | None:
        """Return one conversation as it would be listed."""


class UnitOfWork(Protocol):
    """One transaction. Leaving without `commit()` rolls back."""

    @property
    def conversations(self) -> ConversationRepository:
        """Conversations."""

    @property
    def messages(self) -> MessageRepository:
        """Messages."""

    @property
    def shoppers(self) -> ShopperRepository:
        """Shoppers."""

    @property
    def sessions(self) -> SessionRepository:
        """Widget sessions."""

    @property
    def agents(self) -> AgentRepository:
        """Agents."""

    @property
    def photos(self) -> PhotoRepository:
        """Photos."""

    @property
    def deliveries(self) -> DeliveryRepository:
        """The outbox."""

    @property
    def knowledge(self) -> KnowledgeRepository:
        """Feedback on articles, and gaps."""

    @property
    def lists(self) -> ConversationList:
        """The agent desk's lists."""

    @property
    def cases(self) -> CaseRepository:
        """Cases."""

    @property
    def access(self) -> AccessRepository:
        """What strangers have proved."""

    async def __aenter__(self) -> Self:
        """Begin."""

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Roll back what was not committed."""

    async def commit(self) -> None:
        """Keep everything that was done."""


class UnitOfWorkFactory(Protocol):
    """Makes a unit of work. A read-only one does not wait for writers and must not write."""

    def __call__(self, *, read_only: bool = False) -> UnitOfWork:
        """Return a new unit of work, not begun yet."""
