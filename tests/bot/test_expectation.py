"""What a message means as an answer to the bot's question."""

import pytest


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
        pytest.param("嗯随便", "confirm", "faq", 0.3, set(), "nlu_fallback", id="unsure"),
    ],
)
def test_expectations(expectations, text, expects, raw, sure, entities, meant):
    assert expectations.read(text, expects, raw, sure, entities)[0] == meant
