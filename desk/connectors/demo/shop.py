"""The demo shop as a connector: one SELECT for whatever the desk asks."""

import asyncio
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Integer, RowMapping, Select, bindparam, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from desk.connectors.demo import rows
from desk.connectors.demo.tables import lines, orders, parcels, products, shoppers
from desk.domain.shop import Order, Product, ShopperProfile
from desk.services.shop import ShopUnavailableError
from desk.sqlite_connection import connect

READ_LIMIT_S = 2.0  # below the 2.5 s that an action gives the desk
_SEPARATORS = re.compile(r"[\s\-\u2010-\u2015\u2212\u200b-\u200d\ufeff]+")
_NUMBER = re.compile(r"ZG[0-9]{10}")
_REF = re.compile(r"[A-Za-z0-9_-]{1,16}")

# Built once: building a statement costs more than running it.
# Lines and parcels come along in one statement: an order has few lines, and a second round trip
# costs more than the repeated columns.
_ORDERS = (
    select(orders, lines, parcels)
    .join(lines, lines.c.order_number == orders.c.number)
    .outerjoin(parcels, parcels.c.tracking_number == lines.c.tracking_number)
    .order_by(orders.c.placed_at.desc(), orders.c.number, lines.c.position)
)
_ORDER = _ORDERS.where(orders.c.number == bindparam("number"))
_RECENT = _ORDERS.where(
    orders.c.number.in_(
        select(orders.c.number)
        .where(orders.c.shopper_ref == bindparam("ref"))
        .order_by(orders.c.placed_at.desc(), orders.c.number)
        .limit(bindparam("limit", type_=Integer()))
    )
)


class DemoShop:
    """Implements `desk.services.shop.Shop` on the tables that `seed` fills.

    Read-only. A database that does not answer in time, or was never seeded, is an unavailable shop.
    """

    def __init__(self, url: str) -> None:
        is_sqlite = make_url(url).get_backend_name() == "sqlite"
        # Single SELECTs are consistent by themselves: no transaction to open and to roll back.
        self._engine = create_async_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_reset_on_return=None,
            pool_pre_ping=False,
            connect_args={"async_creator_fn": connect} if is_sqlite else {},
        )

    async def shopper(self, ref: str) -> ShopperProfile | None:
        """Return the shopper with the shop's own id, or None."""
        if not _REF.fullmatch(ref):
            return None
        found = await self._read(select(shoppers).where(shoppers.c.ref == ref))
        return rows.shopper(found[0]) if found else None

    async def order(self, number: str) -> Order | None:
        """Return an order by its number, whoever owns it; case and separators are ignored."""
        plain = plain_number(number)
        if not _NUMBER.fullmatch(plain):
            return None
        return next(iter(_orders(await self._read(_ORDER, number=plain))), None)

    async def recent_orders(self, shopper_ref: str, *, limit: int = 5) -> Sequence[Order]:
        """Return the shopper's orders, newest first."""
        if not _REF.fullmatch(shopper_ref) or limit < 1:
            return []
        return list(_orders(await self._read(_RECENT, ref=shopper_ref, limit=limit)))

    async def products(self, *, category: str | None = None) -> Sequence[Product]:
        """Return the catalogue, or one category of it."""
        statement = select(products).order_by(products.c.position)
        if category is not None:
            if not _REF.fullmatch(category):
                return []
            statement = statement.where(products.c.category == category)
        return [rows.product(row) for row in await self._read(statement)]

    async def close(self) -> None:
        """Let go of connections."""
        await self._engine.dispose()

    async def _read(self, statement: Select[Any], **values: object) -> Sequence[RowMapping]:
        try:
            async with asyncio.timeout(READ_LIMIT_S), self._engine.connect() as connection:
                result = await connection.execute(statement, values)
                found: Sequence[RowMapping] = result.mappings().all()
                return found
        except (SQLAlchemyError, OSError) as error:  # a time limit is an OSError, too
            raise ShopUnavailableError("the demo shop's database did not answer") from error


def plain_number(number: str) -> str:
    """Return an order number without separators, in upper case; full-width signs become plain."""
    return _SEPARATORS.sub("", unicodedata.normalize("NFKC", number)).upper()


def _orders(found: Iterable[RowMapping]) -> Iterable[Order]:
    for _, group in groupby(found, key=lambda row: row[orders.c.number]):
        yield rows.order(list(group))
