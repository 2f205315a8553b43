"""Questions, people, insults and noise: answered, and the open task goes on."""

import pytest

from actions.answer import ActionAnswer
from actions.fallback import ActionFallback
from actions.human import ActionAbuse, ActionHandOver
from actions.other_task import ActionOtherTask, ActionProductQuestion
from tests.actions.conftest import make_tracker, run
from tests.actions.test_tasks import return_slots
from tests.fakes.desk import Answer, step

QUEUED = step("human_queued", values={"position": "1", "wait_minutes": "5"}, handed_over=True)


async def test_a_question_is_answered_and_names_its_article(desk):
    card = {"type": "article", "id": "return-window"}
    desk.will_answer(step("faq_answer", values={"title": "退货时限"}, card=card))
    got = await run(ActionAnswer(), make_tracker("多久能退", "faq"))
    assert desk.calls[0].path == "c_1/answer"
    assert desk.calls[0].body == {"language": "zh", "text": "多久能退", "article": None}
    assert got.said == ["utter_faq_answer"]
    assert got.responses[0]["custom"] == {"card": card}


async def test_a_tapped_article_is_asked_for_by_its_id(desk):
    desk.will_answer(step("faq_answer"))
    await run(ActionAnswer(), make_tracker("", "faq", entities={"article": "refund-time"}))
    assert desk.calls[0].body == {"language": "zh", "text": "", "article": "refund-time"}


async def test_a_question_in_the_middle_of_a_return_leads_back_to_it(desk):
    desk.will_answer(step("faq_answer"))
    got = await run(ActionAnswer(), make_tracker("多久到账", "faq", slots=return_slots()))
    assert got.said == ["utter_faq_answer", "utter_resume_reason"]
    assert got.slots == {}


async def test_a_person_is_asked_for_once_and_the_task_ends(desk):
    desk.will_answer(QUEUED)
    got = await run(ActionHandOver(), make_tracker("人工", "human", slots=return_slots()))
    assert desk.calls[0].body == {"reason": "asked", "language": "zh"}
    assert desk.calls[0].key == "c_1-7:hand-over"
    assert got.said == ["utter_human_queued"]
    assert (got.slots["task"], got.slots["task_open"]) == (None, False)


async def test_outside_working_hours_the_bot_goes_on_with_the_task(desk):
    desk.will_answer(step("human_closed", values={"opens_at": "明天 09:00", "number": "K2"}))
    got = await run(ActionHandOver(), make_tracker("人工", "human", slots=return_slots()))
    assert got.said == ["utter_human_closed", "utter_resume_reason"]
    assert got.slots == {}


async def test_a_hand_over_that_fails_promises_nothing(desk):
    desk.will_answer(Answer({}, 500))
    got = await run(ActionHandOver(), make_tracker("人工", "human", slots=return_slots()))
    assert got.said == ["utter_hand_over_failed"]
    assert got.slots == {}


async def test_the_first_insult_is_met_with_patience(desk):
    got = await run(ActionAbuse(), make_tracker("垃圾", "abuse", slots=return_slots()))
    assert got.said == ["utter_abuse", "utter_resume_reason"]
    assert desk.calls == []


async def test_the_second_insult_in_a_row_gets_no_second_apology(desk):
    got = await run(ActionAbuse(), make_tracker("垃圾", "abuse", before=("greet", "abuse")))
    assert got.said == ["utter_abuse_again"]
    assert desk.calls == []  # the desk counts insults itself and calls a person


async def test_insults_are_counted_in_a_row_only(desk):
    got = await run(ActionAbuse(), make_tracker("垃圾", "abuse", before=("abuse", "thanks")))
    assert got.said == ["utter_abuse"]


async def test_what_was_not_understood_is_reported_with_the_ranking(desk):
    desk.will_answer(step("fallback_first"))
    got = await run(ActionFallback(), make_tracker("asdf", "nlu_fallback"))
    assert desk.calls[0].path == "c_1/fallback"
    assert desk.calls[0].body["text"] == "asdf"
    assert desk.calls[0].body["ranking"][1] == {"intent": "faq", "confidence": 0.05}
    assert got.said == ["utter_fallback_first"]


async def test_an_order_number_in_noise_is_understood(desk):
    desk.will_answer(step("order_status_show"))
    entities = {"order_number": "ZG2511184821"}
    tracker = make_tracker("ZG2511184821 ???", "nlu_fallback", entities=entities)
    await run(ActionFallback(), tracker)
    assert desk.calls[0].path == "c_1/tasks/order_status"


async def test_noise_in_the_middle_of_a_return_repeats_the_question(desk):
    desk.will_answer(step("fallback_first"))
    got = await run(ActionFallback(), make_tracker("asdf", "nlu_fallback", slots=return_slots()))
    assert got.said == ["utter_fallback_in_task", "utter_resume_reason"]


async def test_noise_for_the_second_time_ends_the_task_with_a_person(desk):
    desk.will_answer(step("fallback_human", handed_over=True))
    got = await run(ActionFallback(), make_tracker("asdf", "nlu_fallback", slots=return_slots()))
    assert got.said == ["utter_fallback_human"]
    assert got.slots["task"] is None


async def test_a_task_of_people_goes_to_them_with_its_name(desk):
    desk.will_answer(QUEUED)
    await run(ActionOtherTask(), make_tracker("帮我改地址", "change_address"))
    assert desk.calls[0].body["reason"] == "task:change_address"


async def test_a_question_about_goods_is_looked_up_before_a_person_is_asked(desk):
    desk.will_answer(step("faq_none"), QUEUED)
    got = await run(ActionProductQuestion(), make_tracker("有红色的吗", "product_question"))
    assert [call.path for call in desk.calls] == ["c_1/answer", "c_1/hand-over"]
    assert got.said == ["utter_human_queued"]


async def test_a_question_about_goods_does_not_end_a_return(desk):
    desk.will_answer(step("faq_none"))
    tracker = make_tracker("有红色的吗", "product_question", slots=return_slots())
    got = await run(ActionProductQuestion(), tracker)
    assert got.said == ["utter_faq_none", "utter_resume_reason"]


@pytest.mark.parametrize("action", [ActionAnswer(), ActionFallback(), ActionProductQuestion()])
async def test_without_the_desk_nothing_is_claimed(desk, action):
    desk.will_answer(Answer({}, 500))
    got = await run(action, make_tracker("多久能退", "faq"))
    assert got.said == ["utter_look_up_failed"]
