"""The shop's rules as the pure functions read them. `desk/policy.py` makes them from `policy.yml`.

Every rule has an `id`: it is stored with the decision and shown to the agent.
Days are calendar days in the shop's zone unless a name says otherwise.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Literal
from zoneinfo import ZoneInfo

from desk.domain.shop import Text

Payer = Literal["shopper", "seller"]


class Severity(StrEnum):
    """How urgent a case is; the order of definition is the order of urgency."""

    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    CRITICAL = "critical"

    @property
    def rank(self) -> int:
        """Return 0 for the least urgent."""
        return list(Severity).index(self)

    def raised(self, steps: int) -> "Severity":
        """Return the severity some steps higher; it never passes the highest."""
        order = list(Severity)
        return order[min(self.rank + steps, len(order) - 1)]


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of goods; `words` are what shoppers call it, `return_class` how it comes back."""

    id: str
    name: Text
    return_class: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReturnClass:
    """How goods of one class may come back without a fault."""

    id: str
    without_fault: Literal["allowed", "unopened", "refused"]
    reason: str  # key in texts.yml: return.<reason>, read when it is refused
    fault_days: int | None  # own window for faults; None: the general one


@dataclass(frozen=True, slots=True)
class ReturnWindow:
    """A window in which lines may come back, counted from the day after receipt."""

    id: str
    days: int
    freight_payer: Payer
    photos_wanted: bool


@dataclass(frozen=True, slots=True)
class VipExtra:
    """What shoppers of a level and above get on top. The highest level that fits counts."""

    id: str
    level: int
    extra_days: int
    freight_payer: Payer | None  # None: no change


@dataclass(frozen=True, slots=True)
class ReviewLimits:
    """When a person looks at a return before it is approved. Nobody is refused by a limit."""

    return_rate_percent: int
    return_rate_least_orders: int
    high_amount: Mapping[str, int]  # currency → minor units
    review_without_photo: bool


@dataclass(frozen=True, slots=True)
class ReturnPolicy:
    """Rules for returns (R3)."""

    no_reason: ReturnWindow
    cross_border: ReturnWindow
    home_countries: frozenset[str]
    fault: ReturnWindow
    fault_reasons: frozenset[str]
    reason_words: Mapping[str, tuple[str, ...]]
    condition_words: Mapping[str, tuple[str, ...]]
    classes: Mapping[str, ReturnClass]
    vip: tuple[VipExtra, ...]
    review: ReviewLimits
    send_back_days: int
    refund_freight_on_fault: bool


@dataclass(frozen=True, slots=True)
class RefundPath:
    """Where a refund goes and how many days the money takes after it has left the shop."""

    id: str
    name: Text
    days: int


@dataclass(frozen=True, slots=True)
class LateBand:
    """What the shopper gets when a parcel is at least so many days late: a coupon per currency."""

    id: str
    after_days: int
    coupon: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class LatePolicy:
    """Rules for parcels behind their promised day."""

    bands: tuple[LateBand, ...]
    lost_after_days: int


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words that make a complaint at least so severe, or some steps more severe."""

    id: str
    at_least: Severity | None
    raise_by: int
    words: tuple[str, ...]
    may_be_negated: bool  # "nobody was hurt" does not count


@dataclass(frozen=True, slots=True)
class ComplaintPolicy:
    """Rules for the severity of complaints; `raises_reach` caps what raising alone can reach."""

    base: Severity
    raises_reach: Severity
    words: tuple[WordRule, ...]
    value_id: str
    value_at_least: Mapping[str, int]
    vip_id: str
    vip_level: int
    wanted_words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """When people work: spans per weekday (0 Monday … 6 Sunday) in the shop's zone, less holidays.

    A span that ends at midnight has `time.max` as its end.
    """

    zone: ZoneInfo
    week: tuple[tuple[tuple[time, time], ...], ...]
    holidays: frozenset[date]
    extra_days: frozenset[date]  # working weekends that make up for holidays (调休): Monday's spans


@dataclass(frozen=True, slots=True)
class SlaRule:
    """Business hours until the first decision, per severity, for one case type ("*": any other)."""

    id: str
    type: str
    hours: Mapping[Severity, int]


@dataclass(frozen=True, slots=True)
class Team:
    """Who works on cases."""

    id: str
    name: Text


@dataclass(frozen=True, slots=True)
class EscalationPolicy:
    """When a conversation goes to a person (R4), and what the wait is reckoned from."""

    fallback_after: int
    abuse_after: int
    complaint_from: Severity
    minutes_per_conversation: int
    conversations_per_agent: int
    longest_wait_minutes: int


@dataclass(frozen=True, slots=True)
class VerificationPolicy:
    """How often a stranger may try to prove access to an order (R9)."""

    id: str
    tries: int
    window_minutes: int


@dataclass(frozen=True, slots=True)
class Policy:
    """All rules of the shop, as one immutable value."""

    zone: ZoneInfo
    categories: Mapping[str, Category]
    returns: ReturnPolicy
    refund_paths: Mapping[str, RefundPath]
    late: LatePolicy
    complaints: ComplaintPolicy
    service_hours: WorkingHours  # people answer in the chat
    office_hours: WorkingHours  # the clock of deadlines
    sla: tuple[SlaRule, ...]
    teams: Mapping[str, Team]
    team_of_type: Mapping[str, str]
    escalation: EscalationPolicy
    verification: VerificationPolicy

    def shop_date(self, moment: datetime) -> date:
        """Return the calendar day of an aware moment in the shop's zone."""
        return moment.astimezone(self.zone).date()

    def team_for(self, case_type: str) -> str:
        """Return the team that works on a type of case."""
        return self.team_of_type.get(case_type, self.team_of_type["*"])
