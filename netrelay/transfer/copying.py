"""Copies to a folder on another disk, where a rename is refused: made hidden, then renamed.

    <folder>/.unfinished/<key>      being copied; complete and durable when `advance` returns True

Whoever copies notes then in the database that the copy is complete, and moves it to its place by
one rename on that disk (`place_copy`). So a crash at any moment is healed: before the note the copy
begins again, after it the copy is in the hidden folder or in its place. A copy that is in neither,
because a person or a file system without a journal has taken it away, is made again as long as its
original is there. A hidden folder that is missing means that the disk is missing, and says nothing
about the copy.

The folder may be on a disk of somebody else, who may have made a link with the hidden name: it is
opened without following one, and what is in it is reached by the descriptor alone.
"""

import errno
import os
from collections.abc import Container, Generator
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE, S_ISDIR, S_ISLNK, S_ISREG
from typing import NamedTuple

from netrelay.disk.descriptors import open_directory, opened_directory
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import flush_file_system_of, make_folder
from netrelay.disk.kept_free import KEPT_FREE_BYTES, usable_bytes
from netrelay.disk.mounts import DiskMissingError
from netrelay.disk.removal import remove_entry
from netrelay.transfer.claimed_place import opened_place

UNFINISHED = ".unfinished"
# One call of `advance` copies so many bytes and flushes them: 8 s of a stick that writes 2 MB/s.
BYTES_A_STEP = 16 << 20
# The least that an entry counts: 32 small files a step, each of which is flushed.
_LEAST_BYTES = BYTES_A_STEP // 32
_PIECE_BYTES = 1 << 20
# Directories are claimed with 32 levels at most; their owner may have moved more into them since.
_DEEPEST = 64
_PERMISSIONS = 0o777
# Each number counts against the bound of a step; a copy can be left between two of them.
_Pieces = Generator[int, None, None]


class CopyGoneError(OSError):
    """A complete copy is neither in the hidden folder nor in its place."""


class Attributes(NamedTuple):
    """Mode and modification time of a copy, in place of those of its original."""

    mode: int
    mtime_ns: int


def hidden_folder(folder: Path) -> Path:
    """Return where copies for a folder are made."""
    return folder / UNFINISHED


def make_hidden_folder(folder: Path) -> Path:
    """Create and return the folder for copies; durable on return."""
    hidden = hidden_folder(folder)
    make_folder(hidden, 0o700)
    return hidden


def place_copy(folder: Path, key: bytes, name: bytes) -> bool:
    """Move a complete copy to its name; True if it was moved by now or before, False: name taken.

    CopyGoneError when the copy is in neither place, DiskMissingError when that cannot be known. Not
    durable before `folder` is flushed.
    """
    try:
        with opened_directory(folder) as within, opened_directory(UNFINISHED, within) as hidden:
            return _place(hidden, key, within, name)
    except FileNotFoundError:
        text = "the disk that its copy was made on is not mounted"
        raise DiskMissingError(errno.ENOENT, text) from None


def _place(hidden: int, key: bytes, folder: int, name: bytes) -> bool:
    try:
        rename_to_new(key, name, hidden, folder)
    except FileNotFoundError:
        if _has(hidden, key):
            raise
        if not _has(folder, name):
            raise CopyGoneError(errno.ENOENT, "its copy is gone from that disk") from None
    except FileExistsError:
        # A rename is atomic: a copy that is still here was not moved.
        return not _has(hidden, key)
    return True


def _has(folder: int, name: bytes) -> bool:
    try:
        os.lstat(name, dir_fd=folder)
    except FileNotFoundError:
        return False
    return True


def remove_other_copies(folder: Path, keep: Container[str]) -> None:
    """Remove copies of interrupted runs, and of what was given up; what cannot be removed stays."""
    with suppress(OSError), opened_directory(hidden_folder(folder)) as hidden:
        _remove_others(hidden, keep)


def _remove_others(folder: int, keep: Container[str]) -> None:
    for name in os.listdir(folder):
        if name not in keep:
            with suppress(OSError):
                remove_entry(name, folder)


