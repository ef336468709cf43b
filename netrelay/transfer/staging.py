"""Incoming files on disk: allocated at full size, written in any order, flushed in groups."""

import errno
import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from stat import S_ISREG

from netrelay.core.words import Refusal, WireError
from netrelay.disk.folders import FEW_FILES, flush_file_system, flush_folder
from netrelay.disk.removal import remove_entry

_MOST_OPEN = 64
# Stays free for the database and its WAL.
RESERVE_BYTES = 32 * 1024 * 1024
_BLOCK_BYTES = 512  # of st_blocks: stat(2)


class NoRoomError(WireError):
    """The file does not fit on the disk; a temporary refusal."""

    def __init__(self, reason: str) -> None:
        super().__init__(Refusal.NO_ROOM, reason)


class Staging:
    """The staging folder, written by one process.

    Nothing is durable before `flush`, which makes the content of every file written since, and all
    new names, durable together: one flush for many messages. Flush before the rows of the messages
    are committed, so that no row refers to bytes that a power cut can lose; a file without a row is
    removed at the next start (`keep_only`).

    Space is allocated when a file is admitted: a full disk is then a refusal with NO_ROOM at the
    beginning, and not an error in the middle of the file.

    Descriptors are cached between two flushes only, because an open descriptor keeps the space of a
    deleted file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open: OrderedDict[str, int] = OrderedDict()
        self._unflushed: set[str] = set()
        # A process that wrote here before may have died before it flushed new names.
        self._names_changed = True

    def admit(self, name: str, size_bytes: int, besides_bytes: int = 0) -> None:
        """Create a file with all its space allocated; NoRoomError when it does not fit.

        besides_bytes: space that will be needed later besides the file, and has to be free now.
        Durable after the next `flush`.
        """
        with _full_disk_refused():
            descriptor = self._descriptor(name)
            try:
                allocated_bytes = os.fstat(descriptor).st_blocks * _BLOCK_BYTES
                self.check_room(size_bytes - allocated_bytes + besides_bytes)
                os.posix_fallocate(descriptor, 0, size_bytes)
            except (OSError, NoRoomError):
                self.forget(name)
                (self._folder / name).unlink(missing_ok=True)
                raise
        self._unflushed.add(name)

    def exists(self, name: str) -> bool:
        """Return whether a file exists; `write` would silently create a missing one."""
        return name in self._open or os.path.lexists(self._folder / name)

    def write(self, name: str, offset: int, data: memoryview) -> None:
        """Write a range; durable after the next `flush`."""
        with _full_disk_refused():
            descriptor = self._descriptor(name)
            written = 0
            while written < len(data):
                written += os.pwrite(descriptor, data[written:], offset + written)
        self._unflushed.add(name)

    def write_whole(self, name: str, data: memoryview) -> None:
        """Write a small file, in place of any that exists; durable after the next `flush`."""
        self.check_room(len(data))
        self.write(name, 0, data)
        with _full_disk_refused():
            os.ftruncate(self._descriptor(name), len(data))

    def check_room(self, wanted_bytes: int) -> None:
        """Raise NoRoomError when so many more bytes would touch the reserve for the database."""
        free_bytes = shutil.disk_usage(self._folder).free - RESERVE_BYTES
        if 0 < wanted_bytes > free_bytes:
            raise NoRoomError(f"{wanted_bytes} bytes do not fit: {max(free_bytes, 0)} are free")

    def disk_bytes(self) -> tuple[int, int]:
        """Return the size of the disk, and how much of it is used."""
        usage = shutil.disk_usage(self._folder)
        return usage.total, usage.total - usage.free

    def keep_only(self, names: set[str]) -> None:
        """Remove all other files: a power cut left them, or their message is dead.

        A link or directory under one of the names goes too: nothing could be written to it.
        """
        for path in self._folder.iterdir():
            if path.name not in names or not S_ISREG(path.lstat().st_mode):
                remove_entry(path)

    def sizes(self) -> dict[str, int]:
        """Return the sizes in bytes of all files, by name."""
        return {path.name: path.stat().st_size for path in self._folder.iterdir()}

    def remove(self, name: str) -> None:
        """Delete a file, without waiting until that is durable; idempotent."""
        self.forget(name)
        (self._folder / name).unlink(missing_ok=True)

    def flush(self) -> None:
        """Make all content and names that were written so far durable, and close all files."""
        if len(self._unflushed) > FEW_FILES:
            flush_file_system(self._folder)
        else:
            for name in self._unflushed:
                os.fsync(self._descriptor(name))
            if self._names_changed:
                flush_folder(self._folder)
        self._unflushed.clear()
        self._names_changed = False
        self._close_all()

    def forget(self, name: str) -> None:
        """Close a file and leave it out of the next flush."""
        self._unflushed.discard(name)
        descriptor = self._open.pop(name, None)
        if descriptor is not None:
            os.close(descriptor)

    def _descriptor(self, name: str) -> int:
        descriptor = self._open.get(name)
        if descriptor is not None:
            self._open.move_to_end(name)
            return descriptor
        path, flags = self._folder / name, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags)
        except FileNotFoundError:
            descriptor = os.open(path, flags | os.O_CREAT, 0o600)
            self._names_changed = True
        self._open[name] = descriptor
        self._close_oldest()
        return descriptor

    def _close_oldest(self) -> None:
        """Bound the number of open files; `flush` opens an unflushed one again."""
        if len(self._open) > _MOST_OPEN:
            _, oldest = self._open.popitem(last=False)
            os.close(oldest)

    def _close_all(self) -> None:
        """Close all files: an open descriptor would keep the space of a deleted one."""
        for descriptor in self._open.values():
            os.close(descriptor)
        self._open.clear()


@contextmanager
def _full_disk_refused() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise NoRoomError(f"the disk is full: {error.strerror}") from error
        raise
