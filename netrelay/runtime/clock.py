"""The clocks: time since boot for everything that is compared, wall-clock time for people."""

import time
from pathlib import Path

from netrelay.runtime.clock_steps import is_clock_set
from netrelay.store.node_clock import Clock

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def boottime_s() -> float:
    """Return the seconds since boot, including suspend; monotonic within one boot."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def boot_id() -> str:
    """Return the kernel's id of this boot; `boottime_s` compares only within one boot."""
    return BOOT_ID.read_text().strip()


def unix_s() -> float:
    """Return Unix time, for people only: it may jump, so nothing is ordered by it."""
    return time.time()


def system_clock() -> Clock:
    """Return the clock for database connections on this machine."""
    return Clock(boottime_s, boot_id(), unix_s, is_clock_set)
