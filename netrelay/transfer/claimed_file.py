"""Reading claimed files, and noticing when one is not what was claimed any more."""

import os
from collections import OrderedDict
from pathlib import Path

from netrelay.store.folders import fingerprint

_MOST_OPEN = 32


class FileChanged(Exception):  # noqa: N818 -- an outcome for the job, not a fault of ours
    """The file is not what was claimed; the text says in which way."""


class ClaimedFiles:
    """Reads ranges of claimed files; keeps the last few open, for the chunks that follow."""

    def __init__(self, home: Path) -> None:
        self._home = os.fsencode(home) + b"/"
        self._open: OrderedDict[bytes, int] = OrderedDict()

    def read_into(self, path: bytes, claimed: str, offset: int, view: memoryview) -> None:
        """Fill the view from the file; FileChanged when it changed since the claim."""
        descriptor = self._descriptor(path)
        self._check(descriptor, claimed)
        filled = 0
        while filled < len(view):
            count = os.preadv(descriptor, [view[filled:]], offset + filled)
            if not count:
                raise FileChanged(f"it ends at byte {offset + filled}")
            filled += count
        self._check(descriptor, claimed)

    def forget(self, path: bytes) -> None:
        """Close a file that is not needed any more."""
        descriptor = self._open.pop(path, None)
        if descriptor is not None:
            os.close(descriptor)

    def _descriptor(self, path: bytes) -> int:
        descriptor = self._open.get(path)
        if descriptor is not None:
            self._open.move_to_end(path)
            return descriptor
        try:
            descriptor = os.open(
                self._home + path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK
            )
        except OSError as error:
            raise FileChanged(f"it cannot be read: {error.strerror}") from error
        self._open[path] = descriptor
        if len(self._open) > _MOST_OPEN:
            _, oldest = self._open.popitem(last=False)
            os.close(oldest)
        return descriptor

    @staticmethod
    def _check(descriptor: int, claimed: str) -> None:
        found = fingerprint(os.fstat(descriptor))
        if found != claimed:
            raise FileChanged(
                f"inode:size:mtime:ctime were {claimed} when it was claimed, now {found}"
            )
