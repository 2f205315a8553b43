"""A shop in memory, and makers for its snapshots. A test names each value that matters to it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

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
from desk.services.shop import ShopUnavailableError

NOON = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)  # Tuesday, 12:00 in Shanghai


def make_line(
    line_id: str = "ZG1-1",
    *,
    zh: str = "云步 缓震跑鞋",
    en: str = "Cloudstep running shoes",
    category: str = "shoes",
    quantity: int = 1,
    paid_minor: int = 12900,
    delivered_at: datetime | None = NOON - timedelta(days=3),
    returned_quantity: int = 0,
    is_gift: bool = False,
) -> OrderLine:
    return OrderLine(
        id=line_id,
        sku="SKU",
        title=Text(zh=zh, en=en),
        variant=Text(zh="", en=""),
        category=category,
        quantity=quantity,
        unit_price_minor=paid_minor // quantity,
        paid_minor=paid_minor,
        is_gift=is_gift,
        returned_quantity=returned_quantity,
        delivered_at=delivered_at,
        image_url="",
    )


def make_order(
    number: str = "ZG1",
    *lines: OrderLine,
    shopper_ref: str = "S1",
    state: OrderState = OrderState.DELIVERED,
    currency: str = "CNY",
    freight_minor: int = 0,
    payment_method: str = "alipay",
    payment_state: str = "paid",
    promised_ship_by: datetime | None = None,
    country: str = "CN",
    phone: str = "13800004821",
    parcels: tuple[Parcel, ...] = (),
) -> Order:
    lines = lines or (make_line(f"{number}-1"),)
    goods = sum(line.paid_minor for line in lines)
    return Order(
        number=number,
        shopper_ref=shopper_ref,
        state=state,
        currency=currency,
        placed_at=NOON - timedelta(days=6),
        paid_at=NOON - timedelta(days=6),
        promised_ship_by=promised_ship_by,
        cancelled_at=None,
        goods_minor=goods,
        freight_minor=freight_minor,
        discount_minor=0,
        paid_minor=goods + freight_minor,
        payment_method=payment_method,
        payment_state=payment_state,
        coupon_code=None,
        invoice_state=None,
        address=Address("王芳", phone, country, "浙江", "杭州", "文三路 1 号"),
        lines=lines,
        parcels=parcels,
    )


def make_parcel(
    state: ParcelState = ParcelState.IN_TRANSIT,
    *,
    promised_on: date | None = None,
    exception: str | None = None,
    delivered_at: datetime | None = None,
    line_ids: tuple[str, ...] = ("ZG1-1",),
) -> Parcel:
    scan = Scan(NOON, Text(zh="杭州", en="Hangzhou"), Text(zh="已到达中转场", en="at the hub"))
    return Parcel(
        tracking_number="SF1234567890123",
        carrier=Text(zh="顺丰", en="SF Express"),
        state=state,
        shipped_at=NOON - timedelta(days=2),
        promised_on=promised_on,
        delivered_at=delivered_at,
        exception=exception,
        scans=(scan,),
        line_ids=line_ids,
    )


def make_shopper(
    ref: str = "S1",
    *,
    vip_level: int = 0,
    return_rate_percent: int = 0,
    order_count: int = 10,
    is_blacklisted: bool = False,
) -> ShopperProfile:
    return ShopperProfile(
        ref=ref,
        name="王芳",
        language="zh",
        vip_level=vip_level,
        phone="13800004821",
        email="",
        country="CN",
        registered_on=date(2024, 1, 1),
        order_count=order_count,
        spent_minor=0,
        currency="CNY",
        return_rate_percent=return_rate_percent,
        is_blacklisted=is_blacklisted,
    )


class FakeShop:
    """The shop protocol on two dictionaries; `is_down` makes every call fail."""

    def __init__(self, *orders: Order, shoppers: Sequence[ShopperProfile] = ()) -> None:
        self.orders = {order.number: order for order in orders}
        self.shoppers = {shopper.ref: shopper for shopper in shoppers or (make_shopper(),)}
        self.is_down = False

    def put(self, order: Order, **changes: object) -> None:
        self.orders[order.number] = replace(order, **changes)  # type: ignore[arg-type]

    def _check(self) -> None:
        if self.is_down:
            raise ShopUnavailableError

    async def shopper(self, ref: str) -> ShopperProfile | None:
        self._check()
        return self.shoppers.get(ref)

    async def order(self, number: str) -> Order | None:
        self._check()
        return self.orders.get("".join(sign for sign in number.upper() if sign.isalnum()))

    async def recent_orders(self, shopper_ref: str, *, limit: int = 5) -> Sequence[Order]:
        self._check()
        mine = [order for order in self.orders.values() if order.shopper_ref == shopper_ref]
        return mine[:limit]

    async def products(self, *, category: str | None = None) -> Sequence[Product]:
        return ()

    async def close(self) -> None:
        return None
