"""Conversations and messages in SQL. Statements are written out: this is the path of every turn."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any, cast

from sqlalchemy import (
    JSON,
    CursorResult,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from desk.domain.conversations import (
    Conversation,
    ConversationState,
    ListedConversation,
    Message,
)
from desk.store.tables import AgentRow, ConversationRow, MessageRow, ShopperRow, table_of

_C = table_of(ConversationRow).c
_M = table_of(MessageRow).c
_FIELDS = [field.name for field in fields(Conversation)]
_COLUMNS = [_C[name] for name in _FIELDS]
MESSAGE_COLUMNS = [
    _M[name]
    for name in (
        "id conversation_id seq sender audience external_id agent_id content understanding "
        "turn_state turn_attempts created_at"
    ).split()
]


def _messages_of_one() -> Select[Any]:
    """Select messages of the conversation `c` with their agents' names."""
    agents = table_of(AgentRow)
    return (
        select(*MESSAGE_COLUMNS, agents.c.name.label("agent_name"))
        .outerjoin_from(table_of(MessageRow), agents, agents.c.id == _M.agent_id)
        .where(_M.conversation_id == bindparam("c"))
    )


# Built once: building a statement costs more than running it.
_GET = select(*_COLUMNS).where(_C.id == bindparam("c"))
_LOCK = _GET.with_for_update()
_SAVE = (
    update(table_of(ConversationRow))
    .where(_C.id == bindparam("c"))
    .values({name: bindparam(name) for name in _FIELDS if name != "id"})
)
_ADD_MESSAGE = insert(table_of(MessageRow)).returning(_M.id)
_KNOWN_OR_PENDING = (
    _messages_of_one()
    .where(or_(_M.external_id == bindparam("x"), _M.turn_state == "pending"))
    .order_by(_M.seq)
)
_BY_EXTERNAL_ID = _messages_of_one().where(_M.external_id == bindparam("x"))
_BY_SEQ = _messages_of_one().where(_M.seq == bindparam("s"))
_FIRST_PENDING = _messages_of_one().where(_M.turn_state == "pending").order_by(_M.seq).limit(1)
_IS_PENDING = (_M.id == bindparam("m")) & (_M.turn_state == "pending")
_FINISH = update(table_of(MessageRow)).where(_IS_PENDING).values(turn_state="done")
_FINISH_WITH = (
    update(table_of(MessageRow))
    .where(_IS_PENDING)
    .values(turn_state="done", understanding=bindparam("u", type_=JSON()))
)
_AFTER = (
    _messages_of_one()
    .where(_M.seq > bindparam("s"))
    .order_by(_M.seq)
    .limit(bindparam("n", type_=Integer()))
)
_AFTER_FOR_ALL = _AFTER.where(_M.audience == "all")


def _conversation(row: Row[Any], prefix: int = 0) -> Conversation:
    values = dict(zip(_FIELDS, row[prefix : prefix + len(_FIELDS)], strict=True))
    return Conversation(**{**values, "state": ConversationState(values["state"])})


def message_of(row: Row[Any]) -> Message:
    """Make a message from a row of MESSAGE_COLUMNS."""
    return Message(**row._mapping)


def _values(conversation: Conversation) -> dict[str, Any]:
    values = {name: getattr(conversation, name) for name in _FIELDS}
    values["state"] = conversation.state.value
    return values


def rows_changed(result: Any) -> int:
    """Return how many rows a statement changed."""
    return cast("CursorResult[Any]", result).rowcount


