"""A task action sends what is known, says the step, remembers what it is told; claims no more."""

from typing import Any

import pytest

from actions.complaint import ActionComplaint
from actions.inform import ActionInform
from actions.open_task import ActionResumeTask, ActionStopTask
from actions.order_status import ActionOrderStatus
from actions.return_request import ActionReturnRequest
from tests.actions.conftest import make_tracker, run
from tests.fakes.desk import Answer, step

ORDER, LINE = "ZG2511184821", "ZG2511184821-1"
Json = dict[str, Any]


def return_slots(**more: Any) -> Json:
    """Slots in the middle of a return."""
    question = {"buttons": [{"title": "质量问题", "payload": "/inform"}], "card": None}
    return {
        "task": "return_request",
        "task_open": True,
        "expects": "reason",
        "question": question,
        "order_number": ORDER,
        "line": LINE,
        **more,
    }


async def test_a_step_is_asked_with_everything_that_is_known(desk):
    desk.will_answer(step("return_request_ask_condition", expects="condition", task_open=True))
    slots = return_slots(reason="wrong_size", photos=["p_1"], quantity=1)
    tracker = make_tracker("太小了", entities={"reason": "wrong_size", "ordinal": 2}, slots=slots)
    await run(ActionReturnRequest(), tracker)
    (call,) = desk.calls
    assert call.path == "c_1/tasks/return_request"
    assert call.key == "c_1-7:return_request"
    assert call.body == {
        "language": "zh",
        "text": "太小了",
        "intent": "inform",
        "expects": "reason",
        "slots": {
            "order_number": ORDER,
            "line": LINE,
            "reason": "wrong_size",
            "quantity": 1,
            "photos": ["p_1"],
            "ordinal": 2,
        },
    }


async def test_a_step_is_said_with_its_values_buttons_and_card(desk):
    buttons = [{"title": "是", "payload": "/affirm"}]
    card = {"type": "lines", "lines": [{"id": LINE}]}
    answer = step(
        "return_request_ask_line",
        values={"order_number": ORDER},
        buttons=buttons,
        card=card,
        expects="line",
        task_open=True,
        slots={"order_number": ORDER},
    )
    desk.will_answer(answer)
    got = await run(ActionReturnRequest(), make_tracker("我要退货", "return_request"))
    (said,) = got.responses
    assert said["response"] == "utter_return_request_ask_line"
    assert said["order_number"] == ORDER
    assert said["buttons"] == buttons
    assert said["custom"] == {"card": card}
    assert got.slots["task"] == "return_request"
    assert got.slots["task_open"] is True
    assert got.slots["expects"] == "line"
    assert got.slots["question"] == {
        "say": "return_request_ask_line",
        "values": {"order_number": ORDER},
        "buttons": buttons,
        "card": card,
    }
    assert got.slots["offered"] == [{"kind": "line", "id": LINE}]


async def test_a_finished_task_leaves_only_the_order_in_focus(desk):
    desk.will_answer(step("order_status_show", slots={"order_number": ORDER}))
    slots = {"reason": "wrong_size", "phone_last4": "4821", "photos": ["p_1"]}
    got = await run(ActionOrderStatus(), make_tracker("到哪了", "order_status", slots=slots))
    kept = {name: value for name, value in got.slots.items() if value is not None}
    assert kept == {"order_number": ORDER, "task_open": False}
    assert {"reason", "phone_last4", "photos", "line", "task"} <= set(got.slots)


async def test_a_switch_forgets_the_old_reason_and_keeps_what_is_said_now(desk):
    desk.will_answer(step("complaint_ask_wanted", expects="wanted", task_open=True))
    slots = return_slots(reason="wrong_size", wanted="refund", waiting={"task": "complaint"})
    tracker = make_tracker("我要投诉", "complaint", entities={"wanted": "refund"}, slots=slots)
    got = await run(ActionComplaint(), tracker)
    (call,) = desk.calls
    assert call.body["slots"] == {"order_number": ORDER, "wanted": "refund", "ordinal": None}
    assert call.body["expects"] is None
    assert got.slots["waiting"] is None
    assert got.slots["reason"] is None


async def test_an_order_look_up_lets_the_return_wait_and_goes_on_with_it(desk):
    other = "ZG2511200001"
    desk.will_answer(step("order_status_show", slots={"order_number": other}))
    slots = {**return_slots(reason="damaged", expects="photo"), "order_number": other}
    tracker = make_tracker(
        f"{other} 到哪了", "order_status", entities={"order_number": other}, slots=slots
    )
    got = await run(ActionOrderStatus(), tracker)
    assert desk.calls[0].body["slots"] == {"order_number": other, "ordinal": None}
    assert got.said == ["utter_order_status_show", "utter_resume_photo"]
    assert got.responses[1]["buttons"] == slots["question"]["buttons"]
    assert got.slots["task"] == "return_request"
    assert (got.slots["line"], got.slots["reason"]) == (LINE, "damaged")
    assert got.slots["waiting"] is None


