"""The bytes of an object: a staged file, or the tar archive of a staged directory.

They are read in pieces, never as a whole. What is read of a file from its beginning to its end is
hashed, so that the last piece is sent only if all of it is what came.
"""

import os
import tarfile
from abc import ABC, abstractmethod
from array import array
from bisect import bisect_right
from pathlib import Path
from struct import error as StructError  # noqa: N812 -- the name of a class
from typing import Final, NamedTuple

from blake3 import blake3

from netrelay.core.directory_stream import (
    HEADER_MAX_BYTES,
    LENGTH,
    Entry,
    EntryKind,
    decode_entry,
    placed_entries,
)
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


class _Member(NamedTuple):
    """An entry: its header in the archive, its size, and the place of its content in the stream."""

    header: bytes
    size_bytes: int
    content_offset: int


class TarBody(ObjectBody):
    """A staged directory as a tar archive (POSIX.1-2001, pax), made while it is read.

    It holds what the stream holds: names, times and contents. FileNotFoundError if the stream is
    gone. Unlike a file it has no hash to be compared with: that of a directory is of its tree. Each
    entry takes 16 bytes of memory, and a source may send 65,536 of them.
    """

    def __init__(self, path: Path) -> None:
        self._descriptor = opened_regular_file(path)
        # Of each entry: its place in the archive, and in the stream.
        self._starts, self._places = array("Q"), array("Q")
        self._last: tuple[int, _Member] | None = None
        try:
            self._content_end = self._arrange()
        except WireError as error:
            self.close()
            raise BodyChangedError from error
        except BaseException:
            self.close()
            raise
        # Two empty blocks are the end.
        self.size_bytes = self._content_end + 2 * tarfile.BLOCKSIZE

    def _arrange(self) -> int:
        start = place = 0
        size_bytes = os.fstat(self._descriptor).st_size
        for entry, offset in placed_entries(
            lambda at, most: os.pread(self._descriptor, most, at), size_bytes
        ):
            self._starts.append(start)
            self._places.append(place)
            start += len(_header(entry)) + _padded(entry.size_bytes)
            place = offset + entry.size_bytes
        return start

    def read(self, offset: int, most_bytes: int) -> bytes:
        """Return bytes from a place, at least one before the end."""
        most_bytes = min(most_bytes, self.size_bytes - offset)
        if most_bytes <= 0:
            return b""
        if offset >= self._content_end:
            return bytes(most_bytes)
        number = bisect_right(self._starts, offset) - 1
        member, within = self._member(number), offset - self._starts[number]
        if within < len(member.header):
            return member.header[within : within + most_bytes]
        within -= len(member.header)
        left_bytes = member.size_bytes - within
        if left_bytes > 0:
            at = member.content_offset + within
            return _bytes_at(self._descriptor, min(most_bytes, left_bytes), at)
        return bytes(min(most_bytes, _padded(member.size_bytes) - within))

    def _member(self, number: int) -> _Member:
        """Return an entry, read anew unless it is the one of the last call."""
        if self._last is None or self._last[0] != number:
            self._last = number, self._read_member(self._places[number])
        return self._last[1]

    def _read_member(self, place: int) -> _Member:
        head = _bytes_at(self._descriptor, LENGTH.size + HEADER_MAX_BYTES, place)
        try:
            (length,) = LENGTH.unpack_from(head)
            entry = decode_entry(head[LENGTH.size : LENGTH.size + length])
        except (WireError, StructError) as error:
            raise BodyChangedError from error
        return _Member(_header(entry), entry.size_bytes, place + LENGTH.size + length)

    def check(self) -> None:
        """Do nothing: exporter has compared the tree while it unpacked it."""

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _padded(size_bytes: int) -> int:
    return size_bytes + -size_bytes % tarfile.BLOCKSIZE


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
