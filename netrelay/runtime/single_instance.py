"""One process of each kind for a home: two would take each other's bells, rings and work."""

import fcntl
import os
from pathlib import Path


class AlreadyRunsError(Exception):
    """This process of this home runs already; the text says with which pid."""


def claim(directory: Path, process: str) -> int:
    """Take the place of a process; the descriptor holds it, until the process dies.

    AlreadyRunsError when another has it: perhaps one that is just ending.
    """
    path = directory / f"{process}.lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = os.pread(descriptor, 32, 0).decode(errors="replace").strip()
        os.close(descriptor)
        raise AlreadyRunsError(
            f"{process} of this home runs already, as process {holder}"
        ) from None
    os.pwrite(descriptor, str(os.getpid()).ljust(32).encode(), 0)
    return descriptor
