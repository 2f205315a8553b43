"""R3 returns: both sides of every boundary, each with the rule that decides."""

from datetime import datetime, timedelta

import pytest

from desk.domain.returns import Condition, Reason, ReturnAsk, decide
from desk.domain.shop import OrderState
from tests.fakes.shop import NOON, make_line, make_order, make_shopper

DELIVERED = datetime.fromisoformat("2026-11-01T09:00:00+08:00")


def asked(reason=Reason.NO_LONGER_WANTED, **more):
    return ReturnAsk(**{"line_id": "ZG1-1", "quantity": 1, "reason": reason, **more})


def decided(policy, *, line=None, ask=None, at=NOON, shopper=None, **order):
    line = line or make_line(delivered_at=DELIVERED)
    return decide(make_order("ZG1", line, **order), ask or asked(), policy, at, shopper)


@pytest.mark.parametrize(
    ("at", "vip", "country", "outcome", "rule"),
    [
        pytest.param("2026-11-01T10:00:00+08:00", 0, "CN", "allowed", "return.no_reason", id="d0"),
        pytest.param("2026-11-08T23:59:59+08:00", 0, "CN", "allowed", "return.no_reason", id="d7"),
        pytest.param("2026-11-08T16:00:00+00:00", 0, "CN", "refused", "return.no_reason", id="d8"),
        pytest.param("2026-11-08T16:00:00+00:00", 1, "CN", "refused", "return.no_reason", id="v1"),
        pytest.param("2026-11-15T23:59:59+08:00", 2, "CN", "allowed", "return.no_reason", id="v2"),
        pytest.param("2026-11-16T00:00:00+08:00", 2, "CN", "refused", "return.no_reason", id="v2-"),
        pytest.param(
            "2026-11-15T23:59:59+08:00", 0, "GB", "allowed", "return.cross_border", id="abroad"
        ),
        pytest.param(
            "2026-11-16T00:00:00+08:00", 0, "GB", "refused", "return.cross_border", id="abroad-"
        ),
    ],
)
def test_no_reason_window_ends_with_its_last_day_in_the_shop(
    policy, at, vip, country, outcome, rule
):
    decision = decided(
        policy,
        at=datetime.fromisoformat(at),
        shopper=make_shopper(vip_level=vip),
        country=country,
    )
    assert (decision.outcome, decision.rule) == (outcome, rule)


@pytest.mark.parametrize(
    ("at", "outcome"),
    [
        pytest.param("2026-12-01T23:59:59+08:00", "allowed", id="last second of day 30"),
        pytest.param("2026-12-02T00:00:00+08:00", "refused", id="day 31"),
    ],
)
@pytest.mark.parametrize("reason", ["quality_fault", "damaged", "wrong_item", "not_as_described"])
def test_a_fault_may_be_told_for_30_days_and_the_seller_pays(policy, at, outcome, reason):
    decision = decided(
        policy, ask=asked(Reason(reason), has_photo=True), at=datetime.fromisoformat(at)
    )
    assert decision.outcome == outcome
    if outcome == "allowed":
        assert (decision.freight_payer, decision.photo_wanted) == ("seller", True)
        assert not decision.condition_matters


def test_a_refusal_says_until_when_a_fault_may_still_be_told(policy):
    decision = decided(policy, at=DELIVERED + timedelta(days=20))
    assert (decision.reason, decision.instead) == ("too_late", "if_faulty")
    assert decision.facts["fault_until"] == "2026-12-01"
    assert decision.last_day is not None
    assert decision.last_day.isoformat() == "2026-11-08"


@pytest.mark.parametrize(
    ("category", "condition", "reason", "outcome", "why"),
    [
        pytest.param("shoes", "unused", "wrong_size", "allowed", "in_time", id="unused"),
        pytest.param("shoes", "used", "wrong_size", "refused", "used", id="worn"),
        pytest.param("cosmetics", "unused", "other", "allowed", "in_time", id="sealed"),
        pytest.param("cosmetics", "used", "other", "refused", "opened", id="opened"),
        pytest.param("media", "used", "other", "refused", "opened", id="opened media"),
        pytest.param("intimate", "used", "other", "refused", "opened", id="opened intimate"),
        pytest.param("liquor", "unused", "no_longer_wanted", "allowed", "in_time", id="bottle"),
        pytest.param("liquor", "used", "other", "refused", "opened_liquor", id="opened bottle"),
        pytest.param("liquor", "used", "damaged", "allowed", "fault", id="faulty liquor"),
        pytest.param("fresh_food", "unused", "other", "refused", "fresh_food", id="fresh"),
        pytest.param("fresh_food", "used", "quality_fault", "allowed", "fault", id="rotten"),
        pytest.param("made_to_order", "unused", "wrong_size", "refused", "made_to_order", id="own"),
        pytest.param("made_to_order", "used", "quality_fault", "allowed", "fault", id="own faulty"),
        pytest.param("spaceships", "unused", "other", "review", "review", id="unknown category"),
    ],
)
def test_what_comes_back_depends_on_the_goods(policy, category, condition, reason, outcome, why):
    line = make_line(category=category, delivered_at=NOON - timedelta(days=1))
    ask = asked(Reason(reason), condition=Condition(condition), has_photo=True)
    decision = decided(policy, line=line, ask=ask)
    assert (decision.outcome, decision.reason) == (outcome, why)


