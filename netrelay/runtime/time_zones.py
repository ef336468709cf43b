"""The time zones of this machine: its local one (TZ, /etc/localtime), as the C library has it."""

import time

from netrelay.core.calendar import Date, day_number


class LocalZone:
    """The node's local time zone, read anew by `refresh`."""

    def refresh(self) -> None:
        """Follow a change of the machine's time zone."""
        time.tzset()

    def date_of(self, unix_s: int) -> Date:
        """Return the date that the wall clock shows."""
        return Date(*time.localtime(unix_s)[:3])

    def midnight_of(self, date: Date) -> int:
        """Return when a day begins: its first midnight, or its first second if it has none."""
        begins_s = int(time.mktime((*date, 0, 0, 0, 0, 0, -1)))
        # mktime(3) may go back over the gap.
        if self.date_of(begins_s) != date:
            return self._first_second(date, begins_s)
        # Where midnight comes twice, it returns either, by the time that it was asked for before.
        if self.date_of(begins_s - 1) == date:
            return self._first_second(date, begins_s - 86_400)
        return begins_s

    def _first_second(self, date: Date, before_s: int) -> int:
        after_s = before_s + 86_400
        while after_s - before_s > 1:
            middle_s = (before_s + after_s) // 2
            if self.date_of(middle_s) < date:
                before_s = middle_s
            else:
                after_s = middle_s
        return after_s

    def wall_of(self, unix_s: int) -> tuple[int, int]:
        """Return the day number and the minute of the day that the wall clock shows."""
        wall = time.localtime(unix_s)
        return day_number(Date(*wall[:3])), 60 * wall.tm_hour + wall.tm_min


class NamedZone:
    """A time zone of the machine's database; ValueError where it has none of this name."""

    def __init__(self, name: str) -> None:
        # Few nodes name one, and resident processes stay light.
        from datetime import UTC, datetime
        from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

        try:
            self._zone = ZoneInfo(name)
        except (ZoneInfoNotFoundError, OSError, ValueError) as error:
            raise ValueError(
                f"there is no time zone {name!r} on this machine; allowed: Europe/Berlin, UTC and"
                " the others of /usr/share/zoneinfo"
            ) from error
        self._utc, self._datetime = UTC, datetime

    def wall_of(self, unix_s: int) -> tuple[int, int]:
        """Return the day number and the minute of the day that a wall clock there shows."""
        wall = self._datetime.fromtimestamp(unix_s, self._utc).astimezone(self._zone)
        return day_number(Date(wall.year, wall.month, wall.day)), 60 * wall.hour + wall.minute


def zone_named(name: str | None) -> LocalZone | NamedZone:
    """Return a time zone; None is the node's own."""
    return LocalZone() if name is None else NamedZone(name)
