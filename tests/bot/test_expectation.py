"""What a message means as an answer to the bot's question."""

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.expectation import ExpectationReranker


@pytest.mark.parametrize(
    ("text", "expects", "raw", "sure", "entities", "meant"),
    [
        pytest.param("是的", "confirm", "affirm", 0.9, set(), "affirm", id="yes"),
        pytest.param("ok", "confirm", "thanks", 0.5, set(), "affirm", id="ok is a yes here"),
        pytest.param("no thanks", "confirm", "thanks", 0.8, set(), "deny", id="polite no"),
        pytest.param("没有照片", "photo", "deny", 0.5, set(), "deny", id="no photo"),
        pytest.param("怎么退款", "reason", "faq", 0.9, set(), "faq", id="question in between"),
        pytest.param("转人工", "description", "human", 0.95, set(), "human", id="person"),
        pytest.param("算了不退了", "reason", "cancel_task", 0.9, set(), "cancel_task", id="stop"),
        pytest.param(
            "太小了", "reason", "exchange_request", 0.7, {"reason"}, "inform", id="reason"
        ),
        pytest.param(
            "质量差 我要退货", "reason", "return_request", 0.99, {"reason"}, "inform", id="own task"
        ),
        pytest.param(
            "快递员骂我", "description", "complaint", 0.97, set(), "inform", id="free text"
        ),
        pytest.param("嗯嘟嘟", "identity", "nlu_fallback", 0.7, set(), "nlu_fallback", id="noise"),
        pytest.param("不喜欢啊", "reason", "nlu_fallback", 0.7, set(), "inform", id="own words"),
        pytest.param("4821", "identity", "greet", 0.4, {"phone_last4"}, "inform", id="digits"),
        pytest.param("我要投诉", "order", "complaint", 0.99, set(), "complaint", id="other task"),
        pytest.param("我要投诉", "reason", "complaint", 0.99, set(), "complaint", id="plain"),
        pytest.param("不想要了", "reason", "cancel_task", 0.99, {"reason"}, "inform", id="why"),
        pytest.param("太失望了", "reason", "complaint", 0.8, set(), "inform", id="angry reason"),
        pytest.param("嗯怎么说", "confirm", "faq", 0.3, set(), "nlu_fallback", id="unsure"),
        pytest.param("嗯随便", "confirm", "nlu_fallback", 0.6, set(), "affirm", id="as you like"),
        pytest.param("没有照片", "confirm", "deny", 0.9, set(), "inform", id="no photo, no no"),
        pytest.param("算了", "condition", "cancel_task", 0.9, set(), "cancel_task", id="no answer"),
        pytest.param(
            "是的没穿过", "condition", "affirm", 0.9, {"condition"}, "inform", id="yes and more"
        ),
        pytest.param(
            "不是 是第二个", "confirm", "deny", 0.9, {"ordinal"}, "inform", id="correction"
        ),
        pytest.param(
            "不要 不喜欢", "confirm", "deny", 0.9, {"reason"}, "deny", id="no with its reason"
        ),
        pytest.param(
            "发错了", "reason", "logistics_exception", 0.9, {"reason"}, "inform", id="what happened"
        ),
        pytest.param(
            "wait, the sole came off",
            "confirm",
            "logistics_exception",
            0.9,
            {"reason"},
            "inform",
            id="correction of the reason",
        ),
        pytest.param(
            "我的快递丢了",
            "reason",
            "logistics_exception",
            0.9,
            set(),
            "logistics_exception",
            id="another task",
        ),
    ],
)
def test_expectations(expectations, text, expects, raw, sure, entities, meant):
    assert expectations.read(text, expects, raw, sure, entities)[0] == meant


@pytest.mark.parametrize(
    "text",
    [
        "嗯嗯", "好滴", "要得", "都可以", "行吧", "可以的麻烦了", "当然可以",
        "yep go on", "yes pls", "sure go ahead", "ok do it", "yea", "go on then",
    ],
)  # fmt: skip
def test_short_yes(expectations, text):
    assert expectations.read(text, "confirm", "nlu_fallback", 0.6, set())[0] == "affirm"


@pytest.mark.parametrize(
    "text", ["不", "不要哦", "没有呀", "no sorry", "nope", "not yet", "no no", "不用了 谢谢"]
)
def test_short_no(expectations, text):
    assert expectations.read(text, "confirm", "nlu_fallback", 0.6, set())[0] == "deny"


@pytest.mark.parametrize("text", ["nothing came", "north", "keep it", "yesterday", "okra", "中国"])
def test_words_that_only_begin_like_a_yes_or_no(expectations, text):
    assert expectations.read(text, "confirm", "x", 0.5, set())[0] == "nlu_fallback"


@pytest.mark.parametrize(
    "text",
    [
        "没有照片", "没照片呀", "拍不了", "没拍", "手机坏了拍不了", "不方便拍", "发不了图",
        "no photo sorry", "no photos", "i don't have a picture", "can't take a photo right now",
        "i cant upload one",
    ],
)  # fmt: skip
def test_no_photo_answers_where_one_was_asked_for_and_denies_nothing_else(expectations, text):
    assert expectations.read(text, "photo", "nlu_fallback", 0.6, set())[0] == "deny"
    assert expectations.read(text, "confirm", "deny", 0.9, set())[0] == "inform"


def read(extractor: Any, text: str, raw: str, expects: str | None = None) -> str:
    """Return the intent of a message that the classifier took for `raw`."""
    metadata = {"expects": expects, "language": "zh"}
    intent = {"name": raw, "confidence": 0.95}
    message = Message(data={"text": text, "metadata": metadata, "intent": intent})
    reranker = ExpectationReranker(ExpectationReranker.get_default_config())
    intent_name: str = reranker.process(extractor.process([message]))[0].get("intent")["name"]
    return intent_name


@pytest.mark.parametrize(
    "text",
    [
        "ZG4827100266 呢", "ZG4827100266 please", "ZG4827100266", "hi ZG4827100266 thanks",
        "就这个 ＺＧ４８２７１００２６６ 谢谢", "my order number is ZG4827100266", "尾号2317",
        "是 13800001111", "ZG4827100266 尾号2317 啊",
    ],
)  # fmt: skip
@pytest.mark.parametrize("expects", [None, "identity", "order"])
def test_a_number_with_particles_around_is_a_number(extractor, text, expects):
    assert read(extractor, text, "thanks", expects) == "inform"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("qwe123zxc", "nlu_fallback"),
        ("7y7y7y", "nlu_fallback"),
        ("ZG48271002", "inform"),
        ("SF1234567890123", "inform"),
        ("2317", "inform"),
        ("红色", "inform"),
    ],
)
def test_a_code_that_is_no_number_of_ours_is_noise(extractor, text, intent):
    assert read(extractor, text, "inform") == intent


@pytest.mark.parametrize("text", ["ZG4827100266 到哪了", "return ZG4827100266", "谢谢"])
def test_words_beside_a_number_keep_their_intent(extractor, text):
    assert read(extractor, text, "order_status") == "order_status"


@pytest.mark.parametrize(
    "piece", ["单号", "这个", "麻烦了", "好的", "不要", "没照片", "yes it ", "no photo "]
)
def test_a_hostile_repetition_costs_no_time(extractor, expectations, piece):
    text = piece * (4_000 // len(piece)) + "x"
    expectations.read(text, "confirm", "nlu_fallback", 0.5, set())
    assert read(extractor, "ZG4827100266" + text, "faq") == "faq"
