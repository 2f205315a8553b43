"""What the API answers with. The pages' TypeScript types are held against these."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Generic, Literal, TypeVar

from aiohttp import web
from pydantic import BaseModel, Field

from desk.domain.conversations import Conversation, ListedConversation, Message
from desk.domain.people import Agent, Photo
from desk.domain.shop import ShopperProfile
from desk.services.photos import PhotoFiles

Item = TypeVar("Item")
Language = Literal["zh", "en"]
State = Literal["bot", "queued", "with_agent", "closed"]


class Page(BaseModel, Generic[Item]):
    """One page of a list; ask for more with `cursor=next_cursor`."""

    items: list[Item]
    next_cursor: str | None = None


class ButtonOut(BaseModel):
    """A quick answer."""

    title: str
    payload: str


class PhotoOut(BaseModel):
    """A photo; the link ends after a day."""

    id: str
    url: str
    width: int
    height: int


class StateOut(BaseModel):
    """Who has the conversation from this message on."""

    state: State
    agent_name: str | None = None
    position: int | None = None
    wait_minutes: int | None = None
    reason: str | None = None


class ContentOut(BaseModel):
    """What a message carries; absent parts are left out."""

    text: str | None = None
    buttons: list[ButtonOut] | None = None
    card: dict[str, Any] | None = None
    photo: PhotoOut | None = None
    state: StateOut | None = None


class MessageOut(BaseModel):
    """One event of a conversation."""

    seq: int
    sender: Literal["shopper", "bot", "agent", "system"]
    audience: Literal["all", "agents"]
    agent_name: str | None
    created_at: datetime
    external_id: str | None
    content: ContentOut
    understanding: dict[str, Any] | None
    turn_state: Literal["pending", "done"] | None  # "pending": the bot is still to answer it


class ShopperOut(BaseModel):
    """A shopper in a list."""

    name: str | None
    vip_level: int = 0


class LastMessageOut(BaseModel):
    """The last thing said."""

    sender: str
    text: str
    created_at: datetime


class _ConversationOut(BaseModel):
    id: str
    channel: str
    state: State
    language: Language
    agent_login: str | None
    agent_name: str | None
    queue_reason: str | None
    reason_text: str | None
    queued_at: datetime | None
    updated_at: datetime
    last_message: LastMessageOut | None
    unread: int
    last_seq: int


class ConversationOut(_ConversationOut):
    """A conversation in a list of the agent desk."""

    shopper: ShopperOut | None


class ProfileOut(BaseModel):
    """A shopper as the shop knows them; phone and e-mail masked for agents."""

    ref: str
    name: str
    language: str
    vip_level: int
    phone: str
    email: str
    country: str
    registered_on: str
    order_count: int
    spent_minor: int
    currency: str
    return_rate_percent: int
    is_blacklisted: bool


class UnderstoodOut(BaseModel):
    """What the bot read in one message."""

    seq: int
    text: str
    intent: str | None
    confidence: float | None
    entities: list[dict[str, Any]] = Field(default_factory=list)


class ConversationFileOut(_ConversationOut):
    """A conversation with everything that an agent needs beside it."""

    shopper: ProfileOut | None
    orders: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    understood: list[UnderstoodOut]
    summary: str


class AgentOut(BaseModel):
    """A signed-in agent."""

    login: str
    name: str
    role: Literal["agent", "supervisor", "admin"]


class SignedInOut(BaseModel):
    """Who is signed in, and the token that writes need in X-CSRF-Token."""

    agent: AgentOut
    csrf_token: str


def reply(
    model: BaseModel, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    """Return a model as JSON."""
    return web.Response(
        body=model.model_dump_json().encode(),
        status=status,
        content_type="application/json",
        headers=headers,
    )


class Shown:
    """Turns what the desk knows into what a reader sees."""

    def __init__(self, photos: PhotoFiles, now: datetime) -> None:
        """Sign photo links as of now."""
        self._photos = photos
        self._now = now

    def photo(self, photo: Photo) -> PhotoOut:
        """Return a photo with its link."""
        url = self._photos.link(photo.id, self._now)
        return PhotoOut(id=photo.id, url=url, width=photo.width, height=photo.height)

    def message(
        self, message: Message, *, for_agents: bool, with_understanding: bool = False
    ) -> dict[str, Any]:
        """Return a message; shoppers do not see what was understood, nobody sees payloads."""
        content = {name: value for name, value in message.content.items() if name != "payload"}
        if photo := content.get("photo"):
            content["photo"] = {**photo, "url": self._photos.link(photo["id"], self._now)}
        if not for_agents and (state := content.get("state")):
            content["state"] = {name: value for name, value in state.items() if name != "reason"}
        return {
            "seq": message.seq,
            "sender": message.sender,
            "audience": message.audience,
            "agent_name": message.agent_name,
            "created_at": message.created_at.isoformat().replace("+00:00", "Z"),
            "external_id": message.external_id
            if for_agents or message.sender == "shopper"
            else None,
            "content": content,
            "understanding": message.understanding if for_agents or with_understanding else None,
            "turn_state": message.turn_state,
        }

    def messages(
        self, messages: Sequence[Message], *, for_agents: bool, with_understanding: bool = False
    ) -> list[dict[str, Any]]:
        """Return messages in order."""
        return [
            self.message(message, for_agents=for_agents, with_understanding=with_understanding)
            for message in messages
        ]


def summary_of(
    listed: ListedConversation, profile: ShopperProfile | None, reason_text: str | None
) -> ConversationOut:
    """Return a conversation as the lists show it."""
    conversation: Conversation = listed.conversation
    last = listed.last_message
    shopper = None
    if listed.shop_ref is not None:
        shopper = ShopperOut(
            name=profile.name if profile else None,
            vip_level=profile.vip_level if profile else 0,
        )
    return ConversationOut(
        id=conversation.id,
        channel=conversation.channel,
        state=conversation.state.value,
        language="en" if conversation.language == "en" else "zh",
        shopper=shopper,
        agent_login=listed.agent_login,
        agent_name=listed.agent_name,
        queue_reason=conversation.queue_reason,
        reason_text=reason_text,
        queued_at=conversation.queued_at,
        updated_at=conversation.updated_at,
        last_message=LastMessageOut(
            sender=last.sender, text=_short(last), created_at=last.created_at
        )
        if last
        else None,
        unread=listed.unread,
        last_seq=conversation.last_seq,
    )


def _short(message: Message) -> str:
    if message.text:
        return message.text[:200]
    kinds = [name for name in ("photo", "card") if message.content.get(name)]
    return f"[{kinds[0]}]" if kinds else ""


def agent_out(agent: Agent) -> AgentOut:
    """Return an agent."""
    return AgentOut(login=agent.login, name=agent.name, role=agent.role)
