"""Answers from the knowledge base: for the bot's actions, and whether they helped."""

from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, Field, StringConstraints

from desk.api.bot import LONGEST_TEXT, StepOut, conversation_of, show_step
from desk.api.desk import desk_of
from desk.api.out import Language
from desk.api.requests import key_of, read_body
from desk.api.routes import Routes
from desk.api.security import check_actions_secret, widget_session
from desk.services.answers import Ranked, answer, fall_back, give_feedback
from desk.services.tasks.step import TaskAsk

routes = Routes("actions")
ArticleId = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9\-]{0,63}$")]


class AnswerIn(BaseModel, extra="forbid"):
    """A question, or an article that was picked."""

    language: Language
    text: str = Field("", max_length=LONGEST_TEXT)
    article: str | None = Field(None, max_length=64)


@routes.add(
    "POST",
    "/api/v1/bot/conversations/{id}/answer",
    body=AnswerIn,
    answer=StepOut,
    is_keyed=True,
)
async def post_answer(request: web.Request) -> web.Response:
    """Answer a question from the knowledge base."""
    check_actions_secret(request)
    desk, key, body = desk_of(request), key_of(request), await read_body(request, AnswerIn)
    ask = TaskAsk(
        conversation_id=conversation_of(request), key=key, language=body.language, text=body.text
    )
    return show_step(await answer(ask, desk.task_desk(), desk.knowledge, article_id=body.article))


class RankedIn(BaseModel, extra="ignore"):
    """An intent that might have been meant."""

    intent: str = Field(max_length=64)
    confidence: float = 0.0


class FallbackIn(BaseModel, extra="forbid"):
    """A message that the bot did not understand."""

    language: Language
    text: str = Field("", max_length=LONGEST_TEXT)
    ranking: list[RankedIn] = Field(default_factory=list, max_length=50)


@routes.add(
    "POST",
    "/api/v1/bot/conversations/{id}/fallback",
    body=FallbackIn,
    answer=StepOut,
    is_keyed=True,
)
async def post_fallback(request: web.Request) -> web.Response:
    """Say what to do about a message that was not understood: an article, a choice, a person."""
    check_actions_secret(request)
    desk, key, body = desk_of(request), key_of(request), await read_body(request, FallbackIn)
    ask = TaskAsk(
        conversation_id=conversation_of(request), key=key, language=body.language, text=body.text
    )
    ranking = [Ranked(one.intent, one.confidence) for one in body.ranking]
    return show_step(await fall_back(ask, desk.task_desk(), desk.knowledge, ranking=ranking))


class FeedbackIn(BaseModel, extra="forbid"):
    """Whether an article helped."""

    article_id: ArticleId
    is_helpful: bool


@routes.add("POST", "/api/v1/widget/feedback", who="widget", status=204, body=FeedbackIn)
async def send_feedback(request: web.Request) -> web.Response:
    """Note whether an article helped; once per conversation and article, the last word counts."""
    desk = desk_of(request)
    session = await widget_session(request)
    body = await read_body(request, FeedbackIn)
    await give_feedback(
        desk.make_uow,
        desk.knowledge,
        session.conversation_id,
        body.article_id,
        is_helpful=body.is_helpful,
        now=desk.clock(),
    )
    return web.Response(status=204)
