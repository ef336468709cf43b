"""Unpacking of what came compressed, before it is put into the inbox like anything else.

    1  unpack  inbox/.staging/<identity> -> inbox/.unpacking/<identity>.plain         durable
    2  COMMIT  compressed_wholes.is_unpacked
    3  rename  inbox/.unpacking/<identity>.plain -> inbox/.staging/<identity>, fsync

From then on it is a file, or the stream of a directory, that came as it is. A start after a power
cut repeats what is missing: after step 2 the third is done if the name with .plain is gone.

What is unpacked is never longer than its source has stated, and neither is what is kept in memory.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from netrelay.core.compressed_stream import Decompressor
from netrelay.core.plain_content import PlainContent
from netrelay.disk.descriptors import opened_regular_file
from netrelay.disk.folders import flush_folders
from netrelay.disk.kept_free import usable_bytes
from netrelay.store.coming_files import Complete
from netrelay.transfer.unpacking import NoRoomYetError

_PLAIN: Final = ".plain"
_MODE: Final = 0o600
# The limit of one step, but for the last piece that the library returns.
_BYTES_A_STEP: Final = 32 * 1024 * 1024
_PART_BYTES: Final = 64 * 1024
_LEAST_WORK_BYTES: Final = 512
# How many small ones are unpacked in one step, which is flushed for each of them.
_SMALL_A_STEP: Final = 16
_SMALL_BYTES: Final = 1024 * 1024


def plain_name(staged_name: str) -> str:
    """Return the name in the unpacking folder of what a staged file unpacks to."""
    return staged_name + _PLAIN


class Decompression:
    """Unpacks compressed files, a part of each in a step: a large one, and small ones beside it.

    Large ones of several sources take turns: a few bytes that unpack to many GiB delay those of
    other sources by one of them.
    """

    def __init__(self, staging: Path, folder: Path) -> None:
        self._staging = staging
        self._folder = folder
        self._begun: dict[str, _Unpacking] = {}
        self._last_source = ""

    def next_of(self, waiting: list[Complete]) -> list[Complete]:
        """Return those that are to be advanced in this step; others that are half done are left."""
        names = {item.staged_name for item in waiting}
        for name in self._begun.keys() - names:
            self._leave(name)
        begun = [item for item in waiting if item.staged_name in self._begun]
        fresh = [item for item in waiting if item.staged_name not in self._begun]
        small = [item for item in fresh if _is_small(item)]
        large = [item for item in fresh if not _is_small(item)]
        large.sort(key=lambda item: item.source_name == self._last_source)
        chosen = [] if begun else large[:1]
        for item in chosen:
            self._last_source = item.source_name
        return begun + small[: _SMALL_A_STEP - len(begun)] + chosen

    def advance(self, item: Complete) -> bool:
        """Unpack a part of a file; return True when it is complete and durable.

        WireError when it is not what its source states, FileNotFoundError when it does not exist,
        another OSError when the disk fails or is full. After an error nothing of it is left.
        """
        assert item.plain is not None
        name = item.staged_name
        try:
            if name not in self._begun:
                place = self._folder / plain_name(name)
                self._begun[name] = _Unpacking(self._staging / name, place, item.plain)
            is_whole = self._begun[name].advance()
        except BaseException:
            self._leave(name)
            raise
        if is_whole:
            self._begun.pop(name).close()
        return is_whole

    def place(self, staged_name: str) -> None:
        """Put what was unpacked in the place of what came; idempotent, durable on return."""
        with suppress(FileNotFoundError):
            (self._folder / plain_name(staged_name)).rename(self._staging / staged_name)
            flush_folders([self._staging, self._folder])

    def close(self) -> None:
        """Remove what is half unpacked; it begins again."""
        for name in list(self._begun):
            self._leave(name)

    def _leave(self, name: str) -> None:
        unpacking = self._begun.pop(name, None)
        if unpacking is not None:
            unpacking.close()
            unpacking.remove()


class _Unpacking:
    """One file that is being unpacked."""

    def __init__(self, staged: Path, place: Path, plain: PlainContent) -> None:
        self._place = place
        self._plain = plain
        self._decompressor = Decompressor(plain)
        self._source = opened_regular_file(staged)
        self._target = -1
        try:
            state = os.statvfs(place.parent)
            if usable_bytes(state.f_bavail * state.f_frsize) < plain.size_bytes:
                raise NoRoomYetError(errno.ENOSPC, "no room to unpack it")
            with suppress(FileNotFoundError):
                place.unlink()
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            self._target = os.open(place, flags, _MODE)
        except BaseException:
            self.close()
            raise
        self._unpacked = self._pieces()

    def advance(self) -> bool:
        """Unpack the next part; return True when all of it is unpacked and durable."""
        written = 0
        for piece in self._unpacked:
            left = memoryview(piece)
            while left:
                left = left[os.write(self._target, left) :]
            # Compressed bytes may unpack to nothing, and take time all the same.
            written += max(len(piece), _LEAST_WORK_BYTES)
            if written >= _BYTES_A_STEP:
                # One flush at the end could exceed the watchdog's minute.
                os.fdatasync(self._target)
                return False
        self._decompressor.finish()
        os.fsync(self._target)
        return True

    def close(self) -> None:
        """Close both files; idempotent."""
        for descriptor in (self._source, self._target):
            if descriptor >= 0:
                os.close(descriptor)
        self._source = self._target = -1

    def remove(self) -> None:
        """Remove what was unpacked."""
        with suppress(OSError):
            self._place.unlink()

    def _pieces(self) -> Iterator[bytes]:
        while part := os.read(self._source, _PART_BYTES):
            yield from self._decompressor.add(part)


def _is_small(item: Complete) -> bool:
    assert item.plain is not None
    return item.plain.size_bytes <= _SMALL_BYTES
