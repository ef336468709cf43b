"""Detection of the first running process of a home, with a shared lock."""

import fcntl
import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

_WAIT_S = 0.005


def mark_running(
    directory: Path, first: Callable[[], None], while_waiting: Callable[[], None] = lambda: None
) -> int:
    """Mark this process as running until the returned descriptor is closed, or until it ends.

    If no other one is running, `first` is called before; the others block until it has returned.
    Two that start at the same moment may both call it, one after the other. while_waiting: called
    repeatedly while this blocks; it may raise.
    """
    path = directory / "node.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            _share(descriptor, while_waiting)
            return descriptor
        first()
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _share(descriptor: int, while_waiting: Callable[[], None]) -> None:
    """Block while the first one holds the lock exclusively."""
    while True:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return
        while_waiting()
        time.sleep(_WAIT_S)
