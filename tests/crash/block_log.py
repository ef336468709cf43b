"""A disk with a volatile write cache: writes in order, and which of them were flushed.

    write  write  FLUSH  write  write  write  <- power cut
    |___________|        |_________________|
       survive            each survives, is lost, or is torn

A write is acknowledged when it is in the cache. Only a flush makes it durable; until then the disk
may write it, or single sectors of it, to the medium at any time and in any order.
"""

import random
from collections.abc import Callable
from enum import Enum
from mmap import mmap
from typing import NamedTuple

SECTOR_BYTES = 512  # written atomically


class Moment(Enum):
    """The moment of a cut: before or after the disk has executed a request."""

    BEFORE = "before"
    AFTER = "after"


class Cut(NamedTuple):
    """The fate of the unflushed writes in a power cut."""

    unflushed: int
    kept: int
    torn: int
    lost: int


class BlockLog:
    """A disk in memory, initially flushed.

    It counts writes and flushes since construction or the last power cut.
    """

    def __init__(self, size_bytes: int) -> None:
        if size_bytes <= 0 or size_bytes % SECTOR_BYTES:
            raise ValueError(
                f"a disk of {size_bytes} bytes; allowed: a multiple of {SECTOR_BYTES} above 0"
            )
        self.size_bytes = size_bytes
        self.writes = 0
        self.flushes = 0
        self._seen = mmap(-1, size_bytes)  # visible to readers
        self._medium = mmap(-1, size_bytes)
        self._unflushed: list[tuple[int, bytes]] = []
        self._has_power = True

    def read(self, offset: int, size_bytes: int) -> bytes:
        """Return the latest content, flushed or not; short at the end of the disk."""
        return self._seen[offset : offset + size_bytes]

    def write(self, offset: int, data: bytes) -> None:
        """Write whole sectors to the cache; ValueError for anything else, or beyond the end."""
        if offset % SECTOR_BYTES or len(data) % SECTOR_BYTES:
            raise ValueError(f"{len(data)} bytes at {offset}: not whole sectors")
        if offset + len(data) > self.size_bytes:
            raise ValueError(f"{len(data)} bytes at {offset}: beyond the end, {self.size_bytes}")
        self.writes += 1
        self._seen[offset : offset + len(data)] = data
        if self._has_power:
            self._unflushed.append((offset, data))

    def flush(self) -> None:
        """Write the cache to the medium, in order."""
        self.flushes += 1
        for offset, data in self._unflushed:
            self._medium[offset : offset + len(data)] = data
        self._unflushed.clear()

    def cut(self, chance: random.Random) -> Cut:
        """Cut the power: decide which unflushed writes reach the medium.

        The share of surviving writes is random for each cut, and 0 in a third of them; their order
        is random. Until `power_on` no further write reaches the medium, but readers still see the
        latest content.
        """
        self._has_power = False
        survival = chance.choice((0.0, chance.random(), chance.random()))
        unflushed = self._unflushed
        self._unflushed = []
        fates = [0, 0, 0]
        for offset, data in chance.sample(unflushed, len(unflushed)):
            kept = _kept_sectors(len(data) // SECTOR_BYTES, survival, chance)
            fates[2 if not any(kept) else 0 if all(kept) else 1] += 1
            for sector, is_kept in enumerate(kept):
                if is_kept:
                    begin = sector * SECTOR_BYTES
                    part = data[begin : begin + SECTOR_BYTES]
                    self._medium[offset + begin : offset + begin + SECTOR_BYTES] = part
        return Cut(len(unflushed), *fates)

    def power_on(self) -> None:
        """Make the content of the medium the visible content."""
        self._has_power = True
        self._seen[:] = self._medium[:]
        self.writes = self.flushes = 0


def _kept_sectors(count: int, survival: float, chance: random.Random) -> list[bool]:
    """Return which sectors of a write reach the medium: none, all, the first ones, or any."""
    if chance.random() >= survival:
        return [False] * count
    how: Callable[[int], bool]
    limit = chance.randint(0, count)
    how = chance.choice(
        (
            lambda _: True,
            lambda _: True,
            lambda sector: sector < limit,
            lambda _: chance.random() < 0.5,
        )
    )
    return [how(sector) for sector in range(count)]
