"""Translate between the demo shop's rows and what the desk knows of a shop."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import RowMapping

from desk.connectors.demo.tables import lines, orders, parcels, products, shoppers
from desk.domain.shop import (
    Address,
    Order,
    OrderLine,
    OrderState,
    Parcel,
    ParcelState,
    Product,
    Scan,
    ShopperProfile,
    Text,
)

Row = dict[str, Any]


def shopper(row: RowMapping) -> ShopperProfile:
    """Make a shopper of a row of `shoppers`; the columns carry the field names."""
    return ShopperProfile(**{column.name: row[column] for column in shoppers.c})


def product(row: RowMapping) -> Product:
    """Make a product of a row of `products`."""
    c = products.c
    return Product(
        sku=row[c.sku],
        title=Text(row[c.title_zh], row[c.title_en]),
        category=row[c.category],
        price_minor=row[c.price_minor],
        currency=row[c.currency],
        stock=row[c.stock],
        sizes=tuple(row[c.sizes]),
        colours=tuple(Text(zh, en) for zh, en in row[c.colours]),
        image_url=row[c.image_url],
        description=Text(row[c.description_zh], row[c.description_en]),
    )


def order(found: Sequence[RowMapping]) -> Order:
    """Make an order of its rows: one for each line, with the line's parcel beside it."""
    head, c = found[0], orders.c
    return Order(
        number=head[c.number],
        shopper_ref=head[c.shopper_ref],
        state=OrderState(head[c.state]),
        currency=head[c.currency],
        placed_at=head[c.placed_at],
        paid_at=head[c.paid_at],
        promised_ship_by=head[c.promised_ship_by],
        cancelled_at=head[c.cancelled_at],
        goods_minor=head[c.goods_minor],
        freight_minor=head[c.freight_minor],
        discount_minor=head[c.discount_minor],
        paid_minor=head[c.paid_minor],
        payment_method=head[c.payment_method],
        payment_state=head[c.payment_state],
        coupon_code=head[c.coupon_code],
        invoice_state=head[c.invoice_state],
        address=Address(
            recipient=head[c.recipient],
            phone=head[c.phone],
            country=head[c.country],
            province=head[c.province],
            city=head[c.city],
            street=head[c.street],
        ),
        lines=tuple(_line(row) for row in found),
        parcels=_parcels(found),
    )


def _line(row: RowMapping) -> OrderLine:
    c = lines.c
    return OrderLine(
        id=row[c.id],
        sku=row[c.sku],
        title=Text(row[c.title_zh], row[c.title_en]),
        variant=Text(row[c.variant_zh], row[c.variant_en]),
        category=row[c.category],
        quantity=row[c.quantity],
        unit_price_minor=row[c.unit_price_minor],
        paid_minor=row[c.paid_minor],
        is_gift=row[c.is_gift],
        returned_quantity=row[c.returned_quantity],
        delivered_at=row[c.delivered_at],
        image_url=row[c.image_url],
    )


def _parcels(found: Sequence[RowMapping]) -> tuple[Parcel, ...]:
    c = parcels.c
    inside: dict[str, list[str]] = {}
    first: dict[str, RowMapping] = {}
    for row in found:
        if (number := row[c.tracking_number]) is not None:
            first.setdefault(number, row)
            inside.setdefault(number, []).append(row[lines.c.id])
    return tuple(
        Parcel(
            tracking_number=number,
            carrier=Text(row[c.carrier_zh], row[c.carrier_en]),
            state=ParcelState(row[c.state]),
            shipped_at=row[c.shipped_at],
            promised_on=row[c.promised_on],
            delivered_at=row[c.delivered_at],
            exception=row[c.exception],
            scans=tuple(_scan(*scan) for scan in row[c.scans]),
            line_ids=tuple(inside[number]),
        )
        for number, row in sorted(first.items(), key=lambda item: item[1][c.position])
    )


def _scan(at: str, place_zh: str, place_en: str, note_zh: str, note_en: str) -> Scan:
    return Scan(datetime.fromisoformat(at), Text(place_zh, place_en), Text(note_zh, note_en))


def of_shopper(profile: ShopperProfile) -> Row:
    """Make a row of `shoppers`."""
    return {column.name: getattr(profile, column.name) for column in shoppers.c}


def of_product(position: int, item: Product) -> Row:
    """Make a row of `products`."""
    return {
        **_same(item, "sku", "category", "price_minor", "currency", "stock", "image_url"),
        **_both("title", item.title),
        **_both("description", item.description),
        "position": position,
        "sizes": list(item.sizes),
        "colours": [[colour.zh, colour.en] for colour in item.colours],
    }


def of_order(whole: Order) -> Row:
    """Make a row of `orders`."""
    address = {name: getattr(whole.address, name) for name in Address.__slots__}
    return {
        column.name: getattr(whole, column.name)
        for column in orders.c
        if column.name not in address
    } | address


def of_parcels(whole: Order) -> list[Row]:
    """Make the order's rows of `parcels`."""
    names = ("tracking_number", "state", "shipped_at", "promised_on", "delivered_at", "exception")
    return [
        {
            **_same(parcel, *names),
            **_both("carrier", parcel.carrier),
            "order_number": whole.number,
            "position": position,
            "scans": [
                [scan.at.isoformat(), scan.place.zh, scan.place.en, scan.note.zh, scan.note.en]
                for scan in parcel.scans
            ],
        }
        for position, parcel in enumerate(whole.parcels)
    ]


def of_lines(whole: Order) -> list[Row]:
    """Make the order's rows of `lines`."""
    names = ("id", "sku", "category", "quantity", "unit_price_minor", "paid_minor", "is_gift")
    more = ("returned_quantity", "delivered_at", "image_url")
    parcel_of = {
        line_id: parcel.tracking_number for parcel in whole.parcels for line_id in parcel.line_ids
    }
    return [
        {
            **_same(line, *names, *more),
            **_both("title", line.title),
            **_both("variant", line.variant),
            "order_number": whole.number,
            "position": position,
            "tracking_number": parcel_of.get(line.id),
        }
        for position, line in enumerate(whole.lines)
    ]


def _same(value: object, *names: str) -> Row:
    return {name: getattr(value, name) for name in names}


def _both(name: str, text: Text) -> Row:
    return {f"{name}_zh": text.zh, f"{name}_en": text.en}
