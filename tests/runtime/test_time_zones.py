"""The local time zone, and periods in it over changes to summer time."""

import os
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.calendar import Date, Period, period_at
from netrelay.runtime.time_zones import LocalZone

SetZone = Callable[[str], LocalZone]
# Beirut and Cairo skip midnight; Lord Howe moves by half an hour; Apia had no 30 December 2011.
NAMES = (
    *("UTC", "Europe/Berlin", "America/New_York", "Africa/Cairo", "Asia/Beirut"),
    *("Australia/Lord_Howe", "Pacific/Apia", "America/Havana"),
)


@pytest.fixture(scope="module", name="set_zone")
def _set_zone() -> Iterator[SetZone]:
    before = os.environ.get("TZ")

    def set_zone(name: str) -> LocalZone:
        os.environ["TZ"] = name
        zone = LocalZone()
        zone.refresh()
        return zone

    yield set_zone
    if before is None:
        del os.environ["TZ"]
    else:
        os.environ["TZ"] = before
    time.tzset()


def unix_s(name: str, year: int, month: int, day: int, hour: int = 0) -> int:
    return int(datetime(year, month, day, hour, tzinfo=ZoneInfo(name)).timestamp())


@pytest.mark.parametrize(
    ("period", "begin", "end", "hours"),
    [
        (Period.DAY, (2026, 3, 29), (2026, 3, 30), 23),
        (Period.DAY, (2026, 10, 25), (2026, 10, 26), 25),
        (Period.WEEK, (2026, 3, 23), (2026, 3, 30), 7 * 24 - 1),
        (Period.MONTH, (2026, 3, 1), (2026, 4, 1), 31 * 24 - 1),
        (Period.MONTH, (2026, 12, 1), (2027, 1, 1), 31 * 24),
        (Period.MONTH, (2028, 2, 1), (2028, 3, 1), 29 * 24),
    ],
)
def test_a_period_ends_at_local_midnight(
    set_zone: SetZone,
    period: Period,
    begin: tuple[int, int, int],
    end: tuple[int, int, int],
    hours: int,
) -> None:
    zone = set_zone("Europe/Berlin")
    from_s, until_s = unix_s("Europe/Berlin", *begin), unix_s("Europe/Berlin", *end)
    assert until_s - from_s == hours * 3600
    for inside_s in (from_s, (from_s + until_s) // 2, until_s - 1):
        assert period_at(inside_s, period, zone) == (from_s, until_s)
    assert period_at(until_s, period, zone).from_unix_s == until_s


def test_a_day_without_midnight_begins_with_its_first_second(set_zone: SetZone) -> None:
    zone = set_zone("Africa/Cairo")
    # On 24 April 2026 the clock goes from 23:59:59 to 01:00:00.
    begins_s = unix_s("Africa/Cairo", 2026, 4, 24, 1)
    assert zone.midnight_of(Date(2026, 4, 24)) == begins_s
    assert zone.date_of(begins_s - 1) == Date(2026, 4, 23)


@pytest.mark.parametrize("asked_before", [(2015, 7, 1), (2015, 12, 1)])
def test_a_day_with_two_midnights_begins_at_the_first(
    set_zone: SetZone, asked_before: tuple[int, int, int]
) -> None:
    zone = set_zone("America/Havana")
    # On 1 November 2015 the clock goes from 00:59:59 to 00:00:00.
    begins_s = unix_s("America/Havana", 2015, 11, 1)
    # What mktime(3) returns for a time that comes twice depends on what it was asked before.
    time.mktime((*asked_before, 0, 0, 0, 0, 0, -1))
    assert zone.midnight_of(Date(2015, 11, 1)) == begins_s == 1_446_350_400
    assert zone.date_of(begins_s - 1) == Date(2015, 10, 31)


@pytest.mark.parametrize("name", NAMES)
@given(days=st.integers(0, 22_000), second=st.integers(0, 86_399), period=st.sampled_from(Period))
def test_a_time_lies_in_its_period_and_periods_follow_each_other(
    set_zone: SetZone, name: str, days: int, second: int, period: Period
) -> None:
    zone = set_zone(name)
    now_s = days * 86_400 + second
    span = period_at(now_s, period, zone)
    assert span.from_unix_s <= now_s < span.until_unix_s
    assert period_at(span.until_unix_s, period, zone).from_unix_s == span.until_unix_s
    assert period_at(span.from_unix_s - 1, period, zone).until_unix_s == span.from_unix_s
    longest = {Period.DAY: 1, Period.WEEK: 7, Period.MONTH: 31}[period]
    assert span.until_unix_s - span.from_unix_s <= (longest + 1) * 86_400
    assert zone.date_of(now_s) >= zone.date_of(span.from_unix_s)
    if period is Period.WEEK:
        assert date(*zone.date_of(span.from_unix_s)).weekday() == 0 or name == "Pacific/Apia"
    if period is Period.MONTH:
        first, after = (date(*zone.date_of(each)) for each in span)
        assert first.day == after.day == 1
        assert timedelta(days=28) <= after - first <= timedelta(days=31)
