"""Packed MESSAGES frames: the headers of small messages take a third of their bytes.

    count u16 | 1 u16 | raw deflate (RFC 1951) of all messages

The messages are as in a frame that is not packed (message_frames.py), but for the BLAKE3 of each
body, which is left out as 32 zero bytes: whoever unpacks it computes it. Deflate begins with a
dictionary of what such headers hold: the ids of both nodes among it. Each frame is packed for
itself, so none needs what was sent before.
"""

import zlib
from collections.abc import Iterator
from functools import lru_cache
from struct import Struct
from typing import Final

from blake3 import blake3

from netrelay.core.frames import FRAME_HEADER_BYTES, FrameKind, encode_frame_header
from netrelay.core.header import HASH_BYTES, HOP_BYTES
from netrelay.core.msgpack_array import malformed
from netrelay.core.node_id import node_id_bytes

PACKED_MAX_BYTES: Final = 65_536
"""The most that a packed frame unpacks to; larger ones are sent as they are."""
_COUNT: Final = Struct(">HH")
_LENGTHS: Final = Struct(">HHI")
_IS_PACKED: Final = 1
_HASH_AT: Final = 28  # in the hop header
_NO_HASH: Final = bytes(HASH_BYTES)
_RAW: Final = -15
_LEVEL: Final = 9


def is_packed(payload: memoryview) -> bool:
    """Return whether the payload of a MESSAGES frame says that it is packed."""
    return len(payload) >= _COUNT.size and _COUNT.unpack_from(payload)[1] == _IS_PACKED


def pack_frame(frame: memoryview, length_bytes: int, sender: str, receiver: str) -> int:
    """Pack a complete frame of this length in place, if that makes it shorter.

    Return its length. sender, receiver: the ids of the two nodes of the connection.
    """
    first = FRAME_HEADER_BYTES + _COUNT.size
    if length_bytes - first > PACKED_MAX_BYTES:
        return length_bytes
    messages = bytearray(frame[first:length_bytes])
    for hash_at, _ in _hashes(messages):
        messages[hash_at : hash_at + HASH_BYTES] = _NO_HASH
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW, zdict=_dictionary(sender, receiver))
    packed = packer.compress(messages) + packer.flush()
    if len(packed) >= len(messages):
        return length_bytes
    end = first + len(packed)
    frame[first:end] = packed
    _COUNT.pack_into(frame, FRAME_HEADER_BYTES, _COUNT.unpack_from(frame, FRAME_HEADER_BYTES)[0], 1)
    frame[:FRAME_HEADER_BYTES] = encode_frame_header(FrameKind.MESSAGES, end - FRAME_HEADER_BYTES)
    return end


def unpacked_payload(payload: memoryview, sender: str, receiver: str) -> memoryview:
    """Return the payload that a packed one stands for; raise WireError MALFORMED."""
    count, _ = _COUNT.unpack_from(payload)
    unpacker = zlib.decompressobj(_RAW, zdict=_dictionary(sender, receiver))
    try:
        messages = unpacker.decompress(payload[_COUNT.size :], PACKED_MAX_BYTES + 1)
    except zlib.error as error:
        raise malformed(f"packed MESSAGES do not unpack: {error}") from error
    if len(messages) > PACKED_MAX_BYTES:
        raise malformed(f"packed MESSAGES unpack to more than {PACKED_MAX_BYTES} bytes")
    if not unpacker.eof or unpacker.unused_data or unpacker.unconsumed_tail:
        raise malformed("packed MESSAGES end early, or have bytes after their end")
    payload = memoryview(bytearray(_COUNT.pack(count, 0) + messages))
    for hash_at, body in _hashes(payload[_COUNT.size :]):
        at = _COUNT.size + hash_at
        if payload[at : at + HASH_BYTES] != _NO_HASH:
            raise malformed("a packed message has a hash")
        payload[at : at + HASH_BYTES] = blake3(body).digest()
    return payload


def _hashes(messages: bytearray | memoryview) -> Iterator[tuple[int, memoryview]]:
    """Yield the place of the hash of each message, and its body, as far as the lengths fit."""
    view = memoryview(messages)
    at = 0
    while len(view) - at >= _LENGTHS.size:
        end_to_end_bytes, hop_bytes, body_bytes = _LENGTHS.unpack_from(view, at)
        hop_at = at + _LENGTHS.size + end_to_end_bytes
        body_at = hop_at + hop_bytes
        at = body_at + body_bytes
        if hop_bytes != HOP_BYTES or at > len(view):
            return  # read_messages refuses it
        yield hop_at + _HASH_AT, view[body_at:at]


@lru_cache(maxsize=16)
def _dictionary(sender: str, receiver: str) -> bytes:
    """Return what headers between two nodes are likely to hold, the likeliest last."""
    of_sender, of_receiver = node_id_bytes(sender), node_id_bytes(receiver)
    ids = b"".join((b"\xc4\x14", of_sender, b"\xc4\x14", of_receiver, b"\xc4\x08"))
    zeros = bytes(HOP_BYTES)
    tail = b"\x01\x1e\xce\x00\x27\x8d\x00\x04\xc4\x08"  # attempt, size, 30 days, priority, key id
    return b"".join(
        (
            *(b"\xc4\x14", of_receiver, b"\xc4\x08"),
            *(zeros, b"\x92\x01\x91\x97\xc4\x14", of_sender, b"\xc4\x08", b"\x01\x01\x90\xa0"),
            *(b"\x9c\x01\x00\x07", ids, b"\x01\x00\xce\x00\x27\x8d\x00\x01\xc4\x00", zeros),
            *(b"\x00\x44\x00\x00\x00", b"\x9c\x01\x02\x01", ids, tail, zeros),
            *(b"\x00\x44\x00\x00\x00", b"\x9c\x01\x01\x01", ids, tail, zeros),
        )
    )
