"""The receiving side of a serial line: puts the bytes of DATA frames in order."""

from netrelay.core.serial.byte_ranges import KEPT_RANGES_MAX, ByteRange, added
from netrelay.core.serial.line_records import (
    OFFSETS,
    RANGES_MOST,
    WINDOW_BYTES,
    LineData,
    LineFlag,
    LineHave,
)


class ReceivedBytes:
    """The bytes that have arrived, and which of them are behind a gap.

    WINDOW_BYTES are kept at most. Offsets are counted from the begin of the session here, and
    modulo OFFSETS on the line.
    """

    def __init__(self) -> None:
        self._next = 0
        self._held = bytearray(WINDOW_BYTES)
        self._ranges: list[ByteRange] = []

    @property
    def has_gap(self) -> bool:
        """True while bytes behind a gap are held."""
        return bool(self._ranges)

    def take(self, data: LineData) -> bytes | None:
        """Return the bytes that are in order now; None for what has come before, or is too far."""
        start = self._next + signed(data.offset - self._next)
        end = start + len(data.data)
        if end > self._next + WINDOW_BYTES or end <= self._next:
            return None
        skipped = max(self._next - start, 0)
        start += skipped
        ranges = added(self._ranges, (start, end))
        if ranges == self._ranges or len(ranges) > max(KEPT_RANGES_MAX, len(self._ranges)):
            return None
        at = start - self._next
        self._held[at : at + end - start] = data.data[skipped:]
        self._ranges = ranges
        if self._ranges[0][0] > self._next:
            return b""
        count = self._ranges.pop(0)[1] - self._next
        ordered = bytes(self._held[:count])
        self._held[:count] = b""
        self._held += bytes(count)
        self._next += count
        return ordered

    def have(self, flags: LineFlag) -> LineHave:
        """Return what is said to the other side; ranges that are too many are left out."""
        ranges = [(start % OFFSETS, end % OFFSETS) for start, end in self._ranges[:RANGES_MOST]]
        return LineHave(self._next % OFFSETS, tuple(ranges), flags)


def signed(difference: int) -> int:
    """Return a difference of two offsets modulo OFFSETS, from -OFFSETS / 2 on."""
    half = OFFSETS // 2
    return (difference + half) % OFFSETS - half