async def test_a_look_up_that_has_to_ask_first_goes_on_with_the_return_after_its_answer(desk):
    desk.will_answer(step("order_ask", expects="order", task_open=True), step("order_status_show"))
    first = await run(
        ActionOrderStatus(), make_tracker("查物流", "order_status", slots=return_slots())
    )
    assert first.slots["task"] == "order_status"
    assert first.slots["waiting"]["details"] == {"order_number": ORDER, "line": LINE}
    tracker = make_tracker("第一个", entities={"ordinal": 1}, slots=first.slots)
    second = await run(ActionOrderStatus(), tracker)
    assert second.said == ["utter_order_status_show", "utter_resume_reason"]
    assert (second.slots["task"], second.slots["line"]) == ("return_request", LINE)


async def test_a_photo_is_added_to_the_others(desk):
    desk.will_answer(step("return_request_confirm", expects="confirm", task_open=True))
    tracker = make_tracker(entities={"photo": "p_2"}, slots=return_slots(photos=["p_1"]))
    got = await run(ActionReturnRequest(), tracker)
    assert desk.calls[0].body["slots"]["photos"] == ["p_1", "p_2"]
    assert desk.calls[0].body["text"] == ""
    assert got.slots["photos"] == ["p_1", "p_2"]


async def test_of_two_order_numbers_in_one_message_the_last_counts(desk):
    desk.will_answer(step("order_status_show"))
    slots = {"order_number": ["ZG2511110001", ORDER]}
    await run(ActionOrderStatus(), make_tracker("不是…，是…", "order_status", slots=slots))
    assert desk.calls[0].body["slots"]["order_number"] == ORDER


async def test_the_menu_button_for_orders_does_not_mean_the_order_in_focus(desk):
    desk.will_answer(step("order_ask", expects="order", task_open=True))
    await run(ActionOrderStatus(), make_tracker("", "order_status", slots={"order_number": ORDER}))
    assert "order_number" not in desk.calls[0].body["slots"]


async def test_a_refused_line_comes_back_with_a_fault_and_with_nothing_else(desk):
    refused = step("return_request_refused", slots={"line": LINE, "order_number": ORDER})
    desk.will_answer(refused, step("return_request_ask_photo"), step("return_request_ask_line"))
    got = await run(ActionReturnRequest(), make_tracker("退货", "return_request"))
    assert (got.slots["task"], got.slots["line"]) == (None, LINE)
    broken = {**got.slots, "reason": "quality_fault"}
    tracker = make_tracker("可是它坏了", entities={"reason": "quality_fault"}, slots=broken)
    await run(ActionInform(), tracker)
    assert desk.calls[1].body["slots"]["line"] == LINE
    await run(ActionReturnRequest(), make_tracker("我要退货", "return_request", slots=got.slots))
    assert "line" not in desk.calls[2].body["slots"]


async def test_no_answer_is_no_success_and_the_task_stays_open(desk):
    desk.will_answer(Answer({}, 500))
    slots = return_slots(expects="confirm")
    got = await run(ActionReturnRequest(), make_tracker("好的", "affirm", slots=slots))
    assert got.said == ["utter_desk_unreachable"]
    assert got.slots == {"unsure": "c_1-7:return_request"}


async def test_the_yes_after_a_yes_without_answer_is_the_same_yes(desk):
    desk.will_answer(step("return_request_done"))
    slots = return_slots(expects="confirm", unsure="c_1-7:return_request")
    await run(
        ActionReturnRequest(), make_tracker("好的", "affirm", slots=slots, message_id="c_1-9")
    )
    assert desk.calls[0].key == "c_1-7:return_request"


async def test_a_no_after_a_yes_without_answer_is_a_message_of_its_own(desk):
    desk.will_answer(step("return_request_stopped"))
    slots = return_slots(expects="confirm", unsure="c_1-7:return_request")
    await run(ActionReturnRequest(), make_tracker("算了", "deny", slots=slots, message_id="c_1-9"))
    assert desk.calls[0].key == "c_1-9:return_request"


async def test_without_the_shop_a_person_is_asked(desk):
    queued = step("human_queued", values={"position": "1"}, handed_over=True)
    desk.will_answer(Answer({"code": "shop_unavailable"}, 503), queued)
    got = await run(ActionOrderStatus(), make_tracker("订单到哪了", "order_status"))
    assert got.said == ["utter_shop_unavailable", "utter_human_queued"]
    assert desk.calls[1].path == "c_1/hand-over"
    assert desk.calls[1].body == {"reason": "task:order_status", "language": "zh"}
    assert got.slots["task"] is None


async def test_an_urgent_complaint_that_a_person_takes_is_closed_here(desk):
    desk.will_answer(step("complaint_done_urgent", handed_over=True, task_open=True))
    got = await run(ActionComplaint(), make_tracker("插座着火了", "complaint"))
    assert (got.slots["task"], got.slots["task_open"]) == (None, False)


