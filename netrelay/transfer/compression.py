"""Compression of claimed files before they are sent: once, to a copy that every attempt reads.

    drop/.claimed/<peer>/<number>/<name>  --compress-->  drop/.compressed/<random name>

What is sealed has to be the same bytes whenever it is sent, also by a later netrelay, whose library
may compress otherwise: hence the copy. It is durable before the row of its job is committed.
"""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final, NamedTuple

from netrelay.core.compressed_stream import Compressor
from netrelay.disk.folders import flush_folder
from netrelay.disk.inodes import fingerprint
from netrelay.disk.kept_free import usable_bytes
from netrelay.store.jobs import CompressedCopy
from netrelay.transfer.claimed_file import ClaimedFiles, FileChanged, FileUnread
from netrelay.transfer.claims import Claimed
from netrelay.transfer.dropped_tree import ClaimedTrees, is_tree

# Less than this is not worth the 44 bytes that say what it unpacks to.
LEAST_BYTES: Final = 512
# The largest part of its size to which the beginning, and then all of it, has to shrink.
_WORTH: Final = 0.8
_PROBE_BYTES: Final = 128 * 1024
# Bytes read in one step, of a large file and of all small ones together: less than a second on a
# Pi Zero 2 W.
_BYTES_A_STEP: Final = 2 * 1024 * 1024
_PART_BYTES: Final = 256 * 1024
# Flushed after so many bytes: 5 s of a slow card.
_UNFLUSHED_BYTES: Final = 32 * 1024 * 1024


class _NotWorthItError(Exception):
    """It does not shrink enough."""


class Done(NamedTuple):
    """A claim with its compressed copy; None: it is sent as it is."""

    node: str
    item: Claimed
    copy: CompressedCopy | None


class _Waiting(NamedTuple):
    node: str
    item: Claimed
    worth_bytes: int
    is_probed: bool


