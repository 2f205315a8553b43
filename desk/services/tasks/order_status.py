"""order_status: where an order is, when it comes, what is wrong with it (R2)."""

from desk.domain.shipments import Shipment, look_at
from desk.domain.shop import Order, OrderState, Parcel, ParcelState
from desk.services.access import identity_of
from desk.services.tasks.cards import order_card, order_state_text
from desk.services.tasks.orders import find_order
from desk.services.tasks.step import Step, TaskAsk, TaskDesk

CLEARED = {
    "phone_last4": None,
    "line": None,
    "product": None,
    "ordinal": None,
    "offered": None,
}


async def order_status(ask: TaskAsk, desk: TaskDesk) -> Step:
    """Show an order, or ask which. Changes nothing, so it may run any number of times."""
    who = await identity_of(desk.units, ask.conversation_id)
    found = await find_order(ask, desk, who)
    if isinstance(found, Step):
        return found
    return show(found.order, ask.language, desk)


def show(order: Order, language: str, desk: TaskDesk) -> Step:
    """Return the step that tells how an order stands."""
    shipment = look_at(order, desk.policy, desk.now)
    values = {
        "order_number": order.number,
        "state_text": order_state_text(order, desk.texts, language),
        "detail": _detail(order, language, desk),
    }
    say = "order_status_show"
    if shipment.kind == "late":
        say = "order_status_late"
        values |= _late_values(order, shipment, language, desk)
    elif shipment.kind == "problem":
        say = "order_status_exception"
        values["problem"] = desk.texts.say(
            f"order_problem.{shipment.problem}", language, days=shipment.days_late
        )
    return Step(
        say,
        values=values,
        card=order_card(order, desk.texts, language),
        slots={**CLEARED, "order_number": order.number},
    )


def _late_values(order: Order, shipment: Shipment, language: str, desk: TaskDesk) -> dict[str, str]:
    say = desk.texts.say
    day = desk.day(shipment.promised_on, language) if shipment.promised_on else ""
    coupon = shipment.band.coupon.get(order.currency) if shipment.band else None
    return {
        "promised_on": say("late.dispatch", language, day=day) if shipment.is_dispatch else day,
        "compensation": say(
            "compensation.coupon", language, amount=desk.money(coupon, order.currency, language)
        )
        if coupon
        else say("compensation.none", language),
    }


def _detail(order: Order, language: str, desk: TaskDesk) -> str:
    say = desk.texts.say
    if order.state is OrderState.UNPAID:
        key = "payment_failed" if order.payment_state == "failed" else "unpaid"
        return say(f"order_detail.{key}", language)
    if order.state is OrderState.CANCELLED:
        is_refunded = order.payment_state == "refunded"
        return say(f"order_detail.cancelled{'_refunded' if is_refunded else ''}", language)
    if order.payment_state == "duplicate":
        return say("order_detail.payment_duplicate", language)
    if order.state is OrderState.CLOSED:
        return say("order_detail.closed", language)
    if not order.parcels:
        return _before_dispatch(order, language, desk)
    waiting = [parcel for parcel in order.parcels if parcel.state is not ParcelState.DELIVERED]
    if not waiting:
        return _delivered(order, language, desk)
    rest = _parcel(waiting[0], language, desk)
    if len(order.parcels) == 1:
        return rest
    arrived = len(order.parcels) - len(waiting)
    return say("order_detail.split", language, count=len(order.parcels), arrived=arrived, rest=rest)


def _before_dispatch(order: Order, language: str, desk: TaskDesk) -> str:
    if order.promised_ship_by and order.promised_ship_by > desk.now:
        day = desk.day(desk.policy.shop_date(order.promised_ship_by), language)
        return desk.texts.say("order_detail.ships_by", language, day=day)
    return desk.texts.say("order_detail.preparing", language)


def _delivered(order: Order, language: str, desk: TaskDesk) -> str:
    moments = [parcel.delivered_at for parcel in order.parcels if parcel.delivered_at]
    moment = order.delivered_at or (max(moments) if moments else None)
    if moment is None:
        return desk.texts.say("order_detail.closed", language)
    day = desk.day(desk.policy.shop_date(moment), language)
    return desk.texts.say("order_detail.delivered_on", language, day=day)


def _parcel(parcel: Parcel, language: str, desk: TaskDesk) -> str:
    say, today = desk.texts.say, desk.policy.shop_date(desk.now)
    promised = parcel.promised_on
    if promised and promised > today:
        expected = say("order_detail.arrives_on", language, day=desk.day(promised, language))
    elif promised == today:
        expected = say("order_detail.arrives_today", language)
    else:
        expected = "" if parcel.scans else say("order_detail.on_its_way", language)
    if not parcel.scans:
        return expected
    scan = parcel.scans[0]
    last = say(
        "order_detail.last_scan",
        language,
        place=scan.place.in_language(language),
        note=scan.note.in_language(language).rstrip("。."),
    )
    return f"{last} {expected}".strip() if language == "en" else f"{last}{expected}"
