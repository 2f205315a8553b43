"""Conversations for the agent desk: lists, one with everything beside it, and who has it."""

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from desk.api.cards import case_cards
from desk.api.desk import Desk, desk_of
from desk.api.language import language_of
from desk.api.out import (
    ConversationFileOut,
    ConversationOut,
    Language,
    MessageOut,
    Page,
    ProfileOut,
    Shown,
    UnderstoodOut,
    reply,
)
from desk.api.problems import RequestRefusedError
from desk.api.requests import from_cursor, key_of, read_body, read_query, to_cursor
from desk.api.routes import Routes
from desk.api.security import agent_of
from desk.api.summaries import reason_text, summarise
from desk.api.widget import LONGEST_TEXT, AfterIn, messages_page
from desk.domain.conversations import Conversation, ListedConversation, Message
from desk.domain.masking import mask_email, mask_phone
from desk.domain.people import Agent
from desk.domain.shop import Order, ShopperProfile
from desk.services.access import ConversationNotFoundError, verified_orders
from desk.services.conversations import close, hand_back, say, take
from desk.services.tasks.cards import order_card
from desk.texts import texts

routes = Routes("agent")
ORDERS_SHOWN = 5
UNDERSTOOD_SHOWN = 20


class ListIn(BaseModel, extra="forbid"):
    """Which conversations."""

    view: Literal["queue", "mine", "all"] = "queue"
    cursor: str | None = Field(None, max_length=300)
    limit: int = Field(30, ge=1, le=100)


@routes.add("GET", "/api/v1/conversations", query=ListIn, answer=Page[ConversationOut])
async def list_conversations(request: web.Request) -> web.Response:
    """List conversations: the queue oldest first, others newest first."""
    desk, agent = desk_of(request), await agent_of(request)
    query = read_query(request, ListIn)
    cursor = None
    if parts := from_cursor(query.cursor, 2):
        try:
            moment = datetime.fromisoformat(parts[0])
            cursor = (moment.astimezone(UTC), parts[1]) if moment.tzinfo else None
        except (ValueError, OverflowError):  # the second: the year 0 or 10000 in UTC
            cursor = None
        if cursor is None:
            raise RequestRefusedError("This cursor is not one of ours.", code="bad_cursor")
    async with desk.make_uow(read_only=True) as uow:
        found = await uow.lists.page(query.view, agent.id, cursor=cursor, limit=query.limit + 1)
    page = found[: query.limit]
    following = None
    if len(found) > query.limit:
        last = page[-1].conversation
        moment = last.queued_at if query.view == "queue" and last.queued_at else last.updated_at
        following = to_cursor(moment.isoformat(), last.id)
    language = language_of(request)
    items = [await summarise(desk.shop_view, listed, language) for listed in page]
    return reply(Page[ConversationOut](items=items, next_cursor=following))


async def _listed(desk: Desk, conversation_id: str) -> ListedConversation:
    async with desk.make_uow(read_only=True) as uow:
        listed = await uow.lists.one(conversation_id)
    if listed is None:
        raise ConversationNotFoundError(conversation=conversation_id)
    return listed


@routes.add("GET", "/api/v1/conversations/{id}", answer=ConversationFileOut)
async def get_conversation(request: web.Request) -> web.Response:
    """Return a conversation with shopper, orders, cases and what the bot understood."""
    desk, agent = desk_of(request), await agent_of(request)
    listed = await _listed(desk, request.match_info["id"])
    conversation = listed.conversation
    async with desk.make_uow(read_only=True) as uow:
        said = await uow.messages.latest(conversation.id, limit=UNDERSTOOD_SHOWN, sender="shopper")
        cases = await uow.cases.of_shopper(conversation.shopper_id, limit=20)
    profile = await desk.shop_view.profile(listed.shop_ref)
    orders = await _orders(desk, listed)
    understood = [_understood(message) for message in reversed(said) if message.understanding]
    language = language_of(request)
    summary = await summarise(desk.shop_view, listed, language)
    file = ConversationFileOut(
        **summary.model_dump(exclude={"shopper"}),
        shopper=_profile(profile, agent) if profile else None,
        orders=[order_card(order, texts(), language) for order in orders],
        cases=case_cards(desk, cases, language),
        understood=understood,
        summary=_summary(conversation, understood, said, language),
    )
    return reply(file)


async def _orders(desk: Desk, listed: ListedConversation) -> Sequence[Order]:
    """Return the signed-in shopper's orders, or those that a stranger has proved."""
    if listed.shop_ref is not None:
        return await desk.shop_view.recent_orders(listed.shop_ref, limit=ORDERS_SHOWN)
    proved = await verified_orders(desk.make_uow, listed.conversation.id)
    found = [await desk.shop_view.order(number) for number in proved[:ORDERS_SHOWN]]
    return [order for order in found if order is not None]


