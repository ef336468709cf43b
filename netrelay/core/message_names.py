"""Names of messages on a medium, and the acknowledgements that list them.

    part of a file of acknowledgements    [1, [name, ...]]
    name    [type, source (20), destination (20), epoch (8), sequence, attempt, offset, length]

Offset and length are those of a type 1 or 2; 0 and 0 for a signed message.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgpack

from netrelay.core.header import EndToEnd, Hop
from netrelay.core.msgpack_array import (
    INTEGER_MAX,
    U32_MAX,
    Octets,
    check_bytes,
    check_integer,
    malformed,
    quoted,
    unpack_array,
)
from netrelay.core.node_id import node_id_bytes, node_id_text
from netrelay.core.words import MessageType

NAMES_VERSION: Final = 1
NAMES_MAX: Final = 1024
"""Names in a part: as many as a frame has messages."""

_SIGNED: Final = (MessageType.MANIFEST, MessageType.RECEIPT)
_TYPES: Final = (*_SIGNED, MessageType.SINGLE, MessageType.CHUNK)


class MessageName(NamedTuple):
    """The identity of a message on a medium: two with one name say the same."""

    type: int
    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    offset: int
    size_bytes: int


def name_of(header: EndToEnd, hop: Hop) -> MessageName:
    """Return the name of a message with these headers."""
    is_signed = header.type in _SIGNED
    return MessageName(
        *(int(header.type), header.source, header.destination, header.epoch, header.sequence),
        *(header.attempt, 0 if is_signed else hop.offset, 0 if is_signed else hop.length_bytes),
    )


def encode_names(names: Sequence[MessageName]) -> bytes:
    """Return a part of a file of acknowledgements; ValueError for more than NAMES_MAX, or none."""
    if not 1 <= len(names) <= NAMES_MAX:
        raise ValueError(f"{len(names)} names, must be 1 to {NAMES_MAX}")
    entries = [
        [each.type, node_id_bytes(each.source), node_id_bytes(each.destination), *each[3:]]
        for each in names
    ]
    packed: bytes = msgpack.packb([NAMES_VERSION, entries])
    return packed


def decode_names(part: Octets) -> list[MessageName]:
    """Return the names in a part; WireError MALFORMED for anything else."""
    version, entries = unpack_array(
        "acknowledgements", part, 2, longest_array=NAMES_MAX, longest_bytes=20
    )
    check_integer("version of acknowledgements", version, NAMES_VERSION, NAMES_VERSION)
    if type(entries) is not list or not entries:
        raise malformed(f"acknowledgements must hold 1 to {NAMES_MAX} names")
    return [_decoded(entry) for entry in entries]


def _decoded(fields: Any) -> MessageName:
    if type(fields) is not list or len(fields) != len(MessageName._fields):
        raise malformed(f"name {quoted(fields)} must be an array of {len(MessageName._fields)}")
    type_, source, destination, epoch, sequence, attempt, offset, size_bytes = fields
    if type(type_) is not int or type_ not in _TYPES:
        raise malformed(f"type {quoted(type_)} is none of 1, 2, 3 and 7")
    check_bytes("source", source, 20, 20)
    check_bytes("destination", destination, 20, 20)
    check_bytes("epoch", epoch, 8, 8)
    check_integer("sequence", sequence, 0, INTEGER_MAX)
    check_integer("attempt", attempt, 1, U32_MAX)
    check_integer("offset", offset, 0, INTEGER_MAX)
    check_integer("length", size_bytes, 0, U32_MAX)
    if type_ in _SIGNED and (offset or size_bytes):
        raise malformed("a signed message has offset and length 0")
    return MessageName(
        *(type_, node_id_text(source), node_id_text(destination), epoch, sequence, attempt),
        *(offset, size_bytes),
    )
