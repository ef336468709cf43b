"""The part of a disk that stays free, and when a disk counts as full: one number for all."""

from typing import Final

KEPT_FREE_BYTES: Final = 32 * 1024 * 1024
"""Stays free for the database and its WAL: nothing that arrives, and no copy, uses it."""


def usable_bytes(free_bytes: int) -> int:
    """Return how much of the free space of a disk may be used; 0: the disk counts as full."""
    return max(0, free_bytes - KEPT_FREE_BYTES)
