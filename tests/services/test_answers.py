"""Questions are answered by articles, on the real store."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from desk.domain.articles import Article, Hit, SearchResult
from desk.policy import load_policy
from desk.services.access import ConversationNotFoundError
from desk.services.answers import (
    ArticleNotFoundError,
    Ranked,
    answer,
    fall_back,
    give_feedback,
)
from desk.services.escalation import HandOverPorts
from desk.services.tasks.step import TaskAsk, TaskDesk
from desk.store.tables import ArticleFeedbackRow, KnowledgeGapRow
from desk.store.uow import SqlUnitOfWorkFactory
from desk.texts import texts
from tests.desk_kit import NOW, FakeShop, add_conversation

ROOT = Path(__file__).parents[2]


def make_article(article_id: str, language: str = "zh", related: tuple[str, ...] = ()) -> Article:
    return Article(
        id=article_id,
        language=language,
        title=f"{article_id} {language}",
        body=f"About **{article_id}**.",
        tags=(),
        related=related,
        questions=("?",),
        updated_on=date(2026, 1, 1),
    )


class FakeArticles:
    """Articles in both languages; `found` is what any search gives."""

    def __init__(self, found: SearchResult | None = None) -> None:
        self.found = found or SearchResult(None, ())

    def article(self, article_id: str, language: str) -> Article | None:
        known = {"refund-time": ("refund-path", "gone"), "refund-path": (), "privacy": ()}
        if article_id not in known:
            return None
        return make_article(article_id, language, known[article_id])

    def search(self, text: str, language: str, limit: int = 3) -> SearchResult:
        return self.found


def hit(article_id: str, score: float) -> Hit:
    return Hit(make_article(article_id, related=("refund-path", "gone")), score)


@pytest_asyncio.fixture
async def desk(make_uow: SqlUnitOfWorkFactory) -> TaskDesk:
    async def announce(*_: Any) -> None:
        """Nobody listens."""

    await add_conversation(make_uow)
    return TaskDesk(
        units=make_uow,
        shop=FakeShop(),
        policy=load_policy(ROOT / "knowledge_base" / "policy.yml"),
        texts=texts(),
        ports=HandOverPorts(lambda: 1, announce),
        now=NOW,
        choose=lambda signs: signs[0],
    )


def ask(text: str, key: str = "c_1-3:answer", language: str = "zh") -> TaskAsk:
    return TaskAsk("c_1", key, language, text=text)


async def rows(desk: TaskDesk, table: Any) -> list[Any]:
    async with desk.units(read_only=True) as uow:
        return list((await uow.session.execute(select(table))).scalars())  # type: ignore[attr-defined]


async def test_an_article_comes_as_a_card_with_related_ones_to_tap(desk):
    found = SearchResult(hit("refund-time", 0.9), (hit("privacy", 0.6), hit("x", 0.3)))
    step = await answer(ask("退款多久"), desk, FakeArticles(found))
    assert step.say == "faq_answer"
    assert step.values == {"title": "refund-time zh"}
    assert step.card == {
        "type": "article",
        "id": "refund-time",
        "title": "refund-time zh",
        "body": "About **refund-time**.",
        "related": [
            {"id": "privacy", "title": "privacy zh", "payload": '/faq{"article": "privacy"}'},
            {
                "id": "refund-path",
                "title": "refund-path zh",
                "payload": '/faq{"article": "refund-path"}',
            },
        ],
        "language": "zh",
    }
    assert not await rows(desk, KnowledgeGapRow)


async def test_a_tapped_article_is_shown_in_the_language_of_the_conversation(desk):
    step = await answer(ask("/faq", language="en"), desk, FakeArticles(), article_id="refund-path")
    assert step.say == "faq_answer"
    assert step.card is not None
    assert (step.card["id"], step.card["language"]) == ("refund-path", "en")


async def test_an_article_that_is_gone_is_no_gap(desk):
    step = await answer(ask('/faq{"article": "old"}'), desk, FakeArticles(), article_id="old")
    assert step.say == "faq_none"
    assert not await rows(desk, KnowledgeGapRow)


async def test_a_question_without_article_is_a_gap_without_personal_data(desk):
    nearest = SearchResult(None, (hit("refund-path", 0.4), hit("privacy", 0.3), hit("x", 0.2)))
    text = "能送到文三路477号吗，电话13812345678，订单ZG2511184821"
    step = await answer(ask(text), desk, FakeArticles(nearest))
    assert step.say == "faq_none"
    assert [button.payload for button in step.buttons] == [
        '/faq{"article": "refund-path"}',
        '/faq{"article": "privacy"}',
    ]
    (gap,) = await rows(desk, KnowledgeGapRow)
    assert gap.text == "能送到文三路*号吗，电话[phone]，订单ZG[number]"
    assert (gap.conversation_id, gap.message_id, gap.language) == ("c_1", "c_1-3", "zh")


async def test_a_repeated_turn_records_one_gap(desk):
    first = await answer(ask("有实体店吗"), desk, FakeArticles())
    again = await answer(ask("有实体店吗"), desk, FakeArticles())
    assert first == again
    assert len(await rows(desk, KnowledgeGapRow)) == 1
    await answer(ask("有实体店吗", key="c_1-5:answer"), desk, FakeArticles())
    assert len(await rows(desk, KnowledgeGapRow)) == 2


async def test_a_gap_of_an_unknown_conversation_is_refused(desk):
    with pytest.raises(ConversationNotFoundError):
        await answer(replace(ask("?!"), conversation_id="c_no"), desk, FakeArticles())


async def test_first_failure_offers_what_may_be_meant_and_a_person(desk):
    ranking = [
        Ranked("return_request", 0.31),
        Ranked("greet", 0.4),
        Ranked("order_status", 0.35),
        Ranked("complaint", 0.2),
        Ranked("refund_status", 0.01),
    ]
    step = await fall_back(ask("那个啥", "c_1-3:fallback"), desk, FakeArticles(), ranking=ranking)
    assert step.say == "fallback_first"
    assert [button.payload for button in step.buttons] == [
        "/order_status",
        "/return_request",
        "/human",
    ]
    assert len(await rows(desk, KnowledgeGapRow)) == 1


async def test_only_a_sure_article_is_shown_unasked(desk):
    key = "c_1-3:fallback"
    sure = SearchResult(hit("refund-time", 0.9), (), is_strong=True)
    step = await fall_back(ask("退款几天", key), desk, FakeArticles(sure), ranking=[])
    assert step.say == "faq_answer"
    likely = SearchResult(hit("refund-time", 0.6), ())
    step = await fall_back(ask("退款", key), desk, FakeArticles(likely), ranking=[])
    assert step.say == "fallback_first"
    assert step.buttons[0].payload == '/faq{"article": "refund-time"}'


async def test_second_failure_in_a_row_brings_a_person(desk):
    async with desk.units() as uow:
        conversation = await uow.conversations.lock("c_1")
        assert conversation is not None
        await uow.conversations.save(replace(conversation, fallback_count=1))
        await uow.commit()
    step = await fall_back(ask("asdf", "c_1-3:fallback"), desk, FakeArticles(), ranking=[])
    assert step.say == "fallback_human"
    assert step.handed_over


async def test_the_last_word_on_an_article_counts(desk):
    for is_helpful in (True, False):
        await give_feedback(
            desk.units, FakeArticles(), "c_1", "privacy", is_helpful=is_helpful, now=NOW
        )
    (kept,) = await rows(desk, ArticleFeedbackRow)
    assert (kept.article_id, kept.is_helpful, kept.at) == ("privacy", False, NOW)


async def test_feedback_on_nothing_is_refused(desk):
    with pytest.raises(ArticleNotFoundError):
        await give_feedback(desk.units, FakeArticles(), "c_1", "no", is_helpful=True, now=NOW)
    with pytest.raises(ConversationNotFoundError):
        await give_feedback(desk.units, FakeArticles(), "c_no", "privacy", is_helpful=True, now=NOW)
