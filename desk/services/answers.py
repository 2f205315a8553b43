"""Answer questions from the knowledge base, and make the best of a message nobody understood (R1).

An article is shown as it is written; nothing here makes up an answer. Where nothing fits, that is
said, written down as a gap with personal data masked, and the nearest articles are offered.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from desk.domain.articles import Article, Hit
from desk.domain.errors import DeskError
from desk.domain.escalation import Signals, trigger
from desk.domain.masking import mask_text
from desk.services.access import ConversationNotFoundError
from desk.services.knowledge_store import KnowledgeBase
from desk.services.tasks.human import call_person
from desk.services.tasks.step import Button, Card, Step, TaskAsk, TaskDesk, payload, person_button
from desk.services.uow import UnitOfWorkFactory

log = logging.getLogger(__name__)

RELATED_SHOWN = 3
NEAREST_SHOWN = 2
GUESSES_SHOWN = 2
LONGEST_GAP = 500
LEAST_CONFIDENCE = 0.1  # below, a likely intent is no more than noise

# Intents that make a sensible button, "did you mean …"; their titles stand in texts.yml.
GUESSES = ("order_status", "return_request", "refund_status", "exchange_request", "complaint")


class ArticleNotFoundError(DeskError):
    """There is no such article."""

    code = "article_not_found"


@dataclass(frozen=True, slots=True)
class Ranked:
    """An intent that the bot thought possible."""

    intent: str
    confidence: float


async def answer(
    ask: TaskAsk, desk: TaskDesk, knowledge: KnowledgeBase, *, article_id: str | None = None
) -> Step:
    """Return the article that was asked for or that fits, else record a gap. Safe to repeat.

    Raises ConversationNotFoundError. An `article_id` that is gone is searched for by the text.
    """
    article = knowledge.article(article_id, ask.language) if article_id else None
    if article is not None:
        return _show(article, (), knowledge, ask.language)
    found = knowledge.search(ask.text, ask.language)
    if found.best is not None:
        return _show(found.best.article, found.others, knowledge, ask.language)
    await _keep_gap(ask, desk)
    nearest = [_ask_button(hit.article) for hit in found.others[:NEAREST_SHOWN]]
    return Step("faq_none", buttons=nearest)


async def fall_back(
    ask: TaskAsk, desk: TaskDesk, knowledge: KnowledgeBase, *, ranking: Sequence[Ranked]
) -> Step:
    """Return a sure article, a question with likely meanings, or (the second time) a person.

    Raises ConversationNotFoundError. Safe to repeat: the count of failures moves only when the
    turn is stored, after this.
    """
    found = knowledge.search(ask.text, ask.language)
    if found.best is not None and found.is_strong:
        return _show(found.best.article, found.others, knowledge, ask.language)
    async with desk.units(read_only=True) as uow:
        conversation = await uow.conversations.get(ask.conversation_id)
    if conversation is None:
        raise ConversationNotFoundError(conversation=ask.conversation_id)
    await _keep_gap(ask, desk)
    signals = Signals(fallbacks_in_a_row=conversation.fallback_count + 1)
    if reason := trigger(signals, desk.policy.escalation):
        return await call_person(ask, desk, reason=reason)
    buttons = _guesses(ask, desk, ranking)
    if found.best is not None:
        buttons = [_ask_button(found.best.article), *buttons][:GUESSES_SHOWN]
    return Step("fallback_first", buttons=[*buttons, person_button(desk, ask.language)])


async def give_feedback(
    units: UnitOfWorkFactory,
    knowledge: KnowledgeBase,
    conversation_id: str,
    article_id: str,
    *,
    is_helpful: bool,
    now: datetime,
) -> None:
    """Keep what a shopper thought of an article; again overwrites.

    Raises ArticleNotFoundError, ConversationNotFoundError.
    """
    if knowledge.article(article_id, "zh") is None:
        raise ArticleNotFoundError(article=article_id)
    async with units() as uow:
        if await uow.conversations.get(conversation_id) is None:
            raise ConversationNotFoundError(conversation=conversation_id)
        await uow.knowledge.keep_feedback(
            conversation_id, article_id, is_helpful=is_helpful, at=now
        )
        await uow.commit()
    log.info("article_rated", extra={"article": article_id, "is_helpful": is_helpful})


def article_card(article: Article, related: Sequence[Article]) -> Card:
    """Return the card of an article; the related ones are buttons that ask for them."""
    return {
        "type": "article",
        "id": article.id,
        "title": article.title,
        "body": article.body,
        "related": [
            {"id": one.id, "title": one.title, "payload": payload("faq", article=one.id)}
            for one in related
        ],
        "language": article.language,
    }


def _show(article: Article, others: Sequence[Hit], knowledge: KnowledgeBase, language: str) -> Step:
    """Return the step that shows an article, with other hits and what it names as related."""
    related: dict[str, Article] = {}
    # A close second may be what was meant, so it comes before what the article itself names.
    for hit in others:
        if hit.score >= 0.5:
            related[hit.article.id] = hit.article
    for article_id in article.related:
        if (one := knowledge.article(article_id, language)) is not None:
            related.setdefault(article_id, one)
    related.pop(article.id, None)
    card = article_card(article, list(related.values())[:RELATED_SHOWN])
    return Step("faq_answer", {"title": article.title}, card=card)


def _ask_button(article: Article) -> Button:
    return Button(article.title, payload("faq", article=article.id))


def _guesses(ask: TaskAsk, desk: TaskDesk, ranking: Sequence[Ranked]) -> list[Button]:
    """Return buttons for what the shopper may have meant, likeliest first."""
    likely = sorted(ranking, key=lambda one: -one.confidence)
    return [
        Button(desk.texts.say(f"button.guess.{one.intent}", ask.language), payload(one.intent))
        for one in likely
        if one.intent in GUESSES and one.confidence >= LEAST_CONFIDENCE
    ][:GUESSES_SHOWN]


async def _keep_gap(ask: TaskAsk, desk: TaskDesk) -> None:
    """Write down a question that nothing answered; a payload or an empty text is none."""
    text = mask_text(ask.text).strip()[:LONGEST_GAP]
    if not text or text.startswith("/"):
        return
    async with desk.units() as uow:
        if await uow.conversations.get(ask.conversation_id) is None:
            raise ConversationNotFoundError(conversation=ask.conversation_id)
        await uow.knowledge.keep_gap(
            ask.conversation_id,
            ask.key.rpartition(":")[0] or ask.key,
            text=text,
            language=ask.language,
            at=desk.now,
        )
        await uow.commit()
    log.info("knowledge_gap", extra={"conversation": ask.conversation_id})
