"""What the demo page shows: shoppers to be, orders to try, products. Needs no database."""

from collections.abc import Mapping
from typing import Any

from desk.connectors.demo.data import load
from desk.domain.shop import Text


def demo_shoppers() -> list[dict[str, Any]]:
    """Return the shoppers worth being, each with labelled order numbers (stories.yml: named)."""
    data = load()
    orders: dict[str, list[dict[str, Any]]] = {}
    for order in data.named:
        if order.label is not None:
            entry = {"number": order.number, "label": _both(order.label)}
            orders.setdefault(order.shopper, []).append(entry)
    people = {person.ref: person for person in data.people}
    return [
        {
            "ref": ref,
            "name": people[ref].name,
            "language": people[ref].language,
            "vip_level": people[ref].vip,
            "country": people[ref].country,
            "phone_last4": people[ref].phone[-4:],
            "orders": found,
        }
        for ref, found in orders.items()
    ]


def products_json() -> dict[str, Any]:
    """Return categories and products of the catalogue."""
    data = load()
    return {
        "categories": [{"id": key, "title": _both(name)} for key, name in data.categories.items()],
        "products": [
            {
                "sku": product.sku,
                "title": _both(product.title),
                "category": product.category,
                "price_minor": product.price_minor,
                "currency": product.currency,
                "stock": product.stock,
                "sizes": list(product.sizes),
                "colours": [_both(colour) for colour in product.colours],
                "image_url": product.image_url,
                "description": _both(product.description),
            }
            for product in data.products.values()
        ],
    }


def _both(text: Text) -> Mapping[str, str]:
    return {"zh": text.zh, "en": text.en}