def _profile(profile: ShopperProfile, agent: Agent) -> ProfileOut:
    may_see_all = agent.may_act_as("supervisor")
    return ProfileOut(
        ref=profile.ref,
        name=profile.name,
        language=profile.language,
        vip_level=profile.vip_level,
        phone=profile.phone if may_see_all else mask_phone(profile.phone),
        email=profile.email if may_see_all else mask_email(profile.email),
        country=profile.country,
        registered_on=profile.registered_on.isoformat(),
        order_count=profile.order_count,
        spent_minor=profile.spent_minor,
        currency=profile.currency,
        return_rate_percent=profile.return_rate_percent,
        is_blacklisted=profile.is_blacklisted,
    )


def _understood(message: Message) -> UnderstoodOut:
    read = message.understanding or {}
    confidence = read.get("confidence")
    return UnderstoodOut(
        seq=message.seq,
        text=message.text,
        intent=read.get("intent"),
        confidence=float(confidence) if isinstance(confidence, int | float) else None,
        entities=[one for one in read.get("entities") or () if isinstance(one, dict)],
    )


def _summary(
    conversation: Conversation,
    understood: Sequence[UnderstoodOut],
    said: Sequence[Message],
    language: Language,
) -> str:
    """Return in a few lines what happened so far, for whoever takes the conversation."""
    words = texts()
    lines = []
    if reason := reason_text(conversation.queue_reason, language):
        lines.append(words.say("hub.summary.reason", language, reason=reason))
    intents = Counter(one.intent for one in understood if one.intent)
    wanted = [intent for intent, _ in intents.most_common(4) if intent not in _SMALL_TALK]
    if wanted:
        named = ("、" if language == "zh" else ", ").join(
            words.say(f"hub.task.{intent}", language) if f"hub.task.{intent}" in words else intent
            for intent in wanted
        )
        lines.append(words.say("hub.summary.wanted", language, intents=named))
    if conversation.fallback_count:
        lines.append(
            words.say("hub.summary.fallbacks", language, count=conversation.fallback_count)
        )
    if said:
        lines.append(words.say("hub.summary.last", language, text=said[0].text[:120] or "…"))
    return "\n".join(lines)


_SMALL_TALK = frozenset({"greet", "thanks", "goodbye", "affirm", "deny", "inform", "human"})


@routes.add("GET", "/api/v1/conversations/{id}/messages", query=AfterIn, answer=Page[MessageOut])
async def list_messages(request: web.Request) -> web.Response:
    """Return the messages after a number, notes for agents too."""
    desk = desk_of(request)
    await agent_of(request)
    query = read_query(request, AfterIn)
    listed = await _listed(desk, request.match_info["id"])
    return await messages_page(desk, listed.conversation.id, query, for_agents=True)


class SayIn(BaseModel, extra="forbid"):
    """What an agent says; `audience` "agents" is an internal note."""

    text: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_TEXT)
    ]
    audience: Literal["all", "agents"] = "all"


@routes.add(
    "POST",
    "/api/v1/conversations/{id}/messages",
    status=201,
    body=SayIn,
    answer=MessageOut,
    answers_also=(200,),
    is_keyed=True,
)
async def post_message(request: web.Request) -> web.Response:
    """Say something to the shopper, or leave a note for colleagues."""
    desk, agent = desk_of(request), await agent_of(request)
    key, body = key_of(request), await read_body(request, SayIn)
    conversation_id = request.match_info["id"]
    message, is_new = await say(
        desk.make_uow(),
        conversation_id,
        agent,
        body.text,
        audience=body.audience,
        key=key,
        now=desk.clock(),
    )
    if is_new:
        desk.announce(conversation_id, (message,))
        desk.wake_deliveries()
    shown = Shown(desk.photos, desk.clock()).message(message, for_agents=True)
    return web.json_response(shown, status=201 if is_new else 200)


async def _moved(
    request: web.Request, conversation: Conversation, said: Sequence[Message]
) -> web.Response:
    desk = desk_of(request)
    desk.announce(conversation.id, said)
    listed = await _listed(desk, conversation.id)
    return reply(await summarise(desk.shop_view, listed, language_of(request)))


@routes.add("POST", "/api/v1/conversations/{id}/take", answer=ConversationOut)
async def post_take(request: web.Request) -> web.Response:
    """Take a conversation from the queue or from the bot."""
    desk, agent = desk_of(request), await agent_of(request)
    moved = await take(desk.make_uow(), request.match_info["id"], agent, now=desk.clock())
    return await _moved(request, *moved)


@routes.add("POST", "/api/v1/conversations/{id}/hand-back", answer=ConversationOut)
async def post_hand_back(request: web.Request) -> web.Response:
    """Give a conversation to the bot."""
    desk, agent = desk_of(request), await agent_of(request)
    moved = await hand_back(desk.make_uow(), request.match_info["id"], agent, now=desk.clock())
    return await _moved(request, *moved)


@routes.add("POST", "/api/v1/conversations/{id}/close", answer=ConversationOut)
async def post_close(request: web.Request) -> web.Response:
    """End a conversation."""
    desk, agent = desk_of(request), await agent_of(request)
    moved = await close(desk.make_uow(), request.match_info["id"], agent, now=desk.clock())
    return await _moved(request, *moved)