async def test_stopping_says_so_and_forgets_the_details(desk):
    got = await run(ActionStopTask(), make_tracker("算了", "cancel_task", slots=return_slots()))
    assert got.said == ["utter_return_request_stopped"]
    assert (got.slots["task"], got.slots["line"]) == (None, None)
    assert got.slots["order_number"] == ORDER
    assert desk.calls == []


async def test_stopping_a_look_up_goes_on_with_the_return(desk):
    waiting = {
        "task": "return_request",
        "expects": "reason",
        "question": None,
        "details": {"line": LINE},
    }
    slots = {"task": "order_status", "task_open": True, "waiting": waiting}
    got = await run(ActionStopTask(), make_tracker("算了", "cancel_task", slots=slots))
    assert got.said == ["utter_order_status_stopped", "utter_resume_reason"]
    assert (got.slots["task"], got.slots["line"]) == ("return_request", LINE)


async def test_nothing_open_is_nothing_to_stop(desk):
    got = await run(ActionStopTask(), make_tracker("算了", "cancel_task"))
    assert got.said == ["utter_nothing_to_stop"]
    assert got.slots == {}


async def test_resuming_asks_the_open_question_with_the_same_choices(desk):
    card = {"type": "lines", "lines": []}
    slots = return_slots(expects="line", question={"buttons": [], "card": card})
    got = await run(ActionResumeTask(), make_tracker("谢谢", "thanks", slots=slots))
    assert got.said == ["utter_resume_line"]
    assert got.responses[0]["custom"] == {"card": card}
    assert desk.calls == []


@pytest.mark.parametrize(
    ("entities", "path"),
    [
        pytest.param({"order_number": ORDER}, "c_1/tasks/order_status", id="order"),
        pytest.param({"phone_last4": "4821"}, "c_1/tasks/order_status", id="phone"),
        pytest.param({"line": LINE}, "c_1/tasks/return_request", id="line of an old card"),
        pytest.param({}, "c_1/fallback", id="nothing that means something"),
    ],
)
async def test_a_value_out_of_the_blue_begins_the_task_that_fits(desk, entities, path):
    desk.will_answer(step("order_ask"))
    await run(ActionInform(), make_tracker("…", entities=entities, slots=dict(entities)))
    assert [call.path for call in desk.calls] == [path]


async def test_a_photo_out_of_the_blue_is_kept_for_what_comes_next(desk):
    got = await run(ActionInform(), make_tracker(entities={"photo": "p_1"}))
    assert got.said == ["utter_photo_without_task"]
    assert got.slots == {"photos": ["p_1"]}


async def test_a_value_that_would_spoil_the_filling_in_is_said_all_the_same(desk):
    desk.will_answer(step("return_request_ask_reason", values={"title": "Kit 10[pcs]"}))
    got = await run(ActionReturnRequest(), make_tracker("退货", "return_request"))
    assert "0[" not in got.responses[0]["title"]


async def test_a_question_that_was_answered_with_noise_is_repeated_once_then_a_person_comes(desk):
    ask = step("order_ask", expects="order", task_open=True)
    queued = step("fallback_human", handed_over=True)
    desk.will_answer(ask, ask, ask, queued)
    first = await run(ActionOrderStatus(), make_tracker("查订单", "order_status"))
    assert (first.said, first.slots["misses"]) == (["utter_order_ask"], 0)
    second = await run(ActionOrderStatus(), make_tracker("呼噜", slots=first.slots))
    assert second.said == ["utter_fallback_in_task", "utter_order_ask"]
    third = await run(ActionOrderStatus(), make_tracker("哗啦", slots=second.slots))
    assert third.said == ["utter_fallback_human"]
    assert desk.calls[3].body["reason"] == "fallback"
    assert third.slots["task"] is None


async def test_the_same_question_about_something_else_is_no_noise(desk):
    ask = step("identity_ask_phone", values={"order_number": ORDER}, task_open=True)
    other = step("identity_ask_phone", values={"order_number": "ZG2511200001"}, task_open=True)
    desk.will_answer(ask, other)
    first = await run(ActionOrderStatus(), make_tracker(ORDER, "order_status"))
    second = await run(ActionOrderStatus(), make_tracker("ZG2511200001", slots=first.slots))
    assert second.said == ["utter_identity_ask_phone"]


@pytest.mark.parametrize("expects", ["identity", "order", "line", "description", "wanted"])
async def test_a_bare_no_to_an_open_question_stops_the_task(desk, expects):
    tracker = make_tracker("不用了", "deny", slots=return_slots(expects=expects))
    got = await run(ActionReturnRequest(), tracker)
    assert got.said == ["utter_return_request_stopped"]
    assert desk.calls == []


@pytest.mark.parametrize("expects", ["condition", "photo", "confirm"])
async def test_a_no_that_answers_the_question_goes_to_the_desk(desk, expects):
    desk.will_answer(step("return_request_confirm", expects="confirm", task_open=True))
    await run(
        ActionReturnRequest(), make_tracker("没有", "deny", slots=return_slots(expects=expects))
    )
    assert desk.calls[0].body["intent"] == "deny"
