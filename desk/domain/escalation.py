"""When a conversation goes to a person, and how long the wait is (R4, policy.yml: escalation)."""

import math
from dataclasses import dataclass
from datetime import datetime

from desk.domain.policy import EscalationPolicy, Policy, Severity
from desk.domain.sla import is_open, next_opening


@dataclass(frozen=True, slots=True)
class Signals:
    """What is known of a conversation when the bot has finished a turn."""

    has_asked: bool = False
    fallbacks_in_a_row: int = 0
    insults_in_a_row: int = 0
    complaint_severity: Severity | None = None
    needs_review: bool = False
    steps_exhausted: bool = False
    other_task: str | None = None  # a task that only people can do yet


def trigger(signals: Signals, policy: EscalationPolicy) -> str | None:
    """Return the reason to hand over, the weightiest first, or None to let the bot go on."""
    severity = signals.complaint_severity
    checks = (
        (severity is not None and severity.rank >= policy.complaint_from.rank, "complaint"),
        (signals.has_asked, "asked"),
        (signals.needs_review, "review"),
        (signals.other_task is not None, f"task:{signals.other_task}"),
        (signals.insults_in_a_row >= policy.abuse_after, "abuse"),
        (signals.fallbacks_in_a_row >= policy.fallback_after, "fallback"),
        (signals.steps_exhausted, "step_limit"),
    )
    return next((reason for is_hit, reason in checks if is_hit), None)


def wait_minutes(position: int, agents_present: int, policy: EscalationPolicy) -> int:
    """Estimate the wait at `position` (1 is next): at least a minute, never more than the cap."""
    at_once = max(agents_present, 1) * policy.conversations_per_agent
    rounds = math.ceil(max(position, 1) / at_once)
    return min(max(rounds * policy.minutes_per_conversation, 1), policy.longest_wait_minutes)


@dataclass(frozen=True, slots=True)
class Staffing:
    """Whether somebody can answer now, and if not, from when."""

    is_open: bool
    opens_at: datetime


def staffing(policy: Policy, now: datetime, *, agents_present: int = 0) -> Staffing:
    """Tell whether to queue now. A signed-in agent counts, whatever the clock says."""
    hours = policy.service_hours
    return Staffing(agents_present > 0 or is_open(now, hours), next_opening(now, hours))
