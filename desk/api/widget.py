"""What the website's widget calls."""

from typing import Annotated, Self

from aiohttp import BodyPartReader, web
from pydantic import BaseModel, Field, StringConstraints, model_validator

from desk.api.desk import Desk, desk_of
from desk.api.out import ButtonOut, Language, MessageOut, Page, PhotoOut, Shown, State, reply
from desk.api.problems import RequestRefusedError
from desk.api.requests import key_of, read_body, read_query
from desk.api.routes import Routes
from desk.api.security import is_operator, widget_session
from desk.domain.people import Photo
from desk.services.conversations import (
    GREETING_PAYLOADS,
    IncomingMessage,
    Lease,
    receive,
    set_language,
)
from desk.services.photos import LARGEST_BYTES, PhotoTooLargeError, add_photo
from desk.services.widget_sessions import open_session, shop_ref_of
from desk.texts import texts

routes = Routes("widget")

LONGEST_TEXT = 4000


class SessionIn(BaseModel, extra="forbid"):
    """Who opens the widget, as far as the page knows."""

    language: Language = "zh"
    shopper_token: str | None = Field(None, max_length=4096)
    session_token: str | None = Field(None, max_length=200)
    new_conversation: bool = False  # begin afresh, even for a shopper who has a conversation


class WidgetConversationOut(BaseModel):
    """The conversation as the shopper sees it."""

    id: str
    state: State
    agent_name: str | None
    language: Language
    last_seq: int


class NameOut(BaseModel):
    """A shopper's name."""

    name: str


class GreetingOut(BaseModel):
    """What stands in an empty conversation."""

    text: str
    buttons: list[ButtonOut]


class SessionOut(BaseModel):
    """A browser's right to a conversation."""

    session_token: str
    conversation: WidgetConversationOut
    shopper: NameOut | None
    greeting: GreetingOut


@routes.add("POST", "/api/v1/widget/sessions", who="anybody", body=SessionIn, answer=SessionOut)
async def open_widget_session(request: web.Request) -> web.Response:
    """Open or resume a session.

    A session that was opened with the shop's token resumes only with a token of the same shopper.
    """
    desk, body = desk_of(request), await read_body(request, SessionIn)
    now = desk.clock()
    ref = shop_ref_of(body.shopper_token, desk.shop_secret, now=now) if body.shopper_token else None
    opened = await open_session(
        desk.make_uow,
        shop_ref=ref,
        session_token=body.session_token,
        language=body.language,
        is_new_wanted=body.new_conversation,
        now=now,
    )
    name = await desk.shop_view.name(ref) if ref else None
    conversation = opened.conversation
    agent_name = None
    if conversation.agent_id is not None:
        async with desk.make_uow(read_only=True) as uow:
            agent = await uow.agents.get(conversation.agent_id)
            agent_name = agent.name if agent else None
    return reply(
        SessionOut(
            session_token=opened.token,
            conversation=WidgetConversationOut(
                id=conversation.id,
                state=conversation.state.value,
                agent_name=agent_name,
                language="en" if conversation.language == "en" else "zh",
                last_seq=conversation.last_seq,
            ),
            shopper=NameOut(name=name) if name else None,
            greeting=_greeting(conversation.language, name),
        )
    )


def _greeting(language: str, name: str | None) -> GreetingOut:
    said = texts()
    if name:
        text = said.say("hub.greeting_named", language, name=name)
    else:
        text = said.say("hub.greeting", language)
    return GreetingOut(
        text=text,
        buttons=[
            ButtonOut(
                title=said.say(f"hub.greeting_button.{payload[1:]}", language), payload=payload
            )
            for payload in GREETING_PAYLOADS
        ],
    )


class SendIn(BaseModel, extra="forbid"):
    """A text, a button or a photo; `external_id` is the widget's id, so repeats are known."""

    external_id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.\-]{8,64}$")]
    text: str = Field("", max_length=LONGEST_TEXT)
    payload: str | None = Field(None, min_length=1, max_length=1000)
    photo_id: str | None = Field(None, min_length=1, max_length=32)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and self.payload is None and self.photo_id is None:
            raise ValueError("needs text, payload or photo_id")
        if self.payload is not None and self.photo_id is not None:
            raise ValueError("has both payload and photo_id")
        return self


