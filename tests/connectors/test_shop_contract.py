"""What every implementation of desk.services.shop.Shop must do. Nothing here knows a connector."""

import asyncio
from datetime import UTC

import pytest

from desk.domain.shop import Order, ParcelState
from desk.services.shop import Shop

SHOPPER = "S1001"
NUMBER = "ZG4827100103"  # two lines bought, one gift, a coupon, one parcel


async def get(shop: Shop, number: str) -> Order:
    order = await shop.order(number)
    assert order is not None
    return order


async def test_shopper_is_known_by_the_shops_own_id(shop: Shop):
    profile = await shop.shopper(SHOPPER)
    assert profile is not None
    assert (profile.ref, profile.name, profile.language, profile.vip_level) == (
        SHOPPER,
        "王芳",
        "zh",
        2,
    )


NOT_AN_ID = ["", "S9999", "s1001 ", "S1001\x00", "\ud800", "' OR 1=1 --", "S" * 5000, "王芳", "👟"]


@pytest.mark.parametrize("ref", NOT_AN_ID)
async def test_unknown_or_hostile_shopper_id_is_nobody(shop: Shop, ref: str):
    assert await shop.shopper(ref) is None
    assert list(await shop.recent_orders(ref)) == []


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("ZG4827100103", id="plain"),
        pytest.param("zg4827100103", id="lower case"),
        pytest.param(" ZG 4827 1001 03\n", id="spaces"),
        pytest.param("ZG-4827-100103", id="hyphens"),
        pytest.param("ZG–4827—100103", id="dashes"),
        pytest.param("ＺＧ４８２７１００１０３", id="full-width"),
        pytest.param("ZG\u30004827\u00a0100103", id="wide and hard spaces"),
    ],
)
async def test_order_number_is_found_however_it_is_written(shop: Shop, written: str):
    assert (await get(shop, written)).number == NUMBER


@pytest.mark.parametrize(
    "number",
    [
        "",
        "ZG",
        "ZG0000000000",
        "4827100103",
        NUMBER + "1",
        "ZG48271001\x00",
        "\ud800",
        "%",
        "９" * 9999,
    ],
)
async def test_unknown_or_hostile_order_number_is_no_order(shop: Shop, number: str):
    assert await shop.order(number) is None


async def test_order_comes_with_lines_and_parcels_in_place(shop: Shop):
    order = await get(shop, NUMBER)
    assert [line.id for line in order.lines] == [f"{NUMBER}-1", f"{NUMBER}-2", f"{NUMBER}-3"]
    assert [line.is_gift for line in order.lines] == [False, False, True]
    (parcel,) = order.parcels
    assert parcel.line_ids == tuple(line.id for line in order.lines)
    assert parcel.state is ParcelState.DELIVERED
    assert order.delivered_at == parcel.delivered_at


async def test_moments_are_aware_utc_and_scans_newest_first(shop: Shop):
    order = await get(shop, NUMBER)
    scans = [scan.at for scan in order.parcels[0].scans]
    assert scans == sorted(scans, reverse=True)
    for moment in (order.placed_at, order.paid_at, order.parcels[0].delivered_at, *scans):
        assert moment is not None
        assert moment.tzinfo is UTC


async def test_amounts_of_an_order_add_up(shop: Shop):
    order = await get(shop, NUMBER)
    paid_for_lines = sum(line.paid_minor for line in order.lines)
    assert order.discount_minor > 0
    assert paid_for_lines + order.freight_minor == order.paid_minor
    assert order.goods_minor - order.discount_minor == paid_for_lines


async def test_recent_orders_are_the_shoppers_newest_first_and_whole(shop: Shop):
    orders = await shop.recent_orders(SHOPPER, limit=100)
    assert {order.shopper_ref for order in orders} == {SHOPPER}
    assert [o.placed_at for o in orders] == sorted((o.placed_at for o in orders), reverse=True)
    assert [await shop.order(order.number) for order in orders] == list(orders)


@pytest.mark.parametrize(("limit", "expected"), [(-1, 0), (0, 0), (1, 1), (5, 5), (1000, 8)])
async def test_recent_orders_keeps_to_its_limit(shop: Shop, limit: int, expected: int):
    assert len(await shop.recent_orders(SHOPPER, limit=limit)) == expected


async def test_products_can_be_had_by_category(shop: Shop):
    everything = await shop.products()
    shoes = await shop.products(category="shoes")
    assert [product for product in everything if product.category == "shoes"] == list(shoes)
    assert 0 < len(shoes) < len(everything)


@pytest.mark.parametrize("category", ["", "no such", "shoes\x00", "\ud800"])
async def test_unknown_category_is_empty(shop: Shop, category: str):
    assert list(await shop.products(category=category)) == []


async def test_many_readers_at_once_get_whole_answers(shop: Shop):
    expected = await get(shop, NUMBER)
    answers = await asyncio.gather(*(shop.order(NUMBER) for _ in range(50)))
    assert answers == [expected] * 50


async def test_close_may_be_called_twice(shop: Shop):
    await shop.close()
    await shop.close()
