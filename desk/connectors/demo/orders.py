"""The demo shop's shoppers and orders, made anew for any day.

Everything is drawn from a fixed seed: names, numbers, lines and amounts are the same on every day,
only the dates move along with `today`. Each order has its own random stream, so that a change to
one leaves the others as they are.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from desk.connectors.demo import prices
from desk.connectors.demo.data import CURRENCY, Coupon, Person, Pick, ShopData, Story, variant
from desk.connectors.demo.parcels import Days, Dispatch, way
from desk.domain.shop import (
    Address,
    Order,
    OrderLine,
    OrderState,
    Parcel,
    Product,
    ShopperProfile,
)

SEED = "zhanggui-1"
_WEIGHTS = {
    "clothing": 22,
    "shoes": 14,
    "electronics": 16,
    "fresh_food": 8,
    "liquor": 6,
    "made_to_order": 5,
    "cosmetics": 13,
    "home": 13,
    "media": 8,
    "intimate": 6,
}
_ALONE = ("fresh_food", "made_to_order")  # cold chain, or a time of its own: never with other goods
_FOR_RETURNS = ("clothing", "shoes", "electronics", "home")


@dataclass(frozen=True, slots=True)
class DemoShopContent:
    """A whole shop as of one day."""

    shoppers: tuple[ShopperProfile, ...]
    products: tuple[Product, ...]
    orders: tuple[Order, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """An order before it is made: who bought what, and what happened."""

    number: str
    person: Person
    story: Story
    days: int
    picks: tuple[Pick, ...]
    coupon: Coupon | None
    invoice: str | None


def make_shop(data: ShopData, today: date) -> DemoShopContent:
    """Return the shop as it stands at the first moment of `today` in the shop's zone."""
    days = Days(today)
    orders = tuple(make_order(data, days, plan) for plan in plans(data))
    return DemoShopContent(
        shoppers=tuple(_profile(person, days, orders) for person in data.people),
        products=tuple(data.products.values()),
        orders=orders,
    )


def plans(data: ShopData) -> Iterator[Plan]:
    """Yield the named orders, then those drawn for each story."""
    people = {person.ref: person for person in data.people}
    coupons = {coupon.code: coupon for coupon in data.coupons}
    for named in data.named:
        yield Plan(
            number=named.number,
            person=people[named.shopper],
            story=data.stories[named.story],
            days=named.days,
            picks=named.picks,
            coupon=coupons[named.coupon] if named.coupon else None,
            invoice=named.invoice,
        )
    drawn = [person for person in data.people if person.orders == "drawn"]
    weights = [2 + 3 * person.vip for person in drawn]
    serial = 0
    for story in data.stories.values():
        for index in range(story.count):
            serial += 1
            rng = _rng("plan", story.name, index)
            person = rng.choices(drawn, weights)[0]
            if story.everyone:
                person = drawn[index % len(drawn)]
            yield Plan(
                number=drawn_number(serial),
                person=person,
                story=story,
                days=rng.randint(*story.days),
                picks=_draw_picks(data, person, story, rng),
                coupon=rng.choice(data.coupons) if rng.random() < 0.35 else None,
                invoice=_draw_invoice(story, rng),
            )


def drawn_number(serial: int) -> str:
    """Return ZG and ten digits, scattered: they do not tell how many orders there are."""
    return f"ZG{5_000_000_000 + serial * 3_141_592_653 % 4_999_999_999:010d}"


