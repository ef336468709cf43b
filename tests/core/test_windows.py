"""Windows as people write them, and when they are open."""

from datetime import UTC, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.calendar import Date, day_number
from netrelay.core.windows import Window, opening_at, read_window

EVERY_DAY = frozenset(range(7))
BERLIN = ZoneInfo("Europe/Berlin")


class Zone:
    """A zone of the standard library."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def wall_of(self, unix_s: int) -> tuple[int, int]:
        wall = datetime.fromtimestamp(unix_s, self._zone)
        return day_number(Date(wall.year, wall.month, wall.day)), 60 * wall.hour + wall.minute


def zones(name: str | None) -> Zone:
    return Zone(BERLIN if name is None else ZoneInfo(name))


def at(text: str, zone: tzinfo = BERLIN, fold: int = 0) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=zone, fold=fold).timestamp())


@pytest.mark.parametrize(
    ("text", "window"),
    [
        ("Mon..Fri 22:00-06:00", Window(frozenset(range(5)), 1320, 360, None)),
        ("sat,Sun", Window(frozenset({5, 6}), 0, 1440, None)),
        ("Fri..Mon,Wed 1:30-2:00 UTC", Window(frozenset({4, 5, 6, 0, 2}), 90, 120, "UTC")),
        ("22:00-24:00 Europe/Berlin", Window(EVERY_DAY, 1320, 1440, "Europe/Berlin")),
        (
            "Sun America/Argentina/Ushuaia",
            Window(frozenset({6}), 0, 1440, "America/Argentina/Ushuaia"),
        ),
    ],
)
def test_a_window_is_days_and_times(text: str, window: Window) -> None:
    assert read_window(text) == window


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "'' is no window"),
        ("Mon 22:00-22:00", "'22:00-22:00' in 'Mon 22:00-22:00' never opens; allowed: 22:00-06:00"),
        ("Mno 22:00-06:00", "'Mno' in 'Mno 22:00-06:00' is no day; allowed: Mon, Tue"),
        ("Mon..Fry 22:00-06:00", "'Fry' in"),
        ("Mon,", "'' in 'Mon,' is no day"),
        ("25:00-26:00", "'25:00-26:00' in '25:00-26:00' is out of range; allowed: 00:00-24:00"),
        ("10:00-10:60", "'10:00-10:60' in '10:00-10:60' is out of range"),
        ("24:00-25:00", "'24:00-25:00' in"),
        ("10-12", "'10-12' in '10-12' is no range of times"),
        ("night", "'night' is no day and no time; allowed: days, times or both"),
        ("Mon 10:00-12:00 ../etc", "'../etc' in 'Mon 10:00-12:00 ../etc' is no time zone"),
        ("Mon 10:00-12:00 UTC UTC", "'Mon 10:00-12:00 UTC UTC' is no window"),
    ],
)
def test_what_is_no_window_is_named_with_what_is_allowed(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=r".*") as error:
        read_window(text)
    assert str(error.value).startswith(named)


@pytest.mark.parametrize(
    ("window", "now", "is_open", "until"),
    [
        ("Mon..Fri 22:00-06:00", "2026-11-27T21:59", False, "2026-11-27T22:00"),
        ("Mon..Fri 22:00-06:00", "2026-11-27T22:00", True, "2026-11-28T06:00"),
        # Saturday morning belongs to Friday, Monday morning to nobody.
        ("Mon..Fri 22:00-06:00", "2026-11-28T06:00", False, "2026-11-30T22:00"),
        ("Sat,Sun", "2026-11-28T12:00", True, "2026-11-30T00:00"),
        ("22:00-24:00", "2026-11-28T23:00", True, "2026-11-29T00:00"),
        ("00:00-24:00", "2026-11-28T23:00", True, None),
        # The night in which summer time begins is an hour shorter.
        ("22:00-06:00", "2026-03-28T23:00", True, "2026-03-29T06:00"),
        # 02:00 to 03:00 is not there on 29 March.
        ("02:00-03:00", "2026-03-28T12:00", False, "2026-03-30T02:00"),
        ("02:30-04:00", "2026-03-29T00:00", False, "2026-03-29T03:00"),
    ],
)
def test_a_window_is_open_while_the_wall_clock_shows_a_time_in_it(
    window: str, now: str, is_open: bool, until: str | None
) -> None:
    found = opening_at([read_window(window)], at(now), zones)
    assert found == (is_open, None if until is None else at(until))


def test_an_hour_that_is_repeated_counts_twice() -> None:
    window = [read_window("02:30-03:00")]
    first, second = at("2026-10-25T02:30"), at("2026-10-25T02:30", fold=1)
    assert second - first == 3600
    assert opening_at(window, first - 60, zones) == (False, first)
    assert opening_at(window, first, zones) == (True, first + 1800)
    assert opening_at(window, first + 1800, zones) == (False, second)
    assert opening_at(window, second, zones) == (True, second + 1800)
    whole = [read_window("22:00-06:00")]
    assert opening_at(whole, at("2026-10-24T22:00"), zones) == (True, at("2026-10-25T06:00"))


def test_a_zone_of_its_own_and_several_windows() -> None:
    windows = [read_window("22:00-23:00 UTC"), read_window("22:30-23:15 Europe/Berlin")]
    begins = at("2026-11-28T22:30")
    assert opening_at(windows, begins - 1, zones) == (False, begins)
    # From 22:00 UTC on the other one is open.
    assert opening_at(windows, begins, zones) == (True, at("2026-11-28T23:00", UTC))


@given(
    days=st.frozensets(st.integers(0, 6), min_size=1),
    begin=st.integers(0, 1439),
    length=st.integers(1, 1440),
    minute=st.integers(0, 7 * 1440),
)
def test_it_changes_at_its_edge_and_not_before(
    days: frozenset[int], begin: int, length: int, minute: int
) -> None:
    end = begin + length if begin + length <= 1440 else begin + length - 1440
    window = [Window(days, begin, end, None)]
    # Over the end of summer time.
    now_s = at("2026-10-22T00:00") + 60 * minute
    found = opening_at(window, now_s, zones)
    wall = datetime.fromtimestamp(now_s, BERLIN)
    at_minute = 60 * wall.hour + wall.minute
    begun_today = wall.weekday() in days and at_minute >= begin
    if begin < end:
        expected = begun_today and at_minute < end
    else:
        yesterday = (wall - timedelta(days=1)).weekday()
        expected = begun_today or (yesterday in days and at_minute < end)
    assert found.is_open == expected
    if found.until_unix_s is not None:
        assert opening_at(window, found.until_unix_s, zones).is_open != found.is_open
        assert opening_at(window, found.until_unix_s - 60, zones).is_open == found.is_open


def test_spaces_around_the_dash_of_times_are_read() -> None:
    assert read_window("Mon..Fri 22:00 - 06:00 UTC") == read_window("Mon..Fri 22:00-06:00 UTC")
    assert read_window("22:00 -06:00") == read_window("22:00-06:00")


def test_days_with_a_dash_are_answered_with_dots() -> None:
    with pytest.raises(ValueError, match=r"'Mon-Fri' .* is no day; did you mean Mon\.\.Fri\?"):
        read_window("Mon-Fri 22:00-06:00")
