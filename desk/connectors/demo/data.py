"""Read the demo shop's YAML files into typed values, once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from desk.domain.shop import Product, Text

HERE = Path(__file__).parent
IMAGES = HERE / "images"  # <sku>.svg; served as /demo/images/<sku>.svg
FILES = ("catalogue.yml", "shoppers.yml", "stories.yml", "routes.yml")
CURRENCY = "CNY"  # of catalogue prices
_LINE = re.compile(
    r"(?P<sku>[A-Z]{2}\d{3})(?P<picks>( \d+){0,2})( x(?P<quantity>\d+))?( (?P<gift>gift))?"
)


@dataclass(frozen=True, slots=True)
class Person:
    """A shopper as shoppers.yml describes them."""

    ref: str
    name: str
    language: str
    vip: int
    phone: str
    email: str
    country: str
    province: str
    city: str
    street: str
    registered: int  # days before today
    currency: str = CURRENCY
    is_blacklisted: bool = False
    orders: str = "drawn"  # "drawn" | "named": only those in stories.yml

    @property
    def is_abroad(self) -> bool:
        """Say whether parcels cross the customs border; Hong Kong's do."""
        return self.country != "CN"


@dataclass(frozen=True, slots=True)
class Story:
    """What happened to an order; the head of stories.yml explains the fields."""

    name: str
    count: int
    state: str
    days: tuple[int, int]
    payment: str = "paid"
    parcel: str | None = None
    second: str | None = None
    returned: str | None = None
    ship_by: int | None = None
    everyone: bool = False  # dealt out in turn, so that each shopper has one


@dataclass(frozen=True, slots=True)
class Pick:
    """A product with the variant that was chosen."""

    product: Product
    variant: Text
    quantity: int = 1
    is_gift: bool = False


@dataclass(frozen=True, slots=True)
class NamedOrder:
    """An order that people know by its number."""

    number: str
    shopper: str
    story: str
    days: int
    picks: tuple[Pick, ...]
    coupon: str | None
    invoice: str | None
    label: Text | None


@dataclass(frozen=True, slots=True)
class Coupon:
    """Takes `minus` fen or `percent` off an order of at least `least` fen."""

    code: str
    least: int
    minus: int = 0
    percent: int = 0


@dataclass(frozen=True, slots=True)
class ShopData:
    """Everything that the files say."""

    categories: Mapping[str, Text]
    products: Mapping[str, Product]  # by SKU, in the catalogue's order
    people: tuple[Person, ...]
    stories: Mapping[str, Story]
    named: tuple[NamedOrder, ...]
    coupons: tuple[Coupon, ...]
    yuan_for: Mapping[str, float]
    free_freight_from: int
    freight: Mapping[str, int]
    gifts: Mapping[str, str]
    routes: Mapping[str, Any]


def text(raw: Mapping[str, str]) -> Text:
    """Make a Text of a `{zh: …, en: …}` mapping."""
    return Text(raw["zh"], raw["en"])


def variant(product: Product, colour: int | None, size: int | None) -> Text:
    """Name a variant as "黑色 / 42"; empty where the product has none. Places count from 0."""
    zh, en = [], []
    if colour is not None:
        zh.append(product.colours[colour].zh)
        en.append(product.colours[colour].en)
    if size is not None:
        zh.append(product.sizes[size])
        en.append(product.sizes[size])
    return Text(" / ".join(zh), " / ".join(en))


@cache
def load() -> ShopData:
    """Read the files. They belong to the program, so a mistake in them is a plain exception."""
    catalogue, shoppers, stories, routes = (_read(name) for name in FILES)
    colours = {name: text(raw) for name, raw in catalogue["colours"].items()}
    products = {raw["sku"]: _product(raw, colours) for raw in catalogue["products"]}
    return ShopData(
        categories={key: text(raw) for key, raw in catalogue["categories"].items()},
        products=products,
        people=tuple(Person(**raw) for raw in shoppers["shoppers"]),
        stories={
            name: Story(name=name, **{**raw, "days": tuple(raw["days"])})
            for name, raw in stories["stories"].items()
        },
        named=tuple(_named(raw, products) for raw in stories["named"]),
        coupons=tuple(
            Coupon(raw["code"], raw["from"], raw.get("minus", 0), raw.get("percent", 0))
            for raw in stories["coupons"]
        ),
        yuan_for=stories["exchange_rates"],
        free_freight_from=stories["free_freight_from"],
        freight=stories["freight"],
        gifts=stories["gifts"],
        routes=routes,
    )


def _read(name: str) -> dict[str, Any]:
    loader = getattr(
        yaml, "CSafeLoader", yaml.SafeLoader
    )  # ten times faster where libyaml is there
    loaded: dict[str, Any] = yaml.load((HERE / name).read_bytes(), Loader=loader)  # noqa: S506 both are safe loaders
    return loaded


def _product(raw: Mapping[str, Any], colours: Mapping[str, Text]) -> Product:
    return Product(
        sku=raw["sku"],
        title=text(raw),
        category=raw["category"],
        price_minor=raw["price"] * 100,
        currency=CURRENCY,
        stock=raw["stock"],
        sizes=tuple(raw.get("sizes", ())),
        colours=tuple(colours[name] for name in raw.get("colours", ())),
        image_url=f"/demo/images/{raw['sku']}.svg",
        description=text(raw["about"]),
    )


def _named(raw: Mapping[str, Any], by_sku: Mapping[str, Product]) -> NamedOrder:
    return NamedOrder(
        number=raw["number"],
        shopper=raw["shopper"],
        story=raw["story"],
        days=raw["days"],
        picks=tuple(_pick(line, by_sku) for line in raw["lines"]),
        coupon=raw.get("coupon"),
        invoice=raw.get("invoice"),
        label=text(raw["label"]) if "label" in raw else None,
    )


def _pick(line: str, by_sku: Mapping[str, Product]) -> Pick:
    """Read "SKU", "SKU colour size", "… x2", "… gift"."""
    found = _LINE.fullmatch(line)
    if found is None:
        raise ValueError(f"stories.yml: cannot read the line {line!r}")
    product = by_sku[found["sku"]]
    places = [int(place) for place in found["picks"].split()]
    wanted = bool(product.colours) + bool(product.sizes)
    if len(places) != wanted:
        raise ValueError(f"stories.yml: {line!r} needs {wanted} places for colour and size")
    colour = places.pop(0) if product.colours else None
    size = places.pop(0) if product.sizes else None
    return Pick(
        product=product,
        variant=variant(product, colour, size),
        quantity=int(found["quantity"] or 1),
        is_gift=found["gift"] is not None,
    )
