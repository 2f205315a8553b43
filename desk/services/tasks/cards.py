"""Cards that the widget and the agent desk draw; every text is in the reader's language already."""

from collections.abc import Sequence
from datetime import datetime

from desk.domain.cases import Case, CaseState
from desk.domain.shop import Order, OrderLine, Parcel, Text
from desk.services.tasks.step import Card, TaskDesk, payload
from desk.texts import Texts

ORDERS_SHOWN = 5
SCANS_SHOWN = 5


def iso(moment: datetime | None) -> str | None:
    """Return a moment for JSON."""
    return moment.isoformat() if moment else None


def order_state_text(order: Order, texts: Texts, language: str) -> str:
    """Return the state of an order in words."""
    return texts.say(f"order_state.{order.state}", language)


def _line(line: OrderLine, language: str) -> Card:
    return {
        "id": line.id,
        "title": line.title.in_language(language),
        "variant": line.variant.in_language(language),
        "quantity": line.quantity,
        "image_url": line.image_url,
        "paid_minor": line.paid_minor,
    }


def _parcel(parcel: Parcel, texts: Texts, language: str) -> Card:
    return {
        "carrier": parcel.carrier.in_language(language),
        "tracking_number": parcel.tracking_number,
        "state": parcel.state.value,
        "state_text": texts.say(f"parcel_state.{parcel.state}", language),
        "promised_on": parcel.promised_on.isoformat() if parcel.promised_on else None,
        "delivered_at": iso(parcel.delivered_at),
        "scans": [
            {
                "at": iso(scan.at),
                "place": scan.place.in_language(language),
                "note": scan.note.in_language(language),
            }
            for scan in parcel.scans[:SCANS_SHOWN]
        ],
    }


def order_card(order: Order, texts: Texts, language: str) -> Card:
    """Return one order with its parcels; it names no address and no phone."""
    return {
        "type": "order",
        "number": order.number,
        "state": order.state.value,
        "state_text": order_state_text(order, texts, language),
        "placed_at": iso(order.placed_at),
        "total_minor": order.paid_minor or order.goods_minor + order.freight_minor,
        "currency": order.currency,
        "lines": [_line(line, language) for line in order.lines],
        "parcels": [_parcel(parcel, texts, language) for parcel in order.parcels],
    }


def orders_card(orders: Sequence[Order], texts: Texts, language: str) -> Card:
    """Return a choice of orders, newest first."""
    return {
        "type": "orders",
        "orders": [
            {
                "number": order.number,
                "state_text": order_state_text(order, texts, language),
                "placed_at": iso(order.placed_at),
                "total_minor": order.paid_minor or order.goods_minor + order.freight_minor,
                "currency": order.currency,
                "title": order.lines[0].title.in_language(language) if order.lines else "",
                "image_url": order.lines[0].image_url if order.lines else "",
                "line_count": len(order.lines),
                "payload": payload("inform", order_number=order.number),
            }
            for order in orders[:ORDERS_SHOWN]
        ],
    }


def lines_card(order: Order, lines: Sequence[OrderLine], language: str) -> Card:
    """Return a choice of lines of one order."""
    return {
        "type": "lines",
        "order_number": order.number,
        "lines": [
            {
                **_line(line, language),
                "currency": order.currency,
                "payload": payload("inform", line=line.id),
            }
            for line in lines
        ],
    }


def next_step(case: Case, desk: TaskDesk, language: str) -> str:
    """Return what happens next with a case, in a sentence."""
    kind = case.type if f"next_step.{case.type}.{case.state}" in desk.texts else "any"
    return_by = case.decision.get("return_by")
    day = datetime.fromisoformat(return_by).date() if isinstance(return_by, str) else None
    gift = desk.texts.say("next_step.gift", language) if case.decision.get("has_gift") else ""
    payer = "seller" if case.decision.get("freight_payer") == "seller" else "shopper"
    return desk.texts.say(
        f"next_step.{kind}.{case.state}",
        language,
        deadline=desk.moment(case.deadline_at, language),
        return_by=desk.day(day, language) if day else "",
        gift=gift,
        freight=desk.texts.say(f"freight.{payer}", language),
    )


def case_card(case: Case, desk: TaskDesk, language: str) -> Card:
    """Return one case as the shopper may see it."""
    return {
        "type": "case",
        "number": case.number,
        "case_type": case.type.value,
        "type_text": desk.texts.say(f"case_type.{case.type}", language),
        "state": case.state.value,
        "state_text": case_state_text(case.state, desk.texts, language),
        "deadline_at": iso(case.deadline_at),
        "deadline_text": desk.moment(case.deadline_at, language),  # in the shop's zone
        "refund_minor": case.refund_minor,
        "currency": case.currency,
        "next_step": next_step(case, desk, language),
    }


def case_state_text(state: CaseState, texts: Texts, language: str) -> str:
    """Return the state of a case in words."""
    return texts.say(f"case_state.{state}", language)


def title_of(title: Text, variant: Text, quantity: int, texts: Texts, language: str) -> str:
    """Return how a line is called in a sentence: its title, its variant, "×2" for more than one."""
    name = title.in_language(language)
    if kind := variant.in_language(language):
        name = f"{name} ({kind})" if language == "en" else f"{name}（{kind}）"
    return texts.say("quantity", language, title=name, count=quantity) if quantity > 1 else name
