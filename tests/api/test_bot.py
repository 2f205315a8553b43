"""What the actions call."""

import pytest

from desk.settings import DEMO_SECRETS
from tests.api.test_widget import problem, token

HEADERS = {"Authorization": f"Bearer {DEMO_SECRETS['actions_secret']}"}


async def ask(desk, widget, path, body, *, key="c-1:x", headers=HEADERS):
    return await desk.client.post(
        f"/api/v1/bot/conversations/{widget if isinstance(widget, str) else widget.id}/{path}",
        json=body,
        headers={**headers, "Idempotency-Key": key},
    )


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
async def test_only_the_action_server_gets_in(desk, headers):
    widget = await desk.widget()
    for path in ("tasks/order_status", "hand-over", "answer", "fallback"):
        await problem(await ask(desk, widget, path, {}, headers=headers), 401, "bad_secret")


async def test_a_task_answers_with_a_step(desk):
    widget = await desk.widget(shopper_token=token())
    body = {"language": "zh", "text": "查订单", "intent": "order_status", "slots": {}}
    response = await ask(desk, f"{widget.id}:1", "tasks/order_status", body)
    assert response.status == 200
    assert (await response.json())["say"] == "order_none"


async def test_unknown_task_conversation_and_fields(desk):
    widget = await desk.widget()
    body = {"language": "zh"}
    await problem(await ask(desk, widget, "tasks/nonsense", body), 404, "task_not_found")
    answer = await ask(desk, "c_none", "tasks/order_status", body)
    await problem(answer, 404, "conversation_not_found")
    answer = await ask(desk, widget, "tasks/order_status", body | {"more": 1})
    await problem(answer, 400, "bad_body")
    answer = await ask(desk, widget, "tasks/order_status", {"language": "fr"})
    await problem(answer, 400, "bad_body")


async def test_a_hand_over_queues_and_the_last_sentence_arrives(desk):
    widget = await desk.widget()
    steps = []

    async def hand_over(turn):
        key = f"{turn['message_id']}:human"
        body = {"reason": "asked", "language": "zh"}
        steps.append(await (await ask(desk, widget, "hand-over", body, key=key)).json())

    desk.bot.during = hand_over
    await widget.send("转人工")
    await desk.idle()
    [step] = steps
    assert (step["say"], step["handed_over"]) == ("human_queued", True)
    history = await widget.history()
    assert [one["sender"] for one in history] == ["shopper", "system", "bot"]
    assert history[1]["content"]["state"]["position"] == 1


async def test_answers_and_fallbacks(desk):
    widget = await desk.widget()
    response = await ask(desk, widget, "answer", {"language": "zh", "text": "退货运费谁出"})
    assert (await response.json())["say"] in ("faq_answer", "faq_none")
    body = {
        "language": "zh",
        "text": "asdf qwer",
        "ranking": [{"intent": "order_status", "confidence": 0.3}],
    }
    response = await ask(desk, widget, "fallback", body)
    assert response.status == 200


async def test_a_key_is_needed(desk):
    widget = await desk.widget()
    response = await ask(desk, widget, "hand-over", {"reason": "asked", "language": "zh"}, key="")
    await problem(response, 400, "idempotency_key_needed")
