"""Windows of time in which data for a peer is sent: `Mon..Fri 22:00-06:00`, `Sat,Sun`.

The grammar is a part of systemd's calendar ranges: days of the week, a range of times of day, a
time zone. A window is open while the wall clock of its zone shows a time in it. So an hour that is
repeated when summer time ends counts twice, and one that is skipped when it begins is not there.
"""

import re
from collections.abc import Callable, Sequence
from math import gcd
from typing import Final, NamedTuple, Protocol

from netrelay.core.calendar import weekday_of_day

ALLOWED: Final = (
    "days, times or both, and a time zone: 'Mon..Fri 22:00-06:00', 'Sat,Sun', '01:30-05:00 UTC'"
)
MOST_WINDOWS: Final = 16
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_NAMES: Final = "Mon, Tue, Wed, Thu, Fri, Sat, Sun, with .. and commas"
_TIMES: Final = re.compile(r"(\d\d?):(\d\d)-(\d\d?):(\d\d)", re.ASCII)
_SPACED: Final = re.compile(r"(?<=\d) *- *(?=\d)", re.ASCII)
_ZONE: Final = re.compile(r"[A-Za-z][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+){0,2}", re.ASCII)
_DAY_MINUTES: Final = 24 * 60
# Zones move by quarters of an hour at least.
_QUARTER_MINUTES: Final = 15
_SEARCHED_DAYS: Final = 9


class WallZone(Protocol):
    """A time zone, as what its wall clock shows."""

    def wall_of(self, unix_s: int) -> tuple[int, int]:
        """Return the day number (core/calendar.py) and the minute of the day."""


class Window(NamedTuple):
    """Days of the week (0 is Monday) on which it begins, and minutes of the day.

    Where the end is not after the begin, it ends on the next day. zone: None is the node's own.
    """

    days: frozenset[int]
    begin_minute: int
    end_minute: int
    zone: str | None


class Opening(NamedTuple):
    """The state of windows, and when it changes; None: not as far as can be foreseen."""

    is_open: bool
    until_unix_s: int | None


Zones = Callable[[str | None], WallZone]


def read_window(text: str) -> Window:
    """Return a window; raise ValueError that names what is allowed. Its zone may not exist."""
    words = _SPACED.sub("-", text).split()
    days, times, zone = frozenset(range(7)), (0, _DAY_MINUTES), None
    if not 1 <= len(words) <= 3:
        raise ValueError(f"{text!r} is no window; allowed: {ALLOWED}")
    if words[0][:3].lower() in _DAYS or (len(words) > 1 and not _TIMES.fullmatch(words[0])):
        days = _read_days(words.pop(0), text)
    if words and words[0][:1].isdigit():
        times = _read_times(words.pop(0), text)
    elif len(words) == 1 and _SPACED.sub("-", text).split() == words:
        raise ValueError(f"{words[0]!r} is no day and no time; allowed: {ALLOWED}")
    if words:
        zone = words.pop(0)
        if not _ZONE.fullmatch(zone):
            raise ValueError(f"{zone!r} in {text!r} is no time zone; allowed: Europe/Berlin, UTC")
    if words:
        raise ValueError(f"{words[0]!r} in {text!r} is one word too many; allowed: {ALLOWED}")
    return Window(days, *times, zone)


def _read_days(word: str, text: str) -> frozenset[int]:
    found: set[int] = set()
    for part in word.split(","):
        first, dots, last = part.partition("..")
        for name in (first, last) if dots else (first,):
            if name.lower() not in _DAYS:
                first, dash, last = name.partition("-")
                is_range = dash and first.lower() in _DAYS and last.lower() in _DAYS
                hint = f"; did you mean {first}..{last}?" if is_range else ""
                raise ValueError(f"{name!r} in {text!r} is no day{hint}; allowed: {_DAY_NAMES}")
        begin = _DAYS.index(first.lower())
        length = (_DAYS.index(last.lower()) - begin) % 7 if dots else 0
        found.update((begin + day) % 7 for day in range(length + 1))
    return frozenset(found)


def _read_times(word: str, text: str) -> tuple[int, int]:
    times = _TIMES.fullmatch(word)
    if times is None:
        raise ValueError(f"{word!r} in {text!r} is no range of times; allowed: 22:00-06:00")
    hours, minutes = map(int, times.groups()[::2]), map(int, times.groups()[1::2])
    begin, end = (60 * hour + minute for hour, minute in zip(hours, minutes, strict=True))
    if begin >= _DAY_MINUTES or end > _DAY_MINUTES or max(map(int, times.groups()[1::2])) > 59:
        raise ValueError(f"{word!r} in {text!r} is out of range; allowed: 00:00-24:00")
    if begin == end:
        raise ValueError(f"{word!r} in {text!r} never opens; allowed: 22:00-06:00, 00:00-24:00")
    return begin, end


def opening_at(windows: Sequence[Window], unix_s: int, zones: Zones) -> Opening:
    """Return whether one of the windows is open, and the next time at which that changes.

    zones: returns the time zone of a name.
    """
    is_open = _is_open(windows, unix_s, zones)
    begins = (window.begin_minute for window in windows)
    step_s = 60 * gcd(_QUARTER_MINUTES, *begins, *(window.end_minute for window in windows))
    edge_s = unix_s - unix_s % step_s + step_s
    for at_s in range(edge_s, edge_s + _SEARCHED_DAYS * 86_400, step_s):
        if _is_open(windows, at_s, zones) != is_open:
            return Opening(is_open, at_s)
    return Opening(is_open, None)


def _is_open(windows: Sequence[Window], unix_s: int, zones: Zones) -> bool:
    for days, begin, end, zone in windows:
        day, minute = zones(zone).wall_of(unix_s)
        today, yesterday = weekday_of_day(day) in days, weekday_of_day(day - 1) in days
        if begin < end:
            if today and begin <= minute < end:
                return True
        elif (today and minute >= begin) or (yesterday and minute < end):
            return True
    return False
