"""The part of a disk that stays free, and when a disk counts as full: one number for all."""

from enum import StrEnum
from typing import Final

KEPT_FREE_BYTES: Final = 32 * 1024 * 1024
"""Stays free for the database and its WAL: nothing that arrives, and no copy, uses it."""


def usable_bytes(free_bytes: int) -> int:
    """Return how much of the free space of a disk may be used; 0: the disk counts as full."""
    return max(0, free_bytes - KEPT_FREE_BYTES)


_LITTLE_BYTES = 1 << 30
_LITTLE_PART = 0.05
_FEW_FILES = 1000


class DiskLevel(StrEnum):
    """Levels of the room on a disk: the words of the table `disks`."""

    FINE = "fine"
    LOW = "low"
    FULL = "full"
    FEW_FILES = "few-files"


def disk_level(free_bytes: int, all_bytes: int, files: int, free_files: int) -> DiskLevel:
    """Return the level of a disk, by statvfs(3); files: 0 where its inodes are not counted.

    Low: less than 1 GiB is free, or of a small disk less than a twentieth.
    """
    if not usable_bytes(free_bytes):
        return DiskLevel.FULL
    if files and free_files < _FEW_FILES:
        return DiskLevel.FEW_FILES
    is_low = free_bytes < min(_LITTLE_BYTES, all_bytes * _LITTLE_PART)
    return DiskLevel.LOW if is_low else DiskLevel.FINE
