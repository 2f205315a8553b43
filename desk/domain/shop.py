"""What the desk knows of a shop: orders, lines, parcels, shoppers, products.

These are plain snapshots that a connector hands over. The shop owns the data; the desk never stores
copies. Money is integer minor units of `currency`; moments are aware UTC; `None` means "has not
happened".
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum


class OrderState(StrEnum):
    """Where an order stands, seen from the shopper (R2 order_status)."""

    UNPAID = "unpaid"
    PAID = "paid"
    PACKED = "packed"
    SHIPPED = "shipped"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    CLOSED = "closed"
    CANCELLED = "cancelled"


class ParcelState(StrEnum):
    """Where one parcel stands; `EXCEPTION` covers lost, damaged and held."""

    CREATED = "created"
    PICKED_UP = "picked_up"
    IN_TRANSIT = "in_transit"
    OUT_FOR_DELIVERY = "out_for_delivery"
    DELIVERED = "delivered"
    EXCEPTION = "exception"


@dataclass(frozen=True, slots=True)
class Text:
    """One text in both languages of the shop."""

    zh: str
    en: str

    def in_language(self, language: str) -> str:
        """Return the English text for `en`, the Chinese one for any other language tag."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True)
class Scan:
    """One event in a parcel's tracking history."""

    at: datetime
    place: Text
    note: Text


@dataclass(frozen=True, slots=True)
class Parcel:
    """One shipment of an order; `scans` are newest first."""

    tracking_number: str
    carrier: Text
    state: ParcelState
    shipped_at: datetime | None
    promised_on: date | None  # calendar day in the shop's zone
    delivered_at: datetime | None
    exception: str | None  # with EXCEPTION only: "lost" | "damaged" | "held" | "refused"
    scans: tuple[Scan, ...]
    line_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OrderLine:
    """One product in an order. `paid_minor` is for the whole line, discounts taken off."""

    id: str  # unique in the shop, stable
    sku: str
    title: Text
    variant: Text  # "黑色 / 42", empty where the product has none
    category: str  # id in policy.yml: categories
    quantity: int
    unit_price_minor: int
    paid_minor: int
    is_gift: bool
    returned_quantity: int
    delivered_at: datetime | None
    image_url: str


@dataclass(frozen=True, slots=True)
class Address:
    """Where an order goes; `country` is ISO 3166-1 alpha-2."""

    recipient: str
    phone: str
    country: str
    province: str
    city: str
    street: str


@dataclass(frozen=True, slots=True)
class Order:
    """One order with everything that a task needs."""

    number: str
    shopper_ref: str
    state: OrderState
    currency: str  # ISO 4217
    placed_at: datetime
    paid_at: datetime | None
    promised_ship_by: datetime | None
    cancelled_at: datetime | None
    goods_minor: int
    freight_minor: int
    discount_minor: int
    paid_minor: int
    payment_method: str  # "alipay" | "wechat_pay" | "card" | "wallet" | "paypal"
    payment_state: str  # "pending" | "paid" | "failed" | "duplicate" | "refunded"
    coupon_code: str | None
    invoice_state: str | None  # None: not asked for; "requested" | "issued"
    address: Address
    lines: tuple[OrderLine, ...]
    parcels: tuple[Parcel, ...]

    @property
    def delivered_at(self) -> datetime | None:
        """The moment the last line arrived, or None while one is missing."""
        moments = [line.delivered_at for line in self.lines]
        known = [moment for moment in moments if moment is not None]
        return max(known) if known and len(known) == len(moments) else None


@dataclass(frozen=True, slots=True)
class ShopperProfile:
    """A registered shopper, as the shop knows them."""

    ref: str
    name: str
    language: str  # "zh" | "en"
    vip_level: int  # 0 none … 3 highest
    phone: str
    email: str
    country: str
    registered_on: date
    order_count: int
    spent_minor: int
    currency: str
    return_rate_percent: int  # returned orders among delivered ones in the last 12 months
    is_blacklisted: bool


@dataclass(frozen=True, slots=True)
class Product:
    """One product of the catalogue."""

    sku: str
    title: Text
    category: str
    price_minor: int
    currency: str
    stock: int
    sizes: tuple[str, ...]
    colours: tuple[Text, ...]
    image_url: str
    description: Text
