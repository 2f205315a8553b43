"""The demo shop's own tables. Nobody outside this folder knows them.

There are no migrations: tables of another layout are dropped and seeded anew.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    TypeDecorator,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. SQLite keeps no zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive moments: they are bugs."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive datetime cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


seedings = Table(
    "demo_seedings",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1: the last seeding
    Column("content", String(64), nullable=False),  # fingerprint of data, code and layout
    Column("seeded_on", Date, nullable=False),  # the day that all dates count from
)

shoppers = Table(
    "demo_shoppers",
    metadata,
    Column("ref", String(16), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("language", String(2), nullable=False),
    Column("vip_level", Integer, nullable=False),
    Column("phone", String(24), nullable=False),
    Column("email", String(128), nullable=False),
    Column("country", String(2), nullable=False),
    Column("registered_on", Date, nullable=False),
    Column("order_count", Integer, nullable=False),
    Column("spent_minor", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("return_rate_percent", Integer, nullable=False),
    Column("is_blacklisted", Boolean, nullable=False),
    CheckConstraint("vip_level BETWEEN 0 AND 3", name="vip_level"),
)

products = Table(
    "demo_products",
    metadata,
    Column("sku", String(16), primary_key=True),
    Column("position", Integer, nullable=False),  # the catalogue's own order
    Column("title_zh", String(128), nullable=False),
    Column("title_en", String(128), nullable=False),
    Column("category", String(32), nullable=False),
    Column("price_minor", Integer, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("stock", Integer, nullable=False),
    Column("sizes", JSON, nullable=False),
    Column("colours", JSON, nullable=False),  # [[zh, en], …]
    Column("image_url", String(128), nullable=False),
    Column("description_zh", String(400), nullable=False),
    Column("description_en", String(400), nullable=False),
    CheckConstraint("price_minor > 0", name="price_minor"),
    CheckConstraint("stock >= 0", name="stock"),
)

orders = Table(
    "demo_orders",
    metadata,
    Column("number", String(12), primary_key=True),
    Column("shopper_ref", ForeignKey("demo_shoppers.ref"), nullable=False),
    Column("state", String(20), nullable=False),
    Column("currency", String(3), nullable=False),
    Column("placed_at", UtcDateTime, nullable=False),
    Column("paid_at", UtcDateTime),
    Column("promised_ship_by", UtcDateTime),
    Column("cancelled_at", UtcDateTime),
    Column("goods_minor", Integer, nullable=False),
    Column("freight_minor", Integer, nullable=False),
    Column("discount_minor", Integer, nullable=False),
    Column("paid_minor", Integer, nullable=False),
    Column("payment_method", String(16), nullable=False),
    Column("payment_state", String(16), nullable=False),
    Column("coupon_code", String(16)),
    Column("invoice_state", String(16)),
    Column("recipient", String(64), nullable=False),
    Column("phone", String(24), nullable=False),
    Column("country", String(2), nullable=False),
    Column("province", String(64), nullable=False),
    Column("city", String(64), nullable=False),
    Column("street", String(128), nullable=False),
    CheckConstraint("paid_minor = goods_minor + freight_minor - discount_minor", name="sum"),
    Index(None, "shopper_ref", "placed_at"),
)

parcels = Table(
    "demo_parcels",
    metadata,
    Column("tracking_number", String(20), primary_key=True),
    Column("order_number", ForeignKey("demo_orders.number"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("carrier_zh", String(32), nullable=False),
    Column("carrier_en", String(32), nullable=False),
    Column("state", String(20), nullable=False),
    Column("shipped_at", UtcDateTime),
    Column("promised_on", Date),
    Column("delivered_at", UtcDateTime),
    Column("exception", String(16)),
    Column(
        "scans", JSON, nullable=False
    ),  # newest first: [at, place zh, place en, note zh, note en]
)

lines = Table(
    "demo_lines",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("order_number", ForeignKey("demo_orders.number"), nullable=False, index=True),
    Column("position", Integer, nullable=False),
    Column("tracking_number", ForeignKey("demo_parcels.tracking_number")),  # null: not sent yet
    Column("sku", ForeignKey("demo_products.sku"), nullable=False),
    Column("title_zh", String(128), nullable=False),  # as it was called when it was bought
    Column("title_en", String(128), nullable=False),
    Column("variant_zh", String(64), nullable=False),
    Column("variant_en", String(64), nullable=False),
    Column("category", String(32), nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("unit_price_minor", Integer, nullable=False),
    Column("paid_minor", Integer, nullable=False),
    Column("is_gift", Boolean, nullable=False),
    Column("returned_quantity", Integer, nullable=False),
    Column("delivered_at", UtcDateTime),
    Column("image_url", String(128), nullable=False),
    CheckConstraint("quantity > 0", name="quantity"),
    CheckConstraint("paid_minor >= 0", name="paid_minor"),
    CheckConstraint("returned_quantity BETWEEN 0 AND quantity", name="returned_quantity"),
)
