"""order_status: what shoppers hear of an order in every state."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from desk.domain.shop import OrderState, ParcelState
from desk.services.shop import ShopUnavailableError
from tests.fakes.shop import NOON, FakeShop, make_line, make_order, make_parcel

TODAY = date(2026, 11, 24)


def moving(**more):
    return make_order("ZG1", state=OrderState.IN_TRANSIT, parcels=(make_parcel(**more),))


@pytest.mark.parametrize(
    ("order", "say", "zh", "en"),
    [
        pytest.param(
            make_order("ZG1", state=OrderState.UNPAID),
            "order_status_show",
            "付款后我们就会安排发货。",
            "We will get it ready as soon as it is paid.",
            id="unpaid",
        ),
        pytest.param(
            make_order("ZG1", state=OrderState.UNPAID, payment_state="failed"),
            "order_status_show",
            "上次付款没有成功，钱没有扣走，可以在订单页重新付款。",
            "The last payment did not go through, so nothing was charged."
            " You can pay again on the order page.",
            id="payment failed",
        ),
        pytest.param(
            make_order("ZG1", state=OrderState.CANCELLED, payment_state="refunded"),
            "order_status_show",
            "这个订单已经取消，钱已经原路退回。",
            "This order was cancelled and the money went back the way it came.",
            id="cancelled",
        ),
        pytest.param(
            make_order("ZG1", state=OrderState.PAID, promised_ship_by=NOON + timedelta(days=1)),
            "order_status_show",
            "预计11月25日前发货。",
            "It should leave our warehouse by 25 November.",
            id="paid",
        ),
        pytest.param(
            moving(promised_on=TODAY + timedelta(days=1)),
            "order_status_show",
            "最新物流：杭州，已到达中转场。预计11月25日送达。",
            "Last scan: Hangzhou, at the hub. It should arrive on 25 November.",
            id="on its way",
        ),
        pytest.param(
            moving(promised_on=TODAY),
            "order_status_show",
            "最新物流：杭州，已到达中转场。预计今天送到。",
            "Last scan: Hangzhou, at the hub. It should arrive today.",
            id="today",
        ),
        pytest.param(
            moving(promised_on=TODAY - timedelta(days=3)),
            "order_status_late",
            "作为补偿，您可以领一张¥15.00的优惠券。",
            "To make up for it, you can have a ¥15.00 voucher.",
            id="late",
        ),
        pytest.param(
            make_order("ZG1", state=OrderState.PAID, promised_ship_by=NOON - timedelta(days=2)),
            "order_status_late",
            "11月22日（承诺发货日）",
            "22 November (promised dispatch)",
            id="late dispatch",
        ),
        pytest.param(
            moving(promised_on=TODAY - timedelta(days=12)),
            "order_status_exception",
            "包裹已经晚了12天，我们按丢件处理，可以给您补发或全额退款。",
            "The parcel is 12 days late, so we treat it as lost:"
            " you can have it sent again or get all your money back.",
            id="counts as lost",
        ),
        pytest.param(
            moving(state=ParcelState.EXCEPTION, exception="damaged"),
            "order_status_exception",
            "包裹在运输途中损坏了，我们可以给您补发或全额退款。",
            "The parcel was damaged on the way."
            " You can have it sent again or get all your money back.",
            id="damaged",
        ),
        pytest.param(
            make_order(
                "ZG1",
                make_line("ZG1-1"),
                make_line("ZG1-2", delivered_at=None),
                state=OrderState.IN_TRANSIT,
                parcels=(
                    make_parcel(ParcelState.DELIVERED, delivered_at=NOON),
                    make_parcel(promised_on=TODAY + timedelta(days=1)),
                ),
            ),
            "order_status_show",
            "这单分2个包裹发出，已签收1个。最新物流：杭州，已到达中转场。预计11月25日送达。",
            "It comes in 2 parcels, 1 delivered so far."
            " Last scan: Hangzhou, at the hub. It should arrive on 25 November.",
            id="split",
        ),
        pytest.param(
            make_order("ZG1", parcels=(make_parcel(ParcelState.DELIVERED, delivered_at=NOON),)),
            "order_status_show",
            "11月21日已经签收。",
            "It was delivered on 21 November.",
            id="delivered",
        ),
    ],
)
async def test_what_matters_about_an_order_is_said(make_talk, order, say, zh, en):
    talk = await make_talk(FakeShop(order))
    step = await talk.say("order_status", "到哪了")
    assert (step.say, step.task_open) == (say, False)
    assert zh in step.values.values()
    assert step.card is not None
    assert step.card["number"] == "ZG1"
    talk.language = "en"
    step = await talk.say("order_status", "where is it")
    assert en in step.values.values()


async def test_several_orders_are_offered_and_the_second_one_is_understood(make_talk):
    talk = await make_talk(FakeShop(make_order("ZG1"), make_order("ZG2"), make_order("ZG3")))
    step = await talk.say("order_status", "我的快递呢")
    assert (step.say, step.expects, step.task_open) == ("order_ask", "order", True)
    step = await talk.say("order_status", "第二个", ordinal=2)
    assert step.values["order_number"] == "ZG2"
    step = await talk.say("order_status", "那ZG3呢", order_number="ZG3")
    assert step.values["order_number"] == "ZG3"


async def test_a_card_shows_neither_address_nor_phone(make_talk):
    talk = await make_talk(FakeShop(moving()))
    step = await talk.say("order_status")
    shown = str(step.as_json())
    assert "13800004821" not in shown
    assert "文三路" not in shown


async def test_nobody_without_orders_is_asked_for_one(make_talk):
    talk = await make_talk(FakeShop())
    step = await talk.say("order_status", "我的快递呢")
    assert (step.say, step.task_open) == ("order_none", False)


async def test_a_shop_that_does_not_answer_is_not_taken_for_an_empty_one(make_talk):
    talk = await make_talk(FakeShop(make_order("ZG1")))
    talk.shop.is_down = True
    with pytest.raises(ShopUnavailableError):
        await talk.say("order_status", order_number="ZG1")


@pytest.mark.parametrize("state", [s for s in OrderState if s is not OrderState.DELIVERED])
async def test_every_state_has_something_to_say(make_talk, state):
    talk = await make_talk(FakeShop(replace(make_order("ZG1"), state=state)))
    step = await talk.say("order_status")
    assert step.values["detail"]


async def test_words_for_other_goods_leave_the_order_in_focus(make_talk):
    robot = make_order("ZG2", make_line("ZG2-1", zh="净行 扫地机器人", category="electronics"))
    talk = await make_talk(FakeShop(make_order("ZG1"), robot))
    step = await talk.say("order_status", "跑鞋到哪了", product="跑鞋")
    assert step.values["order_number"] == "ZG1"
    step = await talk.say("order_status", "那扫地机器人呢", product="扫地机器人")
    assert step.values["order_number"] == "ZG2"