class SqlConversations:
    """The conversation repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def add(self, conversation: Conversation) -> None:
        """Store a new conversation."""
        await self._session.execute(insert(table_of(ConversationRow)), _values(conversation))

    async def get(self, conversation_id: str) -> Conversation | None:
        """Return it as it is now."""
        row = (await self._session.execute(_GET, {"c": conversation_id})).first()
        return _conversation(row) if row else None

    async def lock(self, conversation_id: str) -> Conversation | None:
        """Return it and keep others from changing it until the unit of work ends."""
        row = (await self._session.execute(_LOCK, {"c": conversation_id})).first()
        return _conversation(row) if row else None

    async def save(self, conversation: Conversation) -> None:
        """Write every field back."""
        values = _values(conversation)
        values["c"] = values.pop("id")
        await self._session.execute(_SAVE, values)

    async def mark_read(self, conversation_id: str, *, who: str, seq: int) -> bool:
        """Move the read mark of "agent" or "shopper" forward; never past the last message."""
        column = _C.agent_read_seq if who == "agent" else _C.shopper_read_seq
        result = await self._session.execute(
            update(table_of(ConversationRow))
            .where(_C.id == conversation_id, column < seq, _C.last_seq >= seq)
            .values({column.name: seq})
        )
        return rows_changed(result) > 0

    async def of_shopper(self, shopper_id: int, channel: str) -> Conversation | None:
        """Return the shopper's newest conversation on a channel."""
        found = await self._session.execute(
            select(*_COLUMNS)
            .where(_C.shopper_id == shopper_id, _C.channel == channel)
            .order_by(_C.updated_at.desc(), _C.id)
            .limit(1)
        )
        row = found.first()
        return _conversation(row) if row else None

    async def waiting_before(self, queued_at: datetime) -> int:
        """Count queued conversations that wait longer."""
        found = await self._session.execute(
            select(func.count()).where(
                _C.state == ConversationState.QUEUED.value, _C.queued_at < queued_at
            )
        )
        return int(found.scalar_one())

    async def with_pending(self, now: datetime, *, limit: int = 100) -> Sequence[str]:
        """Return ids of conversations with pending messages that nobody answers now."""
        found = await self._session.execute(
            select(_C.id)
            .join(table_of(MessageRow), _M.conversation_id == _C.id)
            .where(
                _M.turn_state == "pending",
                or_(_C.lease_until.is_(None), _C.lease_until <= now),
            )
            .group_by(_C.id)
            .order_by(func.min(_M.id))
            .limit(limit)
        )
        return list(found.scalars())

    async def release_leases(self, owner_prefix: str) -> int:
        """Take back the leases of a process that is known to be gone."""
        result = await self._session.execute(
            update(table_of(ConversationRow))
            .where(_C.lease_owner.startswith(owner_prefix, autoescape=True))
            .values(lease_owner=None, lease_until=None)
        )
        return rows_changed(result)


class SqlMessages:
    """The message repository."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    async def add(self, message: Message) -> Message:
        """Store it and return it with its id."""
        values: dict[str, Any] = {
            "conversation_id": message.conversation_id,
            "seq": message.seq,
            "sender": message.sender,
            "audience": message.audience,
            "external_id": message.external_id,
            "agent_id": message.agent_id,
            "content": message.content,
            "understanding": message.understanding,
            "turn_state": message.turn_state,
            "turn_attempts": message.turn_attempts,
            "created_at": message.created_at,
        }
        result = await self._session.execute(_ADD_MESSAGE, values)
        stored_id = int(result.scalar_one())
        return Message(
            **{**values, "id": stored_id, "agent_name": message.agent_name},
        )

    async def _first(self, statement: Select[Any], values: dict[str, Any]) -> Message | None:
        row = (await self._session.execute(statement, values)).first()
        return message_of(row) if row else None

    async def by_external_id(self, conversation_id: str, external_id: str) -> Message | None:
        """Return the message that the channel sent under this id, if it was received."""
        return await self._first(_BY_EXTERNAL_ID, {"c": conversation_id, "x": external_id})

    async def get(self, conversation_id: str, seq: int) -> Message | None:
        """Return one message."""
        return await self._first(_BY_SEQ, {"c": conversation_id, "s": seq})

    async def after(
        self, conversation_id: str, seq: int, *, limit: int, for_agents: bool
    ) -> Sequence[Message]:
        """Return messages with a greater number, in order; notes for agents only to agents."""
        found = await self._session.execute(
            _AFTER if for_agents else _AFTER_FOR_ALL, {"c": conversation_id, "s": seq, "n": limit}
        )
        return [message_of(row) for row in found]

    async def latest(
        self, conversation_id: str, *, limit: int, sender: str | None = None
    ) -> Sequence[Message]:
        """Return the newest messages, newest first."""
        statement = _messages_of_one()
        if sender is not None:
            statement = statement.where(_M.sender == sender)
        found = await self._session.execute(
            statement.order_by(_M.seq.desc()).limit(limit), {"c": conversation_id}
        )
        return [message_of(row) for row in found]

    async def known_or_pending(self, conversation_id: str, external_id: str) -> Sequence[Message]:
        """Return the message with this external id and all that wait for the bot, in order."""
        found = await self._session.execute(
            _KNOWN_OR_PENDING, {"c": conversation_id, "x": external_id}
        )
        return [message_of(row) for row in found]

    async def first_pending(self, conversation_id: str) -> Message | None:
        """Return the oldest message that waits for the bot."""
        return await self._first(_FIRST_PENDING, {"c": conversation_id})

    async def count_attempt(self, message_id: int) -> None:
        """Add one to the message's attempts."""
        await self._session.execute(
            update(table_of(MessageRow))
            .where(_M.id == message_id)
            .values(turn_attempts=_M.turn_attempts + 1)
        )

    async def finish_turn(self, message_id: int, understanding: dict[str, Any] | None) -> bool:
        """Mark a pending message as done; False when it was done already."""
        if understanding is None:
            result = await self._session.execute(_FINISH, {"m": message_id})
        else:
            result = await self._session.execute(
                _FINISH_WITH, {"m": message_id, "u": understanding}
            )
        return rows_changed(result) > 0

    async def finish_pending(self, conversation_id: str, *, after_seq: int = 0) -> int:
        """Mark all pending messages with a greater number as done: people read them now."""
        result = await self._session.execute(
            update(table_of(MessageRow))
            .where(
                _M.conversation_id == conversation_id,
                _M.turn_state == "pending",
                _M.seq > after_seq,
            )
            .values(turn_state="done")
        )
        return rows_changed(result)


