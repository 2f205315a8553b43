"""complaint, human: what happened, what is wanted, a case; urgent ones reach a person at once."""

import pytest

from desk.domain.cases import CaseFilter, CaseType
from desk.domain.conversations import ConversationState
from desk.policy import parse_policy
from desk.services.cases import list_cases, show_case
from desk.services.tasks.human import call_person
from desk.services.tasks.step import TaskAsk
from tests.fakes.shop import FakeShop, make_line, make_order, make_shopper
from tests.services.conftest import POLICY_FILE

STORY = "客服答应周二回电，到现在也没有人联系我"


@pytest.fixture
def office_hours():
    """Rules of a shop that is closed at the moment of the tests (Tuesday noon)."""
    text = POLICY_FILE.read_text(encoding="utf-8")
    return parse_policy(text.replace('mon-sun: ["00:00-24:00"]', 'mon-fri: ["14:00-18:00"]'))


async def cases(units):
    page, _ = await list_cases(units, CaseFilter())
    return page


async def state_of(units, conversation_id="c_1"):
    async with units(read_only=True) as uow:
        return (await uow.conversations.get(conversation_id)).state


async def to_confirm(talk, **more):
    await talk.say("complaint", "我要投诉", "complaint", **more)
    await talk.say("complaint", STORY)
    return await talk.say("complaint", "给我道个歉", wanted="apology")


