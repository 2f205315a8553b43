"""R2 order_status: on time, late, lost; both sides of each day."""

from datetime import date, timedelta

import pytest

from desk.domain.shipments import look_at
from desk.domain.shop import OrderState, ParcelState
from tests.fakes.shop import NOON, make_order, make_parcel

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("days", "kind", "rule"),
    [
        pytest.param(0, "on_time", None, id="promised today"),
        pytest.param(1, "late", "late.from_1_day", id="yesterday"),
        pytest.param(2, "late", "late.from_1_day", id="2 days"),
        pytest.param(3, "late", "late.from_3_days", id="3 days"),
        pytest.param(9, "late", "late.from_7_days", id="9 days"),
        pytest.param(10, "problem", "late.lost", id="10 days count as lost"),
    ],
)
def test_days_behind_the_promise(policy, days, kind, rule):
    parcel = make_parcel(promised_on=TODAY - timedelta(days=days))
    order = make_order(state=OrderState.IN_TRANSIT, parcels=(parcel,))
    found = look_at(order, policy, NOON)
    assert (found.kind, found.rule) == (kind, rule)


def test_the_arrived_half_of_a_split_order_is_not_late(policy):
    old = TODAY - timedelta(days=5)
    arrived = make_parcel(ParcelState.DELIVERED, promised_on=old, delivered_at=NOON)
    moving = make_parcel(promised_on=TODAY)
    order = make_order(state=OrderState.IN_TRANSIT, parcels=(arrived, moving))
    assert look_at(order, policy, NOON).kind == "on_time"


def test_a_problem_on_the_way_comes_before_lateness(policy):
    late = make_parcel(promised_on=TODAY - timedelta(days=3))
    lost = make_parcel(ParcelState.EXCEPTION, exception="lost")
    found = look_at(make_order(state=OrderState.IN_TRANSIT, parcels=(late, lost)), policy, NOON)
    assert (found.kind, found.problem) == ("problem", "lost")


@pytest.mark.parametrize(("days", "kind"), [(0, "on_time"), (1, "late")])
def test_late_dispatch(policy, days, kind):
    order = make_order(state=OrderState.PAID, promised_ship_by=NOON - timedelta(days=days))
    assert look_at(order, policy, NOON).kind == kind


@pytest.mark.parametrize("state", ["cancelled", "closed", "unpaid"])
def test_what_is_over_is_not_late(policy, state):
    parcel = make_parcel(promised_on=TODAY - timedelta(days=5))
    order = make_order(state=OrderState(state), parcels=(parcel,))
    assert look_at(order, policy, NOON).kind == "on_time"
