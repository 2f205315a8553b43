"""Who may see an order, and how often a stranger may try to prove it (R9)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from desk.domain.policy import VerificationPolicy


@dataclass(frozen=True, slots=True)
class Identity:
    """Who writes in a conversation; `shop_ref` None: a visitor who has not signed in."""

    conversation_id: str
    shopper_id: int
    shop_ref: str | None
    language: str


@dataclass(frozen=True, slots=True)
class FailedTry:
    """A stranger's failed try to prove access."""

    order_number: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """The stranger may see this order."""


@dataclass(frozen=True, slots=True)
class Failed:
    """Order number and phone do not go together; whether the order exists is not said."""

    tries_left: int


@dataclass(frozen=True, slots=True)
class Locked:
    """Too many failed tries; nothing is looked at until so many minutes have passed."""

    minutes: int


Verdict = Verified | Failed | Locked


def window_start(now: datetime, policy: VerificationPolicy) -> datetime:
    """Return the moment after which failed tries count."""
    return now - timedelta(minutes=policy.window_minutes)


def lock_of(
    of_conversation: Sequence[datetime],
    of_order: Sequence[datetime],
    now: datetime,
    policy: VerificationPolicy,
) -> Locked | None:
    """Return the lock, or None while tries are left; the moments are failures, oldest first."""
    ends = [
        moments[-policy.tries] + timedelta(minutes=policy.window_minutes)
        for moments in (of_conversation, of_order)
        if len(moments) >= policy.tries
    ]
    if not ends:
        return None
    return Locked(max(1, math.ceil((max(ends) - now).total_seconds() / 60)))