async def test_a_complaint_is_told_confirmed_and_filed(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    step = await talk.say("complaint", "我要投诉你们", "complaint")
    assert (step.say, step.expects) == ("complaint_ask_description", "description")
    step = await talk.say("complaint", STORY)
    assert (step.say, step.expects) == ("complaint_ask_wanted", "wanted")
    step = await talk.say("complaint", wanted="apology")
    assert step.say == "complaint_confirm"
    assert step.values == {"summary": STORY, "wanted_text": "道歉"}
    step = await talk.say("complaint", "对", "affirm")
    assert (step.say, step.handed_over, step.task_open) == ("complaint_done", False, False)
    assert step.values["deadline"] == "11月26日 12:00"
    (case,) = await cases(units)
    assert (case.type, case.severity, case.wanted) == ("complaint", "normal", "apology")
    assert case.description == STORY
    assert await state_of(units) is ConversationState.BOT


@pytest.mark.parametrize(
    "text",
    [f"我要投诉，{STORY}", "I want to complain, your courier threw my parcel over the fence"],
)
async def test_a_first_message_that_tells_everything_is_not_asked_again(make_talk, text):
    talk = await make_talk(FakeShop())
    assert (await talk.say("complaint", text, "complaint")).say == "complaint_ask_wanted"


async def test_the_order_in_focus_goes_with_it(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG1"), make_order("ZG8", shopper_ref="S2")))
    step = await to_confirm(talk, order_number="ZG1")
    assert step.values["summary"] == f"{STORY}（订单ZG1）"
    await talk.say("complaint", "对", "affirm")
    (case,) = await cases(units)
    assert case.order_number == "ZG1"


async def test_somebody_elses_order_does_not(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG8", shopper_ref="S2")))
    step = await to_confirm(talk, order_number="ZG8")
    assert "ZG8" not in step.values["summary"]
    await talk.say("complaint", "对", "affirm")
    (case,) = await cases(units)
    assert case.order_number is None


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        pytest.param("充电器着火了，把桌子烧了", "critical", id="safety"),
        pytest.param("我要打12315投诉你们", "high", id="threat"),
        pytest.param("My lawyer will write to you", "high", id="lawyer"),
    ],
)
async def test_urgent_words_open_a_case_and_call_a_person_at_once(make_talk, units, text, severity):
    talk = await make_talk(FakeShop())
    step = await talk.say("complaint", text, "complaint")
    assert (step.say, step.handed_over) == ("complaint_done_urgent", True)
    (case,) = await cases(units)
    assert (case.severity, case.description) == (severity, text)
    assert case.decision["findings"]
    assert await state_of(units) is ConversationState.QUEUED
    assert [message.content["state"]["state"] for message in talk.announced] == ["queued"]


async def test_an_urgent_turn_again_queues_once_and_opens_one_case(make_talk, units):
    talk = await make_talk(FakeShop())
    first = await talk.say("complaint", "充电器着火了", "complaint")
    talk.forget_answer()
    again = await talk.say("complaint", "充电器着火了", "complaint", again=True)
    assert again == first
    assert len(await cases(units)) == 1
    assert len(talk.announced) == 1


async def test_a_dear_order_makes_it_urgent(make_talk):
    dear = make_order("ZG1", make_line("ZG1-1", paid_minor=200_000))
    talk = await make_talk(FakeShop(dear))
    await talk.say("complaint", "我要投诉", "complaint", order_number="ZG1")
    assert (await talk.say("complaint", STORY)).say == "complaint_done_urgent"


async def test_so_does_the_highest_membership(make_talk):
    talk = await make_talk(FakeShop(shoppers=[make_shopper(vip_level=3)]))
    await talk.say("complaint", "我要投诉", "complaint")
    assert (await talk.say("complaint", STORY)).say == "complaint_done_urgent"


async def test_urgent_while_everybody_is_away_promises_a_time(make_talk, units, office_hours):
    talk = await make_talk(FakeShop(), rules=office_hours)
    step = await talk.say("complaint", "充电器着火了", "complaint")
    assert (step.say, step.handed_over) == ("complaint_done", False)
    assert step.values["next_step"] == "同事今天 14:00上班后会第一时间联系您。"
    assert [case.type for case in await cases(units)] == [CaseType.COMPLAINT]


@pytest.mark.parametrize(
    ("text", "intent", "entities", "summary", "wanted"),
    [
        pytest.param("不，我要退款", "deny", {"wanted": "refund"}, STORY, "退款或补偿", id="typed"),
        pytest.param("还是退款吧", "inform", {}, STORY, "退款或补偿", id="wanted by words"),
        pytest.param(
            "还有上周的包裹也是放在门口就走", "inform", {},
            f"{STORY} 还有上周的包裹也是放在门口就走", "道歉", id="more of the story",
        ),
    ],
)  # fmt: skip
async def test_corrections_are_confirmed_again(
    make_talk, units, text, intent, entities, summary, wanted
):
    talk = await make_talk(FakeShop())
    await to_confirm(talk)
    step = await talk.say("complaint", text, intent, **entities)
    assert step.say == "complaint_confirm"
    assert step.values == {"summary": summary, "wanted_text": wanted}
    assert await cases(units) == []
    assert (await talk.say("complaint", "可以", "affirm")).say == "complaint_done"


async def test_a_plain_no_files_nothing(make_talk, units):
    talk = await make_talk(FakeShop())
    await to_confirm(talk)
    assert (await talk.say("complaint", "算了", "deny")).say == "complaint_stopped"
    assert await cases(units) == []


async def test_complaining_again_continues_the_open_case(make_talk, units):
    talk = await make_talk(FakeShop())
    await to_confirm(talk)
    first = await talk.say("complaint", "对", "affirm")
    await talk.say("complaint", "我要投诉", "complaint")
    await talk.say("complaint", "刚才那位客服又挂了我的电话")
    await talk.say("complaint", wanted="explanation")
    second = await talk.say("complaint", "对", "affirm")
    assert second.values["number"] == first.values["number"]
    (case,) = await cases(units)
    events = (await show_case(units, case.number)).events
    assert events[-1].note == "刚才那位客服又挂了我的电话"


async def person(talk, *, key="c_1-1:human", reason="asked"):
    return await call_person(
        TaskAsk(talk.conversation_id, key, talk.language), talk.desk, reason=reason
    )


async def test_asking_for_a_person_queues_once(make_talk, units):
    talk = await make_talk(FakeShop())
    step = await person(talk)
    assert (step.say, step.handed_over) == ("human_queued", True)
    assert step.values == {"position": "1", "wait_minutes": "5"}
    assert await person(talk) == step, "the same turn again"
    assert (await person(talk, key="c_1-2:human")).say == "human_already"
    assert len(talk.announced) == 1


async def test_the_second_in_line_hears_so(make_talk):
    first = await make_talk(FakeShop())
    await person(first)
    second = await make_talk(FakeShop(), None, conversation_id="c_2")
    second.at(second.desk.now.replace(minute=1))
    assert (await person(second, key="c_2-1:human")).values["position"] == "2"


async def test_a_fallback_says_so(make_talk):
    talk = await make_talk(FakeShop())
    assert (await person(talk, reason="fallback")).say == "fallback_human"


async def test_outside_hours_a_call_back_is_promised_once(make_talk, units, office_hours):
    talk = await make_talk(FakeShop(), rules=office_hours)
    step = await person(talk)
    assert (step.say, step.handed_over) == ("human_closed", False)
    assert step.values["opens_at"] == "今天 14:00"
    assert (await person(talk, key="c_1-9:human")).values == step.values
    (case,) = await cases(units)
    assert (case.type, case.number) == ("callback", step.values["number"])
    assert await state_of(units) is ConversationState.BOT


async def test_an_agent_who_is_there_answers_outside_hours(make_talk, office_hours):
    talk = await make_talk(FakeShop(), rules=office_hours)
    talk.agents_present = 1
    assert (await person(talk)).say == "human_queued"


async def test_words_that_are_no_wish_are_kept_as_more_of_the_story(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    await talk.say("complaint", "我要投诉", "complaint")
    await talk.say("complaint", STORY)
    step = await talk.say("complaint", "昨天打电话过去还被挂断了两次", "inform")
    assert "挂断" in step.values["summary"]
