"""Decide whether a line may come back, the refund, who pays the freight (R3, policy.yml: returns).

Pure: the shop's snapshot, the rules and the moment come in, a decision that names its rule
comes out.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Literal

from desk.domain.money import share
from desk.domain.policy import Payer, Policy, ReturnClass, ReturnWindow, VipExtra
from desk.domain.shop import Order, OrderLine, OrderState, ShopperProfile


class Reason(StrEnum):
    """Why a shopper sends something back."""

    NO_LONGER_WANTED = "no_longer_wanted"
    WRONG_SIZE = "wrong_size"
    NOT_AS_DESCRIBED = "not_as_described"
    QUALITY_FAULT = "quality_fault"
    DAMAGED = "damaged"
    WRONG_ITEM = "wrong_item"
    OTHER = "other"


class Condition(StrEnum):
    """Whether a line is as good as new; sealed goods count as used once they are opened."""

    UNUSED = "unused"
    USED = "used"


Outcome = Literal["allowed", "refused", "review"]


@dataclass(frozen=True, slots=True)
class ReturnAsk:
    """What a shopper asks for. `condition` None: not known yet, taken as unused."""

    line_id: str
    quantity: int
    reason: Reason
    condition: Condition | None = None
    has_photo: bool = False
    has_description: bool = False  # the reason "other" in the shopper's own words
    already_returned: int = 0  # pieces that closed cases of the desk have refunded


@dataclass(frozen=True, slots=True)
class ReturnDecision:
    """What the rules say. `reason` and `instead` are keys in texts.yml, never sentences."""

    outcome: Outcome
    rule: str  # id in policy.yml; stored with the case, shown to the agent
    reason: str
    refund_minor: int = 0
    freight_payer: Payer = "shopper"
    photo_wanted: bool = False
    condition_matters: bool = False
    last_day: date | None = None  # last day of the window that was looked at
    return_by: date | None = None  # the parcel is on its way by this day
    instead: str | None = None
    facts: dict[str, int | str | bool] = field(default_factory=dict)


def remaining(line: OrderLine, already_returned: int = 0) -> int:
    """Return how many pieces can still come back; shop and desk may both know of returns."""
    return max(0, line.quantity - max(line.returned_quantity, already_returned))


def decide(
    order: Order, ask: ReturnAsk, policy: Policy, asked_at: datetime, shopper: ShopperProfile | None
) -> ReturnDecision:
    """Decide about a return. Limits lead to a review by a person, never to a refusal.

    `shopper` None: a stranger who has proved this one order; no extras, no personal limits.
    Raises LookupError when the order has no such line.
    """
    line = _line(order, ask.line_id)
    if early := _not_possible_yet(order, line, ask):
        return early
    assert line.delivered_at is not None  # noqa: S101 - `_not_possible_yet` has looked
    is_fault = ask.reason in policy.returns.fault_reasons
    goods = _class_of(line, policy)
    extra = _extra_for(shopper, policy.returns.vip)
    window = _window(order, goods, policy, is_fault=is_fault, extra=extra)
    delivered_on = policy.shop_date(line.delivered_at)
    days_held = (policy.shop_date(asked_at) - delivered_on).days
    last_day = delivered_on + timedelta(days=window.days)
    facts: dict[str, int | str | bool] = {
        "days_held": days_held,
        "window_days": window.days,
        "is_fault": is_fault,
        "vip_rule": extra.id if extra else "",
    }
    if days_held > window.days:
        return _too_late(order, ask, goods, policy, window, last_day, days_held, facts)
    if not is_fault:
        if refusal := _not_without_fault(ask, line, goods, policy, last_day, facts):
            return refusal
    allowed = ReturnDecision(
        outcome="allowed",
        rule=window.id,
        reason="fault" if is_fault else "in_time",
        refund_minor=_refund(order, line, ask, policy, is_fault=is_fault),
        freight_payer=window.freight_payer,
        photo_wanted=is_fault and window.photos_wanted,
        condition_matters=not is_fault,
        last_day=last_day,
        return_by=policy.shop_date(asked_at) + timedelta(days=policy.returns.send_back_days),
        facts=facts,
    )
    return _reviewed(allowed, order, line, ask, policy, shopper)


def _line(order: Order, line_id: str) -> OrderLine:
    for line in order.lines:
        if line.id == line_id:
            return line
    raise LookupError(line_id)


def _not_possible_yet(order: Order, line: OrderLine, ask: ReturnAsk) -> ReturnDecision | None:
    if order.state is OrderState.CANCELLED:
        return ReturnDecision("refused", "return.cancelled", "cancelled", instead="cancelled")
    if order.state is OrderState.UNPAID:
        return ReturnDecision("refused", "return.unpaid", "unpaid", instead="unpaid")
    if line.delivered_at is None:
        return ReturnDecision("refused", "return.not_delivered", "not_delivered", instead="wait")
    left = remaining(line, ask.already_returned)
    if left == 0 or not 1 <= ask.quantity <= left:
        facts: dict[str, int | str | bool] = {"left": left, "asked": ask.quantity}
        return ReturnDecision("refused", "return.nothing_left", "nothing_left", facts=facts)
    return None


def _class_of(line: OrderLine, policy: Policy) -> ReturnClass | None:
    category = policy.categories.get(line.category)
    return policy.returns.classes[category.return_class] if category else None


def _extra_for(shopper: ShopperProfile | None, extras: Iterable[VipExtra]) -> VipExtra | None:
    level = shopper.vip_level if shopper else 0
    fitting = [extra for extra in extras if extra.level <= level]
    return fitting[-1] if fitting else None


def _window(
    order: Order,
    goods: ReturnClass | None,
    policy: Policy,
    *,
    is_fault: bool,
    extra: VipExtra | None,
) -> ReturnWindow:
    rules = policy.returns
    if is_fault:
        if goods and goods.fault_days is not None:
            return ReturnWindow(goods.id, goods.fault_days, "seller", rules.fault.photos_wanted)
        return rules.fault
    is_home = order.address.country in rules.home_countries
    window = rules.no_reason if is_home else rules.cross_border
    if extra is None:
        return window
    payer = extra.freight_payer or window.freight_payer
    return ReturnWindow(window.id, window.days + extra.extra_days, payer, window.photos_wanted)


def _too_late(
    order: Order,
    ask: ReturnAsk,
    goods: ReturnClass | None,
    policy: Policy,
    window: ReturnWindow,
    last_day: date,
    days_held: int,
    facts: dict[str, int | str | bool],
) -> ReturnDecision:
    fault = _window(order, goods, policy, is_fault=True, extra=None)
    is_fault = bool(facts["is_fault"])
    fault_is_open = not is_fault and days_held <= fault.days
    if ask.reason is Reason.OTHER and ask.has_description and fault_is_open:
        # Whether it is a fault stands in the shopper's words only: a person reads them.
        return ReturnDecision(
            "review", "return.other_reason", "review_other", last_day=last_day, facts=facts,
            refund_minor=_refund(order, _line(order, ask.line_id), ask, policy, is_fault=False),
            return_by=last_day,
        )  # fmt: skip
    reason = "too_late_fault" if is_fault else "too_late"
    if is_fault and goods and goods.fault_days is not None:
        reason = "too_late_fresh"
    last_fault_day = last_day - timedelta(days=window.days) + timedelta(days=fault.days)
    facts["fault_until"] = last_fault_day.isoformat()
    return ReturnDecision(
        outcome="refused",
        rule=window.id,
        reason=reason,
        last_day=last_day,
        instead="if_faulty" if fault_is_open else "warranty" if is_fault else "person",
        facts=facts,
    )


def _not_without_fault(
    ask: ReturnAsk,
    line: OrderLine,
    goods: ReturnClass | None,
    policy: Policy,
    last_day: date,
    facts: dict[str, int | str | bool],
) -> ReturnDecision | None:
    def refused(rule: str, reason: str) -> ReturnDecision:
        return ReturnDecision(
            "refused", rule, reason, last_day=last_day, instead="if_faulty_any", facts=facts
        )

    if goods and goods.without_fault == "refused":
        return refused(goods.id, goods.reason)
    if line.is_gift:
        return refused("return.gift", "gift_alone")
    if ask.condition is Condition.USED:
        if goods and goods.without_fault == "unopened":
            return refused(goods.id, goods.reason)
        return refused(policy.returns.no_reason.id, "used")
    return None


def _refund(
    order: Order, line: OrderLine, ask: ReturnAsk, policy: Policy, *, is_fault: bool
) -> int:
    already = max(line.returned_quantity, ask.already_returned)
    amount = share(line.paid_minor, line.quantity, ask.quantity, already)
    if is_fault and policy.returns.refund_freight_on_fault:
        is_rest = ask.quantity + already == line.quantity and all(
            other.returned_quantity == other.quantity or other.is_gift
            for other in order.lines
            if other.id != line.id
        )
        amount += order.freight_minor if is_rest else 0
    return min(amount, order.paid_minor)


def _reviewed(
    allowed: ReturnDecision,
    order: Order,
    line: OrderLine,
    ask: ReturnAsk,
    policy: Policy,
    shopper: ShopperProfile | None,
) -> ReturnDecision:
    limits = policy.returns.review
    high = limits.high_amount.get(order.currency)
    checks: list[tuple[bool, str, str]] = [
        (bool(shopper and shopper.is_blacklisted), "return.review.blacklist", "review"),
        (
            shopper is not None
            and shopper.order_count >= limits.return_rate_least_orders
            and shopper.return_rate_percent >= limits.return_rate_percent,
            "return.review.rate",
            "review",
        ),
        (high is None or allowed.refund_minor >= high, "return.review.amount", "review_amount"),
        (line.category not in policy.categories, "return.unknown_category", "review"),
        (line.is_gift, "return.gift", "review"),
        (
            allowed.photo_wanted and not ask.has_photo and limits.review_without_photo,
            "return.review.no_photo",
            "review_no_photo",
        ),
    ]
    hits = [(rule, reason) for is_hit, rule, reason in checks if is_hit]
    if not hits:
        return allowed
    facts = allowed.facts | {"review_rules": ",".join(rule for rule, _ in hits)}
    return ReturnDecision(
        outcome="review",
        rule=hits[0][0],
        reason=hits[0][1],
        refund_minor=allowed.refund_minor,
        freight_payer=allowed.freight_payer,
        photo_wanted=allowed.photo_wanted,
        condition_matters=allowed.condition_matters,
        last_day=allowed.last_day,
        return_by=allowed.return_by,
        facts=facts,
    )
