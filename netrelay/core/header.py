"""The two headers that precede every body: end to end, and hop by hop.

The source writes the end-to-end header, once: a msgpack array of these elements.

    0 header version (1)      4 destination (20 bytes)    8 total size (plaintext bytes)
    1 suite                   5 epoch (8 bytes)           9 lifetime (seconds)
    2 type                    6 sequence                 10 priority (0 first, to 9)
    3 source (20 bytes)       7 attempt                  11 key id (8 bytes, or none)

Its encoding is the associated data of every seal and is covered by every signature. A relay
therefore forwards the bytes it received and never re-encodes them.

Each hop writes a hop header of its own. Its length is fixed, so that it can be written after the
body whose hash it contains.

     0         8      12     28          60    64   65   68
    +---------+------+------+-----------+-----+----+----+
    | offset  |length| salt | body hash | age |hops| 0  |
    +---------+------+------+-----------+-----+----+----+
"""

from struct import Struct
from typing import Final, NamedTuple

import msgpack

from netrelay.core.msgpack_array import (
    INTEGER_MAX,
    U32_MAX,
    Octets,
    check_bytes,
    check_integer,
    malformed,
    unpack_array,
)
from netrelay.core.node_id import node_id_bytes, node_id_text
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.core.words import MessageType, Refusal, WireError

HEADER_VERSION: Final = 1

SUITE_NONE: Final = 0  # manifests and receipts: signed, and their secret part sealed with HPKE
SUITE_AES_256_GCM: Final = 1
SUITE_CHACHA20_POLY1305: Final = 2

EPOCH_BYTES: Final = 8
KEY_ID_BYTES: Final = 8
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32  # BLAKE3-256
NO_SALT: Final = bytes(SALT_BYTES)

HOPS_MAX: Final = 16
PRIORITY_MAX: Final = 9
# Keep in step with the default of messages.priority in sql/tables.sql.
PRIORITY_DEFAULT: Final = 4
# What a person may choose: a minute to ten years. A header carries 1 s to 2^32 - 1 s.
LIFETIME_CHOICE_S: Final = (60, 315_360_000)
END_TO_END_MAX_BYTES: Final = 512
# A signed body is never fragmented, so it must fit the smallest message size that can be agreed.
SIGNED_BODY_MAX_BYTES: Final = SEGMENT_BYTES

_TYPES: Final = {
    t.value: t
    for t in (
        MessageType.SINGLE,
        MessageType.CHUNK,
        MessageType.MANIFEST,
        MessageType.RECEIPT,
    )
}
_SEALED: Final = (MessageType.SINGLE, MessageType.CHUNK)
_HOP: Final = Struct(">QI16s32sIB3s")
HOP_BYTES: Final = _HOP.size

# Count, lengths and the largest headers of one message fit HEADER_LIMIT_BYTES (segments.py).
assert END_TO_END_MAX_BYTES + HOP_BYTES + 12 <= 4096


class EndToEnd(NamedTuple):
    """The end-to-end header: written by the source and immutable on the way."""

    suite: int
    type: MessageType
    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    total_size_bytes: int
    lifetime_s: int
    priority: int
    key_id: bytes


class Hop(NamedTuple):
    """The hop header: describes one body to the next node.

    `offset` and `length_bytes` are a range of plaintext within the whole file; `age_s` is the time
    since the message was created, rounded up; `hops` counts the relays passed, 0 at the source.
    """

    offset: int
    length_bytes: int
    salt: bytes
    body_hash: bytes
    age_s: int
    hops: int


def encode_end_to_end(header: EndToEnd) -> bytes:
    """Return the encoding of an end-to-end header; raise ValueError for a field out of bounds.

    Encode once per message and keep the bytes: seals and signatures cover this very encoding.
    """
    _check_end_to_end(header)
    packed: bytes = msgpack.packb(
        (
            HEADER_VERSION,
            header.suite,
            int(header.type),
            node_id_bytes(header.source),
            node_id_bytes(header.destination),
            header.epoch,
            header.sequence,
            header.attempt,
            header.total_size_bytes,
            header.lifetime_s,
            header.priority,
            header.key_id,
        )
    )
    return packed


def decode_end_to_end(packed: Octets) -> EndToEnd:
    """Return the end-to-end header in these bytes.

    Raise WireError: UNKNOWN_SUITE or UNKNOWN_TYPE when the fields checked before are valid,
    MALFORMED otherwise. Types 4, 5 and 6 are unknown here, since they never travel in MESSAGES
    frames.
    """
    size = len(packed)
    if size > END_TO_END_MAX_BYTES:
        raise malformed(f"end-to-end header has {size} bytes, at most {END_TO_END_MAX_BYTES}")
    elements = unpack_array("end-to-end header", packed, 12, longest_bytes=20)
    version, suite, kind, source, destination = elements[:5]
    if version != HEADER_VERSION or type(version) is not int:
        raise malformed(f"end-to-end header version {version!r} is not {HEADER_VERSION}")
    check_integer("type", kind, 0, 255)
    if kind not in _TYPES:
        raise WireError(Refusal.UNKNOWN_TYPE, f"message type {kind} is none of 1, 2, 3, 7")
    if type(source) is not bytes or len(source) != 20:
        check_bytes("source", source, 20, 20)
    if type(destination) is not bytes or len(destination) != 20:
        check_bytes("destination", destination, 20, 20)
    header = EndToEnd(
        suite, _TYPES[kind], node_id_text(source), node_id_text(destination), *elements[5:]
    )
    _check_end_to_end(header)
    return header


