"""Money in the demo shop: prices abroad, coupons, and how a discount lies on the lines."""

from collections.abc import Sequence

from desk.connectors.demo.data import CURRENCY, Coupon, ShopData


def price_in(data: ShopData, fen: int, currency: str) -> int:
    """Return a catalogue price in the shopper's currency; abroad it ends in .99."""
    if currency == CURRENCY:
        return fen
    return max(2, round(fen / 100 / data.yuan_for[currency] + 0.5)) * 100 - 1


def amount_in(data: ShopData, fen: int, currency: str) -> int:
    """Return a coupon, threshold or freight in another currency, rounded to ten minor units."""
    if currency == CURRENCY:
        return fen
    return round(fen / data.yuan_for[currency] / 10) * 10


def freight(data: ShopData, goods_minor: int, currency: str, *, is_abroad: bool) -> int:
    """Return what the delivery costs; nothing from a certain value of goods."""
    least = data.free_freight_from * (6 if is_abroad else 1)
    if goods_minor >= amount_in(data, least, currency):
        return 0
    return amount_in(data, data.freight["abroad" if is_abroad else "home"], currency)


def discount(data: ShopData, coupon: Coupon, goods_minor: int, currency: str) -> int:
    """Return what a coupon takes off; nothing below its least value, never more than half."""
    if goods_minor < amount_in(data, coupon.least, currency):
        return 0
    off = amount_in(data, coupon.minus, currency) + goods_minor * coupon.percent // 100
    return min(off, goods_minor // 2)


def spread(total: int, weights: Sequence[int]) -> list[int]:
    """Split `total` by weight in whole minor units; the last part takes the remainder."""
    if total == 0:
        return [0] * len(weights)
    parts = [total * weight // sum(weights) for weight in weights[:-1]]
    return [*parts, total - sum(parts)]
