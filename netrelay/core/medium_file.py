"""Files that carry messages by hand, on a medium: a signed header, then parts (docs/protocol.md).

    0     magic "NRCARRY1" | u8 kind | 3 x 0 | u32 number of parts
    16    writer (20) | addressee (20) | file id (16) | u32 message size | 4 x 0
    80    for each part: u32 length | BLAKE3-256 of the part     then zeros
    4032  Ed25519 signature of the writer over MEDIUM_DOMAIN and all before it
    4096  the parts, one after the other

The header names the hash of each part, so a part is checked when it is read, and those before a
tear are of use. It says nothing of when it was made.
"""

from enum import IntEnum
from struct import Struct
from typing import Final, NamedTuple

from netrelay.core.message_frames import messages_frame_limit_bytes
from netrelay.core.msgpack_array import Octets, malformed
from netrelay.core.node_id import node_id_bytes, node_id_text
from netrelay.core.segments import check_capacity

MEDIUM_DOMAIN: Final = b"netrelay carry v1\0"
MEDIUM_HEADER_BYTES: Final = 4096
MEDIUM_SIGNED_BYTES: Final = MEDIUM_HEADER_BYTES - 64
MEDIUM_PARTS_MAX: Final = 64
FILE_ID_BYTES: Final = 16
ACKNOWLEDGED_PART_MAX_BYTES: Final = 1024 * 1024
"""Longest part of a file of acknowledgements: one for each of 1,024 messages, and then some."""

_MAGIC: Final = b"NRCARRY1"
_FIELDS: Final = Struct(">8sB3sI20s20s16sI4s")
_PART: Final = Struct(">I32s")

# The number of an agreement is 1 or more: this one stands for none, between processes of one node.
MEDIUM_AGREEMENT: Final = 0


class MediumKind(IntEnum):
    """Kind of the parts of a file, as encoded."""

    MESSAGES = 1  # complete MESSAGES frames, header included
    ACKNOWLEDGEMENTS = 2  # names of messages that the writer has taken


class MediumPart(NamedTuple):
    """Length and BLAKE3-256 of a part."""

    length_bytes: int
    hash: bytes


class MediumHeader(NamedTuple):
    """The header of a file: its writer, its addressee, and its parts.

    message_size_bytes: a message size that each of its messages fits.
    """

    kind: MediumKind
    writer: str
    addressee: str
    file_id: bytes
    message_size_bytes: int
    parts: tuple[MediumPart, ...]

    @property
    def file_bytes(self) -> int:
        """Size of the whole file."""
        return MEDIUM_HEADER_BYTES + sum(part.length_bytes for part in self.parts)


def part_limit_bytes(kind: MediumKind, message_size_bytes: int) -> int:
    """Return the length of the longest part of a file of this kind."""
    if kind is MediumKind.ACKNOWLEDGEMENTS:
        return ACKNOWLEDGED_PART_MAX_BYTES
    return messages_frame_limit_bytes(message_size_bytes)


def encode_medium_header(header: MediumHeader) -> bytes:
    """Return the part of a header that is signed; ValueError for what `decode` would refuse."""
    if not 1 <= len(header.parts) <= MEDIUM_PARTS_MAX:
        raise ValueError(f"{len(header.parts)} parts, must be 1 to {MEDIUM_PARTS_MAX}")
    check_capacity("message size", header.message_size_bytes)
    packed = bytearray(MEDIUM_SIGNED_BYTES)
    _FIELDS.pack_into(
        *(packed, 0, _MAGIC, header.kind, bytes(3), len(header.parts)),
        *(node_id_bytes(header.writer), node_id_bytes(header.addressee), header.file_id),
        *(header.message_size_bytes, bytes(4)),
    )
    for number, part in enumerate(header.parts):
        _PART.pack_into(packed, _FIELDS.size + number * _PART.size, *part)
    return bytes(packed)


def decode_medium_header(signed: Octets) -> MediumHeader:
    """Return the header in its signed bytes; WireError MALFORMED for anything else.

    Verify the signature before what it says is used.
    """
    if len(signed) != MEDIUM_SIGNED_BYTES:
        raise malformed(f"a header of {len(signed)} bytes, must have {MEDIUM_SIGNED_BYTES}")
    magic, kind, pad, count, writer, addressee, file_id, size_bytes, end = _FIELDS.unpack_from(
        signed
    )
    if magic != _MAGIC:
        raise malformed("it does not begin as a file of netrelay carry")
    if kind not in (MediumKind.MESSAGES, MediumKind.ACKNOWLEDGEMENTS):
        raise malformed(f"kind {kind} is none of 1 and 2")
    if pad != bytes(3) or end != bytes(4):
        raise malformed("its header is not zero where zero belongs")
    if not 1 <= count <= MEDIUM_PARTS_MAX:
        raise malformed(f"{count} parts, must be 1 to {MEDIUM_PARTS_MAX}")
    try:
        check_capacity("message size", size_bytes)
    except ValueError as error:
        raise malformed(str(error)) from None
    last = _FIELDS.size + count * _PART.size
    if any(memoryview(signed)[last:]):
        raise malformed("its header has more than its parts")
    parts = tuple(MediumPart(*each) for each in _PART.iter_unpack(signed[_FIELDS.size : last]))
    limit_bytes = part_limit_bytes(MediumKind(kind), size_bytes)
    for part in parts:
        if not 0 < part.length_bytes <= limit_bytes:
            raise malformed(f"a part of {part.length_bytes} bytes, must have 1 to {limit_bytes}")
    return MediumHeader(
        MediumKind(kind), node_id_text(writer), node_id_text(addressee), file_id, size_bytes, parts
    )