class Copying:
    """One file or directory that is copied; call `advance` until it returns True, then `close`."""

    def __init__(
        self, source: bytes, folder: Path, key: bytes, attributes: Attributes | None = None
    ) -> None:
        """Begin anew, whatever an earlier run has left. attributes: of a file; None: as it has.

        OSError with ENOSPC when a file does not fit.
        """
        self._folder = open_directory(make_hidden_folder(folder))
        self._key = key
        self._shown = hidden_folder(folder) / os.fsdecode(key)
        try:
            remove_entry(key, self._folder)
        except BaseException:
            self._close_folder()
            raise
        self._pieces = self._copied(source, attributes)

    def advance(self, most_bytes: int = BYTES_A_STEP) -> tuple[bool, int]:
        """Copy and flush a part; return whether all is durable, and how much of the bound is used.

        After an error nothing of the copy is left.
        """
        used = 0
        try:
            while used < most_bytes:
                piece = next(self._pieces, None)
                if piece is None:
                    os.fsync(self._folder)
                    return True, max(used, _LEAST_BYTES)
                used += piece
        except OSError:
            self._pieces.close()
            with suppress(OSError):
                remove_entry(self._key, self._folder)
            self.close()
            raise
        return False, used

    def close(self) -> None:
        """Close all descriptors; what was copied stays. Idempotent."""
        self._pieces.close()
        self._close_folder()

    def _close_folder(self) -> None:
        if self._folder >= 0:
            os.close(self._folder)
        self._folder = -1

    def _copied(self, source: bytes, attributes: Attributes | None) -> _Pieces:
        with opened_place(source) as (place, name):
            status = os.lstat(name, dir_fd=place)
            if S_ISDIR(status.st_mode):
                # Exclusive, as all that follows.
                os.mkdir(self._key, 0o700, dir_fd=self._folder)
                yield from self._copied_directory(place, name, status)
                return
            _check_room(self._folder, status.st_size)
            yield from _copied_file(
                *(name, self._key, place, self._folder), attributes, is_flushed=True
            )

    def _copied_directory(self, place: int, name: bytes, status: os.stat_result) -> _Pieces:
        with (
            opened_directory(name, place) as original,
            opened_directory(self._key, self._folder) as made,
        ):
            unflushed = 0
            for piece in _copied_entries(original, made, 1):
                unflushed += piece
                if unflushed >= BYTES_A_STEP:
                    flush_file_system_of(made, self._shown)
                    unflushed = 0
                yield piece
            _set_attributes(made, S_IMODE(status.st_mode), status.st_mtime_ns)
            flush_file_system_of(made, self._shown)


def _check_room(within: int, wanted_bytes: int) -> None:
    """Raise OSError with ENOSPC where a disk has no room beside the reserve for a database."""
    status = os.fstatvfs(within)
    free_bytes = usable_bytes(status.f_bavail * status.f_frsize)
    if wanted_bytes > free_bytes:
        text = (
            f"its copy needs {wanted_bytes} bytes, {free_bytes} are free on that disk"
            f" beside the {KEPT_FREE_BYTES} that stay free"
        )
        raise OSError(errno.ENOSPC, text)


def _copied_entries(source: int, target: int, depth: int) -> _Pieces:
    if depth > _DEEPEST:
        raise OSError(errno.ENAMETOOLONG, f"it is deeper than {_DEEPEST} directories")
    for name in sorted(os.fsencode(each) for each in os.listdir(source)):
        status = os.lstat(name, dir_fd=source)
        if S_ISDIR(status.st_mode):
            os.mkdir(name, 0o700, dir_fd=target)
            with opened_directory(name, source) as original, opened_directory(name, target) as made:
                yield _LEAST_BYTES // 8
                yield from _copied_entries(original, made, depth + 1)
                _set_attributes(made, S_IMODE(status.st_mode), status.st_mtime_ns)
        elif S_ISREG(status.st_mode):
            _check_room(target, status.st_size)
            yield from _copied_file(name, name, source, target, None, is_flushed=False)
        elif S_ISLNK(status.st_mode):
            os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
            yield _LEAST_BYTES // 8


def _copied_file(
    source: bytes,
    target: bytes,
    source_folder: int,
    target_folder: int,
    attributes: Attributes | None,
    *,
    is_flushed: bool,
) -> _Pieces:
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    original = os.open(source, flags, dir_fd=source_folder)
    try:
        status = os.fstat(original)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        made = os.open(target, flags, 0o600, dir_fd=target_folder)
        try:
            offset = unflushed = 0
            while count := os.sendfile(made, original, offset, _PIECE_BYTES):
                offset, unflushed = offset + count, unflushed + count
                if is_flushed and unflushed >= BYTES_A_STEP:
                    os.fdatasync(made)
                    unflushed = 0
                yield count
            mode, mtime_ns = attributes or (S_IMODE(status.st_mode), status.st_mtime_ns)
            _set_attributes(made, mode, mtime_ns)
            if is_flushed:
                os.fsync(made)
            yield max(_LEAST_BYTES - offset, 0) if is_flushed else _LEAST_BYTES // 8
        finally:
            os.close(made)
    finally:
        os.close(original)


def _set_attributes(made: int, mode: int, mtime_ns: int) -> None:
    # A FAT stores no modes, and no file system every time.
    with suppress(PermissionError):
        os.fchmod(made, mode & _PERMISSIONS)
    with suppress(OverflowError, OSError):
        os.utime(made, ns=(mtime_ns, mtime_ns))
