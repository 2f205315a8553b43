"""Reckon in business hours: deadlines, whether people work now, when they work next (R5)."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from desk.domain.policy import Severity, SlaRule, WorkingHours

LONGEST_LOOK_DAYS = 400  # a calendar with so many holidays in a row is a mistake


def spans_on(day: date, hours: WorkingHours) -> tuple[tuple[time, time], ...]:
    """Return the spans in which people work on a day of the shop's calendar."""
    if day in hours.holidays:
        return ()
    if day in hours.extra_days:
        return hours.week[0]
    return hours.week[day.weekday()]


def _spans_from(moment: datetime, hours: WorkingHours) -> Iterator[tuple[datetime, datetime]]:
    """Yield aware spans of work that end after the moment, in order."""
    first = moment.astimezone(hours.zone).date()
    for ahead in range(LONGEST_LOOK_DAYS):
        day = first + timedelta(days=ahead)
        for start, end in spans_on(day, hours):
            opens = datetime.combine(day, start, hours.zone)
            if end == time.max:
                closes = datetime.combine(day + timedelta(days=1), time.min, hours.zone)
            else:
                closes = datetime.combine(day, end, hours.zone)
            if closes.timestamp() > moment.timestamp():
                yield opens, closes
    raise ValueError("nobody works within a year: check working_hours in policy.yml")


def is_open(moment: datetime, hours: WorkingHours) -> bool:
    """Whether people work at the moment; the start of a span belongs to it, its end does not."""
    opens, _ = next(_spans_from(moment, hours))
    return opens.timestamp() <= moment.timestamp()


def next_opening(moment: datetime, hours: WorkingHours) -> datetime:
    """Return the moment itself while people work, else the start of the next span."""
    opens, _ = next(_spans_from(moment, hours))
    return max(opens, moment, key=lambda at: at.timestamp()).astimezone(moment.tzinfo)


def add_business_hours(start: datetime, amount: timedelta, hours: WorkingHours) -> datetime:
    """Return when so much working time has passed since `start`, in the zone of `start`."""
    left_s = amount.total_seconds()
    for opens, closes in _spans_from(start, hours):
        begin_s = max(opens.timestamp(), start.timestamp())
        length_s = closes.timestamp() - begin_s
        if left_s <= length_s:
            return datetime.fromtimestamp(begin_s + left_s, tz=start.tzinfo)
        left_s -= length_s
    raise AssertionError("spans do not end")


def deadline(
    case_type: str,
    severity: Severity,
    opened_at: datetime,
    rules: tuple[SlaRule, ...],
    hours: WorkingHours,
) -> tuple[datetime, str]:
    """Return when a first decision is due and the id of the rule that says so."""
    rule = next((rule for rule in rules if rule.type == case_type), None)
    rule = rule or next(rule for rule in rules if rule.type == "*")
    due_at = add_business_hours(opened_at, timedelta(hours=rule.hours[severity]), hours)
    return due_at, rule.id
