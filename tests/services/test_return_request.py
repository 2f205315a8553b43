"""return_request, turn by turn: ask only what is missing, confirm, one case."""

from datetime import timedelta

import pytest

from desk.domain.cases import CaseFilter, CaseState, EventKind
from desk.domain.shop import OrderState
from desk.services.cases import list_cases, move_case, show_case
from tests.fakes.shop import NOON, FakeShop, make_line, make_order, make_shopper

SHOE = make_line("ZG1-1")
SHIRT = make_line(
    "ZG1-2", zh="南栀 亚麻长袖衬衫", en="Nanzhi linen shirt", category="clothing", paid_minor=25900
)


async def cases(units):
    page, _ = await list_cases(units, CaseFilter())
    return page


async def to_confirm(talk, **more):
    return await talk.say(
        "return_request", "退", **{"reason": "wrong_size", "condition": "unused", **more}
    )


async def test_the_only_line_is_asked_for_reason_condition_and_a_yes(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    assert (await talk.say("return_request", "我要退货")).say == "return_request_ask_reason"
    step = await talk.say("return_request", reason="wrong_size")
    assert (step.say, step.expects) == ("return_request_ask_condition", "condition")
    step = await talk.say("return_request", condition="unused")
    assert step.say == "return_request_confirm"
    assert step.values == {
        "title": "云步 缓震跑鞋",
        "refund": "¥129.00",
        "freight": "由您承担",
        "freight_payer_text": "您",
        "path": "支付宝",
        "days": "3",
    }
    step = await talk.say("return_request", "好的", "affirm")
    assert step.say == "return_request_done"
    assert step.values["return_by"] == "12月1日"
    assert step.card is not None
    assert step.card["state"] == "waiting_for_parcel"
    (case,) = await cases(units)
    assert case.number == step.values["number"]
    assert (case.refund_minor, case.currency, case.line_id) == (12900, "CNY", "ZG1-1")
    file = await show_case(units, case.number)
    assert [event.to_state for event in file.events] == [
        "submitted", "approved", "waiting_for_parcel",
    ]  # fmt: skip


async def test_the_same_turn_again_gives_the_same_case(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    await to_confirm(talk)
    first = await talk.say("return_request", "好", "affirm")
    talk.forget_answer()
    again = await talk.say("return_request", "好", "affirm", again=True)
    assert again == first
    assert len(await cases(units)) == 1


async def test_another_yes_and_another_browser_find_the_open_case(make_talk, units):
    shop = FakeShop(make_order("ZG1"))
    talk = await make_talk(shop)
    await to_confirm(talk)
    done = await talk.say("return_request", "好", "affirm")
    other = await make_talk(shop, None, conversation_id="c_2")
    step = await other.say("return_request", order_number="ZG1", phone_last4="4821")
    assert step.say == "return_request_already_open"
    assert step.values == {"number": done.values["number"], "state_text": "待寄回"}
    assert len(await cases(units)) == 1


@pytest.mark.parametrize(
    ("entities", "text"),
    [
        pytest.param({"line": "ZG1-2"}, "", id="button"),
        pytest.param({"ordinal": 2}, "第二个", id="ordinal"),
        pytest.param({"ordinal": -1}, "最后一个", id="last"),
        pytest.param({"product": "衬衫"}, "衬衫", id="product word zh"),
        pytest.param({"product": "linen shirt"}, "the linen shirt", id="product word en"),
        pytest.param({}, "那件衬衫", id="free text"),
    ],
)
async def test_a_line_is_picked_in_every_way(make_talk, entities, text):
    talk = await make_talk(FakeShop(make_order("ZG1", SHOE, SHIRT)))
    step = await talk.say("return_request", "退货")
    assert step.say == "return_request_ask_line"
    assert step.card is not None
    assert [line["id"] for line in step.card["lines"]] == ["ZG1-1", "ZG1-2"]
    step = await talk.say("return_request", text, **entities)
    assert step.say == "return_request_ask_reason"
    assert step.values["title"] == "南栀 亚麻长袖衬衫"


async def test_a_product_word_finds_order_and_line_at_once(make_talk):
    shop = FakeShop(make_order("ZG1", SHOE), make_order("ZG2", make_line("ZG2-1", zh="香薰机")))
    talk = await make_talk(shop)
    step = await talk.say("return_request", "我想退跑鞋，太小了", product="跑鞋")
    assert step.say == "return_request_ask_condition"
    assert step.slots["order_number"] == "ZG1"


async def test_orders_that_have_arrived_are_offered(make_talk):
    on_its_way = make_order(
        "ZG3", make_line("ZG3-1", delivered_at=None), state=OrderState.IN_TRANSIT
    )
    talk = await make_talk(FakeShop(make_order("ZG1"), make_order("ZG2"), on_its_way))
    step = await talk.say("return_request", "退货")
    assert (step.say, step.expects) == ("order_ask", "order")
    assert step.card is not None
    assert [order["number"] for order in step.card["orders"]] == ["ZG1", "ZG2"]
    step = await talk.say("return_request", "第二个", ordinal=2)
    assert step.slots["order_number"] == "ZG2"


async def test_a_fault_asks_for_a_photo_and_not_for_the_condition(make_talk, units, add_photo):
    talk = await make_talk(FakeShop(make_order("ZG1", freight_minor=800)))
    await add_photo("p_mine", "c_1")
    step = await talk.say("return_request", "鞋子坏了", reason="quality_fault")
    assert (step.say, step.expects) == ("return_request_ask_photo", "photo")
    step = await talk.say("return_request", photos=["p_mine", "p_of_somebody_else"])
    assert step.say == "return_request_confirm"
    assert step.values["freight"] == "由我们承担"
    assert step.values["refund"] == "¥137.00"
    step = await talk.say("return_request", "好", "affirm")
    assert step.say == "return_request_done"
    (case,) = await cases(units)
    events = (await show_case(units, case.number)).events
    assert [event.note for event in events if event.kind is EventKind.PHOTO] == ["1"]


@pytest.mark.parametrize(
    ("text", "intent"), [("没有照片", "deny"), ("没拍到，一打开就是坏的", "inform")]
)
async def test_without_a_photo_a_person_looks_at_it(make_talk, text, intent):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    await talk.say("return_request", "收到就是坏的", reason="damaged")
    step = await talk.say("return_request", text, intent)
    assert step.say == "return_request_confirm"
    step = await talk.say("return_request", "好", "affirm")
    assert step.say == "return_request_review"
    assert step.values["deadline"] == "明天 12:00"
    assert step.card is not None
    assert step.card["state"] == "under_review"


@pytest.mark.parametrize("intent", ["affirm", "deny", "inform"])
@pytest.mark.parametrize(
    ("changes", "says", "value"),
    [
        pytest.param({"quantity": 1}, "return_request_confirm", "¥50.00", id="quantity"),
        pytest.param({"reason": "damaged"}, "return_request_ask_photo", None, id="reason"),
        pytest.param({"condition": "used"}, "return_request_refused", None, id="condition"),
        pytest.param({"product": "衬衫"}, "return_request_confirm", "¥259.00", id="line"),
    ],
)
async def test_a_correction_at_the_end_is_confirmed_again(
    make_talk, units, intent, changes, says, value
):
    pair = make_line("ZG1-1", quantity=2, paid_minor=10_000)
    talk = await make_talk(FakeShop(make_order("ZG1", pair, SHIRT)))
    step = await to_confirm(talk, line="ZG1-1")
    assert step.values["title"] == "云步 缓震跑鞋 ×2"
    step = await talk.say("return_request", "不对", intent, **changes)
    assert step.say == says
    if value:
        assert step.values["refund"] == value
    assert await cases(units) == []


async def test_a_fault_told_with_the_no_changes_the_reason(make_talk):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    await to_confirm(talk)
    step = await talk.say("return_request", "不是，是开胶了", "deny")
    assert step.say == "return_request_ask_photo"


async def test_a_plain_no_stops_and_opens_nothing(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    await to_confirm(talk)
    step = await talk.say("return_request", "算了不退", "deny")
    assert (step.say, step.task_open) == ("return_request_stopped", False)
    assert await cases(units) == []


@pytest.mark.parametrize(
    ("line", "entities", "why", "instead"),
    [
        pytest.param(
            make_line(delivered_at=NOON - timedelta(days=20)),
            {"reason": "no_longer_wanted"},
            "它是20天前签收的，7天无理由退货已在11月11日结束",
            "如果是质量问题，12月4日前都可以退，运费我们出。",
            id="too late",
        ),
        pytest.param(
            make_line(category="fresh_food", delivered_at=NOON - timedelta(days=1)),
            {"reason": "no_longer_wanted"},
            "生鲜食品不支持无理由退货",
            "如果商品有质量问题、破损或发错了，请告诉我，运费我们出。",
            id="fresh food",
        ),
        pytest.param(
            make_line(category="made_to_order"),
            {"reason": "wrong_size"},
            "定制商品是专门为您做的，不支持无理由退货",
            "如果商品有质量问题、破损或发错了，请告诉我，运费我们出。",
            id="made to order",
        ),
        pytest.param(
            make_line(category="liquor"),
            {"reason": "other", "condition": "used"},
            "酒类开瓶或拆封后不支持无理由退货",
            "如果商品有质量问题、破损或发错了，请告诉我，运费我们出。",
            id="opened liquor",
        ),
    ],
)
async def test_a_refusal_says_why_and_what_instead(make_talk, units, line, entities, why, instead):
    talk = await make_talk(FakeShop(make_order("ZG1", line)))
    step = await talk.say("return_request", order_number="ZG1", line=line.id, **entities)
    assert (step.say, step.task_open) == ("return_request_refused", False)
    assert step.values["why"] == why
    assert step.values["instead"] == instead
    assert await cases(units) == []


async def test_but_it_is_broken_goes_on_with_the_refused_line(make_talk):
    line = make_line("ZG1-1", delivered_at=NOON - timedelta(days=20))
    talk = await make_talk(FakeShop(make_order("ZG1", line, SHIRT)))
    await talk.say("return_request", line="ZG1-1", reason="no_longer_wanted")
    step = await talk.say("return_request", "可是它坏了", reason="quality_fault")
    assert step.say == "return_request_ask_photo"
    assert step.values["title"] == "云步 缓震跑鞋"


async def test_english_reads_as_english(make_talk):
    order = make_order("ZG1", currency="GBP", country="GB", payment_method="card")
    talk = await make_talk(FakeShop(order), language="en")
    step = await to_confirm(talk)
    assert step.values["title"] == "Cloudstep running shoes"
    assert step.values["refund"] == "£129.00"
    assert step.values["path"] == "the card you paid with"
    step = await talk.say("return_request", "yes", "affirm")
    assert step.values["return_by"] == "1 December"
    assert "by 1 December" in step.values["next_step"]


@pytest.mark.parametrize(
    ("order", "say"),
    [
        pytest.param(
            make_order("ZG1", make_line(delivered_at=None), state=OrderState.IN_TRANSIT),
            "return_request_not_delivered",
            id="on its way",
        ),
        pytest.param(
            make_order("ZG1", make_line(delivered_at=None), state=OrderState.UNPAID),
            "return_request_refused",
            id="unpaid",
        ),
        pytest.param(
            make_order("ZG1", state=OrderState.CANCELLED), "return_request_refused", id="cancelled"
        ),
        pytest.param(
            make_order("ZG1", make_line(returned_quantity=1)),
            "return_request_nothing_left",
            id="all came back",
        ),
    ],
)
async def test_orders_without_anything_to_return(make_talk, order, say):
    talk = await make_talk(FakeShop(order))
    step = await talk.say("return_request", "退货", order_number="ZG1")
    assert (step.say, step.task_open) == (say, False)


async def test_limits_go_to_a_person(make_talk):
    shop = FakeShop(make_order("ZG1"), shoppers=[make_shopper(is_blacklisted=True)])
    talk = await make_talk(shop)
    await to_confirm(talk)
    step = await talk.say("return_request", "好", "affirm")
    assert step.say == "return_request_review"


async def test_after_the_refund_nothing_is_left(make_talk, units):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    await to_confirm(talk)
    done = await talk.say("return_request", "好", "affirm")
    for state in ("received", "inspected", "refunding", "closed"):
        await move_case(units, done.values["number"], CaseState(state), actor="agent:lin", now=NOON)
    step = await talk.say("return_request", "再退一次", order_number="ZG1")
    assert step.say == "return_request_nothing_left"


async def test_a_gift_is_asked_to_come_along(make_talk):
    gift = make_line("ZG1-9", zh="运动袜", is_gift=True, paid_minor=0)
    talk = await make_talk(FakeShop(make_order("ZG1", SHOE, gift)))
    step = await to_confirm(talk)
    assert step.values["title"] == "云步 缓震跑鞋"
    step = await talk.say("return_request", "好", "affirm")
    assert "和赠品" in step.values["next_step"]


async def test_a_reason_in_own_words_counts_as_other(make_talk):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    await talk.say("return_request", "退货")
    step = await talk.say("return_request", "我女朋友说换个牌子")
    assert step.say == "return_request_ask_condition"
    assert step.slots["reason"] == "other"


async def test_other_goods_at_the_end_may_be_in_another_order(make_talk):
    robot = make_order("ZG2", make_line("ZG2-1", zh="净行 扫地机器人", category="electronics"))
    talk = await make_talk(FakeShop(make_order("ZG1"), robot))
    await to_confirm(talk, product="跑鞋")
    step = await talk.say("return_request", "不对，是机器人", "deny", product="机器人")
    assert step.say == "return_request_confirm"
    assert step.values["title"] == "净行 扫地机器人"


async def test_goods_of_another_order_leave_the_order_in_focus(make_talk):
    shop = FakeShop(make_order("ZG1", SHOE), make_order("ZG2", SHIRT))
    talk = await make_talk(shop)
    step = await talk.say("return_request", "我要退亚麻衬衫", order_number="ZG1")
    assert step.say == "return_request_ask_reason"
    assert step.slots["line"] == SHIRT.id
