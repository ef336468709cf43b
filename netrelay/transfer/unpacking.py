"""Unpacking of directory streams beside the inbox, so that a directory appears in it complete.

    inbox/.staging/<identity>  --read-->  inbox/.unpacking/<identity>/...

The whole stream and the free space are checked before anything is created. Files get a mode without
execute bits and without access for others, and names that are made safe part by part. A directory
is durable when it is complete; one that a power cut interrupts is unpacked again from the start.
"""

import errno
import os
from collections.abc import Container
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from netrelay.core.directory_stream import EntryKind, PlacedEntry, placed_entries
from netrelay.core.file_names import safe_name
from netrelay.core.msgpack_array import malformed
from netrelay.core.tree_hash import TreeHash
from netrelay.core.words import WireError
from netrelay.disk.descriptors import open_directory, opened_regular_file
from netrelay.disk.folders import flush_file_system_of, make_directory
from netrelay.disk.kept_free import usable_bytes
from netrelay.disk.removal import remove_entry
from netrelay.transfer.free_names import free_text_names

_FILE_MODE = 0o640
_DIRECTORY_MODE = 0o2750
# The limits of one call of `advance`, which is a part of a step.
_ENTRIES_A_STEP = 512
_BYTES_A_STEP = 32 * 1024 * 1024
_PART_BYTES = 1024 * 1024
# Estimate of the space of an inode and its name, on the file systems that a node may use.
_ENTRY_BYTES = 4096
# Flushed after so many bytes (one step more at most): 5 s of a slow card that writes 7 MiB/s. One
# flush of everything at the end could exceed the watchdog's minute, and the restarted process would
# begin again, for ever.
_UNFLUSHED_BYTES = 32 * 1024 * 1024


class NoRoomYetError(OSError):
    """The directory does not fit on the disk beside its stream; it may fit later."""


class _Copying(NamedTuple):
    """The file that is being written, and the rest of its content: offset in the stream, length."""

    descriptor: int
    mtime_ns: int
    offset: int
    left_bytes: int


