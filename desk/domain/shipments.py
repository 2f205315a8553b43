"""Tell whether an order is on time, late or lost (R2 order_status, policy.yml: late)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from desk.domain.policy import LateBand, Policy
from desk.domain.shop import Order, OrderState, Parcel, ParcelState

NOT_SENT = frozenset({OrderState.PAID, OrderState.PACKED})
OVER = frozenset({OrderState.CLOSED, OrderState.CANCELLED, OrderState.UNPAID})

Kind = Literal["on_time", "late", "problem"]


@dataclass(frozen=True, slots=True)
class Shipment:
    """How an order's delivery goes. `rule` is the id in policy.yml that applies, if any."""

    kind: Kind
    rule: str | None = None
    parcel: Parcel | None = None
    problem: str | None = None  # "lost" | "late_lost" | "damaged" | "held" | "refused"
    promised_on: date | None = None
    days_late: int = 0
    band: LateBand | None = None
    is_dispatch: bool = False  # late before it was even sent


def look_at(order: Order, policy: Policy, now: datetime) -> Shipment:
    """Return what matters most: a problem on the way, then a late parcel, then a late dispatch.

    A parcel is late from the day after its promised day, in the shop's zone.
    """
    if order.state in OVER:
        return Shipment("on_time")
    today = policy.shop_date(now)
    for parcel in order.parcels:
        if parcel.state is ParcelState.EXCEPTION:
            return Shipment(
                "problem", "shipment.exception", parcel, problem=parcel.exception or "held"
            )
    if worst := _latest(order, today):
        days, parcel = worst
        if days >= policy.late.lost_after_days:
            return Shipment(
                "problem",
                "late.lost",
                parcel,
                problem="late_lost",
                promised_on=parcel.promised_on,
                days_late=days,
            )
        return _late(days, parcel.promised_on, policy, parcel)
    if order.state in NOT_SENT and not order.parcels and order.promised_ship_by:
        promised_on = policy.shop_date(order.promised_ship_by)
        days = (today - promised_on).days
        if days > 0:
            return _late(days, promised_on, policy, None)
    return Shipment("on_time")


def _latest(order: Order, today: date) -> tuple[int, Parcel] | None:
    """Return the parcel that is furthest behind its promised day, with the days."""
    late = [
        ((today - parcel.promised_on).days, parcel)
        for parcel in order.parcels
        if parcel.promised_on and parcel.state is not ParcelState.DELIVERED
    ]
    behind = [pair for pair in late if pair[0] > 0]
    return max(behind, key=lambda pair: pair[0], default=None)


def _late(days: int, promised_on: date | None, policy: Policy, parcel: Parcel | None) -> Shipment:
    bands = [band for band in policy.late.bands if band.after_days <= days]
    band = bands[-1] if bands else None
    return Shipment(
        "late",
        band.id if band else None,
        parcel,
        promised_on=promised_on,
        days_late=days,
        band=band,
        is_dispatch=parcel is None,
    )
