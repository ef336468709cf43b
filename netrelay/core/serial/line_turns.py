"""Turns on a half duplex line: each is handed over, and a free line is contended for.

A side that has a turn ends it with a frame that says OVER, and the other side begins after the
turnaround. Where that frame is lost, silence says the same. A line on which nobody has anything to
send is free; who begins and hears no answer waits for a time that is drawn, and longer each time.
"""

import struct
import zlib
from typing import Final

from netrelay.core.serial.line_settings import LineSettings

# Adapters and modems delay received bytes: an FTDI adapter by up to 16 ms, radio modems by up to
# 60 ms.
_LATENCY_S: Final = 0.1
# A frame without content for the other side.
_SHORTEST_BYTES: Final = 16
_TURN_TURNAROUNDS: Final = 20
_SHORTEST_TURN_S: Final = 0.5
_LONGEST_TURN_S: Final = 4.0
_MOST_DOUBLINGS: Final = 5


class LineTurns:
    """The turns of one side; times are on the caller's monotonic clock."""

    def __init__(self, settings: LineSettings, session: int, now_s: float) -> None:
        self._turnaround_s = settings.turnaround_s
        self._slot_s = self._turnaround_s + _LATENCY_S + settings.line_s(_SHORTEST_BYTES)
        wanted_s = _TURN_TURNAROUNDS * self._turnaround_s
        self._turn_s = max(_SHORTEST_TURN_S, min(wanted_s, _LONGEST_TURN_S))
        self._session = session
        self._draws = 0
        self._failures = 0
        self.is_on = False
        """True while this side transmits."""
        self.ends_s = now_s
        """When a turn that is on should end."""
        self.clear_s = now_s + self._drawn_s()
        """The time from which this side may begin; after it is on, the past."""

    @property
    def answer_s(self) -> float:
        """Time from the end of a turn to the begin of its answer."""
        return 2 * self._turnaround_s + 2 * _LATENCY_S + self._slot_s

    def begin(self, now_s: float) -> None:
        """Begin a turn."""
        self.is_on = True
        self.ends_s = now_s + self._turn_s

    def end(self, left_s: float) -> None:
        """End a turn whose last byte leaves then; without an answer it may be tried again later."""
        self.is_on = False
        self.clear_s = left_s + self.answer_s + self._drawn_s()
        self._failures = min(self._failures + 1, _MOST_DOUBLINGS)

    def give_up(self, until_s: float) -> None:
        """End a turn without a word; this side does not begin before that time."""
        self.is_on = False
        self.clear_s = until_s

    def hear(self, now_s: float) -> None:
        """Note that bytes come: the other side has the turn until it is silent.

        They may be an echo of this side's own, so an answer is waited for no less than before.
        """
        if not self.is_on:
            quiet_s = now_s + self._turnaround_s + _LATENCY_S + self._drawn_s() / 2
            self.clear_s = max(self.clear_s, quiet_s)

    def take(self, now_s: float, *, is_over: bool) -> None:
        """Note a frame of the other side; is_over: the turn is this side's."""
        self._failures = 0
        if is_over and not self.is_on:
            self.clear_s = now_s + self._turnaround_s

    def _drawn_s(self) -> float:
        self._draws += 1
        drawn = zlib.crc32(struct.pack(">II", self._session, self._draws)) / 2**32
        return float(drawn * self._slot_s * (2**self._failures - (self._draws > 1)))