@pytest.mark.parametrize(("days", "outcome"), [(2, "allowed"), (3, "refused")])
def test_faults_of_fresh_food_must_be_told_within_two_days(policy, days, outcome):
    line = make_line(category="fresh_food", delivered_at=NOON - timedelta(days=days))
    decision = decided(policy, line=line, ask=asked(Reason.QUALITY_FAULT, has_photo=True))
    assert decision.outcome == outcome


@pytest.mark.parametrize(
    ("shopper", "paid", "rule"),
    [
        pytest.param({"return_rate_percent": 49}, 100, None, id="rate below"),
        pytest.param({"return_rate_percent": 50}, 100, "return.review.rate", id="rate at"),
        pytest.param({"return_rate_percent": 90, "order_count": 4}, 100, None, id="few orders"),
        pytest.param({"is_blacklisted": True}, 100, "return.review.blacklist", id="blacklist"),
        pytest.param({}, 299_999, None, id="amount below"),
        pytest.param({}, 300_000, "return.review.amount", id="amount at"),
    ],
)
def test_limits_lead_to_a_person_never_to_a_refusal(policy, shopper, paid, rule):
    line = make_line(paid_minor=paid)
    decision = decided(policy, line=line, shopper=make_shopper(**shopper))
    assert decision.outcome == ("review" if rule else "allowed")
    assert decision.rule == (rule or "return.no_reason")
    assert decision.refund_minor == paid


def test_an_amount_in_a_currency_without_a_limit_is_looked_at(policy):
    assert decided(policy, line=make_line(), currency="CHF").rule == "return.review.amount"


def test_a_fault_without_a_photo_is_looked_at(policy):
    decision = decided(policy, line=make_line(), ask=asked(Reason.DAMAGED))
    assert (decision.outcome, decision.rule) == ("review", "return.review.no_photo")


def test_other_reason_in_own_words_beyond_the_window_is_read_by_a_person(policy):
    at = DELIVERED + timedelta(days=20)
    told = decided(policy, ask=asked(Reason.OTHER, has_description=True), at=at)
    bare = decided(policy, ask=asked(Reason.OTHER), at=at)
    assert (told.outcome, told.rule) == ("review", "return.other_reason")
    assert bare.outcome == "refused"


@pytest.mark.parametrize(
    ("quantity", "refund"), [pytest.param(1, 3334, id="one"), pytest.param(2, 6667, id="two")]
)
def test_part_of_a_line_gives_its_part_of_the_money(policy, quantity, refund):
    line = make_line(quantity=3, paid_minor=10_000)
    decision = decided(policy, line=line, ask=asked(quantity=quantity))
    assert decision.refund_minor == refund


def test_the_last_piece_takes_what_is_left(policy):
    line = make_line(quantity=3, paid_minor=10_000, returned_quantity=2)
    assert decided(policy, line=line).refund_minor == 3333


@pytest.mark.parametrize(("returned", "already"), [(1, 0), (0, 1)])
def test_nothing_is_left_when_shop_or_desk_has_taken_it_back(policy, returned, already):
    decision = decided(
        policy, line=make_line(returned_quantity=returned), ask=asked(already_returned=already)
    )
    assert (decision.outcome, decision.reason) == ("refused", "nothing_left")


@pytest.mark.parametrize("quantity", [0, -1, 2])
def test_a_senseless_quantity_is_refused(policy, quantity):
    assert decided(policy, line=make_line(), ask=asked(quantity=quantity)).outcome == "refused"


def test_first_freight_comes_back_with_a_fault_when_nothing_is_kept(policy):
    ask = asked(Reason.DAMAGED, has_photo=True)
    whole = decided(policy, line=make_line(paid_minor=1000), ask=ask, freight_minor=800)
    no_fault = decided(policy, line=make_line(paid_minor=1000), freight_minor=800)
    assert (whole.refund_minor, no_fault.refund_minor) == (1800, 1000)


def test_a_gift_does_not_come_back_alone_but_a_faulty_one_is_looked_at(policy):
    gift = make_line(is_gift=True, paid_minor=0)
    assert decided(policy, line=gift).reason == "gift_alone"
    faulty = decided(policy, line=gift, ask=asked(Reason.DAMAGED, has_photo=True))
    assert (faulty.outcome, faulty.rule) == ("review", "return.gift")


@pytest.mark.parametrize(
    ("state", "delivered", "reason"),
    [
        pytest.param(OrderState.CANCELLED, NOON, "cancelled", id="cancelled"),
        pytest.param(OrderState.UNPAID, None, "unpaid", id="unpaid"),
        pytest.param(OrderState.IN_TRANSIT, None, "not_delivered", id="on its way"),
    ],
)
def test_what_has_not_arrived_cannot_come_back(policy, state, delivered, reason):
    line = make_line(delivered_at=delivered)
    assert decided(policy, line=line, state=state).reason == reason


def test_highest_members_send_back_for_free(policy):
    assert decided(policy, line=make_line()).freight_payer == "shopper"
    free = decided(policy, line=make_line(), shopper=make_shopper(vip_level=3))
    assert free.freight_payer == "seller"


def test_a_line_of_another_order_is_a_bug(policy):
    with pytest.raises(LookupError):
        decided(policy, ask=asked(line_id="ZG9-9"))
