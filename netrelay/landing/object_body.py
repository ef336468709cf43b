"""The bytes of an object: a staged file, or the tar archive of a staged directory.

They are read in pieces, never as a whole. What is read of a file from its beginning to its end is
hashed, so that the last piece is sent only if all of it is what came.
"""

import os
import tarfile
from abc import ABC, abstractmethod
from bisect import bisect_right
from pathlib import Path
from typing import Final, NamedTuple

from blake3 import blake3

from netrelay.core.directory_stream import Entry, EntryKind, placed_entries
from netrelay.core.words import WireError
from netrelay.disk.descriptors import opened_regular_file
from netrelay.landing.store_error import BodyChangedError

READ_BYTES: Final = 256 * 1024


class ObjectBody(ABC):
    """Bytes that are read by their place; `close` it."""

    size_bytes: int

    @abstractmethod
    def read(self, offset: int, most_bytes: int) -> bytes:
        """Return bytes from a place, one at least before the end; BodyChangedError for none."""

    @abstractmethod
    def check(self) -> None:
        """Raise BodyChangedError unless all was read in order and is what came."""

    @abstractmethod
    def close(self) -> None:
        """Close the file."""


class FileBody(ObjectBody):
    """A staged file with the hash that its receipt will say; FileNotFoundError if it is gone."""

    def __init__(self, path: Path, content_hash: bytes) -> None:
        self._descriptor = opened_regular_file(path)
        self.size_bytes = os.fstat(self._descriptor).st_size
        self._content_hash = content_hash
        self._hash = blake3()
        self._hashed_bytes = 0

    def read(self, offset: int, most_bytes: int) -> bytes:
        """Return bytes from a place; reading from 0 hashes anew."""
        found = _bytes_at(self._descriptor, min(most_bytes, self.size_bytes - offset), offset)
        if offset == 0:
            self._hash, self._hashed_bytes = blake3(), 0
        if offset == self._hashed_bytes:
            self._hash.update(found)
            self._hashed_bytes += len(found)
        return found

    def check(self) -> None:
        """Raise BodyChangedError unless all of it has the hash."""
        is_whole = self._hashed_bytes == self.size_bytes
        if not is_whole or self._hash.digest() != self._content_hash:
            raise BodyChangedError

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


class _Run(NamedTuple):
    """Bytes of an archive: `own`, or so many of the stream from a place in it."""

    start: int
    size_bytes: int
    own: bytes | None
    offset: int = 0


class TarBody(ObjectBody):
    """A staged directory as a tar archive (POSIX.1-2001, pax), made while it is read.

    It holds what the stream holds: names, times and contents. FileNotFoundError if the stream is
    gone. Unlike a file it has no hash to be compared with: that of a directory is of its tree.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = opened_regular_file(path)
        try:
            self._runs = self._arranged()
        except WireError as error:
            os.close(self._descriptor)
            raise BodyChangedError from error
        self._starts = [run.start for run in self._runs]
        self.size_bytes = self._runs[-1].start + self._runs[-1].size_bytes

    def _arranged(self) -> list[_Run]:
        runs: list[_Run] = []
        place = 0

        def add(size_bytes: int, own: bytes | None, offset: int = 0) -> None:
            nonlocal place
            if size_bytes:
                runs.append(_Run(place, size_bytes, own, offset))
                place += size_bytes

        size_bytes = os.fstat(self._descriptor).st_size
        for entry, offset in placed_entries(
            lambda at, most: os.pread(self._descriptor, most, at), size_bytes
        ):
            header = _header(entry)
            add(len(header), header)
            add(entry.size_bytes, None, offset)
            add(-entry.size_bytes % tarfile.BLOCKSIZE, bytes(-entry.size_bytes % tarfile.BLOCKSIZE))
        # Two empty blocks are the end.
        add(2 * tarfile.BLOCKSIZE, bytes(2 * tarfile.BLOCKSIZE))
        return runs

    def read(self, offset: int, most_bytes: int) -> bytes:
        """Return bytes from a place, at least one before the end."""
        if offset >= self.size_bytes:
            return b""
        run = self._runs[bisect_right(self._starts, offset) - 1]
        within = offset - run.start
        most_bytes = min(most_bytes, run.size_bytes - within)
        if run.own is not None:
            return run.own[within : within + most_bytes]
        return _bytes_at(self._descriptor, most_bytes, run.offset + within)

    def check(self) -> None:
        """Do nothing: exporter has compared the tree while it unpacked it."""

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _header(entry: Entry) -> bytes:
    made = tarfile.TarInfo(os.fsdecode(entry.path))
    is_folder = entry.kind is EntryKind.DIRECTORY
    made.type = tarfile.DIRTYPE if is_folder else tarfile.REGTYPE
    made.mode = 0o750 if is_folder else 0o640
    made.size = entry.size_bytes
    # Whole seconds of a time that every tar can store.
    made.mtime = max(0, min(entry.mtime_ns // 1_000_000_000, 2**33 - 1))
    return made.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _bytes_at(descriptor: int, most_bytes: int, offset: int) -> bytes:
    try:
        found = os.pread(descriptor, min(most_bytes, READ_BYTES), offset)
    except OSError as error:
        raise BodyChangedError from error
    if not found and most_bytes > 0:
        raise BodyChangedError
    return found
