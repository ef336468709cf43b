"""Process locks: one instance of each process in a home; two would share its rings and bell."""

import fcntl
import os
from pathlib import Path


class AlreadyRunsError(Exception):
    """Another instance of a process of this home runs; the text has its pid."""


def lock_process(directory: Path, process: str) -> int:
    """Lock a process of a home; the returned descriptor holds the lock (flock(2)).

    AlreadyRunsError when another instance holds it, perhaps one that is just ending.
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