@routes.add(
    "POST",
    "/api/v1/widget/messages",
    status=201,
    body=SendIn,
    answer=MessageOut,
    answers_also=(200,),
)
async def send_message(request: web.Request) -> web.Response:
    """Store a shopper's message; 200 with the same message when it came before."""
    desk = desk_of(request)
    session = await widget_session(request)
    body = await read_body(request, SendIn)
    now = desk.clock()
    received = await receive(
        desk.make_uow(),
        IncomingMessage(
            conversation_id=session.conversation_id,
            external_id=body.external_id,
            text=body.text,
            payload=body.payload,
            photo_id=body.photo_id,
        ),
        lease=Lease(desk.owner),
        now=now,
    )
    if received.is_new:
        desk.announce(session.conversation_id, received.stored)
        if received.claim is not None:
            desk.turns.begin(received.claim)
    shown = Shown(desk.photos, now).message(received.message, for_agents=False)
    return web.json_response(shown, status=201 if received.is_new else 200)


class AfterIn(BaseModel, extra="forbid"):
    """Which part of the history."""

    after: int = Field(0, ge=0, le=2**31 - 1)
    limit: int = Field(50, ge=1, le=200)


@routes.add("GET", "/api/v1/widget/messages", query=AfterIn, answer=Page[MessageOut])
async def read_messages(request: web.Request) -> web.Response:
    """Return the messages after a number, in order; `next_cursor` is the next `after`."""
    desk = desk_of(request)
    session = await widget_session(request)
    query = read_query(request, AfterIn)
    return await messages_page(
        desk,
        session.conversation_id,
        query,
        for_agents=False,
        with_understanding=is_operator(request),
    )


async def messages_page(
    desk: Desk,
    conversation_id: str,
    query: AfterIn,
    *,
    for_agents: bool,
    with_understanding: bool = False,
) -> web.Response:
    """Return one page of a conversation."""
    async with desk.make_uow(read_only=True) as uow:
        found = await uow.messages.after(
            conversation_id, query.after, limit=query.limit + 1, for_agents=for_agents
        )
    page = list(found[: query.limit])
    is_more = len(found) > query.limit
    return web.json_response(
        {
            "items": Shown(desk.photos, desk.clock()).messages(
                page, for_agents=for_agents, with_understanding=with_understanding
            ),
            "next_cursor": str(page[-1].seq) if is_more else None,
        }
    )


@routes.add(
    "POST",
    "/api/v1/widget/photos",
    status=201,
    answer=PhotoOut,
    answers_also=(200,),
    is_keyed=True,
    is_upload=True,
)
async def upload_photo(request: web.Request) -> web.Response:
    """Keep a photo of the conversation: JPEG, PNG or WebP up to 10 MB, encoded afresh."""
    desk = desk_of(request)
    session = await widget_session(request)
    photo, is_new = await keep_upload(request, desk, session.conversation_id)
    shown = Shown(desk.photos, desk.clock()).photo(photo)
    return reply(shown, status=201 if is_new else 200)


async def keep_upload(request: web.Request, desk: Desk, conversation_id: str) -> tuple[Photo, bool]:
    """Read the part "file" of a form and keep it as a photo."""
    key = key_of(request)
    data = await _read_file(request)
    return await add_photo(
        desk.make_uow, desk.photos, conversation_id, data, key=key, now=desk.clock()
    )


async def _read_file(request: web.Request) -> bytes:
    if request.content_type != "multipart/form-data":
        raise RequestRefusedError(
            'Send a form (multipart/form-data) with the part "file".',
            code="unsupported_media_type",
            status=415,
        )
    if (request.content_length or 0) > LARGEST_BYTES + 64 * 1024:
        raise PhotoTooLargeError(most_bytes=LARGEST_BYTES)
    try:
        reader = await request.multipart()
        async for part in reader:
            if isinstance(part, BodyPartReader) and part.name == "file":
                data = bytearray()
                while chunk := await part.read_chunk(256 * 1024):
                    data += chunk
                    if len(data) > LARGEST_BYTES:
                        raise PhotoTooLargeError(most_bytes=LARGEST_BYTES)
                return bytes(data)
            break  # one part only: nothing else belongs in this form
    except (ValueError, AssertionError, RuntimeError):
        raise RequestRefusedError("The form cannot be read.", code="bad_form") from None
    raise RequestRefusedError('The form has no part "file".', code="bad_form")


class LanguageIn(BaseModel, extra="forbid"):
    """The language that the shopper has chosen."""

    language: Language


@routes.add("POST", "/api/v1/widget/language", status=204, body=LanguageIn)
async def choose_language(request: web.Request) -> web.Response:
    """Change the conversation's language."""
    desk = desk_of(request)
    session = await widget_session(request)
    body = await read_body(request, LanguageIn)
    await set_language(desk.make_uow(), session.conversation_id, body.language, now=desk.clock())
    desk.announce(session.conversation_id)
    return web.Response(status=204)
