"""The node's clock: seconds with power since the database was made, the same in every process."""

from collections.abc import Callable
from typing import NamedTuple

import apsw

# adjtimex(2) slews the boot clock together with the wall clock: a difference this large is a step.
_CLOCK_STEP_S = 1.0


class Clock(NamedTuple):
    """The sources of time: seconds since boot, the id of this boot, and the wall clock.

    The wall clock is only shown to people; nothing is ordered by it.
    """

    boottime_s: Callable[[], float]
    boot_id: str
    unix_s: Callable[[], float]


class NodeClock:
    """The node's clock on one connection: seconds since boot plus an offset.

    The table `clock` stores the offset in one row, with the id of the boot for which it is valid.
    The first process of a boot computes it, so that the clock continues at the newest stored time
    (`tie`); every other process reads the same row (`read`). The clock is therefore the same in all
    processes, never runs backwards, and stands still without power. The row also has the offset to
    the wall clock, to show times to people.
    """

    def __init__(self, connection: apsw.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._offset_s = 0.0
        self._unix_offset_s = 0.0

    def now_s(self) -> float:
        """Return the seconds with power since the database was made."""
        return self._offset_s + self._clock.boottime_s()

    def read(self) -> bool:
        """Read the row of this boot; False if no process of this boot has written one yet."""
        row = self._connection.execute(
            "SELECT boot_id, offset_s, unix_offset_s FROM clock"
        ).fetchone()
        if row is None or row[0] != self._clock.boot_id:
            return False
        self._offset_s, self._unix_offset_s = float(row[1] or 0), float(row[2] or 0)
        return True

    def tie(self) -> None:
        """Continue the clock at the newest event or due delivery; inside a transaction.

        Deliveries that wait for a retry are due after a boot: a failed try is no event, so its time
        may be long after the newest event.
        """
        (latest,) = self._connection.execute(
            "SELECT max((SELECT coalesce(max(at_s), 0) FROM (SELECT at_s FROM events"
            " ORDER BY seq DESC LIMIT 1)), coalesce((SELECT offset_s FROM clock), 0),"
            " (SELECT coalesce(max(due_s), 0) FROM files WHERE due_s > 0))"
        ).fetchone() or (0,)
        assert isinstance(latest, (int, float))
        self._offset_s = float(latest) - self._clock.boottime_s()
        self._unix_offset_s = self._clock.unix_s() - self.now_s()
        self._connection.execute(
            "INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?)",
            (self._clock.boot_id, self._offset_s, self._unix_offset_s),
        )

    def follow_wall_clock(self) -> None:
        """Store a step of the wall clock; inside a transaction.

        A Pi without a battery-backed clock learns the time after its boot.
        """
        unix_offset_s = self._clock.unix_s() - self.now_s()
        if abs(unix_offset_s - self._unix_offset_s) < _CLOCK_STEP_S:
            return
        self._unix_offset_s = unix_offset_s
        self._connection.execute(
            "UPDATE clock SET unix_offset_s = ?1 WHERE abs(unix_offset_s - ?1) >= ?2",
            (unix_offset_s, _CLOCK_STEP_S),
        )
