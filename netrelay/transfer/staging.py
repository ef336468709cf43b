"""Incoming files on disk: allocated at full size, written in any order, flushed in groups."""

import errno
import os
import shutil
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from stat import S_ISREG

from netrelay.core.words import Refusal, WireError
from netrelay.disk.folders import FEW_FILES, flush_file_system, flush_folder
from netrelay.disk.holes import HOLE_BYTES, make_hole, zero_runs
from netrelay.disk.kept_free import usable_bytes
from netrelay.disk.removal import remove_entry

_MOST_OPEN = 64
# How long a file without a row may stay that was overlooked.
COMPARED_AFTER_S = 3600


class NoRoomError(WireError):
    """The disk has no room for the file, or cannot be written; a temporary refusal."""

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
        self._unremoved: set[str] = set()
        # A process that wrote here before may have died before it flushed new names.
        self._names_changed = True

    def admit(self, name: str, size_bytes: int, besides_bytes: int = 0) -> None:
        """Create a file with all its space allocated, in place of whatever has the name.

        besides_bytes: space that will be needed later besides the file, and has to be free now.
        Durable after the next `flush`. NoRoomError when it does not fit; then nothing is left.
        """
        with self._refused():
            descriptor = self._create(name)
            try:
                self.check_room(size_bytes + besides_bytes)
                os.posix_fallocate(descriptor, 0, size_bytes)
            except (OSError, NoRoomError):
                self.remove(name)
                raise
        self._unflushed.add(name)

    def exists(self, name: str) -> bool:
        """Return whether a regular file has the name; it may be open and removed by now."""
        if name in self._open:
            return True
        try:
            return S_ISREG((self._folder / name).lstat().st_mode)
        except OSError:
            return False

    def is_unflushed(self, name: str) -> bool:
        """Return whether something was written under this name since the last flush."""
        return name in self._unflushed

    def write(self, name: str, offset: int, data: memoryview) -> None:
        """Write a range of an existing file; durable after the next `flush`.

        Blocks of zeros become holes: the room that was allocated for them is free again.
        """
        with self._refused():
            descriptor = self._descriptor(name)
            written = 0
            for begin, end in zero_runs(data) if offset % HOLE_BYTES == 0 else ():
                _write(descriptor, offset + written, data[written:begin])
                try:
                    make_hole(descriptor, offset + begin, end - begin)
                except OSError:  # this file system has no holes
                    _write(descriptor, offset + begin, data[begin:end])
                written = end
            _write(descriptor, offset + written, data[written:])
        self._unflushed.add(name)

    def write_whole(self, name: str, data: memoryview) -> None:
        """Create a small file, in place of whatever has the name; durable after `flush`."""
        self.check_room(len(data))
        with self._refused():
            self._create(name)
        self._unflushed.add(name)
        self.write(name, 0, data)

    def check_room(self, wanted_bytes: int) -> None:
        """Raise NoRoomError when so many more bytes would touch the reserve for the database."""
        free_bytes = usable_bytes(self._usage()[1])
        if wanted_bytes > free_bytes:
            raise NoRoomError(f"{wanted_bytes} bytes do not fit: {free_bytes} are free")

    def disk_bytes(self) -> tuple[int, int]:
        """Return the size of the disk, and how much of it is used."""
        total_bytes, free_bytes = self._usage()
        return total_bytes, total_bytes - free_bytes

    def _usage(self) -> tuple[int, int]:
        """Return size and free bytes of the disk, whether the folder is there or was removed."""
        with self._refused():
            try:
                usage = shutil.disk_usage(self._folder)
            except FileNotFoundError:
                usage = shutil.disk_usage(self._folder.parent)
        return usage.total, usage.free

    def keep_only(self, names: set[str]) -> None:
        """Remove all other files: a power cut left them, or their message is dead.

        A link or directory under one of the names goes too: nothing could be written to it. What
        cannot be removed is left to `remove_again`.
        """
        try:
            found = list(self._folder.iterdir())
        except OSError:
            return  # what is admitted is refused, with the reason
        for path in found:
            if path.name not in names or not self.exists(path.name):
                self.remove(path.name)

    def sizes(self) -> dict[str, int]:
        """Return the sizes in bytes of all regular files, by name."""
        try:
            found = [(path.name, path.lstat()) for path in self._folder.iterdir()]
        except OSError:
            return {}
        return {name: status.st_size for name, status in found if S_ISREG(status.st_mode)}

    def rename(self, name: str, new_name: str) -> None:
        """Rename a file unless the new name is taken, without waiting until that is durable.

        What cannot be renamed keeps its name.
        """
        if self.exists(name) and not self.exists(new_name):
            self.forget(name)
            with suppress(OSError):
                (self._folder / name).rename(self._folder / new_name)

    def remove(self, name: str) -> None:
        """Delete whatever has the name, without waiting until that is durable; idempotent.

        What cannot be deleted is left to `remove_again`.
        """
        self.forget(name)
        self._unremoved.discard(name)
        try:
            remove_entry(self._folder / name)
        except OSError:
            self._unremoved.add(name)

    def remove_again(self) -> tuple[str, OSError] | None:
        """Delete what `remove` could not delete; return a name and error of what still stays."""
        for name in sorted(self._unremoved):
            try:
                remove_entry(self._folder / name)
            except OSError as error:
                return name, error
            self._unremoved.discard(name)
        return None

    def flush(self) -> bool:
        """Make all content and names that were written so far durable, and close all files.

        Return False when there was nothing to flush.

        NoRoomError when the disk is full or fails; what was written since the last flush is then
        not durable, and not part of the next one.
        """
        if not self._unflushed:
            return False
        try:
            with self._refused():
                if len(self._unflushed) > FEW_FILES:
                    flush_file_system(self._folder)
                else:
                    for name in self._unflushed:
                        os.fsync(self._descriptor(name))
                    if self._names_changed:
                        flush_folder(self._folder)
            self._names_changed = False
        finally:
            self._unflushed.clear()
            self._close_all()
        return True

    def forget(self, name: str) -> None:
        """Close a file and leave it out of the next flush."""
        self._unflushed.discard(name)
        descriptor = self._open.pop(name, None)
        if descriptor is not None:
            os.close(descriptor)

    def _create(self, name: str) -> int:
        """Create a file with a new inode: the old one may be in the inbox under another name."""
        self.forget(name)
        path = self._folder / name
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        try:
            descriptor = os.open(path, flags, 0o600)
        except FileExistsError:
            remove_entry(path)
            descriptor = os.open(path, flags, 0o600)
        except FileNotFoundError:
            # The folder was removed; a new one inherits group and setgid bit.
            self._folder.mkdir(0o700)
            flush_folder(self._folder.parent)
            descriptor = os.open(path, flags, 0o600)
        self._names_changed = True
        self._unremoved.discard(name)
        return self._keep_open(name, descriptor)

    def _descriptor(self, name: str) -> int:
        descriptor = self._open.get(name)
        if descriptor is not None:
            self._open.move_to_end(name)
            return descriptor
        flags = os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC
        return self._keep_open(name, os.open(self._folder / name, flags))

    def _keep_open(self, name: str, descriptor: int) -> int:
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
    def _refused(self) -> Iterator[None]:
        """Turn what the system refuses into a refusal of the one message."""
        try:
            yield
        except OSError as error:
            raise NoRoomError(self._unstorable(error)) from error

    def _unstorable(self, error: OSError) -> str:
        """Return for people why nothing can be stored."""
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            return f"the disk is full: {error.strerror}"
        return f"{self._folder} cannot be written: {error.strerror or error}"


def _write(descriptor: int, offset: int, data: memoryview) -> None:
    written = 0
    while written < len(data):
        written += os.pwrite(descriptor, data[written:], offset + written)