def _check_end_to_end(header: EndToEnd) -> None:
    suite, kind, source, destination, epoch, sequence, attempt, total, lifetime, priority, key = (
        header
    )
    # Runs for every message: one expression decides, and only a failure looks for the field.
    if (
        type(suite) is int
        and (0 < suite <= 2 if kind in _SEALED else suite == SUITE_NONE)
        and source != destination
        and type(epoch) is bytes
        and len(epoch) == EPOCH_BYTES
        and type(sequence) is int
        and 0 <= sequence <= INTEGER_MAX
        and type(attempt) is int
        and 0 < attempt <= U32_MAX
        and type(total) is int
        and _total_min(kind) <= total <= _total_max(kind)
        and type(lifetime) is int
        and 0 < lifetime <= U32_MAX
        and type(priority) is int
        and 0 <= priority <= PRIORITY_MAX
        and type(key) is bytes
        and len(key) == _key_id_bytes(kind)
    ):
        return
    _raise_for_field(header)


def _total_min(kind: MessageType) -> int:
    return 1 if kind in _SEALED else 0


def _total_max(kind: MessageType) -> int:
    return 0 if kind == MessageType.RECEIPT else INTEGER_MAX


def _key_id_bytes(kind: MessageType) -> int:
    return KEY_ID_BYTES if kind == MessageType.SINGLE else 0


def _raise_for_field(header: EndToEnd) -> None:
    kind = header.type
    check_integer("suite", header.suite, 0, 255)
    if header.suite > SUITE_CHACHA20_POLY1305:
        raise WireError(Refusal.UNKNOWN_SUITE, f"suite {header.suite} is none of 0, 1, 2")
    if (header.suite != SUITE_NONE) != (kind in _SEALED):
        raise malformed(
            f"suite {header.suite} does not go with type {int(kind)}: "
            "types 1 and 2 are sealed with suite 1 or 2, types 3 and 7 have suite 0"
        )
    if header.source == header.destination:
        raise malformed(f"source and destination are both {header.source}")
    check_bytes("epoch", header.epoch, EPOCH_BYTES, EPOCH_BYTES)
    check_integer("sequence", header.sequence, 0, INTEGER_MAX)
    check_integer("attempt", header.attempt, 1, U32_MAX)
    check_integer("total size", header.total_size_bytes, _total_min(kind), _total_max(kind))
    check_integer("lifetime", header.lifetime_s, 1, U32_MAX)
    check_integer("priority", header.priority, 0, PRIORITY_MAX)
    check_bytes(
        f"key id of type {int(kind)}", header.key_id, _key_id_bytes(kind), _key_id_bytes(kind)
    )


def encode_hop(hop: Hop) -> bytes:
    """Return the HOP_BYTES bytes of a hop header.

    Raise ValueError for a salt or hash of the wrong length, struct.error for a number out of range.
    """
    offset, length, salt, body_hash, age_s, hops = hop
    if len(salt) != SALT_BYTES or len(body_hash) != HASH_BYTES:
        raise ValueError(f"salt has {len(salt)} bytes, not 16, or hash {len(body_hash)}, not 32")
    return _HOP.pack(offset, length, salt, body_hash, age_s, hops, b"\0\0\0")


def decode_hop(packed: Octets) -> Hop:
    """Return the hop header in these bytes; raise WireError MALFORMED for anything else.

    Its fields are not compared with the rest of the message: see `check_message`.
    """
    size = len(packed)
    if size != HOP_BYTES:
        raise malformed(f"hop header has {size} bytes, must have {HOP_BYTES}")
    *fields, zero = _HOP.unpack(packed)
    if zero != b"\0\0\0":
        raise malformed("hop header must end in three zero bytes")
    return Hop(*fields)


def check_message(
    header: EndToEnd, hop: Hop, body_bytes: int, message_size_bytes: int = INTEGER_MAX
) -> None:
    """Raise WireError unless both headers and the length of the body are consistent.

    The hash of the body is not checked here. `message_size_bytes` is the size agreed with the peer.
    """
    offset, length, salt, _, age_s, hops = hop
    if hops > HOPS_MAX:
        raise WireError(Refusal.LOOP, f"message has passed {hops} relays, at most {HOPS_MAX}")
    if age_s >= header.lifetime_s:
        raise WireError(
            Refusal.EXPIRED, f"message is {age_s} s old, its lifetime is {header.lifetime_s} s"
        )
    if header.suite == SUITE_NONE:
        if offset or salt != NO_SALT:
            raise malformed("a signed body has offset 0 and no salt")
        if length != body_bytes or not 0 < length <= SIGNED_BODY_MAX_BYTES:
            raise malformed(
                f"signed body has {body_bytes} bytes and says {length}, "
                f"must be 1 to {SIGNED_BODY_MAX_BYTES}"
            )
        return
    if length > message_size_bytes:
        raise WireError(
            Refusal.TOO_LARGE,
            f"message of {length} bytes, the agreed size is {message_size_bytes}",
        )
    end = offset + length
    if offset % SEGMENT_BYTES or length <= 0 or end > header.total_size_bytes:
        raise malformed(
            f"range of {length} bytes at {offset} must begin on a multiple of {SEGMENT_BYTES} "
            f"and lie within the {header.total_size_bytes} of the whole"
        )
    if length % SEGMENT_BYTES and end != header.total_size_bytes:
        raise malformed(f"range of {length} bytes at {offset} ends within a segment")
    if body_bytes != sealed_bytes(length):
        raise malformed(
            f"sealed body has {body_bytes} bytes, {length} of plaintext need {sealed_bytes(length)}"
        )
