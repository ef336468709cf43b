"""Opening below a directory that others may write: by descriptors, never through a symbolic link.

A path that is walked twice can lead to two places: whoever may write a folder on it exchanges a
directory for a link in between. A descriptor stays with the directory that was opened.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG

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


def opened_regular_file(path: Path) -> int:
    """Return a descriptor for reading; FileNotFoundError unless it is a regular file."""
    # Without O_NONBLOCK the opening of a fifo waits for its other end.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno in (errno.ELOOP, errno.ENXIO):
            raise FileNotFoundError(errno.ENOENT, "it is no file any more", path) from error
        raise
    if not S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise FileNotFoundError(errno.ENOENT, "it is no file any more", path)
    return descriptor
