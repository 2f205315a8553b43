"""The shop as lists need it: often, so kept for some seconds; never a reason to fail."""

import time
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from desk.domain.shop import Order, ShopperProfile
from desk.services.shop import Shop, ShopUnavailableError

Value = TypeVar("Value")
KEPT_S = 30.0
MOST = 2000


class Kept(Generic[Value]):
    """A small memory with an end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Remember nothing yet."""
        self._clock = clock
        self._values: dict[str, tuple[float, Value]] = {}

    def get(self, key: str) -> tuple[Value] | None:
        """Return what is kept, in a tuple, so that a kept None is not mistaken for nothing."""
        found = self._values.get(key)
        return (found[1],) if found and self._clock() - found[0] < KEPT_S else None

    def put(self, key: str, value: Value) -> Value:
        """Keep it."""
        if len(self._values) >= MOST:
            self._values.clear()
        self._values[key] = (self._clock(), value)
        return value


class ShopView:
    """Profiles and orders; None where the shop does not know or does not answer."""

    def __init__(self, shop: Shop) -> None:
        """Look at a shop."""
        self._shop = shop
        self._profiles: Kept[ShopperProfile | None] = Kept()
        self._orders: Kept[Order | None] = Kept()

    async def profile(self, ref: str | None) -> ShopperProfile | None:
        """Return a shopper's profile."""
        if ref is None:
            return None
        if kept := self._profiles.get(ref):
            return kept[0]
        try:
            return self._profiles.put(ref, await self._shop.shopper(ref))
        except ShopUnavailableError:
            return None

    async def name(self, ref: str) -> str | None:
        """Return a shopper's name."""
        profile = await self.profile(ref)
        return profile.name if profile else None

    async def order(self, number: str | None) -> Order | None:
        """Return an order; the caller checks access."""
        if not number:
            return None
        if kept := self._orders.get(number):
            return kept[0]
        try:
            return self._orders.put(number, await self._shop.order(number))
        except ShopUnavailableError:
            return None

    async def recent_orders(self, ref: str | None, *, limit: int) -> Sequence[Order]:
        """Return a shopper's newest orders."""
        if ref is None:
            return ()
        try:
            return await self._shop.recent_orders(ref, limit=limit)
        except ShopUnavailableError:
            return ()
