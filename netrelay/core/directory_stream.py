"""Directories as one run of bytes: what a message of kind DIRECTORY carries.

    stream   entry* end
    entry    u16 length | msgpack [kind, path, modification time in nanoseconds, size] | content
    end      u16 length | msgpack [0, empty, 0, number of entries]

A file (kind 1) is followed by `size` bytes of content; a directory (kind 2) has size 0. A path is
relative to the directory that is sent, its parts separated by "/". Every entry's path, compared
part by part as bytes, is greater than the one before, and the directory it lies in has an entry of
its own. So no path comes twice, and one tree has one stream. Owner, mode and links are not told.
"""

from collections.abc import Callable, Iterator
from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

import msgpack

from netrelay.core.file_names import FILE_NAME_MAX_BYTES
from netrelay.core.msgpack_array import (
    INTEGER_MAX,
    Octets,
    check_bytes,
    check_integer,
    malformed,
    shown,
    unpack_array,
)

ENTRIES_MAX: Final = 65_536
DEPTH_MAX: Final = 32
PATH_MAX_BYTES: Final = 4096
LENGTH: Final = Struct(">H")
# Array 1, kind 1, path 3 + its bytes, time 9, size 9.
HEADER_MAX_BYTES: Final = PATH_MAX_BYTES + 23


class EntryKind(IntEnum):
    """What an entry of a directory stream is."""

    END = 0
    FILE = 1
    DIRECTORY = 2


class Entry(NamedTuple):
    """One entry; its path is the source's word, to be made safe part by part."""

    kind: EntryKind
    path: bytes
    mtime_ns: int
    size_bytes: int


class Placed(NamedTuple):
    """An entry, and where its content begins in the stream."""

    entry: Entry
    offset: int


def encode_entry(entry: Entry) -> bytes:
    """The bytes that go before the content of an entry."""
    packed: bytes = msgpack.packb((int(entry.kind), *entry[1:]))
    return LENGTH.pack(len(packed)) + packed


def end_of(entries: int) -> bytes:
    """The bytes that end a stream of so many entries."""
    return encode_entry(Entry(EntryKind.END, b"", 0, entries))


def decode_entry(header: Octets) -> Entry:
    """The entry in a header, without its length; WireError MALFORMED.

    Whether it may follow those before it is for `Order` to say.
    """
    kind, *rest = unpack_array("entry of a directory", header, 4, longest_bytes=PATH_MAX_BYTES)
    check_integer("kind of entry", kind, EntryKind.END, EntryKind.DIRECTORY)
    entry = Entry(EntryKind(kind), *rest)
    end = entry.kind is EntryKind.END
    check_bytes("path", entry.path, 0 if end else 1, 0 if end else PATH_MAX_BYTES)
    check_integer("modification time", entry.mtime_ns, -INTEGER_MAX, INTEGER_MAX)
    largest = 0 if entry.kind is EntryKind.DIRECTORY else INTEGER_MAX
    check_integer("size of an entry", entry.size_bytes, 0, largest)
    if not end:
        _check_path(entry.path)
    return entry


def _check_path(path: bytes) -> None:
    parts = path.split(b"/")
    if len(parts) > DEPTH_MAX:
        raise malformed(f"path {shown(path)} has more than {DEPTH_MAX} parts")
    for part in parts:
        if part in (b"", b".", b"..") or b"\0" in part or len(part) > FILE_NAME_MAX_BYTES:
            raise malformed(f"path {shown(path)} holds {shown(part)}, which names nothing")


class Order:
    """The rule for what may follow what; one for each stream."""

    def __init__(self) -> None:
        self._last: list[bytes] = []
        self._directories: list[bytes] = []
        self.entries = 0

    def follow(self, entry: Entry) -> None:
        """Note the next entry; WireError MALFORMED unless it may come here."""
        if entry.kind is EntryKind.END:
            if entry.size_bytes != self.entries:
                raise malformed(f"{self.entries} entries, but its end says {entry.size_bytes}")
            return
        self.entries += 1
        if self.entries > ENTRIES_MAX:
            raise malformed(f"more than {ENTRIES_MAX} entries")
        parts = entry.path.split(b"/")
        if parts <= self._last:
            raise malformed(f"path {shown(entry.path)} comes after {shown(b'/'.join(self._last))}")
        if parts[:-1] != self._directories[: len(parts) - 1]:
            raise malformed(f"path {shown(entry.path)} lies in what is no directory of the stream")
        self._last = parts
        # The open directories are those on the way to this entry.
        self._directories = parts if entry.kind is EntryKind.DIRECTORY else parts[:-1]


def placed_entries(read: Callable[[int, int], Octets], size_bytes: int) -> Iterator[Placed]:
    """Every entry of a stream but its end; WireError MALFORMED unless it is one of just this size.

    `read` gives the bytes at an offset, at most so many, fewer where the stream ends. No content is
    read.
    """
    order, place = Order(), 0
    while True:
        head = read(place, LENGTH.size + HEADER_MAX_BYTES)
        if len(head) < LENGTH.size:
            raise malformed(f"the stream of a directory ends at byte {place}, without its end")
        (length,) = LENGTH.unpack_from(head)
        header = head[LENGTH.size : LENGTH.size + length]
        if len(header) < length:
            raise malformed(f"an entry at byte {place} says its header has {length} bytes")
        entry = decode_entry(header)
        order.follow(entry)
        place += LENGTH.size + length
        if entry.kind is EntryKind.END:
            break
        yield Placed(entry, place)
        place += entry.size_bytes
        if place > size_bytes:
            raise malformed(f"an entry goes on beyond the {size_bytes} bytes of its stream")
    if place != size_bytes:
        raise malformed(f"the stream of a directory ends at byte {place} of {size_bytes}")