class _Open(NamedTuple):
    """A directory that is being filled."""

    number: int
    part: bytes
    descriptor: int
    mtime_ns: int

    def has(self, name: str) -> bool:
        """Return whether something in it has the name."""
        try:
            os.stat(name, dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return False
        return True


class Unpacking:
    """One directory that is being unpacked; call `advance` until it returns True, then `close`.

    The entries come in the order of the stream: a directory, then its contents. `_stack` holds the
    open directories from the root to the present one; a directory is left, and gets its time, when
    an entry outside it follows, because creating entries changes its mtime. All files are created
    relative to the open directories and without following links, so nothing can be written outside.
    `_copying` is the file whose content is not complete. A call is bounded in entries and bytes.

    The stream is read twice, to be checked and to be unpacked: the paths of all entries together
    may take 256 MiB. Kept are the open directories, and the numbers of at most 1,024 names.
    """

    def __init__(self, stream: Path, folder: Path, size_bytes: int) -> None:
        """Check the whole stream, and remove the remains of an earlier attempt.

        WireError when the stream is malformed, NoRoomYetError when its contents do not fit.
        """
        self.folder = folder
        self._stack: list[_Open] = []
        self._copying: _Copying | None = None
        self._unflushed_bytes = 0
        self._names = free_text_names()
        self._hash = TreeHash()
        self._directories = 0
        # The folder that it is made in, which is exchanged by nobody once it is open.
        self._within = -1
        self._stream = opened_regular_file(stream)
        try:
            entries = sum(1 for _ in placed_entries(self._read, size_bytes))
            self._left = placed_entries(self._read, size_bytes)
            self._check_room(size_bytes + _ENTRY_BYTES * (entries + 1))
            self._within = open_directory(folder.parent)
            remove_entry(folder.name, self._within)
            make_directory(folder.name, _DIRECTORY_MODE, self._within)
            self._push(b"", open_directory(folder.name, self._within), None)
        except BaseException:
            self.close()
            raise

    def advance(self) -> bool:
        """Unpack the next entries; return True when all are unpacked and durable."""
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
            self._flush()
            self._unflushed_bytes = 0
        return False

    @property
    def content_hash(self) -> bytes:
        """The hash of the whole directory, as its source named it (core/tree_hash.py)."""
        return self._hash.digest()

    def close(self) -> None:
        """Close all descriptors; what was unpacked is kept. Idempotent."""
        if self._copying is not None:
            os.close(self._copying.descriptor)
        for each in self._stack:
            os.close(each.descriptor)
        self._stack, self._copying = [], None
        for descriptor in (self._stream, self._within):
            if descriptor >= 0:
                os.close(descriptor)
        self._stream = self._within = -1

    def remove(self) -> None:
        """Remove what was unpacked, and close all descriptors."""
        within = os.dup(self._within)
        self.close()
        try:
            remove_entry(self.folder.name, within)
        finally:
            os.close(within)

    def _read(self, offset: int, length: int) -> bytes:
        return os.pread(self._stream, length, offset)

    def _check_room(self, needed_bytes: int) -> None:
        status = os.statvfs(self.folder.parent)
        free_bytes = usable_bytes(status.f_bavail * status.f_frsize)
        if needed_bytes > free_bytes:
            raise NoRoomYetError(
                errno.ENOSPC, f"unpacking it needs {needed_bytes} bytes, {free_bytes} are free"
            )

    def _make(self, placed: PlacedEntry) -> None:
        entry = placed.entry
        self._hash.add(entry.kind, entry.path, entry.size_bytes)
        *parents, part = entry.path.split(b"/")
        while [each.part for each in self._stack[1:]] != parents:
            self._pop()
        within = self._stack[-1]
        name = safe_name(part)
        if within.has(name):
            name = self._names.choose(within.number, name, within.has)
        if entry.kind is EntryKind.DIRECTORY:
            make_directory(name, _DIRECTORY_MODE, within.descriptor)
            self._push(part, open_directory(name, within.descriptor), entry.mtime_ns)
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        made = os.open(name, flags, _FILE_MODE, dir_fd=within.descriptor)
        os.fchmod(made, _FILE_MODE)
        self._copying = _Copying(made, entry.mtime_ns, placed.offset, entry.size_bytes)

    def _copy(self, most_bytes: int) -> int:
        """Copy a part of the current file; return the number of bytes copied."""
        if self._copying is None:
            return 0
        made, mtime_ns, offset, left_bytes = self._copying
        copied = 0
        while left_bytes and copied < most_bytes:
            # Hashed as it is read, and written from the page cache without a copy.
            part = os.pread(self._stream, min(left_bytes, most_bytes - copied, _PART_BYTES), offset)
            count = os.sendfile(made, self._stream, offset, len(part)) if part else 0
            if not count:
                raise malformed("the stream ends early")
            self._hash.add_content(part[:count])
            offset, left_bytes, copied = offset + count, left_bytes - count, copied + count
        self._copying = _Copying(made, mtime_ns, offset, left_bytes)
        if not left_bytes:
            _set_time(made, mtime_ns)
            os.close(made)
            self._copying = None
        return copied

    def _push(self, part: bytes, descriptor: int, mtime_ns: int | None) -> None:
        self._directories += 1
        self._stack.append(_Open(self._directories, part, descriptor, mtime_ns or 0))

    def _pop(self) -> None:
        last = self._stack.pop()
        _set_time(last.descriptor, last.mtime_ns)
        os.close(last.descriptor)

    def _finish(self) -> None:
        while len(self._stack) > 1:
            self._pop()
        self._flush()

    def _flush(self) -> None:
        flush_file_system_of(self._stack[0].descriptor, self.folder)


def _set_time(descriptor: int, mtime_ns: int) -> None:
    # The source states any time; one that this file system cannot store is ignored.
    with suppress(OverflowError, OSError):
        os.utime(descriptor, ns=(mtime_ns, mtime_ns))


class Unpacker:
    """Unpacks directories one after the other, a part in each step.

    Each into the folder of all, or into one on the disk where it is to lie.
    """

    def __init__(
        self, staging: Path, folder: Path, keep: set[str], besides: Container[str] = ()
    ) -> None:
        """Remove the remains of interrupted runs.

        keep: the names of complete directories, which were unpacked by an earlier run. besides:
        what else is not removed.
        """
        self._staging = staging
        self._folder = folder
        self._whole = dict.fromkeys(keep, folder)
        self._hashes: dict[str, bytes] = {}
        self._current: tuple[str, Unpacking] | None = None
        # An entry that cannot be examined or removed now does not stop the others.
        with suppress(OSError):
            for path in folder.iterdir():
                if path.name not in keep and path.name not in besides:
                    with suppress(OSError):
                        remove_entry(path)

    def is_whole(self, staged_name: str) -> bool:
        """Return whether a directory is complete and durable."""
        return staged_name in self._whole

    def content_hash(self, staged_name: str) -> bytes | None:
        """Return the hash of a directory that this run has made complete; None of any other.

        One that an earlier run made has its name, and its hash was stored with that.
        """
        return self._hashes.get(staged_name)

    def is_elsewhere(self, staged_name: str) -> bool:
        """Return whether a complete directory is on the disk where it is to lie."""
        return self._whole.get(staged_name, self._folder) != self._folder

    def is_begun(self, staged_name: str) -> bool:
        """Return whether a directory is half made."""
        return self._current is not None and self._current[0] == staged_name

    def advance(self, staged_name: str, size_bytes: int, folder: Path | None = None) -> None:
        """Unpack a part of a directory; another one that is in progress is abandoned.

        folder: where, if not in the folder of all. WireError when its stream is malformed,
        FileNotFoundError when it does not exist, another OSError when the disk fails or is full.
        After an error nothing of it is left.
        """
        if self._current is None or self._current[0] != staged_name:
            self._close_current()
            stream = self._staging / staged_name
            within = folder or self._folder
            self._current = staged_name, Unpacking(stream, within / staged_name, size_bytes)
        unpacking = self._current[1]
        try:
            if unpacking.advance():
                self._whole[staged_name] = unpacking.folder.parent
                self._hashes[staged_name] = unpacking.content_hash
                self._close_current()
        except (OSError, WireError):
            self._current = None
            unpacking.remove()
            raise

    def forget(self, staged_name: str) -> None:
        """Forget a directory that is in the inbox by now, or is no longer wanted."""
        self._whole.pop(staged_name, None)
        self._hashes.pop(staged_name, None)
        if self._current is not None and self._current[0] == staged_name:
            self._close_current()

    def unpack_again(self, staged_name: str) -> None:
        """Remove a directory that was unpacked on another disk than the one where it is to lie."""
        self.forget(staged_name)
        with suppress(OSError):
            remove_entry(self._folder / staged_name)

    def _close_current(self) -> None:
        if self._current is not None:
            self._current[1].close()
            self._current = None
