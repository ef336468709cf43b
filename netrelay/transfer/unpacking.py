"""Making directories of their streams, beside the inbox, so that they appear in it as a whole.

    inbox/.staging/<identity>  --read-->  inbox/.unpacking/<identity>/...

The whole stream is checked, and its room, before anything is made. What is made is neither
executable nor open to everyone, under names made safe part by part. It is durable when `advance`
says that it is whole; what a power cut left half-made is made again from the start.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from netrelay.core.directory_stream import EntryKind, PlacedEntry, placed_entries
from netrelay.core.file_names import numbered_name, safe_name
from netrelay.core.msgpack_array import malformed
from netrelay.core.words import WireError
from netrelay.disk.descriptors import open_directory
from netrelay.disk.folders import flush_file_system, make_directory
from netrelay.disk.removal import remove_entry
from netrelay.transfer.staging import RESERVE_BYTES

_FILE_MODE = 0o640
_DIRECTORY_MODE = 0o2750
# What one call of `advance` makes at most: it is a part of a step.
_ENTRIES_A_STEP = 512
_BYTES_A_STEP = 32 * 1024 * 1024
# What an inode and its name take, on the file systems a node would use.
_ENTRY_BYTES = 4096
# About what may wait to be flushed (a step more at most): seconds of a slow card that writes
# 7 MiB/s, of the watchdog's minute. All of it at the end would starve the watchdog, which would
# have all of it made again.
_UNFLUSHED_BYTES = 32 * 1024 * 1024


class NoRoomYetError(OSError):
    """The directory does not fit beside its stream; later it may."""


class _Copying(NamedTuple):
    """The file that is being made, and what of its content is still to come."""

    descriptor: int
    mtime_ns: int
    offset: int
    left_bytes: int


class _Open:
    """A directory that is being filled."""

    def __init__(self, part: bytes, descriptor: int, mtime_ns: int) -> None:
        self.part = part
        self.descriptor = descriptor
        self.mtime_ns = mtime_ns
        self._numbers: dict[str, int] = {}

    def names(self, part: bytes) -> Iterator[str]:
        """Give names for one of its entries, safe ones, until one is free."""
        name = safe_name(part)
        number = self._numbers.get(name, 1)
        while True:
            self._numbers[name] = number + 1
            yield name if number == 1 else numbered_name(name, number)
            number += 1


class Unpacking:
    """One directory that is being made; `advance` it until it is whole, then `close` it."""

    def __init__(self, stream: Path, folder: Path, size_bytes: int) -> None:
        """Check the stream and begin anew.

        WireError when it is none, NoRoomYetError when there is no room for what it holds.
        """
        self._folder = folder
        self._stack: list[_Open] = []
        self._copying: _Copying | None = None
        self._unflushed_bytes = 0
        self._stream = os.open(stream, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            placed = list(placed_entries(self._read, size_bytes))
            self._left = iter(placed)
            self._check_room(size_bytes + _ENTRY_BYTES * (len(placed) + 1))
            remove_entry(folder)
            make_directory(folder, _DIRECTORY_MODE)
            self._push(b"", open_directory(folder), None)
        except BaseException:
            self.close()
            raise

    def advance(self) -> bool:
        """Make the next entries; True when all are made and durable."""
        bytes_left = _BYTES_A_STEP
        for _ in range(_ENTRIES_A_STEP):
            if self._copying is None:
                placed = next(self._left, None)
                if placed is None:
                    self._finish()
                    return True
                self._make(placed)
                self._unflushed_bytes += _ENTRY_BYTES
            copied_bytes = self._copy(bytes_left)
            self._unflushed_bytes += copied_bytes
            bytes_left -= copied_bytes
            if bytes_left <= 0:
                break
        if self._unflushed_bytes >= _UNFLUSHED_BYTES:
            flush_file_system(self._folder)
            self._unflushed_bytes = 0
        return False

    def close(self) -> None:
        """Let go of everything that is open; what was made stays."""
        if self._copying is not None:
            os.close(self._copying.descriptor)
        for each in self._stack:
            os.close(each.descriptor)
        self._stack, self._copying = [], None
        if self._stream >= 0:
            os.close(self._stream)
        self._stream = -1

    def _read(self, offset: int, length: int) -> bytes:
        return os.pread(self._stream, length, offset)

    def _check_room(self, needed_bytes: int) -> None:
        status = os.statvfs(self._folder.parent)
        free_bytes = max(0, status.f_bavail * status.f_frsize - RESERVE_BYTES)
        if needed_bytes > free_bytes:
            raise NoRoomYetError(
                errno.ENOSPC, f"unpacking it needs {needed_bytes} bytes, {free_bytes} are free"
            )

    def _make(self, placed: PlacedEntry) -> None:
        entry = placed.entry
        *parents, part = entry.path.split(b"/")
        while [each.part for each in self._stack[1:]] != parents:
            self._pop()
        within = self._stack[-1]
        if entry.kind is EntryKind.DIRECTORY:
            for name in within.names(part):
                with suppress(FileExistsError):
                    make_directory(name, _DIRECTORY_MODE, within.descriptor)
                    break
            self._push(part, open_directory(name, within.descriptor), entry.mtime_ns)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        for name in within.names(part):
            with suppress(FileExistsError):
                made = os.open(name, flags, _FILE_MODE, dir_fd=within.descriptor)
                break
        os.fchmod(made, _FILE_MODE)
        self._copying = _Copying(made, entry.mtime_ns, placed.offset, entry.size_bytes)

    def _copy(self, most_bytes: int) -> int:
        """Copy some of the file that is being made; gives how much."""
        if self._copying is None:
            return 0
        made, mtime_ns, offset, left_bytes = self._copying
        copied = 0
        while left_bytes and copied < most_bytes:
            count = os.sendfile(made, self._stream, offset, min(left_bytes, most_bytes - copied))
            if not count:
                raise malformed("the stream ends early")
            offset, left_bytes, copied = offset + count, left_bytes - count, copied + count
        self._copying = _Copying(made, mtime_ns, offset, left_bytes)
        if not left_bytes:
            _set_time(made, mtime_ns)
            os.close(made)
            self._copying = None
        return copied

    def _push(self, part: bytes, descriptor: int, mtime_ns: int | None) -> None:
        self._stack.append(_Open(part, descriptor, mtime_ns or 0))

    def _pop(self) -> None:
        last = self._stack.pop()
        _set_time(last.descriptor, last.mtime_ns)
        os.close(last.descriptor)

    def _finish(self) -> None:
        while len(self._stack) > 1:
            self._pop()
        flush_file_system(self._folder)


def _set_time(descriptor: int, mtime_ns: int) -> None:
    # The time is the source's word: one that this system cannot hold is left out.
    with suppress(OverflowError, OSError):
        os.utime(descriptor, ns=(mtime_ns, mtime_ns))


class Unpacker:
    """Makes directories, one after the other, a part in each step."""

    def __init__(self, staging: Path, folder: Path, keep: set[str]) -> None:
        """keep: what was made whole and got its name before; all else is what a run left half."""
        self._staging = staging
        self._folder = folder
        self._whole = set(keep)
        self._current: tuple[str, Unpacking] | None = None
        for path in folder.iterdir():
            if path.name not in keep:
                remove_entry(path)

    def is_whole(self, staged_name: str) -> bool:
        """Tell whether a directory is made, and durable."""
        return staged_name in self._whole

    def advance(self, staged_name: str, size_bytes: int) -> None:
        """Make a part of a directory; WireError when its stream is none, OSError for the rest.

        FileNotFoundError: there is no stream.
        """
        if self._current is None or self._current[0] != staged_name:
            self._let_go()
            stream = self._staging / staged_name
            self._current = staged_name, Unpacking(stream, self._folder / staged_name, size_bytes)
        try:
            if self._current[1].advance():
                self._whole.add(staged_name)
                self._let_go()
        except (OSError, WireError):
            self._let_go()
            remove_entry(self._folder / staged_name)
            raise

    def forget(self, staged_name: str) -> None:
        """Forget a directory that lies in the inbox, or that nobody waits for."""
        self._whole.discard(staged_name)
        if self._current is not None and self._current[0] == staged_name:
            self._let_go()

    def _let_go(self) -> None:
        if self._current is not None:
            self._current[1].close()
            self._current = None
