"""Singles, type 1: the inner header that begins their plaintext.

    u16 length | msgpack [kind, name, modification time in nanoseconds] | content

It is sealed with the content: a relay sees neither name nor kind. The total size in the end-to-end
header counts it, and has to be known before the single is made: so the time is always packed as
msgpack's int 64, and the length depends on the name alone.
"""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

import msgpack

from netrelay.core.manifest import NAME_MAX_BYTES
from netrelay.core.msgpack_array import (
    INTEGER_MAX,
    Octets,
    check_bytes,
    check_integer,
    malformed,
    unpack_array,
)
from netrelay.core.segments import SEGMENT_BYTES

_LENGTH: Final = Struct(">H")
_INT_64: Final = Struct(">Bq")
_INT_64_MARK: Final = 0xD3


class SingleKind(IntEnum):
    """What a single carries."""

    FILE = 1
    TEXT = 2
    DIRECTORY = 3


class SingleHeader(NamedTuple):
    """The inner header; a TEXT has no name, any other's is the source's and not to be trusted.

    The content of a DIRECTORY is a directory stream (directory_stream.py).
    """

    kind: SingleKind
    name: bytes
    mtime_ns: int


def encode_single_header(header: SingleHeader) -> bytes:
    """The bytes to put before the content; their length is part of the single's total size."""
    _check(header)
    packer = msgpack.Packer()
    packed = b"".join(
        (
            packer.pack_array_header(3),
            packer.pack(int(header.kind)),
            packer.pack(header.name),
            _INT_64.pack(_INT_64_MARK, header.mtime_ns),
        )
    )
    return _LENGTH.pack(len(packed)) + packed


def single_header_bytes(name: bytes) -> int:
    """The length of the inner header of a single with this name, empty for a TEXT."""
    kind = SingleKind.FILE if name else SingleKind.TEXT
    return len(encode_single_header(SingleHeader(kind, name, 0)))


def encode_text(text: str, written_ns: int) -> bytes:
    """The whole plaintext of a single that carries a text.

    ValueError for a text that is empty, longer than TEXT_MAX_BYTES in UTF-8, or no text.
    """
    content = text.encode()
    if not 1 <= len(content) <= TEXT_MAX_BYTES:
        raise ValueError(f"{len(content)} bytes long; allowed: 1 to {TEXT_MAX_BYTES}")
    return encode_single_header(SingleHeader(SingleKind.TEXT, b"", written_ns)) + content


def decode_text(content: Octets) -> str:
    """The text in the content of an opened single; WireError when it is none."""
    if not len(content):
        raise malformed("an empty text")
    try:
        return str(content, "utf-8")
    except UnicodeDecodeError as error:
        raise malformed(f"a text that is no UTF-8: {error.reason}") from error


def decode_single(plaintext: Octets) -> tuple[SingleHeader, memoryview]:
    """The inner header and a view of the content of an opened single."""
    view = memoryview(plaintext)
    if len(view) < _LENGTH.size:
        raise malformed(f"single of {len(view)} bytes is too short for its inner header")
    (length,) = _LENGTH.unpack_from(view)
    end = _LENGTH.size + length
    if end > len(view):
        raise malformed(f"single of {len(view)} bytes says its inner header has {length}")
    elements = unpack_array(
        "inner header of a single", view[_LENGTH.size : end], 3, longest_bytes=NAME_MAX_BYTES
    )
    check_integer("kind of single", elements[0], SingleKind.FILE, SingleKind.DIRECTORY)
    header = SingleHeader(SingleKind(elements[0]), *elements[1:])
    _check(header)
    return header, view[end:]


def _check(header: SingleHeader) -> None:
    if header.kind == SingleKind.TEXT:
        check_bytes("name of a text", header.name, 0, 0)
    else:
        check_bytes("name", header.name, 1, NAME_MAX_BYTES)
    check_integer("modification time", header.mtime_ns, -INTEGER_MAX, INTEGER_MAX)


# The smallest message size there may be: a text fits whole through every hop, whatever is agreed.
TEXT_MAX_BYTES: Final = SEGMENT_BYTES - single_header_bytes(b"")
