"""Opening the folder that a claim is in, without following a link that took the place of a folder.

A claims folder on another disk lies in a folder that may belong to a user of this machine, who can
exchange it for a link. By path, its files would then be any files of the node.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from netrelay.disk.descriptors import open_beneath

CLAIMED = b".claimed"
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@contextmanager
def opened_place(path: bytes) -> Iterator[tuple[int, bytes]]:
    """Open the folder of a claim for the block; yield its descriptor and the name in it.

    path is absolute. From `.claimed` on no component is followed if it is a link:
    NotADirectoryError. What is in no claims folder (sent/, failed/) is opened as it is.
    """
    folder, _, name = path.rpartition(b"/")
    top, mark, below = (folder + b"/").partition(b"/" + CLAIMED + b"/")
    within = os.open(top or b"/", _FOLDER)
    try:
        if mark:
            inner = open_beneath(within, (CLAIMED + b"/" + below).rstrip(b"/"), _FOLDER)
            os.close(within)
            within = inner
        yield within, name
    finally:
        os.close(within)


class OpenedPlaces:
    """Opens the folders of claims one after the other; claims of one folder share a descriptor.

    Close it (contextlib.closing).
    """

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._folder: bytes | None = None
        self._within = -1

    def of(self, path: bytes) -> tuple[int, bytes]:
        """Return what `opened_place` yields; the descriptor is valid until the next call."""
        folder, _, name = path.rpartition(b"/")
        if folder != self._folder:
            self.close()
            self._within, _ = self._stack.enter_context(opened_place(path))
            self._folder = folder
        return self._within, name

    def close(self) -> None:
        """Close the folder that is open; idempotent."""
        self._folder = None
        self._stack.close()
