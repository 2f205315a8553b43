"""What the desk needs of a shop's order system. `desk/connectors/` implements it."""

from collections.abc import Sequence
from typing import Protocol

from desk.domain.shop import Order, Product, ShopperProfile


class ShopUnavailableError(Exception):
    """The shop's order system did not answer in time or answered nonsense."""


class Shop(Protocol):
    """A shop's order system, read-mostly. Every method may raise ShopUnavailableError."""

    async def shopper(self, ref: str) -> ShopperProfile | None:
        """Return the shopper with the shop's own id, or None."""

    async def order(self, number: str) -> Order | None:
        """Return an order by its number, whoever owns it: the caller checks access.

        Case and separators are ignored.
        """

    async def recent_orders(self, shopper_ref: str, *, limit: int = 5) -> Sequence[Order]:
        """Return the shopper's orders, newest first."""

    async def products(self, *, category: str | None = None) -> Sequence[Product]:
        """Return the catalogue, or one category of it."""

    async def close(self) -> None:
        """Let go of connections."""
