"""Cases for the agent desk."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from desk.api.desk import Desk, desk_of
from desk.api.language import language_of
from desk.api.out import Language, Page, PhotoOut, Shown, reply
from desk.api.problems import RequestRefusedError
from desk.api.requests import from_cursor, key_of, read_body, read_query, to_cursor
from desk.api.routes import Routes
from desk.api.security import agent_of
from desk.api.widget import keep_upload
from desk.domain.cases import AWAITING_DECISION, Case, CaseEvent, CaseFilter, CaseState, CaseType
from desk.domain.cases import next_states as next_states_of
from desk.domain.policy import Severity
from desk.domain.returns import Reason
from desk.services.access import ConversationNotFoundError
from desk.services.case_goods import check_goods
from desk.services.cases import (
    OpenCase,
    add_photos,
    list_cases,
    move_case,
    open_case,
    remark,
    show_case,
)
from desk.services.photos import photos_of_case
from desk.texts import texts

routes = Routes("agent")


class CaseShopperOut(BaseModel):
    """Whose case it is."""

    name: str | None


class CaseOut(BaseModel):
    """A case."""

    number: str
    type: str
    type_text: str
    state: str
    state_text: str
    severity: str
    team: str
    order_number: str | None
    line_id: str | None
    title: str | None
    quantity: int | None
    reason: str | None
    reason_text: str | None
    description: str
    wanted: str | None
    refund_minor: int | None
    currency: str | None
    decision: dict[str, Any]
    decision_text: str | None
    deadline_at: datetime
    is_overdue: bool
    created_at: datetime
    updated_at: datetime
    conversation_id: str | None
    shopper: CaseShopperOut


class CaseEventOut(BaseModel):
    """One entry of the audit trail."""

    kind: str
    actor: str
    actor_name: str | None  # of an agent
    from_state: str | None
    to_state: str | None
    note: str
    is_public: bool
    at: datetime


class NextStateOut(BaseModel):
    """A state that the case may go to."""

    state: str
    label: str


class CaseFileOut(CaseOut):
    """A case with its history."""

    events: list[CaseEventOut]
    photos: list[PhotoOut]
    next_states: list[NextStateOut]


async def _case(desk: Desk, case: Case, now: datetime, language: Language) -> CaseOut:
    said = texts()
    order = await desk.shop_view.order(case.order_number)
    line = next((one for one in order.lines if one.id == case.line_id), None) if order else None
    ref = case.shopper_ref
    reason_key = f"reason.{case.reason}"
    return CaseOut(
        number=case.number,
        type=case.type.value,
        type_text=said.say(f"case_type.{case.type}", language),
        state=case.state.value,
        state_text=said.say(f"case_state.{case.state}", language),
        severity=case.severity.value,
        team=case.team,
        order_number=case.order_number,
        line_id=case.line_id,
        title=line.title.in_language(language) if line else None,
        quantity=case.quantity,
        reason=case.reason,
        reason_text=said.say(reason_key, language) if reason_key in said else case.reason,
        description=case.description,
        wanted=case.wanted,
        refund_minor=case.refund_minor,
        currency=case.currency,
        decision=dict(case.decision),
        decision_text=_decision_text(case, language),
        deadline_at=case.deadline_at,
        is_overdue=case.state in AWAITING_DECISION and case.deadline_at < now,
        created_at=case.created_at,
        updated_at=case.updated_at,
        conversation_id=case.conversation_id,
        shopper=CaseShopperOut(name=await desk.shop_view.name(ref) if ref else None),
    )


def _decision_text(case: Case, language: Language) -> str | None:
    """Return why the rules say so: the sentence of the reason, else of the outcome."""
    said = texts()
    severity = said.say(f"severity.{case.severity}", language)
    for name in ("reason", "outcome"):
        key = f"decision.{case.decision.get(name)}"
        if key in said:
            return said.say(key, language, severity=severity)
    return None


def _event(event: CaseEvent, names: Mapping[str, str]) -> CaseEventOut:
    kind, _, login = event.actor.partition(":")
    return CaseEventOut(
        kind=event.kind.value,
        actor=event.actor,
        actor_name=names.get(login) if kind == "agent" else None,
        from_state=event.from_state.value if event.from_state else None,
        to_state=event.to_state.value if event.to_state else None,
        note=event.note,
        is_public=event.is_public,
        at=event.at,
    )


async def _file(desk: Desk, number: str, language: Language) -> CaseFileOut:
    found = await show_case(desk.make_uow, number)
    now = desk.clock()
    photos = await photos_of_case(desk.make_uow, found.case.id)
    shown = Shown(desk.photos, now)
    case = await _case(desk, found.case, now, language)
    async with desk.make_uow(read_only=True) as uow:
        names = await uow.agents.names_by_login()
    return CaseFileOut(
        **case.model_dump(),
        events=[_event(event, names) for event in found.events],
        photos=[shown.photo(photo) for photo in photos],
        next_states=[
            NextStateOut(state=state.value, label=texts().say(f"case_state.{state}", language))
            for state in next_states_of(found.case)
        ],
    )


class CaseListIn(BaseModel, extra="forbid"):
    """Which cases."""

    state: CaseState | None = None
    type: CaseType | None = None
    team: str | None = Field(None, max_length=16)
    is_open: bool | None = None
    is_overdue: bool | None = None
    cursor: str | None = Field(None, max_length=300)
    limit: int = Field(30, ge=1, le=100)


@routes.add("GET", "/api/v1/cases", query=CaseListIn, answer=Page[CaseOut])
async def get_cases(request: web.Request) -> web.Response:
    """List cases, newest first."""
    desk = desk_of(request)
    await agent_of(request)
    query = read_query(request, CaseListIn)
    before_id = None
    if parts := from_cursor(query.cursor, 1):
        if not (parts[0].isascii() and parts[0].isdecimal()) or len(parts[0]) > 18:
            raise RequestRefusedError("This cursor is not one of ours.", code="bad_cursor")
        before_id = int(parts[0])
    now = desk.clock()
    wanted = CaseFilter(
        state=query.state,
        type=query.type,
        team=query.team,
        is_open=query.is_open,
        overdue_at=now if query.is_overdue else None,
    )
    found, following = await list_cases(
        desk.make_uow, wanted, before_id=before_id, limit=query.limit
    )
    items = [await _case(desk, case, now, language_of(request)) for case in found]
    return reply(
        Page[CaseOut](items=items, next_cursor=to_cursor(str(following)) if following else None)
    )


class OpenCaseIn(BaseModel, extra="forbid"):
    """A case that an agent opens out of a conversation."""

    type: CaseType
    conversation_id: str = Field(max_length=32)
    order_number: str | None = Field(None, max_length=32)
    line_id: str | None = Field(None, max_length=64)
    quantity: int | None = Field(None, ge=1, le=999)
    reason: Reason | None = None
    description: Annotated[
        str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)
    ]
    wanted: Literal["refund", "replacement", "apology", "explanation", "other"] | None = None
    severity: Severity = Severity.NORMAL


@routes.add(
    "POST",
    "/api/v1/cases",
    status=201,
    body=OpenCaseIn,
    answer=CaseFileOut,
    answers_also=(200,),
    is_keyed=True,
)
async def post_case(request: web.Request) -> web.Response:
    """Open a case; the same key, or the same open matter, gets the case that exists (200)."""
    desk, agent = desk_of(request), await agent_of(request)
    key, body = key_of(request), await read_body(request, OpenCaseIn)
    async with desk.make_uow(read_only=True) as uow:
        conversation = await uow.conversations.get(body.conversation_id)
    if conversation is None:
        raise ConversationNotFoundError(conversation=body.conversation_id)
    order_number = await check_goods(
        desk.make_uow,
        desk.shop,
        conversation.id,
        body.type,
        order_number=body.order_number,
        line_id=body.line_id,
        quantity=body.quantity,
    )
    ask = OpenCase(
        type=body.type,
        shopper_id=conversation.shopper_id,
        language=conversation.language,
        key=f"agent:{agent.id}:{key}",
        actor=f"agent:{agent.login}",
        conversation_id=conversation.id,
        severity=body.severity,
        order_number=order_number,
        line_id=body.line_id,
        quantity=body.quantity,
        reason=body.reason.value if body.reason else None,
        description=body.description,
        wanted=body.wanted,
    )
    opened = await open_case(
        desk.make_uow, ask, desk.policy(), now=desk.clock(), choose=desk.choose
    )
    file = await _file(desk, opened.case.number, language_of(request))
    return reply(file, status=201 if opened.is_new else 200)


@routes.add("GET", "/api/v1/cases/{number}", answer=CaseFileOut)
async def get_case(request: web.Request) -> web.Response:
    """Return a case with its history, photos and the states it may go to."""
    await agent_of(request)
    return reply(await _file(desk_of(request), request.match_info["number"], language_of(request)))


Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=4000)]


class MoveIn(BaseModel, extra="forbid"):
    """Where the case goes, and why."""

    to: CaseState
    note: Note = ""


@routes.add("POST", "/api/v1/cases/{number}/moves", body=MoveIn, answer=CaseFileOut, is_keyed=True)
async def post_move(request: web.Request) -> web.Response:
    """Move a case to its next state."""
    desk, agent = desk_of(request), await agent_of(request)
    key, body = key_of(request), await read_body(request, MoveIn)
    case = await move_case(
        desk.make_uow,
        request.match_info["number"],
        body.to,
        actor=f"agent:{agent.login}",
        now=desk.clock(),
        note=body.note,
        key=f"agent:{agent.id}:{key}",
    )
    return reply(await _file(desk, case.number, language_of(request)))


class RemarkIn(BaseModel, extra="forbid"):
    """A remark; a public one may be read by the shopper."""

    text: Annotated[Note, StringConstraints(min_length=1)]
    is_public: bool = False


@routes.add("POST", "/api/v1/cases/{number}/remarks", status=201, body=RemarkIn, answer=CaseFileOut)
async def post_remark(request: web.Request) -> web.Response:
    """Write a remark; with an Idempotency-Key it may be repeated."""
    desk, agent = desk_of(request), await agent_of(request)
    body = await read_body(request, RemarkIn)
    key = key_of(request) if "Idempotency-Key" in request.headers else None
    case = await remark(
        desk.make_uow,
        request.match_info["number"],
        body.text,
        actor=f"agent:{agent.login}",
        is_public=body.is_public,
        now=desk.clock(),
        key=f"agent:{agent.id}:{key}" if key else None,
    )
    return reply(await _file(desk, case.number, language_of(request)), status=201)


@routes.add(
    "POST",
    "/api/v1/cases/{number}/photos",
    status=201,
    answer=CaseFileOut,
    is_keyed=True,
    is_upload=True,
)
async def post_case_photo(request: web.Request) -> web.Response:
    """Add a photo to a case."""
    desk, agent = desk_of(request), await agent_of(request)
    case = (await show_case(desk.make_uow, request.match_info["number"])).case
    if case.conversation_id is None:
        raise RequestRefusedError(
            "This case belongs to no conversation.", code="case_without_conversation", status=409
        )
    photo, is_new = await keep_upload(request, desk, case.conversation_id)
    if is_new or photo.case_id is None:
        await add_photos(
            desk.make_uow,
            case.number,
            [photo.id],
            conversation_id=case.conversation_id,
            actor=f"agent:{agent.login}",
            now=desk.clock(),
        )
    return reply(await _file(desk, case.number, language_of(request)), status=201)
