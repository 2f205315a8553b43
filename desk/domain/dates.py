"""Show days and moments as shoppers write them: 11月28日 18:00, 28 November, 18:00."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

MONTHS = (
    "January February March April May June July August September October November December"
).split()


def format_date(day: date, language: str, *, today: date) -> str:
    """Return the day; the year is said only when it is not the one of `today`."""
    if language == "en":
        year = "" if day.year == today.year else f" {day.year}"
        return f"{day.day} {MONTHS[day.month - 1]}{year}"
    year = "" if day.year == today.year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


def format_moment(moment: datetime, language: str, *, zone: ZoneInfo, now: datetime) -> str:
    """Return day and minute in the shop's zone; the day is "today" or "tomorrow" where it is."""
    here, today = moment.astimezone(zone), now.astimezone(zone).date()
    clock = f"{here:%H:%M}"
    ahead = (here.date() - today).days
    if ahead in (0, 1):
        if language == "en":
            return f"{clock} {('today', 'tomorrow')[ahead]}"
        return f"{('今天', '明天')[ahead]} {clock}"
    day = format_date(here.date(), language, today=today)
    return f"{clock} on {day}" if language == "en" else f"{day} {clock}"
