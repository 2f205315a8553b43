"""Answers become steps or named problems; connections stay open; nothing waits for ever."""

import pytest

from actions.desk_client import (
    DeskAddress,
    DeskClient,
    NotConfigured,
    Refused,
    ShopUnavailable,
    Step,
    Unreachable,
)
from tests.fakes.desk import SECRET, Answer, fake_desk, step


def make_client(url: str, limit_s: float = 2.0) -> DeskClient:
    return DeskClient(DeskAddress(url, SECRET), limit_s)


async def test_a_call_names_conversation_task_key_and_secret():
    async with fake_desk([step("order_ask", expects="order", task_open=True)]) as desk:
        client = make_client(desk.url)
        got = await client.take_step(
            "c_1", "order_status", {"text": "hi"}, key="c_1-3:order_status"
        )
        await client.close()
    assert got == Step("order_ask", expects="order", task_open=True)
    (call,) = desk.calls
    assert call.path == "c_1/tasks/order_status"
    assert (call.key, call.authorization) == ("c_1-3:order_status", f"Bearer {SECRET}")
    assert call.body == {"text": "hi"}


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        pytest.param(Answer({"code": "bad_body"}, 400), Refused, id="our mistake"),
        pytest.param(Answer({"code": "unauthorized"}, 401), Refused, id="wrong secret"),
        pytest.param(Answer({"code": "shop_unavailable"}, 503), ShopUnavailable, id="shop down"),
        pytest.param(Answer({"code": "internal"}, 500), Unreachable, id="desk broken"),
        pytest.param(Answer({"code": "busy"}, 503), Unreachable, id="desk busy"),
        pytest.param(Answer("<html>", 502), Unreachable, id="not JSON"),
        pytest.param(Answer("<html>", 200), Unreachable, id="200 and not JSON"),
        pytest.param(Answer([1], 200), Unreachable, id="not a step"),
        pytest.param(Answer(step("x"), after_s=5), Unreachable, id="too slow"),
    ],
)
async def test_each_failure_has_its_own_name(answer, problem):
    async with fake_desk([answer]) as desk:
        client = make_client(desk.url, limit_s=0.2)
        with pytest.raises(problem):
            await client.answer("c_1", "text", None, "zh", key="k")
        await client.close()


async def test_a_desk_that_is_not_there_is_unreachable():
    client = make_client("http://127.0.0.1:1")
    with pytest.raises(Unreachable):
        await client.hand_over("c_1", "asked", "zh", key="k")
    await client.close()


async def test_a_connection_that_the_desk_has_closed_is_opened_again_once():
    async with fake_desk([Answer(hangs_up=True), step("faq_none")]) as desk:
        client = make_client(desk.url)
        got = await client.answer("c_1", "text", None, "zh", key="k")
        await client.close()
    assert got.say == "faq_none"
    assert [call.key for call in desk.calls] == ["k", "k"]


async def test_calls_share_one_connection():
    async with fake_desk([step("faq_none")] * 5) as desk:
        client = make_client(desk.url)
        for _ in range(5):
            await client.answer("c_1", "text", None, "zh", key="k")
        await client.close()
    assert len(desk.connections) == 1


def test_a_start_without_settings_names_all_that_is_missing(monkeypatch):
    monkeypatch.delenv("ZHANGGUI_DESK_URL", raising=False)
    monkeypatch.setenv("ZHANGGUI_ACTIONS_SECRET", "short")
    with pytest.raises(NotConfigured, match=r"ZHANGGUI_DESK_URL.*ZHANGGUI_ACTIONS_SECRET"):
        DeskAddress.from_environment()
