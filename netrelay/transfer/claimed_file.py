"""Reading claimed files, and noticing when one is not what was claimed any more."""

import os
from collections import OrderedDict
from pathlib import Path

from netrelay.disk.inodes import fingerprint

_MOST_OPEN = 32


class FileChanged(Exception):  # noqa: N818 -- an outcome for the job, not a fault of ours
    """The file is not what was claimed; the text says in which way."""


class ClaimedFiles:
    """Reads ranges of claimed files; keeps the last few open, for the chunks that follow."""

    def __init__(self, home: Path) -> None:
        self.home = os.fsencode(home) + b"/"
        self._open: OrderedDict[bytes, int] = OrderedDict()

    def read_into(self, path: bytes, claimed: str, offset: int, view: memoryview) -> None:
        """Fill the view from the file; FileChanged when it changed since the claim."""
        descriptor = self._descriptor(path, claimed)
        filled = 0
        try:
            while filled < len(view):
                count = os.preadv(descriptor, [view[filled:]], offset + filled)
                if not count:
                    raise FileChanged(f"it ends at byte {offset + filled}")
                filled += count
            status = os.fstat(descriptor)
            _check(status, claimed)
        except (FileChanged, OSError):
            self._close(path)
            raise
        if offset + filled >= status.st_size:
            # Most likely its last reading: the space of a file that is deleted has to come free.
            self._close(path)

    def _descriptor(self, path: bytes, claimed: str) -> int:
        descriptor = self._open.get(path)
        if descriptor is not None:
            if fingerprint(os.fstat(descriptor)) == claimed:
                self._open.move_to_end(path)
                return descriptor
            # Perhaps of an earlier claim: their paths come again.
            self._close(path)
        try:
            descriptor = os.open(
                self.home + path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            )
        except OSError as error:
            raise FileChanged(f"it cannot be read: {error.strerror}") from error
        self._open[path] = descriptor
        try:
            _check(os.fstat(descriptor), claimed)
        except FileChanged:
            self._close(path)
            raise
        if len(self._open) > _MOST_OPEN:
            self._close(next(iter(self._open)))
        return descriptor

    def _close(self, path: bytes) -> None:
        os.close(self._open.pop(path))


def _check(status: os.stat_result, claimed: str) -> None:
    found = fingerprint(status)
    if found == claimed:
        return
    was, now = claimed.split(":"), found.split(":")
    if was[0] != now[0]:
        raise FileChanged("another file lies in its place")
    if was[1] != now[1]:
        raise FileChanged(f"it had {was[1]} bytes when it was claimed and has {now[1]}")
    raise FileChanged("it was written to, or renamed, after it was claimed")
