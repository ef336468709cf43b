"""The node's clock: seconds with power since the database was made, the same in every process."""

from collections.abc import Callable
from typing import NamedTuple

import apsw

# The latest time that is stored for certain, not one at which something is due. Each part is one
# look-up, or one in a table of few rows.
_LATEST_S = """
SELECT max(coalesce((SELECT max(offset_s, noted_s) FROM clock), 0),
           coalesce((SELECT at_s FROM events ORDER BY seq DESC LIMIT 1), 0),
           coalesce((SELECT max(changed_s) FROM connections), 0))
"""
_SOMETHING_ENDS = """
SELECT 1 FROM messages
 WHERE expires_s IS NOT NULL AND state NOT IN ('F', 'D') AND state <> 'S-5' LIMIT 1
"""
# The rest is kept for days: the history, sent/, and refusals.
_SOMETHING_IS_KEPT = "SELECT 1 FROM messages WHERE id > 0 LIMIT 1"
# adjtimex(2) slews the boot clock together with the wall clock: a difference this large is a step.
_CLOCK_STEP_S = 1.0


class Clock(NamedTuple):
    """The sources of time: seconds since boot, the id of this boot, and the wall clock.

    The wall clock is shown to people, and periods of budgets follow it; nothing is ordered by it.
    is_set: whether something has set it since the boot.
    """

    boottime_s: Callable[[], float]
    boot_id: str
    unix_s: Callable[[], float]
    is_set: Callable[[], bool] = lambda: True


class NodeClock:
    """The node's clock on one connection: seconds since boot plus an offset.

    The table `clock` stores the offset in one row, with the id of the boot for which it is valid.
    The first process of a boot computes it, so that the clock continues at the latest stored time
    (`tie`); every other process reads the same row (`read`). Since a row may be stored long before
    a boot, exporter notes the time (`note`) while something ages. The clock is therefore the same
    in all processes, never runs backwards, and stands still without power; a cut of the power takes
    what was not noted yet. The row also has the offset to the wall clock, to show times to people.
    """

    def __init__(self, connection: apsw.Connection, clock: Clock) -> None:
        self._connection = connection
        self._clock = clock
        self._offset_s = 0.0
        self._unix_offset_s = 0.0

    def now_s(self) -> float:
        """Return the seconds with power since the database was made."""
        return self._offset_s + self._clock.boottime_s()

    def unix_s(self) -> float:
        """Return the wall clock."""
        return self._clock.unix_s()

    def is_set(self) -> bool:
        """Return whether something has set the wall clock since the boot."""
        return self._clock.is_set()

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
        """Continue the clock at the latest stored time or due delivery; inside a transaction.

        Deliveries that wait for a retry are due after a boot.
        """
        (latest,) = self._connection.execute(
            f"SELECT max(({_LATEST_S}),"  # noqa: S608 -- a constant
            " (SELECT coalesce(max(due_s), 0) FROM files WHERE due_s > 0))"
        ).fetchone() or (0,)
        assert isinstance(latest, (int, float))
        self._offset_s = float(latest) - self._clock.boottime_s()
        self._unix_offset_s = self._clock.unix_s() - self.now_s()
        self._connection.execute(
            "INSERT OR REPLACE INTO clock (one, boot_id, offset_s, unix_offset_s, noted_s)"
            " VALUES (1, ?, ?, ?, ?)",
            (self._clock.boot_id, self._offset_s, self._unix_offset_s, latest),
        )

    def is_note_due(self, ends_s: float, kept_s: float) -> bool:
        """Return whether a boot would now lose too much of the clock.

        ends_s: how much it may lose while something has a lifetime; kept_s: while something is kept
        for days. Nothing is due while nothing ages, or while other rows are stored that often.
        """
        unnoted_s = self.now_s() - self._number(_LATEST_S)
        if unnoted_s < min(ends_s, kept_s):
            return False
        return (unnoted_s >= ends_s and self._number(_SOMETHING_ENDS) > 0) or (
            unnoted_s >= kept_s and self._number(_SOMETHING_IS_KEPT) > 0
        )

    def note(self) -> None:
        """Store the time at which a boot continues the clock; inside a transaction."""
        self._connection.execute("UPDATE clock SET noted_s = ?", (self.now_s(),))

    def _number(self, sql: str) -> float:
        (number,) = self._connection.execute(sql).fetchone() or (0,)
        assert isinstance(number, (int, float))
        return float(number)

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
