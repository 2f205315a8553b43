"""What the demo shop must contain, on whatever day it is made. No database here."""

from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest

from desk.connectors.demo import IMAGES, SHOP_ZONE, demo_shoppers, products_json
from desk.connectors.demo.data import load
from desk.connectors.demo.drawing import pictures
from desk.connectors.demo.orders import DemoShopContent, make_shop
from desk.connectors.demo.prices import spread
from desk.domain.shop import Order, OrderState, ParcelState

TODAY = date(2026, 3, 2)  # the day after a month's end, in a winter without leap day
CATEGORIES = {
    "clothing",
    "shoes",
    "electronics",
    "fresh_food",
    "liquor",
    "made_to_order",
    "cosmetics",
    "home",
    "media",
    "intimate",
}
STANDARD = {"clothing", "shoes", "electronics", "home"}


@pytest.fixture(scope="module")
def content() -> DemoShopContent:
    return make_shop(load(), TODAY)


@pytest.fixture(scope="module")
def by_number(content: DemoShopContent) -> dict[str, Order]:
    return {order.number: order for order in content.orders}


def days_since(moment: datetime | None) -> int:
    assert moment is not None
    return (TODAY - moment.astimezone(SHOP_ZONE).date()).days


def test_counts(content: DemoShopContent):
    assert len(content.products) >= 60
    assert {product.category for product in content.products} == CATEGORIES
    assert len(content.shoppers) == 40
    assert len(content.orders) == 300
    assert len({order.number for order in content.orders}) == 300
    parcels = [parcel for order in content.orders for parcel in order.parcels]
    assert len({parcel.tracking_number for parcel in parcels}) == len(parcels)


def test_every_state_is_there(content: DemoShopContent):
    orders = content.orders
    parcels = [parcel for order in orders for parcel in order.parcels]
    assert {order.state for order in orders} == set(OrderState)
    assert {parcel.state for parcel in parcels} == set(ParcelState)
    assert {parcel.exception for parcel in parcels} == {None, "lost", "damaged", "held", "refused"}
    assert {order.payment_state for order in orders} == {
        "pending",
        "paid",
        "failed",
        "duplicate",
        "refunded",
    }
    assert {order.payment_method for order in orders} == {
        "alipay",
        "wechat_pay",
        "card",
        "wallet",
        "paypal",
    }
    assert {order.invoice_state for order in orders} == {None, "requested", "issued"}
    assert {order.currency for order in orders} == {"CNY", "GBP", "USD", "EUR"}
    assert sum(len(order.parcels) == 2 for order in orders) == 16
    assert sum(any(line.is_gift for line in order.lines) for order in orders) >= 10
    assert sum(order.coupon_code is not None for order in orders) >= 30


def test_late_parcels_are_late_and_unpaid_dispatch_promises_are_broken(content: DemoShopContent):
    late = [
        parcel
        for order in content.orders
        for parcel in order.parcels
        if parcel.state is ParcelState.IN_TRANSIT
        and parcel.promised_on
        and parcel.promised_on < TODAY
    ]
    assert len(late) == 13
    midnight = datetime.combine(TODAY, time(), SHOP_ZONE)
    waiting = [order for order in content.orders if order.state is OrderState.PAID]
    assert sum(bool(o.promised_ship_by and o.promised_ship_by < midnight) for o in waiting) == 6


def test_amounts_of_every_order_add_up(content: DemoShopContent):
    for order in content.orders:
        paid_for_lines = sum(line.paid_minor for line in order.lines)
        listed = sum(
            line.unit_price_minor * line.quantity for line in order.lines if not line.is_gift
        )
        assert order.goods_minor == listed
        assert order.goods_minor - order.discount_minor == paid_for_lines
        assert order.paid_minor == paid_for_lines + order.freight_minor
        for line in order.lines:
            assert (line.paid_minor == 0) == line.is_gift
            assert line.paid_minor <= line.unit_price_minor * line.quantity


def test_split_keeps_every_cent():
    assert spread(1000, [333, 333, 334]) == [333, 333, 334]
    assert spread(100, [1, 1, 1]) == [33, 33, 34]
    assert spread(0, []) == []


def test_nothing_lies_in_the_future_and_time_runs_forward(content: DemoShopContent):
    midnight = datetime.combine(TODAY, time(), SHOP_ZONE)
    for order in content.orders:
        seen = [order.placed_at, order.paid_at, order.cancelled_at]
        for parcel in order.parcels:
            scans = [scan.at for scan in reversed(parcel.scans)]
            assert scans == sorted(set(scans)), order.number
            assert scans[0] >= (order.paid_at or order.placed_at)
            if parcel.state is not ParcelState.CREATED:
                assert parcel.shipped_at == scans[0]
            if parcel.delivered_at:
                assert parcel.delivered_at == scans[-1]
            seen += [parcel.shipped_at, parcel.delivered_at, *scans]
        moments = [moment for moment in seen if moment is not None]
        assert max(moments) <= midnight, order.number
        assert all(moment.tzinfo is UTC for moment in moments)