def make_order(data: ShopData, days: Days, plan: Plan) -> Order:
    """Make an order with its lines and parcels out of its plan."""
    rng = _rng("order", plan.number)
    person, story = plan.person, plan.story
    lines = _lines(data, plan)
    parcels = _parcels(data, days, plan, lines, rng)
    arrived = {line_id: parcel.delivered_at for parcel in parcels for line_id in parcel.line_ids}
    goods = sum(line.unit_price_minor * line.quantity for line in lines if not line.is_gift)
    paid_for_goods = sum(line.paid_minor for line in lines)
    freight = prices.freight(data, goods, person.currency, is_abroad=person.is_abroad)
    placed_at = _placed_at(days, plan, parcels, rng)
    is_paid = story.payment not in ("pending", "failed")
    return Order(
        number=plan.number,
        shopper_ref=person.ref,
        state=OrderState(story.state),
        currency=person.currency,
        placed_at=placed_at,
        paid_at=placed_at + timedelta(minutes=rng.randint(1, 20)) if is_paid else None,
        promised_ship_by=_promised_ship_by(days, plan, placed_at) if is_paid else None,
        cancelled_at=_cancelled_at(story, placed_at, rng),
        goods_minor=goods,
        freight_minor=freight,
        discount_minor=goods - paid_for_goods,
        paid_minor=paid_for_goods + freight,
        payment_method=rng.choice(_methods(person)),
        payment_state=story.payment,
        coupon_code=plan.coupon.code if plan.coupon and goods > paid_for_goods else None,
        invoice_state=plan.invoice,
        address=Address(
            recipient=person.name,
            phone=person.phone,
            country=person.country,
            province=person.province,
            city=person.city,
            street=person.street,
        ),
        lines=tuple(_with_delivery(line, arrived.get(line.id)) for line in lines),
        parcels=parcels,
    )


def _lines(data: ShopData, plan: Plan) -> list[OrderLine]:
    currency = plan.person.currency
    unit = [prices.price_in(data, pick.product.price_minor, currency) for pick in plan.picks]
    full = [
        0 if pick.is_gift else price * pick.quantity
        for pick, price in zip(plan.picks, unit, strict=True)
    ]
    off = prices.discount(data, plan.coupon, sum(full), currency) if plan.coupon else 0
    bought = [amount for amount in full if amount]
    shares = iter(prices.spread(off, bought))
    returned = {"all": len(plan.picks), "one": 1}.get(plan.story.returned or "", 0)
    return [
        OrderLine(
            id=f"{plan.number}-{place}",
            sku=pick.product.sku,
            title=pick.product.title,
            variant=pick.variant,
            category=pick.product.category,
            quantity=pick.quantity,
            unit_price_minor=price,
            paid_minor=amount - next(shares) if amount else 0,
            is_gift=pick.is_gift,
            returned_quantity=pick.quantity if place <= returned else 0,
            delivered_at=None,
            image_url=pick.product.image_url,
        )
        for place, (pick, price, amount) in enumerate(
            zip(plan.picks, unit, full, strict=True), start=1
        )
    ]


def _parcels(
    data: ShopData, days: Days, plan: Plan, lines: Sequence[OrderLine], rng: Random
) -> tuple[Parcel, ...]:
    story = plan.story
    if story.parcel is None:
        return ()
    is_fresh = any(line.category == "fresh_food" for line in lines)
    dispatch = Dispatch(data, days, plan.person, way(plan.person, is_fresh=is_fresh), rng)
    ids = tuple(line.id for line in lines)
    if story.second is None:
        return (dispatch.parcel(story.parcel, plan.days, ids),)
    later = max(1, plan.days - 1) if story.second == "delivered" else plan.days
    first = dispatch.parcel(story.parcel, plan.days, ids[:1])
    return (first, dispatch.parcel(story.second, later, ids[1:]))


def _placed_at(days: Days, plan: Plan, parcels: Sequence[Parcel], rng: Random) -> datetime:
    """Return a moment before the goods left; made to order takes its days."""
    minute = rng.randrange(60)
    shipped = [parcel.shipped_at for parcel in parcels if parcel.shipped_at is not None]
    if not shipped:
        return days.at(plan.days, rng.randint(8, 16), minute)
    prepared = rng.randint(0, 1)
    if any(pick.product.category == "made_to_order" for pick in plan.picks):
        prepared = rng.randint(4, 8)
    return days.at(days.ago(min(shipped)) + prepared, rng.randint(8, 15), minute)


def _promised_ship_by(days: Days, plan: Plan, placed_at: datetime) -> datetime:
    if plan.story.ship_by is not None:
        return days.at(-plan.story.ship_by, 18)
    is_made = any(pick.product.category == "made_to_order" for pick in plan.picks)
    return days.at(days.ago(placed_at) - (10 if is_made else 2), 18)


