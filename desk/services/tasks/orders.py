"""Find the order a shopper means, and make sure they may see it; shared by all tasks (R9, R11).

An order of somebody else and an order that does not exist get one and the same answer.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from desk.domain.access import Failed, Identity, Locked
from desk.domain.picking import lines_meant
from desk.domain.shop import Order, OrderLine
from desk.services.access import normal_order_number, verified_orders, verify
from desk.services.tasks.cards import orders_card
from desk.services.tasks.step import Step, TaskAsk, TaskDesk, person_button

RECENT = 12
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Found:
    """The order, and the line when the shopper's words named one."""

    order: Order
    line: OrderLine | None = None


def nth(items: Sequence[Item], ordinal: int | None) -> Item | None:
    """Return the item a shopper means by a place: 1 is the first, -1 the last."""
    if ordinal is None or ordinal == 0 or abs(ordinal) > len(items):
        return None
    return items[ordinal - 1 if ordinal > 0 else ordinal]


async def find_order(
    ask: TaskAsk, desk: TaskDesk, who: Identity, *, wants_delivered: bool = False
) -> Found | Step:
    """Return the order, or the step that asks for what is missing.

    `wants_delivered` leaves orders out of the choice that have not arrived, where others have.
    """
    if who.shop_ref is None:
        return await _for_stranger(ask, desk, who, wants_delivered=wants_delivered)
    recent = list(await desk.shop.recent_orders(who.shop_ref, limit=RECENT))
    number = normal_order_number(ask.slots.order_number or "")
    picked = None if _is_new_number(ask, number) else _picked(ask, desk, recent, number)
    if picked:
        return picked
    if number:
        order = await desk.shop.order(number)
        if order is None or order.shopper_ref != who.shop_ref:
            return _not_found(ask, desk, number, recent)
        return _elsewhere(ask, desk, recent, order) or Found(order)
    return _one_or_ask(ask, desk, recent, wants_delivered=wants_delivered)


def _elsewhere(ask: TaskAsk, desk: TaskDesk, orders: Sequence[Order], order: Order) -> Found | None:
    """Return another order when new words fit nothing in this one: "no, the cherries"."""
    words = ask.slots.product or (ask.text if ask.expects is None else None)
    if not words or lines_meant(words, order.lines, desk.policy.categories):
        return None
    return _picked(replace(ask, slots=replace(ask.slots, line=None)), desk, orders, "")


def _is_new_number(ask: TaskAsk, number: str) -> bool:
    """Whether the number was written in this very message; then nothing else picks the order."""
    return bool(number) and number in normal_order_number_text(ask.text)


def normal_order_number_text(text: str) -> str:
    """Return a text in which an order number would be found in its stored form."""
    return "".join(sign for sign in text.upper() if sign.isalnum())


def _picked(ask: TaskAsk, desk: TaskDesk, orders: Sequence[Order], number: str) -> Found | None:
    """Return the order that a button, a place in the list or words for a product point at."""
    slots = ask.slots
    shown = [offer.id for offer in slots.offered if offer.kind == "order"]
    if shown and (place := nth(shown, slots.ordinal)):
        return next((Found(order) for order in orders if order.number == place), None)
    for order in orders:
        for line in order.lines:
            if line.id == slots.line and not (number and slots.product):
                return Found(order, line) if order.number == number or not number else None
    # Goods that the bot has no word for are still in the text that asks for them.
    may_name = ask.expects in (None, "order") and not number
    words = slots.product or (ask.text if may_name else None)
    if not words or number:
        return None
    by_line = {line.id: order for order in orders for line in order.lines if not line.is_gift}
    lines = [line for order in orders for line in order.lines if not line.is_gift]
    meant = lines_meant(words, lines, desk.policy.categories)
    if len(meant) == 1:
        return Found(by_line[meant[0].id], meant[0])
    numbers = {by_line[line.id].number for line in meant}
    if len(numbers) == 1:
        return Found(by_line[meant[0].id])
    return None


def _ask_which(
    ask: TaskAsk, desk: TaskDesk, orders: Sequence[Order], say: str, **values: str
) -> Step:
    card = orders_card(orders, desk.texts, ask.language) if orders else None
    shown = card["orders"] if card else ()
    return Step(
        say,
        values=values,
        card=card,
        slots={
            "order_number": None,
            "line": None,
            "product": None,
            "ordinal": None,
            "offered": [{"kind": "order", "id": order["number"]} for order in shown] or None,
        },
        expects="order" if orders else None,
        task_open=bool(orders),
    )


def _not_found(ask: TaskAsk, desk: TaskDesk, number: str, orders: Sequence[Order]) -> Step:
    return _ask_which(ask, desk, orders, "order_not_found", order_number=number)


def _one_or_ask(
    ask: TaskAsk, desk: TaskDesk, orders: Sequence[Order], *, wants_delivered: bool
) -> Found | Step:
    arrived = [order for order in orders if any(line.delivered_at for line in order.lines)]
    choice = arrived if wants_delivered and arrived else list(orders)
    if not choice:
        return Step("order_none", buttons=(person_button(desk, ask.language),))
    if len(choice) == 1:
        return Found(choice[0])
    if words := ask.slots.product:
        lines = [line for order in choice for line in order.lines if not line.is_gift]
        meant = {line.id for line in lines_meant(words, lines, desk.policy.categories)}
        fitting = [o for o in choice if any(line.id in meant for line in o.lines)]
        choice = fitting or choice
    return _ask_which(ask, desk, choice, "order_ask")


async def _for_stranger(
    ask: TaskAsk, desk: TaskDesk, who: Identity, *, wants_delivered: bool
) -> Found | Step:
    proved = await verified_orders(desk.units, who.conversation_id)
    number = normal_order_number(ask.slots.order_number or "")
    phone = ask.slots.phone_last4
    if number in proved and (order := await desk.shop.order(number)):
        return Found(order)
    if number and phone:
        return await _verify(ask, desk, number, phone)
    if number:
        values = {"order_number": number}
        return Step(
            "identity_ask_phone",
            values,
            slots={"order_number": number},
            expects="identity",
            task_open=True,
        )
    if phone:
        return Step("identity_ask_order", expects="identity", task_open=True)
    orders = [order for n in proved if (order := await desk.shop.order(n)) is not None]
    if not orders:
        return Step("identity_ask", expects="identity", task_open=True)
    return _picked(ask, desk, orders, "") or _one_or_ask(
        ask, desk, orders, wants_delivered=wants_delivered
    )


async def _verify(ask: TaskAsk, desk: TaskDesk, number: str, phone: str) -> Found | Step:
    limits = desk.policy.verification
    verdict = await verify(
        desk.units,
        desk.shop,
        ask.conversation_id,
        number,
        phone,
        key=ask.key,
        now=desk.now,
        policy=limits,
    )
    if isinstance(verdict, Failed) and verdict.tries_left == 0:
        verdict = Locked(limits.window_minutes)
    if isinstance(verdict, Locked):
        return Step(
            "identity_locked",
            {"minutes": str(verdict.minutes)},
            buttons=(person_button(desk, ask.language),),
            slots={"order_number": None, "phone_last4": None, "offered": None},
        )
    if isinstance(verdict, Failed):
        return Step(
            "identity_failed",
            {"tries_left": str(verdict.tries_left)},
            slots={"order_number": number, "phone_last4": None},
            expects="identity",
            task_open=True,
        )
    order = await desk.shop.order(number)
    if order is None:  # gone between proof and reading
        return Step("identity_ask", expects="identity", task_open=True)
    return Found(order)
