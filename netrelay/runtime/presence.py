"""Detection of the first running process of a home, with a shared lock."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def mark_running(directory: Path, first: Callable[[], None]) -> int:
    """Mark this process as running until the returned descriptor is closed, or until it ends.

    If no other one is running, `first` is called before; the others block until it has returned.
    Two that start at the same moment may both call it, one after the other.
    """
    path = directory / "node.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Blocks while the first one holds it exclusively.
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return descriptor
        first()
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