class Compression:
    """Compresses the claims of one node, some of each step; small ones do not wait for large ones.

    A claim that does not shrink enough, changes, or for whose copy there is no room is sent as it
    is.
    """

    def __init__(self, home: Path, folder: Path, kept: Iterable[str]) -> None:
        """Remove the copies of interrupted runs. kept: the names of those that jobs have."""
        self._folder = folder
        self._files = ClaimedFiles(home)
        self._trees = ClaimedTrees(self._files)
        self._waiting: list[_Waiting] = []
        self._begun: tuple[_Waiting, _Copy] | None = None
        self._buffer = memoryview(bytearray(_PART_BYTES))
        keep = set(kept)
        with suppress(OSError):
            for path in folder.iterdir():
                if path.name not in keep:
                    with suppress(OSError):
                        path.unlink()

    @property
    def claims(self) -> list[Claimed]:
        """The claims that are not done."""
        begun = [] if self._begun is None else [self._begun[0]]
        return [each.item for each in (*self._waiting, *begun)]

    def add(self, node: str, item: Claimed, *, is_wherever: bool) -> None:
        """Have a claim for a node compressed; is_wherever: if it shrinks at all."""
        worth_bytes = item.size_bytes - 1 if is_wherever else int(item.size_bytes * _WORTH)
        self._waiting.append(_Waiting(node, item, worth_bytes, is_probed=is_wherever))

    def advance(self) -> list[Done]:
        """Compress a part of a large claim, and some small ones; return what is done, durably."""
        done: list[Done] = []
        if self._begun is not None:
            self._step(*self._begun, done)
        self._waiting.sort(key=lambda each: each.item.size_bytes)
        left_bytes = _BYTES_A_STEP
        while self._waiting:
            is_small = self._waiting[0].item.size_bytes <= _BYTES_A_STEP
            if left_bytes <= 0 or (not is_small and self._begun is not None):
                break
            waiting = self._waiting.pop(0)
            left_bytes -= waiting.item.size_bytes
            self._begin(waiting, done)
        if any(each.copy is not None for each in done):
            try:
                flush_folder(self._folder)
            except OSError:
                self.remove(each.copy for each in done)
                done = [each._replace(copy=None) for each in done]
        return done

    def remove(self, copies: Iterable[CompressedCopy | None]) -> None:
        """Remove copies that no job has."""
        for copy in copies:
            if copy is not None:
                with suppress(OSError):
                    (self._folder / copy.name).unlink()

    def close(self) -> None:
        """Leave what is half done: its claim is found again at the next start."""
        if self._begun is not None:
            self._begun[1].discard()
            self._begun = None

    def _begin(self, waiting: _Waiting, done: list[Done]) -> None:
        try:
            if not waiting.is_probed:
                self._probe(waiting.item)
            copy = _Copy(self._folder, waiting.item.size_bytes, waiting.worth_bytes)
        except (OSError, FileChanged, FileUnread, _NotWorthItError):
            done.append(Done(waiting.node, waiting.item, None))
            return
        self._step(waiting, copy, done)

    def _step(self, waiting: _Waiting, copy: "_Copy", done: list[Done]) -> None:
        self._begun = None if self._begun is None or self._begun[1] is copy else self._begun
        size_bytes = waiting.item.size_bytes
        try:
            end = min(size_bytes, copy.read_bytes + _BYTES_A_STEP)
            while copy.read_bytes < end:
                copy.add(self._read(waiting.item, copy.read_bytes, end))
            made = copy.finish() if end == size_bytes else None
        except (OSError, FileChanged, FileUnread, _NotWorthItError):
            copy.discard()
            done.append(Done(waiting.node, waiting.item, None))
            return
        except BaseException:
            copy.discard()
            raise
        if made is None:
            self._begun = waiting, copy
        else:
            done.append(Done(waiting.node, waiting.item, made))

    def _probe(self, item: Claimed) -> None:
        """Raise _NotWorthItError unless the beginning shrinks by a fifth."""
        size_bytes = min(item.size_bytes, _PROBE_BYTES)
        compressor = Compressor(size_bytes)
        packed_bytes = len(compressor.add(self._read(item, 0, size_bytes)))
        packed_bytes += len(compressor.finish()[0])
        if packed_bytes > size_bytes * _WORTH:
            raise _NotWorthItError

    def _read(self, item: Claimed, offset: int, end: int) -> memoryview:
        view = self._buffer[: min(end - offset, _PART_BYTES)]
        reader = self._trees if is_tree(item.fingerprint) else self._files
        reader.read_into(item.path, item.fingerprint, offset, view)
        return view


class _Copy:
    """A compressed copy that is being written."""

    def __init__(self, folder: Path, size_bytes: int, worth_bytes: int) -> None:
        """Create it; worth_bytes: the size up to which it is worth it, for which there is room."""
        state = os.statvfs(folder)
        if usable_bytes(state.f_bavail * state.f_frsize) < worth_bytes:
            raise _NotWorthItError
        self._compressor = Compressor(size_bytes)
        self._path = folder / os.urandom(8).hex()
        self._worth_bytes = worth_bytes
        self._written_bytes = 0
        self._unflushed_bytes = 0
        self.read_bytes = 0
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        self._descriptor = os.open(self._path, flags, 0o600)

    def add(self, data: memoryview) -> None:
        """Compress and write the next bytes; _NotWorthItError when it becomes too large."""
        self.read_bytes += len(data)
        self._write(self._compressor.add(data))

    def finish(self) -> CompressedCopy:
        """Return the copy; its content is durable, its name after a flush of the folder."""
        last, plain = self._compressor.finish()
        self._write(last)
        os.fsync(self._descriptor)
        mark = fingerprint(os.fstat(self._descriptor))
        os.close(self._descriptor)
        self._descriptor = -1
        return CompressedCopy(self._path.name, mark, self._written_bytes, plain)

    def discard(self) -> None:
        """Remove it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
        with suppress(OSError):
            self._path.unlink()

    def _write(self, data: bytes) -> None:
        self._written_bytes += len(data)
        if self._written_bytes > self._worth_bytes:
            raise _NotWorthItError
        left = memoryview(data)
        while left:
            left = left[os.write(self._descriptor, left) :]
        self._unflushed_bytes += len(data)
        if self._unflushed_bytes >= _UNFLUSHED_BYTES:
            os.fdatasync(self._descriptor)
            self._unflushed_bytes = 0
