"""Who is first of a home's processes: none of the others has the database open."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path


def enter(directory: Path, first: Callable[[], None]) -> int:
    """Be present until the descriptor is closed; the first there calls `first`, the others wait.

    Two that meet at the door may both be first, one after the other.
    """
    path = directory / "node.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o660)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            # Shared with those who are there; who is first holds it alone until it is done.
            fcntl.flock(descriptor, fcntl.LOCK_SH)
            return descriptor
        first()
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor
