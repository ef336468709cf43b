"""Ranges of byte offsets: which bytes of a sequence are there."""

from collections.abc import Iterable, Iterator
from typing import Final

ByteRange = tuple[int, int]
"""First offset, and the one behind the last."""
KEPT_RANGES_MAX: Final = 64
"""Ranges that one side of a line keeps: whoever makes gaps of single bytes would make thousands."""


def added(ranges: Iterable[ByteRange], new: ByteRange) -> list[ByteRange]:
    """Return sorted ranges with one more; those that touch are one."""
    start, end = new
    kept = []
    for each in ranges:
        if each[1] < start or end < each[0]:
            kept.append(each)
        else:
            start, end = min(start, each[0]), max(end, each[1])
    if start < end:
        kept.append((start, end))
    return sorted(kept)


def missing(ranges: Iterable[ByteRange], whole: ByteRange) -> Iterator[ByteRange]:
    """Yield what of a whole range is in none of sorted ranges."""
    at, end = whole
    for each in ranges:
        if each[0] > at and min(each[0], end) > at:
            yield at, min(each[0], end)
        at = max(at, each[1])
    if at < end:
        yield at, end
