"""Reads of claimed files, with a check that each is unchanged since its claim."""

import errno
import os
from collections import OrderedDict
from contextlib import suppress
from pathlib import Path

from netrelay.disk.descriptors import open_beneath
from netrelay.disk.folders import is_folder
from netrelay.disk.inodes import fingerprint
from netrelay.transfer.claimed_place import opened_place

_MOST_OPEN = 32
# Errors by which somebody has changed the file, or its access: the rest are of the disk, or of the
# machine, and end.
_OF_THE_FILE = frozenset(
    {errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.EACCES, errno.EPERM}
)


class FileChanged(Exception):  # noqa: N818 -- an outcome of the job, not a fault of this program
    """A claimed file was changed, replaced or cannot be read; the text names the difference."""


class FileTouched(FileChanged):
    """A claimed file has another inode or ctime, but its old size and modification time.

    chmod, chown, a hard link, a home on another disk: its content is most likely what it was. It is
    read anew from the beginning, so that what is sent is from one state of the file.
    """

    def __init__(self, text: str, fingerprint: str) -> None:
        super().__init__(text)
        self.fingerprint = fingerprint


class CopyChanged(FileChanged):
    """The compressed copy of a claimed file is not what was made; the file itself may be sent."""


class FileUnread(Exception):  # noqa: N818 -- an outcome, as above
    """A claimed file cannot be read for now: its disk is away or fails; nothing says it changed."""


class ClaimedFiles:
    """A reader of ranges of claimed files; it keeps the most recently used ones open.

    Fingerprints are compared before and after each read, so a range that is returned is from an
    unchanged file. The check is optimistic: it does not keep a program from changing the file.
    """

    def __init__(self, home: Path) -> None:
        self.home = os.fsencode(home) + b"/"
        self._open: OrderedDict[tuple[bytes, bytes], int] = OrderedDict()

    def read_into(
        self, path: bytes, claimed: str, offset: int, view: memoryview, inside: bytes = b""
    ) -> None:
        """Fill the view from an offset of a file; FileChanged when it changed since the claim.

        FileUnread when its disk is away or fails.

        path is relative to the home, inside is that of a file in a claimed directory, relative to
        the directory. claimed is the fingerprint of the claim. After an exception the content of
        the view is undefined.
        """
        file = path, inside
        try:
            self._read(file, claimed, offset, view)
        except OSError as error:
            raise FileUnread(f"it cannot be read: {error.strerror}") from error

    def _read(self, file: tuple[bytes, bytes], claimed: str, offset: int, view: memoryview) -> None:
        descriptor = self._descriptor(file, claimed)
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
            self._close(file)
            raise
        if offset + filled >= status.st_size:
            # Likely its last read. An open descriptor would keep the space of a deleted file.
            self._close(file)

    def _descriptor(self, file: tuple[bytes, bytes], claimed: str) -> int:
        descriptor = self._open.get(file)
        if descriptor is not None:
            # Of a disk that was pulled, fstat(2) may fail.
            with suppress(OSError):
                if fingerprint(os.fstat(descriptor)) == claimed:
                    self._open.move_to_end(file)
                    return descriptor
            # A descriptor of an earlier claim: claim numbers, and thus paths, are reused.
            self._close(file)
        try:
            descriptor = _open(self.home + file[0], file[1])
        except OSError as error:
            raise read_failure(self.home, file[0], error) from error
        self._open[file] = descriptor
        try:
            _check(os.fstat(descriptor), claimed)
        except (FileChanged, OSError):
            self._close(file)
            raise
        if len(self._open) > _MOST_OPEN:
            self._close(next(iter(self._open)))
        return descriptor

    def _close(self, file: tuple[bytes, bytes]) -> None:
        os.close(self._open.pop(file))


def read_failure(home: bytes, path: bytes, error: OSError) -> FileChanged | FileUnread:
    """Return what an error of opening or reading a claim means for its job.

    home: absolute, ends with "/". A claim whose folder is missing is on a disk that is not mounted,
    as far as can be known.
    """
    text = f"it cannot be read: {error.strerror or error}"
    if isinstance(error, FileNotFoundError):
        folder = path.rpartition(b"/")[0]
        if not is_folder(home + folder):
            shown = os.fsdecode(folder)
            return FileUnread(f"{shown} is not there: its disk is away, or it was removed")
        return FileChanged(text)
    return FileChanged(text) if error.errno in _OF_THE_FILE else FileUnread(text)


def _open(path: bytes, inside: bytes) -> int:
    """Open a claimed file, or one in a claimed directory, which its owner may still change."""
    with opened_place(path) as (place, name):
        return open_beneath(place, name + b"/" + inside if inside else name, os.O_RDONLY)


def _check(status: os.stat_result, claimed: str) -> None:
    found = fingerprint(status)
    if found == claimed:
        return
    was, now = claimed.split(":"), found.split(":")
    if was[1:3] == now[1:3]:
        raise FileTouched("its inode was changed after its claim", found)
    if was[0] != now[0]:
        raise FileChanged("another file is in its place")
    if was[1] != now[1]:
        raise FileChanged(f"it had {was[1]} bytes when it was claimed and has {now[1]}")
    raise FileChanged("it was written to, or renamed, after it was claimed")
