"""Every table of the desk. Constraints are named, units are said, moments are UTC."""

from datetime import UTC, datetime
from typing import Any, ClassVar, cast

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments: they are bugs."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Declarative base with one naming scheme for constraints."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[Any]: JSON(),
    }


def table_of(row: type[Base]) -> Table:
    """Return the table behind a class, for statements that need no objects."""
    return cast("Table", row.__table__)


class ShopperRow(Base):
    """Somebody who writes to the shop. `shop_ref` is null for a visitor who has not signed in."""

    __tablename__ = "shoppers"

    id: Mapped[int] = mapped_column(primary_key=True)
    shop_ref: Mapped[str | None] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime]


class WidgetSessionRow(Base):
    """A browser's right to one conversation. Only the hash of its token is kept."""

    __tablename__ = "widget_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    shopper_id: Mapped[int] = mapped_column(ForeignKey("shoppers.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    is_signed_in: Mapped[bool] = mapped_column(
        Boolean
    )  # opened with the shop's token: needs it again to resume
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ConversationRow(Base):
    """One shopper on one channel, for as long as they write. domain.conversations moves `state`."""

    __tablename__ = "conversations"
    __table_args__ = (
        Index("ix_conversations_state_queued_at", "state", "queued_at"),
        Index("ix_conversations_agent_id_state", "agent_id", "state"),
        Index("ix_conversations_updated_at", "updated_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # "c_" + random, not guessable
    channel: Mapped[str] = mapped_column(String(32))
    shopper_id: Mapped[int] = mapped_column(ForeignKey("shoppers.id"), index=True)
    language: Mapped[str] = mapped_column(String(8))  # "zh" | "en"
    state: Mapped[str] = mapped_column(String(16))  # domain.conversations.ConversationState
    section: Mapped[int] = mapped_column(
        Integer, default=1
    )  # counts up on close and hand-back: the bot starts afresh
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    queue_reason: Mapped[str | None] = mapped_column(String(64))
    queued_at: Mapped[datetime | None]
    queued_by_seq: Mapped[int | None] = mapped_column(
        Integer
    )  # the message whose bot turn asked for a person
    taken_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    fallback_count: Mapped[int] = mapped_column(
        Integer, default=0
    )  # turns in a row the bot did not understand
    expects: Mapped[str | None] = mapped_column(String(32))  # what the bot asked for last
    agent_read_seq: Mapped[int] = mapped_column(Integer, default=0)
    shopper_read_seq: Mapped[int] = mapped_column(Integer, default=0)
    lease_owner: Mapped[str | None] = mapped_column(
        String(64)
    )  # the desk process that answers just now
    lease_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class MessageRow(Base):
    """One event of a conversation: text, card, photo, change of state. `seq` has no gaps."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq", name="uq_messages_conversation_seq"),
        UniqueConstraint(
            "conversation_id",
            "external_id",
            name="uq_messages_conversation_external_id",
        ),
        Index("ix_messages_pending", "turn_state", "conversation_id", "seq"),
        CheckConstraint("sender IN ('shopper', 'bot', 'agent', 'system')", name="sender"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    seq: Mapped[int] = mapped_column(Integer)
    sender: Mapped[str] = mapped_column(String(8))
    audience: Mapped[str] = mapped_column(
        String(8), default="all"
    )  # "all" | "agents": an internal note
    external_id: Mapped[str | None] = mapped_column(
        String(128)
    )  # the channel's id, so repeats are known
    agent_id: Mapped[int | None] = mapped_column(ForeignKey("agents.id"))
    content: Mapped[dict[str, Any]]
    understanding: Mapped[dict[str, Any] | None] = mapped_column(
        JSON
    )  # shopper messages the bot has read
    turn_state: Mapped[str | None] = mapped_column(
        String(8)
    )  # shopper messages: "pending" | "done"
    turn_attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


class VerifiedOrderRow(Base):
    """A stranger proved here to know order number and phone; access to that order only (R9)."""

    __tablename__ = "verified_orders"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    order_number: Mapped[str] = mapped_column(String(32), primary_key=True)
    verified_at: Mapped[datetime]


class VerificationAttemptRow(Base):
    """A failed try to prove access; counted per conversation and per order number."""

    __tablename__ = "verification_attempts"
    __table_args__ = (
        Index("ix_verification_attempts_conversation_id_at", "conversation_id", "at"),
        Index("ix_verification_attempts_order_number_at", "order_number", "at"),
        UniqueConstraint("conversation_id", "idempotency_key", name="uq_verification_attempts_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    order_number: Mapped[str] = mapped_column(String(32))
    idempotency_key: Mapped[str] = mapped_column(String(128))
    at: Mapped[datetime]


class CaseRow(Base):
    """One after-sales case. Its state is changed by domain.cases.move() only (audited)."""

    __tablename__ = "cases"
    __table_args__ = (
        UniqueConstraint("shopper_id", "idempotency_key", name="uq_cases_shopper_key"),
        CheckConstraint("refund_minor >= 0", name="refund_minor"),
        Index("ix_cases_state_deadline_at", "state", "deadline_at"),
        Index("ix_cases_team_state", "team", "state"),
        Index("ix_cases_order_number", "order_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(12), unique=True)  # read aloud: no 0/O, no 1/I
    type: Mapped[str] = mapped_column(String(24))  # "return", "complaint", …
    state: Mapped[str] = mapped_column(String(24))  # domain.cases.CaseState
    severity: Mapped[str] = mapped_column(String(8))  # "low" | "normal" | "high" | "critical"
    team: Mapped[str] = mapped_column(String(16))
    shopper_id: Mapped[int] = mapped_column(ForeignKey("shoppers.id"))
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    language: Mapped[str] = mapped_column(String(8))
    order_number: Mapped[str | None] = mapped_column(String(32))
    line_id: Mapped[str | None] = mapped_column(String(64))
    quantity: Mapped[int | None] = mapped_column(Integer)
    reason: Mapped[str | None] = mapped_column(String(32))
    description: Mapped[str] = mapped_column(Text, default="")  # in the shopper's words
    wanted: Mapped[str | None] = mapped_column(String(32))
    refund_minor: Mapped[int | None] = mapped_column(Integer)  # null: not decided yet
    currency: Mapped[str | None] = mapped_column(String(3))
    decision: Mapped[dict[str, Any] | None] = mapped_column(
        JSON
    )  # outcome, rule ids, reason, facts
    idempotency_key: Mapped[str | None] = mapped_column(
        String(128)
    )  # null: opened by an agent without one
    deadline_at: Mapped[datetime]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(Integer, default=1)

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 - SQLAlchemy declares it so


class CaseEventRow(Base):
    """The audit trail of a case: who, when, what, why. Never updated, never deleted."""

    __tablename__ = "case_events"
    __table_args__ = (
        Index("ix_case_events_case_id_id", "case_id", "id"),
        UniqueConstraint("case_id", "idempotency_key", name="uq_case_events_key"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(16))  # "opened" | "moved" | "remark" | "photo"
    actor: Mapped[str] = mapped_column(String(64))  # "shopper", "bot", "agent:<login>", "clock"
    from_state: Mapped[str | None] = mapped_column(String(24))
    to_state: Mapped[str | None] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(Text, default="")
    is_public: Mapped[bool] = mapped_column(Boolean, default=False)  # may the shopper read it
    idempotency_key: Mapped[str | None] = mapped_column(String(128))
    at: Mapped[datetime]


class PhotoRow(Base):
    """A photo as we keep it: encoded afresh, metadata gone. The file lies in the data folder."""

    __tablename__ = "photos"
    __table_args__ = (UniqueConstraint("conversation_id", "idempotency_key", name="uq_photos_key"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)  # "p_" + random
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    media_type: Mapped[str] = mapped_column(String(32))
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    size_bytes: Mapped[int] = mapped_column(Integer)
    idempotency_key: Mapped[str | None] = mapped_column(String(128))
    created_at: Mapped[datetime]


class ArticleFeedbackRow(Base):
    """Helpful or not, once per conversation and article."""

    __tablename__ = "article_feedback"
    __table_args__ = (
        UniqueConstraint("conversation_id", "article_id", name="uq_article_feedback"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    article_id: Mapped[str] = mapped_column(String(64))
    is_helpful: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime]


class KnowledgeGapRow(Base):
    """A question that no article answered (R1, R8); the text is masked."""

    __tablename__ = "knowledge_gaps"
    __table_args__ = (
        UniqueConstraint("conversation_id", "message_id", name="uq_knowledge_gaps_message"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    message_id: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    at: Mapped[datetime]


class AgentRow(Base):
    """A person who answers shoppers. `role`: "agent" | "supervisor" | "admin"."""

    __tablename__ = "agents"

    id: Mapped[int] = mapped_column(primary_key=True)
    login: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(256))
    is_active: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[datetime]


class AgentSessionRow(Base):
    """A signed-in browser of an agent. Only hashes are kept."""

    __tablename__ = "agent_sessions"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    agent_id: Mapped[int] = mapped_column(ForeignKey("agents.id"))
    csrf_token: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class DeliveryRow(Base):
    """A message to push to a messenger: taken by a worker, tried again until it ends."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("message_id", name="uq_deliveries_message"),
        Index("ix_deliveries_state_next_at", "state", "next_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("messages.id"))
    channel: Mapped[str] = mapped_column(String(32))
    recipient: Mapped[str] = mapped_column(String(128))
    state: Mapped[str] = mapped_column(String(16))  # "waiting" | "delivered" | "failed"
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime]
    last_error: Mapped[str] = mapped_column(String(200), default="")
    external_id: Mapped[str | None] = mapped_column(
        String(128)
    )  # the messenger's id of the sent message
