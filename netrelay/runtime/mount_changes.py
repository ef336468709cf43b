"""The kernel's table of mounts, watched: a disk that is mounted or taken away wakes a process."""

import os
from contextlib import suppress

from netrelay.runtime.poller import Poller


def watched_mounts(poller: Poller) -> int | None:
    """Return a descriptor that the poller finds ready after each change of the mounts.

    It stays open as long as the process. None where /proc cannot be read.
    """
    with suppress(OSError):
        mounts = os.open("/proc/self/mountinfo", os.O_RDONLY | os.O_CLOEXEC)
        poller.watch_priority(mounts)
        return mounts
    return None
