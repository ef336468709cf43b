"""Hidden copies in a drop folder: made, locked and renamed in through its descriptor.

Members of the group may write the folder, so a name in it may lead to another place the second
time. A file is opened by the call that makes it; a directory without following a link, and used
only if it is ours. After that only the descriptor is used.
"""

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from netrelay.disk.descriptors import open_directory
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.removal import remove_entry

_PREFIX = b".netrelay-"
_FILE_MODE = 0o640


class HiddenCopy(NamedTuple):
    """An empty file or directory with a hidden name; descriptor is open for reading and locked."""

    folder: int
    name: bytes
    descriptor: int

    def rename_in(self, name: bytes) -> None:
        """Rename it in the folder; FileExistsError for a taken name. Durable after an fsync."""
        rename_to_new(self.name, name, self.folder)


@contextmanager
def hidden_copy(folder: int, is_directory: bool) -> Iterator[HiddenCopy]:
    """Make and lock a hidden file or directory for the block; remove it unless it was renamed."""
    name = _PREFIX + secrets.token_hex(8).encode()
    descriptor = _make(folder, name, is_directory)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield HiddenCopy(folder, name, descriptor)
    finally:
        remove_entry(name, folder)
        os.close(descriptor)


def _make(folder: int, name: bytes, is_directory: bool) -> int:
    if not is_directory:
        flags = os.O_RDONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        return os.open(name, flags, _FILE_MODE, dir_fd=folder)
    os.mkdir(name, 0o700, dir_fd=folder)
    descriptor = open_directory(name, folder)
    if os.fstat(descriptor).st_uid != os.geteuid():
        os.close(descriptor)
        raise PermissionError(f"another user exchanged {os.fsdecode(name)} for a directory of his")
    return descriptor


def sweep(folder: int) -> None:
    """Remove the leftovers of a killed `send`: those that no process has locked."""
    for name in map(os.fsencode, os.listdir(folder)):
        if name.startswith(_PREFIX):
            with suppress(OSError):
                _sweep_one(folder, name)


def _sweep_one(folder: int, name: bytes) -> None:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    descriptor = os.open(name, flags, dir_fd=folder)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_entry(name, folder)
    finally:
        os.close(descriptor)