def _cancelled_at(story: Story, placed_at: datetime, rng: Random) -> datetime | None:
    if story.state != OrderState.CANCELLED:
        return None
    if story.payment == "pending":
        return placed_at + timedelta(hours=24)  # nobody paid: the shop lets go
    return placed_at + timedelta(minutes=rng.randint(40, 400))


def _with_delivery(line: OrderLine, delivered_at: datetime | None) -> OrderLine:
    values = {name: getattr(line, name) for name in OrderLine.__slots__}
    return OrderLine(**{**values, "delivered_at": delivered_at})


def _methods(person: Person) -> Sequence[str]:
    if person.currency == CURRENCY:
        return ("alipay", "alipay", "wechat_pay", "wechat_pay", "card", "wallet")
    return ("card", "card", "paypal")


def _draw_invoice(story: Story, rng: Random) -> str | None:
    if story.payment != "paid" or rng.random() > 0.25:
        return None
    return "issued" if story.state in ("delivered", "closed") else "requested"


def _draw_picks(data: ShopData, person: Person, story: Story, rng: Random) -> tuple[Pick, ...]:
    """Draw one to four products that such a shopper can get and such a story allows."""
    categories = _categories(person, story)
    wanted = rng.choices((1, 2, 3, 4), (50, 30, 14, 6))[0]
    if story.second or story.returned == "one":
        wanted = max(2, wanted)
    first = _draw_product(data, categories, rng)
    products = [first]
    if first.category in _ALONE:
        categories, wanted = [first.category], min(wanted, 2)
    else:
        categories = [category for category in categories if category not in _ALONE]
    while len(products) < wanted:
        product = _draw_product(data, categories, rng)
        if product not in products:
            products.append(product)
    picks = [_draw_variant(product, rng) for product in products]
    value = sum(pick.product.price_minor * pick.quantity for pick in picks)
    gift = data.gifts.get(first.category)
    if gift and value >= 19900 and story.second is None and rng.random() < 0.35:
        picks.append(_draw_variant(data.products[gift], rng, is_gift=True))
    return tuple(picks)


def _categories(person: Person, story: Story) -> list[str]:
    if story.returned:
        return list(_FOR_RETURNS)
    categories = list(_WEIGHTS)
    if person.is_abroad:
        categories = [name for name in categories if name not in ("fresh_food", "liquor")]
    if story.parcel not in (None, "delivered", "created") or story.second:
        categories = [name for name in categories if name not in _ALONE]
    return categories


def _draw_product(data: ShopData, categories: Sequence[str], rng: Random) -> Product:
    category = rng.choices(categories, [_WEIGHTS[name] for name in categories])[0]
    shelf = [product for product in data.products.values() if product.category == category]
    return rng.choice(shelf)


def _draw_variant(product: Product, rng: Random, *, is_gift: bool = False) -> Pick:
    colour = rng.randrange(len(product.colours)) if product.colours else None
    size = rng.randrange(len(product.sizes)) if product.sizes else None
    is_small = product.price_minor < 15000 and not is_gift
    quantity = rng.choices((1, 2, 3), (75, 20, 5))[0] if is_small else 1
    return Pick(product, variant(product, colour, size), quantity, is_gift)


def _profile(person: Person, days: Days, orders: Sequence[Order]) -> ShopperProfile:
    own = [order for order in orders if order.shopper_ref == person.ref]
    bought = [order for order in own if order.payment_state in ("paid", "duplicate")]
    arrived = [order for order in own if order.delivered_at is not None]
    returned = [order for order in arrived if any(line.returned_quantity for line in order.lines)]
    return ShopperProfile(
        ref=person.ref,
        name=person.name,
        language=person.language,
        vip_level=person.vip,
        phone=person.phone,
        email=person.email,
        country=person.country,
        registered_on=days.on(person.registered),
        order_count=len(own),
        spent_minor=sum(order.paid_minor for order in bought),
        currency=person.currency,
        return_rate_percent=100 * len(returned) // len(arrived) if arrived else 0,
        is_blacklisted=person.is_blacklisted,
    )


def _rng(*names: object) -> Random:
    return Random(":".join([SEED, *map(str, names)]))  # noqa: S311 invents a demo, guards nothing
