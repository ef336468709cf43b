"""The directory stream: a whole directory serialised as the content of a message of kind DIRECTORY.

    stream   entry* end
    entry    u16 length | msgpack [kind, path, modification time in nanoseconds, size] | content
    end      u16 length | msgpack [0, empty, 0, number of entries]

A file (kind 1) is followed by `size` bytes of content; a directory (kind 2) has size 0. A path is
relative to the transferred directory, with "/" between its components. Entries are in strictly
ascending order of their paths, compared component by component as bytes, and every parent directory
has an entry of its own. Paths are therefore unique, and one tree has exactly one stream. Owner,
mode and links are not transferred. Specified in docs/protocol.md.
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
    quoted,
    unpack_array,
)

ENTRIES_MAX: Final = 65_536
DEPTH_MAX: Final = 32
PATH_MAX_BYTES: Final = 4096
LENGTH: Final = Struct(">H")
# Largest msgpack encodings: array 1, kind 1, path 3 + its bytes, time 9, size 9.
HEADER_MAX_BYTES: Final = PATH_MAX_BYTES + 23


class EntryKind(IntEnum):
    """Kind of an entry in a directory stream, as encoded."""

    END = 0
    FILE = 1
    DIRECTORY = 2


class Entry(NamedTuple):
    """One entry of a directory stream.

    `path` comes from the peer: sanitise each component (`safe_name`) before it names a file here.
    """

    kind: EntryKind
    path: bytes
    mtime_ns: int
    size_bytes: int


class PlacedEntry(NamedTuple):
    """An entry and the offset in the stream at which its content begins."""

    entry: Entry
    offset: int


def encode_entry(entry: Entry) -> bytes:
    """Return the length and header that precede the content of an entry."""
    packed: bytes = msgpack.packb((int(entry.kind), *entry[1:]))
    return LENGTH.pack(len(packed)) + packed


def encode_end(entries: int) -> bytes:
    """Return the bytes that terminate a stream of `entries` entries."""
    return encode_entry(Entry(EntryKind.END, b"", 0, entries))


def decode_entry(header: Octets) -> Entry:
    """Return the entry encoded in a header, which comes without its length prefix.

    Raise WireError MALFORMED for anything else. The order of entries is checked by `EntryOrder`.
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
        raise malformed(f"path {quoted(path)} has more than {DEPTH_MAX} parts")
    for part in parts:
        if part in (b"", b".", b"..") or b"\0" in part or len(part) > FILE_NAME_MAX_BYTES:
            raise malformed(f"path {quoted(path)} holds {quoted(part)}, which names nothing")


class EntryOrder:
    """Checks the order of the entries of one stream; use a new object for each stream."""

    def __init__(self) -> None:
        self._last: list[bytes] = []
        self._directories: list[bytes] = []
        self.entries = 0

    def add(self, entry: Entry) -> None:
        """Record the next entry; raise WireError MALFORMED when it may not come here."""
        if entry.kind is EntryKind.END:
            if entry.size_bytes != self.entries:
                raise malformed(f"{self.entries} entries, but its end says {entry.size_bytes}")
            return
        self.entries += 1
        if self.entries > ENTRIES_MAX:
            raise malformed(f"more than {ENTRIES_MAX} entries")
        parts = entry.path.split(b"/")
        if parts <= self._last:
            raise malformed(
                f"path {quoted(entry.path)} comes after {quoted(b'/'.join(self._last))}"
            )
        if parts[:-1] != self._directories[: len(parts) - 1]:
            raise malformed(f"path {quoted(entry.path)} lies in what is no directory of the stream")
        self._last = parts
        # Only the ancestors of this entry can be parents of the next.
        self._directories = parts if entry.kind is EntryKind.DIRECTORY else parts[:-1]


def placed_entries(read: Callable[[int, int], Octets], size_bytes: int) -> Iterator[PlacedEntry]:
    """Yield every entry of a stream except its end.

    `read(offset, limit)` returns up to `limit` bytes of the stream at `offset`, fewer only at its
    end; content is never read. Raise WireError MALFORMED unless the stream is valid and has exactly
    `size_bytes` bytes. Errors surface while iterating, so act on the entries only after the last
    one.
    """
    order, place = EntryOrder(), 0
    while True:
        head = read(place, LENGTH.size + HEADER_MAX_BYTES)
        if len(head) < LENGTH.size:
            raise malformed(f"the stream of a directory ends at byte {place}, without its end")
        (length,) = LENGTH.unpack_from(head)
        header = head[LENGTH.size : LENGTH.size + length]
        if len(header) < length:
            raise malformed(f"an entry at byte {place} says its header has {length} bytes")
        entry = decode_entry(header)
        order.add(entry)
        place += LENGTH.size + length
        if entry.kind is EntryKind.END:
            break
        yield PlacedEntry(entry, place)
        place += entry.size_bytes
        if place > size_bytes:
            raise malformed(f"an entry goes on beyond the {size_bytes} bytes of its stream")
    if place != size_bytes:
        raise malformed(f"the stream of a directory ends at byte {place} of {size_bytes}")
