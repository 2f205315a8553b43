"""Deadlines in business hours: nights, weekends, holidays, both sides of closing time."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.domain.policy import Severity, WorkingHours
from desk.domain.sla import add_business_hours, deadline, is_open, next_opening

SHANGHAI = ZoneInfo("Asia/Shanghai")
DAY = ((time(9), time(18)),)
OFFICE = WorkingHours(
    zone=SHANGHAI,
    week=(DAY, DAY, DAY, DAY, DAY, ((time(10), time(16)),), ()),
    holidays=frozenset({date(2026, 10, 1), date(2026, 10, 2)}),
    extra_days=frozenset({date(2026, 9, 27)}),  # a Sunday worked
)
ALWAYS = WorkingHours(SHANGHAI, (((time.min, time.max),),) * 7, frozenset(), frozenset())


def at(text):
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("start", "hours", "due"),
    [
        pytest.param("2026-11-24T10:00", 4, "2026-11-24T14:00", id="same day"),
        pytest.param("2026-11-24T17:00", 1, "2026-11-24T18:00", id="ends with the day"),
        pytest.param("2026-11-24T17:00", 2, "2026-11-25T10:00", id="over night"),
        pytest.param("2026-11-24T03:00", 1, "2026-11-24T10:00", id="before opening"),
        pytest.param("2026-11-24T18:00", 1, "2026-11-25T10:00", id="closing time is closed"),
        pytest.param("2026-11-28T15:00", 2, "2026-11-30T10:00", id="over Sunday"),
        pytest.param("2026-09-30T17:00", 2, "2026-10-03T11:00", id="over holidays to Saturday"),
        pytest.param("2026-09-27T12:00", 1, "2026-09-27T13:00", id="worked Sunday"),
        pytest.param("2026-12-31T17:30", 1, "2027-01-01T09:30", id="over new year"),
    ],
)
def test_only_working_time_counts(start, hours, due):
    assert add_business_hours(at(start), timedelta(hours=hours), OFFICE) == at(due)


@pytest.mark.parametrize(
    ("moment", "is_working"),
    [
        pytest.param("2026-11-24T08:59", False, id="before"),
        pytest.param("2026-11-24T09:00", True, id="opening"),
        pytest.param("2026-11-24T17:59", True, id="last minute"),
        pytest.param("2026-11-24T18:00", False, id="closing"),
        pytest.param("2026-10-01T10:00", False, id="holiday"),
        pytest.param("2026-11-29T12:00", False, id="Sunday"),
    ],
)
def test_whether_people_work(moment, is_working):
    assert is_open(at(moment), OFFICE) is is_working


def test_next_opening_is_now_while_people_work():
    assert next_opening(at("2026-11-24T12:00"), OFFICE) == at("2026-11-24T12:00")
    assert next_opening(at("2026-11-28T16:00"), OFFICE) == at("2026-11-30T09:00")


def test_day_and_night_has_no_gap_at_midnight():
    assert is_open(at("2026-11-24T23:59:59.999999"), ALWAYS)
    start = at("2026-11-24T23:30")
    assert add_business_hours(start, timedelta(hours=1), ALWAYS) == start + timedelta(hours=1)


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1), timezones=st.just(SHANGHAI)),  # noqa: DTZ001 - the zone is given beside
    first=st.integers(1, 2000),
    second=st.integers(1, 2000),
)
def test_waiting_twice_is_waiting_once_for_both(start, first, second):
    one, two = timedelta(minutes=first), timedelta(minutes=second)
    step = add_business_hours(add_business_hours(start, one, OFFICE), two, OFFICE)
    assert step == add_business_hours(start, one + two, OFFICE)


def test_a_calendar_without_work_is_a_mistake():
    never = WorkingHours(SHANGHAI, ((),) * 7, frozenset(), frozenset())
    with pytest.raises(ValueError, match="nobody works"):
        is_open(at("2026-11-24T12:00"), never)


def test_type_and_severity_choose_the_rule(policy):
    opened = at("2026-11-24T10:00")
    hours = policy.office_hours
    assert deadline("complaint", Severity.CRITICAL, opened, policy.sla, hours) == (
        at("2026-11-24T11:00"),
        "sla.complaint",
    )
    assert deadline("repair", Severity.HIGH, opened, policy.sla, hours)[1] == "sla.other"
