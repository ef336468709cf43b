"""The sending side of a serial line: what is on its way, what arrived, what has to go again.

A line keeps the order of its frames. So a frame is lost when one that was sent after it has
arrived, or when the other side answers a question that was asked after it.
"""

from typing import Final, NamedTuple

from netrelay.core.serial.byte_ranges import KEPT_RANGES_MAX, ByteRange, added, missing
from netrelay.core.serial.line_records import OFFSETS, WINDOW_BYTES, LineData, LineHave
from netrelay.core.serial.piece_sizes import PieceSizes
from netrelay.core.serial.received_bytes import signed

_FIRST_ROUND_TRIP_S: Final = 0.5
# As RFC 6298: the weights of the newest measurement.
_ROUND_TRIP_WEIGHT: Final = 1 / 8
_DEVIATION_WEIGHT: Final = 1 / 4


class _Flight(NamedTuple):
    start: int
    end: int
    order: int
    left_s: float  # when its last byte left
    is_again: bool


class SentBytes:
    """The bytes of one direction from the first that is not acknowledged; WINDOW_BYTES at most.

    Offsets are counted from the begin of the session, and modulo OFFSETS on the line. Times are
    those at which a frame has left the line.
    """

    def __init__(self, sizes: PieceSizes) -> None:
        self._sizes = sizes
        self._base = 0
        self._kept = bytearray()
        self._next = 0
        self._arrived: list[ByteRange] = []
        self._again: list[ByteRange] = []
        self._flights: list[_Flight] = []
        self._order = 0
        self._asked_order: int | None = None
        self._round_trip_s = _FIRST_ROUND_TRIP_S
        self._deviation_s = _FIRST_ROUND_TRIP_S / 2
        self.sent_again_bytes = 0

    @property
    def room_bytes(self) -> int:
        """Bytes that `add` still takes."""
        return WINDOW_BYTES - len(self._kept)

    @property
    def unsent_bytes(self) -> int:
        """Bytes that were given to `add` and never sent."""
        return self._base + len(self._kept) - self._next

    @property
    def has_again(self) -> bool:
        """True if something has to be sent again."""
        return bool(self._again)

    @property
    def waits_s(self) -> float:
        """Time that the answer to a frame may take, from when it has left."""
        return self._round_trip_s + 4 * self._deviation_s

    @property
    def last_left_s(self) -> float | None:
        """Time at which the last frame on its way has left; None without one."""
        return self._flights[-1].left_s if self._flights else None

    def add(self, data: bytes) -> None:
        """Append bytes to the stream, at most `room_bytes`."""
        self._kept += data

    def next_piece(self, size_bytes: int) -> LineData | None:
        """Return the next frame, what was lost first; None if there is none. Then call `left`."""
        if self._again:
            start, end = self._again[0]
        else:
            start, end = self._next, self._base + len(self._kept)
        end = min(end, start + size_bytes)
        if start == end:
            return None
        at = start - self._base
        return LineData(start % OFFSETS, bytes(self._kept[at : at + end - start]))

    def left(self, piece: LineData, left_s: float) -> None:
        """Note that the frame of `next_piece` is written, and when its last byte leaves."""
        is_again = bool(self._again)
        start = self._again[0][0] if is_again else self._next
        end = start + len(piece.data)
        if is_again:
            first = self._again.pop(0)
            self.sent_again_bytes += end - start
            if end < first[1]:
                self._again.insert(0, (end, first[1]))
        else:
            self._next = end
        self._order += 1
        self._flights.append(_Flight(start, end, self._order, left_s, is_again))

    def asked(self) -> None:
        """Note that a question goes out now: its answer tells of all that was sent before."""
        if self._asked_order is None:
            self._asked_order = self._order

    def heard(self, have: LineHave, now_s: float, *, is_answer: bool, is_last_word: bool) -> None:
        """Apply what the other side has; is_last_word: it was said after all that was sent.

        What it says of bytes that were never sent is ignored.
        """
        base = self._base + signed(have.offset - self._base)
        if not self._base <= base <= self._next:
            return
        arrived = added(self._arrived, (self._base, base))
        for wire in have.ranges:
            start, end = (base + signed(each - base) for each in wire)
            if base <= start < end <= self._next:
                arrived = added(arrived, (start, end))
        # A hostile peer names ranges without end. Bytes of dropped ranges are sent again.
        self._arrived = arrived[:KEPT_RANGES_MAX]
        newest = 0
        if is_last_word:
            newest = self._order
        elif is_answer and self._asked_order is not None:
            newest = self._asked_order
        if is_answer or is_last_word:
            self._asked_order = None
        self._judge(now_s, newest)
        self._forget(base)

    def _judge(self, now_s: float, newest: int) -> None:
        """Split the frames on their way into arrived, lost, and open ones."""
        open_flights = []
        for each in self._flights:
            if any(missing(self._arrived, each[:2])):
                open_flights.append(each)
                continue
            self._sizes.note(each.end - each.start, is_lost=False)
            newest = max(newest, each.order)
            if not each.is_again:
                self._measure(now_s - each.left_s)
        self._flights = [each for each in open_flights if each.order > newest]
        for each in open_flights:
            if each.order <= newest:
                self._sizes.note(each.end - each.start, is_lost=True)
                for gap in missing(self._arrived, each[:2]):
                    self._again = added(self._again, gap)

    def _measure(self, round_trip_s: float) -> None:
        taken_s = max(round_trip_s, 0.0)
        deviation_s = abs(taken_s - self._round_trip_s)
        self._deviation_s += _DEVIATION_WEIGHT * (deviation_s - self._deviation_s)
        self._round_trip_s += _ROUND_TRIP_WEIGHT * (taken_s - self._round_trip_s)

    def _forget(self, base: int) -> None:
        del self._kept[: base - self._base]
        self._base = base
        self._arrived = [(max(start, base), end) for start, end in self._arrived if end > base]
        waiting = ((max(start, base), end) for start, end in self._again if end > base)
        self._again = [gap for each in waiting for gap in missing(self._arrived, each)]