class SqlConversationList:
    """What the agent desk lists; one statement a page."""

    def __init__(self, session: AsyncSession) -> None:
        """Work in the unit of work's session."""
        self._session = session

    def _select(self) -> Select[Any]:
        last = (
            select(func.max(_M.seq))
            .where(_M.conversation_id == _C.id, _M.sender != "system")
            .correlate(table_of(ConversationRow))
            .scalar_subquery()
        )
        unread = (
            select(func.count())
            .where(
                _M.conversation_id == _C.id,
                _M.sender == "shopper",
                _M.seq > _C.agent_read_seq,
            )
            .correlate(table_of(ConversationRow))
            .scalar_subquery()
        )
        return (
            select(
                *_COLUMNS,
                table_of(ShopperRow).c.shop_ref,
                table_of(AgentRow).c.login.label("agent_login"),
                table_of(AgentRow).c.name.label("agent_name"),
                last.label("last_said_seq"),
                unread.label("unread"),
            )
            .join_from(
                table_of(ConversationRow),
                table_of(ShopperRow),
                table_of(ShopperRow).c.id == _C.shopper_id,
            )
            .outerjoin(table_of(AgentRow), table_of(AgentRow).c.id == _C.agent_id)
        )

    async def _listed(self, rows: Sequence[Row[Any]]) -> list[ListedConversation]:
        wanted = [(row.id, row.last_said_seq) for row in rows if row.last_said_seq]
        said: dict[str, Message] = {}
        if wanted:
            found = await self._session.execute(
                select(*MESSAGE_COLUMNS).where(
                    or_(*(and_(_M.conversation_id == key, _M.seq == seq) for key, seq in wanted))
                )
            )
            said = {message.conversation_id: message for message in map(message_of, found)}
        return [
            ListedConversation(
                conversation=_conversation(row),
                shop_ref=row.shop_ref,
                agent_login=row.agent_login,
                agent_name=row.agent_name,
                last_message=said.get(row.id),
                unread=row.unread,
            )
            for row in rows
        ]

    async def page(
        self,
        view: str,
        agent_id: int,
        *,
        cursor: tuple[datetime, str] | None,
        limit: int,
    ) -> Sequence[ListedConversation]:
        """Return one page: "queue" oldest first, "mine" and "all" newest first."""
        statement = self._select()
        if view == "queue":
            statement = statement.where(_C.state == ConversationState.QUEUED.value)
            key = tuple_(_C.queued_at, _C.id)
            if cursor:
                statement = statement.where(key > cursor)
            statement = statement.order_by(_C.queued_at, _C.id)
        else:
            statement = statement.where(_C.last_seq > 0)  # a widget that was only opened
            if view == "mine":
                statement = statement.where(
                    _C.agent_id == agent_id,
                    _C.state == ConversationState.WITH_AGENT.value,
                )
            key = tuple_(_C.updated_at, _C.id)
            if cursor:
                statement = statement.where(key < cursor)
            statement = statement.order_by(_C.updated_at.desc(), _C.id.desc())
        found = await self._session.execute(statement.limit(limit))
        return await self._listed(found.all())

    async def one(self, conversation_id: str) -> ListedConversation | None:
        """Return one conversation as it would be listed."""
        found = await self._session.execute(self._select().where(_C.id == conversation_id))
        listed = await self._listed(found.all())
        return listed[0] if listed else None