def test_states_of_orders_and_parcels_agree(content: DemoShopContent):
    for order in content.orders:
        on_the_way = {line_id for parcel in order.parcels for line_id in parcel.line_ids}
        all_lines = {line.id for line in order.lines}
        assert on_the_way in (set(), all_lines)
        if order.state in (OrderState.DELIVERED, OrderState.CLOSED):
            assert order.delivered_at is not None
        else:
            assert order.delivered_at is None
        if order.state in (OrderState.UNPAID, OrderState.PAID, OrderState.CANCELLED):
            assert not order.parcels
        assert (order.cancelled_at is not None) == (order.state is OrderState.CANCELLED)
        assert (order.paid_at is None) == (order.payment_state in ("pending", "failed"))
        for parcel in order.parcels:
            assert (parcel.exception is not None) == (parcel.state is ParcelState.EXCEPTION)


def test_shoppers_figures_come_from_their_orders(content: DemoShopContent):
    for profile in content.shoppers:
        own = [order for order in content.orders if order.shopper_ref == profile.ref]
        assert profile.order_count == len(own) > 0
        assert {order.currency for order in own} == {profile.currency}
        first = min(order.placed_at for order in own).astimezone(SHOP_ZONE).date()
        assert profile.registered_on < first
    assert {profile.vip_level for profile in content.shoppers} == {0, 1, 2, 3}
    assert {profile.language for profile in content.shoppers} == {"zh", "en"}
    assert {"GB", "US", "AU", "SG", "HK"} <= {profile.country for profile in content.shoppers}
    assert [profile.ref for profile in content.shoppers if profile.is_blacklisted] == ["S1007"]
    rates = {profile.ref: profile.return_rate_percent for profile in content.shoppers}
    assert rates["S1012"] == 75


def test_last_four_digits_of_phones_differ(content: DemoShopContent):
    assert len({profile.phone[-4:] for profile in content.shoppers}) == 40


@pytest.mark.parametrize("ref", ["S1001", "S1002", "S1021"])
def test_named_shopper_has_what_the_demo_promises(ref: str, by_number: dict[str, Order]):
    (entry,) = [entry for entry in demo_shoppers() if entry["ref"] == ref]
    orders = [by_number[order["number"]] for order in entry["orders"]]
    assert len(orders) == 6
    assert {order.shopper_ref for order in orders} == {ref}
    returnable, too_late, moving, fresh, late, special = orders
    assert days_since(returnable.delivered_at) == 3
    assert {line.category for line in returnable.lines} <= {"shoes", "clothing"}
    assert days_since(too_late.delivered_at) == 20
    assert moving.parcels[0].state is ParcelState.IN_TRANSIT
    assert moving.parcels[0].promised_on is not None
    assert moving.parcels[0].promised_on > TODAY
    assert days_since(fresh.delivered_at) == 1
    assert {line.category for line in fresh.lines} == {"fresh_food"}
    assert late.parcels[0].promised_on is not None
    assert late.parcels[0].promised_on < TODAY
    assert special.delivered_at is not None
    assert special.lines[0].category in ("made_to_order", "liquor")


def test_drawn_orders_leave_the_named_shoppers_alone(content: DemoShopContent):
    named = {order.number for order in load().named}
    owners = {order.shopper_ref for order in content.orders if order.number not in named}
    assert owners.isdisjoint({"S1001", "S1002", "S1021", "S1007", "S1012"})


@pytest.mark.parametrize("later", [1, 30, 365])
def test_another_day_moves_dates_and_nothing_else(content: DemoShopContent, later: int):
    moved = make_shop(load(), TODAY + timedelta(days=later))
    for before, after in zip(content.orders, moved.orders, strict=True):
        assert after.number == before.number
        assert after.placed_at - before.placed_at == timedelta(days=later)
        assert [(x.id, x.paid_minor, x.variant) for x in after.lines] == [
            (x.id, x.paid_minor, x.variant) for x in before.lines
        ]
        assert [x.tracking_number for x in after.parcels] == [
            x.tracking_number for x in before.parcels
        ]


def test_same_day_twice_is_the_same_shop(content: DemoShopContent):
    assert make_shop(load(), TODAY) == content


def test_returned_goods_can_be_returned(content: DemoShopContent):
    returned = [line for o in content.orders for line in o.lines if line.returned_quantity]
    assert returned
    assert {line.category for line in returned if not line.is_gift} <= STANDARD


def test_every_product_has_its_committed_picture():
    drawn = pictures()
    kept = {path.stem: path.read_text("utf-8") for path in IMAGES.glob("*.svg")}
    assert kept == drawn, "run: python -m desk.connectors.demo.drawing"
    assert sum(len(svg.encode()) for svg in drawn.values()) < 300_000
    assert "<text" not in "".join(drawn.values())
    assert {f"/demo/images/{sku}.svg" for sku in drawn} == {
        product["image_url"] for product in products_json()["products"]
    }


def test_texts_are_complete_in_both_languages(content: DemoShopContent):
    for product in content.products:
        for text in (product.title, product.description, *product.colours):
            assert text.zh.strip()
            assert text.en.strip()
            assert text.en.isascii() or set(text.en) <= set("−–×°é") | set(map(chr, range(128)))
    kinds = Counter(product.category for product in content.products)
    assert min(kinds.values()) >= 6
