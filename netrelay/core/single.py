"""The inner header of singles (type 1), which begins their plaintext.

    u16 length | msgpack [kind, name, modification time in nanoseconds] | content

It is sealed together with the content: a relay sees neither name nor kind. The total size in the
end-to-end header includes it and must be known before sealing. The time is therefore always packed
as msgpack int 64, and the length depends on the name, and on whether the content is compressed: the
kind is an array then (plain_content.py).
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
from netrelay.core.plain_content import PlainContent, decode_kind, encode_kind
from netrelay.core.segments import SEGMENT_BYTES

_LENGTH: Final = Struct(">H")
_INT_64: Final = Struct(">Bq")
_INT_64_MARK: Final = 0xD3


class SingleKind(IntEnum):
    """Content of a single, as encoded."""

    FILE = 1
    TEXT = 2
    DIRECTORY = 3


class SingleHeader(NamedTuple):
    """The inner header; `name` is empty for a TEXT, and untrusted otherwise.

    For kind DIRECTORY the content is a directory stream (directory_stream.py). plain: what the
    content unpacks to; None: it travels as it is.
    """

    kind: SingleKind
    name: bytes
    mtime_ns: int
    plain: PlainContent | None = None


def encode_single_header(header: SingleHeader) -> bytes:
    """Return the bytes that precede the content; the total size of the single includes them."""
    _check(header)
    packer = msgpack.Packer()
    packed = b"".join(
        (
            packer.pack_array_header(3),
            encode_kind(int(header.kind), header.plain),
            packer.pack(header.name),
            _INT_64.pack(_INT_64_MARK, header.mtime_ns),
        )
    )
    return _LENGTH.pack(len(packed)) + packed


def single_header_bytes(name: bytes, plain: PlainContent | None = None) -> int:
    """Return the length of the inner header for this name, empty for a TEXT."""
    kind = SingleKind.FILE if name else SingleKind.TEXT
    return len(encode_single_header(SingleHeader(kind, name, 0, plain)))


def encode_text(text: str, written_ns: int) -> bytes:
    """Return the complete plaintext of a single of kind TEXT.

    Raise ValueError for a text that is empty, over TEXT_MAX_BYTES in UTF-8, or not encodable.
    """
    content = text.encode()
    if not 1 <= len(content) <= TEXT_MAX_BYTES:
        raise ValueError(f"{len(content)} bytes long; allowed: 1 to {TEXT_MAX_BYTES}")
    return encode_single_header(SingleHeader(SingleKind.TEXT, b"", written_ns)) + content


def decode_text(content: Octets) -> str:
    """Return the text in the content of an opened single; raise WireError MALFORMED otherwise."""
    if not 1 <= len(content) <= TEXT_MAX_BYTES:
        raise malformed(f"a text of {len(content)} bytes; allowed: 1 to {TEXT_MAX_BYTES}")
    try:
        return str(content, "utf-8")
    except UnicodeDecodeError as error:
        raise malformed(f"a text that is no UTF-8: {error.reason}") from error


def decode_single(plaintext: Octets) -> tuple[SingleHeader, memoryview]:
    """Return the inner header and a view of the content; raise WireError MALFORMED otherwise."""
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
    element, name, mtime_ns = elements
    kind, plain = decode_kind("kind of single", element)
    check_integer("kind of single", kind, SingleKind.FILE, SingleKind.DIRECTORY)
    header = SingleHeader(SingleKind(kind), name, mtime_ns, plain)
    _check(header)
    return header, view[end:]


def _check(header: SingleHeader) -> None:
    if header.kind == SingleKind.TEXT:
        check_bytes("name of a text", header.name, 0, 0)
        if header.plain is not None:
            raise malformed("a text is never compressed")
    else:
        check_bytes("name", header.name, 1, NAME_MAX_BYTES)
    check_integer("modification time", header.mtime_ns, -INTEGER_MAX, INTEGER_MAX)


# One segment is the smallest message size that can be agreed, so a text is never fragmented.
TEXT_MAX_BYTES: Final = SEGMENT_BYTES - single_header_bytes(b"")
