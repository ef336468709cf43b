"""Cuts a frame of large messages into frames that a smaller message size admits.

A chunk is cut between segments, as a relay cuts it (docs/protocol.md, section 6): no key is needed.
Nothing else can be cut.
"""

from collections.abc import Iterator
from typing import NamedTuple

from blake3 import blake3

from netrelay.core.header import Hop, decode_end_to_end, decode_hop, encode_hop
from netrelay.core.message_frames import (
    MessagesWriter,
    messages_frame_limit_bytes,
    read_messages,
)
from netrelay.core.segments import SEAL_BYTES, SEGMENT_BYTES, sealed_bytes
from netrelay.core.words import MessageType, WireError


class SmallerFrame(NamedTuple):
    """A complete frame; places: of each of its messages, the position in the frame that was cut."""

    frame: bytes
    places: list[int]


def smaller_frames(payload: memoryview, message_size_bytes: int) -> Iterator[SmallerFrame]:
    """Yield frames of this message size with what a payload holds; what does not fit is left out.

    WireError unless it is the payload of a MESSAGES frame.
    """
    view = memoryview(bytearray(messages_frame_limit_bytes(message_size_bytes)))
    writer, places = MessagesWriter(view, message_size_bytes), list[int]()
    for place, (head, hop, body) in enumerate(read_messages(payload)):
        for cut_hop, cut_body in _cut(head, hop, body, message_size_bytes):
            if not writer.has_room(len(head), len(cut_body)) and places:
                yield SmallerFrame(bytes(view[: writer.finish()]), places)
                writer, places = MessagesWriter(view, message_size_bytes), []
            if writer.has_room(len(head), len(cut_body)):
                writer.reserve(bytes(head), len(cut_body))[:] = cut_body
                writer.finish_message(bytes(cut_hop))
                places.append(place)
    if places:
        yield SmallerFrame(bytes(view[: writer.finish()]), places)


def _cut(
    head: memoryview, hop: memoryview, body: memoryview, message_size_bytes: int
) -> Iterator[tuple[bytes | memoryview, memoryview]]:
    """Yield hop header and body of each part of a message; the message itself where it stays."""
    try:
        is_chunk = decode_end_to_end(head).type is MessageType.CHUNK
        whole = decode_hop(hop)
    except WireError:
        is_chunk = False
    if not is_chunk or whole.length_bytes <= message_size_bytes:
        yield hop, body
        return
    if len(body) != sealed_bytes(whole.length_bytes):
        return
    for at in range(0, whole.length_bytes, message_size_bytes):
        length_bytes = min(message_size_bytes, whole.length_bytes - at)
        first = at // SEGMENT_BYTES * (SEGMENT_BYTES + SEAL_BYTES)
        part = body[first : first + sealed_bytes(length_bytes)]
        part_hash = blake3(part).digest()
        yield (
            encode_hop(
                Hop(
                    *(whole.offset + at, length_bytes, whole.salt, part_hash),
                    *(whole.age_s, whole.hops),
                )
            ),
            part,
        )
