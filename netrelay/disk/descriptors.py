"""Opening below a directory that others may write: by descriptors, never through a symbolic link.

A path that is walked twice can lead to two places: whoever may write a folder on it exchanges a
directory for a link in between. A descriptor stays with the directory that was opened.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_DIRECTORY = os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


def open_directory(name: str | bytes | Path, within: int | None = None) -> int:
    """Return a descriptor of a directory; NotADirectoryError for anything else, a link included.

    within is the descriptor that a relative name is below; only its last component is not followed.
    """
    return os.open(name, os.O_RDONLY | _DIRECTORY, dir_fd=within)


@contextmanager
def opened_directory(name: str | bytes | Path, within: int | None = None) -> Iterator[int]:
    """Open a directory for the block, as `open_directory` does."""
    descriptor = open_directory(name, within)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def open_beneath(directory: int, path: bytes, flags: int) -> int:
    """Return a descriptor of what is at a relative path below an open directory.

    No component is followed if it is a link: NotADirectoryError for one in between, an OSError with
    ELOOP for the last. Does not block on a FIFO.
    """
    *parents, name = path.split(b"/")
    within = directory
    try:
        for parent in parents:
            inner = os.open(parent, os.O_PATH | _DIRECTORY, dir_fd=within)
            if within != directory:
                os.close(within)
            within = inner
        more = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        return os.open(name, flags | more, dir_fd=within)
    finally:
        if within != directory:
            os.close(within)
