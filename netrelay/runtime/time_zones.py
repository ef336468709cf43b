"""The time zones of this machine: its local one (TZ, /etc/localtime), as the C library has it."""

import time

from netrelay.core.calendar import Date


class LocalZone:
    """The node's local time zone, read anew by `refresh`."""

    def refresh(self) -> None:
        """Follow a change of the machine's time zone."""
        time.tzset()

    def date_of(self, unix_s: int) -> Date:
        """Return the date that the wall clock shows."""
        return Date(*time.localtime(unix_s)[:3])

    def midnight_of(self, date: Date) -> int:
        """Return when a day begins; where midnight is skipped, the first second of the day."""
        begins_s = int(time.mktime((*date, 0, 0, 0, 0, 0, -1)))
        # mktime(3) may go back over the gap.
        return begins_s if self.date_of(begins_s) == date else self._first_second(date, begins_s)

    def _first_second(self, date: Date, before_s: int) -> int:
        after_s = before_s + 86_400
        while after_s - before_s > 1:
            middle_s = (before_s + after_s) // 2
            if self.date_of(middle_s) < date:
                before_s = middle_s
            else:
                after_s = middle_s
        return after_s
