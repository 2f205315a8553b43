"""What the bot's actions ask of the desk. Only the action server gets in."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from desk.api.desk import desk_of
from desk.api.out import Language
from desk.api.problems import RequestRefusedError
from desk.api.requests import key_of, read_body
from desk.api.routes import Routes
from desk.api.security import check_actions_secret
from desk.services.tasks.complaint import complaint
from desk.services.tasks.human import call_person
from desk.services.tasks.order_status import order_status
from desk.services.tasks.return_request import return_request
from desk.services.tasks.step import Step, TaskAsk, TaskDesk, read_slots

routes = Routes("actions")

LONGEST_TEXT = 4000
TASKS: dict[str, Callable[[TaskAsk, TaskDesk], Awaitable[Step]]] = {
    "order_status": order_status,
    "return_request": return_request,
    "complaint": complaint,
}


class ButtonStepOut(BaseModel):
    """A quick answer."""

    title: str
    payload: str


class StepOut(BaseModel):
    """What the bot says next: the response is utter_<say>."""

    say: str
    values: dict[str, str]
    buttons: list[ButtonStepOut]
    card: dict[str, Any] | None
    slots: dict[str, Any]
    expects: str | None
    task_open: bool
    handed_over: bool


def conversation_of(request: web.Request) -> str:
    """Return the conversation; the bot knows it with its section (`c_x:2`)."""
    return request.match_info["id"].partition(":")[0]


def show_step(step: Step) -> web.Response:
    """Return a step as the action server reads it."""
    return web.json_response(step.as_json())


class TaskIn(BaseModel, extra="forbid"):
    """One turn of a task."""

    language: Language
    text: str = Field("", max_length=LONGEST_TEXT)
    intent: str = Field("inform", max_length=64)
    expects: str | None = Field(None, max_length=32)
    slots: dict[str, Any] = Field(default_factory=dict)


@routes.add(
    "POST",
    "/api/v1/bot/conversations/{id}/tasks/{task}",
    body=TaskIn,
    answer=StepOut,
    is_keyed=True,
)
async def post_task(request: web.Request) -> web.Response:
    """Run the next step of a task; the same key again gives the same result."""
    check_actions_secret(request)
    run = TASKS.get(request.match_info["task"])
    if run is None:
        raise RequestRefusedError("There is no such task.", code="task_not_found", status=404)
    desk, key, body = desk_of(request), key_of(request), await read_body(request, TaskIn)
    ask = TaskAsk(
        conversation_id=conversation_of(request),
        key=key,
        language=body.language,
        text=body.text,
        intent=body.intent,
        expects=body.expects,
        slots=read_slots(body.slots),
    )
    return show_step(await run(ask, desk.task_desk()))


class HandOverIn(BaseModel, extra="forbid"):
    """Why a person is needed."""

    reason: Annotated[str, StringConstraints(pattern=r"^[a-z_]+(:[a-z_]+)?$", max_length=64)]
    language: Language


@routes.add(
    "POST",
    "/api/v1/bot/conversations/{id}/hand-over",
    body=HandOverIn,
    answer=StepOut,
    is_keyed=True,
)
async def post_hand_over(request: web.Request) -> web.Response:
    """Ask for a person."""
    check_actions_secret(request)
    desk, key, body = desk_of(request), key_of(request), await read_body(request, HandOverIn)
    ask = TaskAsk(conversation_id=conversation_of(request), key=key, language=body.language)
    return show_step(await call_person(ask, desk.task_desk(), reason=body.reason))
