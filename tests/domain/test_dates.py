"""Days and moments read as shoppers write them."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from desk.domain.dates import format_date, format_moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "zh", "en"),
    [
        pytest.param(date(2026, 11, 28), "11月28日", "28 November", id="this year"),
        pytest.param(date(2027, 1, 3), "2027年1月3日", "3 January 2027", id="another year"),
    ],
)
def test_a_day_says_its_year_only_when_it_matters(day, zh, en):
    today = date(2026, 11, 24)
    assert format_date(day, "zh", today=today) == zh
    assert format_date(day, "en", today=today) == en


@pytest.mark.parametrize(
    ("moment", "zh", "en"),
    [
        pytest.param("2026-11-24T10:00:00+00:00", "今天 18:00", "18:00 today", id="today"),
        pytest.param("2026-11-24T15:59:00+00:00", "今天 23:59", "23:59 today", id="last minute"),
        pytest.param("2026-11-24T16:00:00+00:00", "明天 00:00", "00:00 tomorrow", id="midnight"),
        pytest.param(
            "2026-11-28T01:00:00+00:00", "11月28日 09:00", "09:00 on 28 November", id="later"
        ),
    ],
)
def test_a_moment_is_told_in_the_shops_zone(moment, zh, en):
    at = datetime.fromisoformat(moment)
    assert format_moment(at, "zh", zone=SHANGHAI, now=NOW) == zh
    assert format_moment(at, "en", zone=SHANGHAI, now=NOW) == en
