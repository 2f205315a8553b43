"""The bot understands messages that training has not seen, well enough in every intent."""

from typing import TYPE_CHECKING

import pytest

from tests.understanding.evaluate import latency_ms, score
from tests.understanding.pipeline import ROOT, Pipeline, plain, rows_of

if TYPE_CHECKING:
    from tests.understanding.evaluate import Score

SAID_BY_ALL = {"affirm", "deny", "greet", "thanks", "goodbye"}  # nobody can avoid these rows
SHORTEST = 6  # signs; shorter texts are words, not messages
SETS = ["test_zh", "test_en"]
# A little under what was measured when the sets were written (86.9 %, 81.9 %); raise them only.
ACCURACY = {"test_zh": 0.85, "test_en": 0.80}
FLOOR = 0.5  # of each intent's rows, both languages together: in one alone some have only three
OOS_RECALL = 0.75
CALIBRATION_ERROR = 0.08
SLOWEST_P95_MS = 60.0  # 3 ms alone on a core; other tests run beside it


@pytest.fixture(scope="module")
def scores(pipeline: Pipeline) -> "dict[str, Score]":
    return {name: score(pipeline, name) for name in SETS}


@pytest.mark.parametrize("name", SETS)
def test_most_messages_are_understood(scores, name):
    assert scores[name].accuracy >= ACCURACY[name], scores[name].errors


def test_no_intent_is_lost(scores):
    counts = {intent: [0, 0] for result in scores.values() for intent in result.per_intent}
    for result in scores.values():
        for intent, (right, rows) in result.per_intent.items():
            counts[intent][0] += right
            counts[intent][1] += rows
    lost = {intent: count for intent, count in counts.items() if count[0] < FLOOR * count[1]}
    assert not lost


@pytest.mark.parametrize("name", SETS)
def test_what_is_not_our_business_is_seen_as_such(scores, name):
    assert scores[name].oos_recall >= OOS_RECALL


@pytest.mark.parametrize("name", SETS)
def test_confidence_means_what_it_says(scores, name):
    assert scores[name].calibration_error <= CALIBRATION_ERROR


def test_a_message_is_understood_quickly(pipeline):
    assert latency_ms(pipeline, "test_zh")[1] < SLOWEST_P95_MS


def test_a_batch_is_understood_as_its_messages_are(pipeline):
    texts = [text for _, text in rows_of("tune_en")[:40]]
    batch = [message.get("intent")["name"] for message in pipeline.read(texts)]
    assert batch == [pipeline.read([text])[0].get("intent")["name"] for text in texts]


@pytest.mark.parametrize(
    "text", ["", " ", "😊", "\u202eabc", "a" * 4000, "好" * 4000, "<b>&;'\"", "／"]
)
def test_odd_text_is_no_error(pipeline, text):
    (message,) = pipeline.read([text])
    assert message.get("intent")["name"]


@pytest.mark.parametrize("name", ["tune_zh", "tune_en", *SETS])
def test_no_row_of_a_set_was_trained_on(name):
    rows = (ROOT / "data" / "nlu").glob("*.yml")
    trained = {
        plain(line[6:])
        for path in rows
        for line in path.read_text("utf-8").splitlines()
        if line.startswith("    - ")
    }
    texts = [text for gold, text in rows_of(name) if gold not in SAID_BY_ALL]
    leaked = [text for text in texts if len(plain(text)) > SHORTEST and plain(text) in trained]
    assert not leaked


@pytest.mark.parametrize(
    ("asked", "wanted"),
    [
        ("怎么退货", "我要退货"),
        ("退货流程是什么", "帮我退货"),
        ("怎么换货", "我要换货"),
        ("退款多久到账", "我的退款怎么还没到"),
        ("怎么开发票", "帮我开发票"),
        ("how do returns work?", "I want to return this"),
        ("how do I cancel an order", "cancel my order"),
        ("what's your refund policy", "where is my refund"),
    ],
)
def test_asking_how_it_works_is_not_asking_for_it(pipeline, asked, wanted):
    question, wish = (message.get("intent")["name"] for message in pipeline.read([asked, wanted]))
    assert question == "faq"
    assert wish != "faq"
