"""The endurance of a disk, all that can be written to it: assumed by its size where not stated."""

from collections.abc import Mapping
from typing import Final

_TERABYTE: Final = 10**12

# How often the whole of it. Makers of cards for recorders state 10,000 hours of video at 26 Mbit/s
# for 128 GB (SanDisk High Endurance: 117 TB, 914 times its size); for other cards none states
# anything. A ninth of that: a database writes small pieces, and a card then writes more than it is
# told. Data sheets of the cheapest solid-state disks state 300 times and more (Crucial BX500, 240
# GB: 80 TB).
_TIMES: Final[Mapping[str, int]] = {"card": 100, "emmc": 100, "stick": 100, "ssd": 300}


def assumed_endurance_bytes(kind: str, size_bytes: int) -> int | None:
    """Return how much is assumed; None: it does not wear by writes, or is not what it seems.

    kind: a word of `DeviceKind`.
    """
    times = _TIMES.get(kind)
    return None if times is None else times * size_bytes


def assumed_times(kind: str) -> int | None:
    """Return how often all of a disk can be written, by assumption; None: nothing is assumed."""
    return _TIMES.get(kind)


def given_endurance_bytes(terabytes: int) -> int:
    """Return what the maker of a disk states in units of 10^12 bytes."""
    return terabytes * _TERABYTE
