"""Time, in one place: what may order things, and what people read."""

import time
from pathlib import Path

from netrelay.store.node_clock import Clock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boottime_s() -> float:
    """Give the seconds since boot, suspended time included; nothing but a boot sets it back."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Give the kernel's name of this boot: two readings of `boottime_s` compare only within one."""
    return BOOT_ID.read_text().strip()


def unix_s() -> float:
    """Give the wall clock, for people to read; it may jump, so nothing is ordered by it."""
    return time.time()


def system_clock() -> Clock:
    """Give the clock every database connection of this machine is opened with."""
    return Clock(boottime_s, boot_id(), unix_s)
