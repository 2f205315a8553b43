"""Cards as plain text, for a terminal."""

from collections.abc import Callable, Iterator
from typing import Any

from desk.domain.money import format_money


def card_text(card: dict[str, Any]) -> str:
    """Return the card's lines, indented."""
    lines = _KINDS.get(str(card.get("type")), _unknown)(card)
    return "\n".join(f"    {text}" for text in lines if text.strip())


def offers_of(content: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield title and payload of everything that can be tapped."""
    for button in content.get("buttons") or ():
        yield str(button["title"]), str(button["payload"])
    card = content.get("card") or {}
    for name in ("orders", "lines", "related"):
        for item in card.get(name) or ():
            if item.get("payload"):
                yield str(item.get("title") or item.get("number")), str(item["payload"])


def _article(card: dict[str, Any]) -> Iterator[str]:
    yield f"# {card['title']}"
    yield from str(card.get("body", "")).splitlines()


def _case(card: dict[str, Any]) -> Iterator[str]:
    yield f"{card['number']}  {card.get('type_text', '')}  {card.get('state_text', '')}"
    if card.get("refund_minor") is not None and card.get("currency"):
        yield format_money(card["refund_minor"], card["currency"], "en")
    yield str(card.get("next_step") or "")


def _order(card: dict[str, Any]) -> Iterator[str]:
    yield f"{card['number']}  {card.get('state_text', '')}"
    yield from _items(card)
    for parcel in card.get("parcels") or ():
        names = ("carrier", "tracking_number", "state_text")
        yield "  " + " ".join(str(parcel.get(name) or "") for name in names)
        for scan in (parcel.get("scans") or ())[:3]:
            yield f"    {scan['at']}  {scan.get('place', '')}  {scan.get('note', '')}"


def _orders(card: dict[str, Any]) -> Iterator[str]:
    for order in card.get("orders") or ():
        yield f"{order['number']}  {order.get('state_text', '')}  {order.get('title', '')}"


def _items(card: dict[str, Any]) -> Iterator[str]:
    for item in card.get("lines") or ():
        yield f"  {item['title']} {item.get('variant') or ''} × {item.get('quantity', 1)}"


def _unknown(card: dict[str, Any]) -> Iterator[str]:
    yield str(card)


_KINDS: dict[str, Callable[[dict[str, Any]], Iterator[str]]] = {
    "article": _article,
    "case": _case,
    "order": _order,
    "orders": _orders,
    "lines": _items,
}
