"""Frames of large chunks, cut for a node that takes less."""

import os

import pytest
from blake3 import blake3

from netrelay.core.frames import FRAME_HEADER_BYTES
from netrelay.core.header import EndToEnd, Hop, decode_hop, encode_end_to_end, encode_hop
from netrelay.core.message_frames import (
    MessagesWriter,
    messages_frame_limit_bytes,
    read_messages,
)
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.core.smaller_frames import smaller_frames
from netrelay.core.words import MessageType, WireError

LARGE_BYTES = 4 * SEGMENT_BYTES
TOTAL_BYTES = 10 * SEGMENT_BYTES + 9


def head(type_: MessageType) -> bytes:
    key_id = bytes(8) if type_ is MessageType.SINGLE else b""
    return encode_end_to_end(
        EndToEnd(1, type_, "a" * 32, "b" * 32, bytes([1] * 8), 3, 1, TOTAL_BYTES, 60, 4, key_id)
    )


def payload(*messages: tuple[MessageType, int, int]) -> memoryview:
    """Return the payload of a frame: type, offset and length of each message."""
    view = memoryview(bytearray(messages_frame_limit_bytes(16 * LARGE_BYTES)))
    writer = MessagesWriter(view, 16 * LARGE_BYTES)
    for type_, offset, length in messages:
        body = os.urandom(sealed_bytes(length))
        writer.reserve(head(type_), len(body))[:] = body
        hop = Hop(offset, length, bytes([9] * 16), blake3(body).digest(), 5, 2)
        writer.finish_message(encode_hop(hop))
    return view[FRAME_HEADER_BYTES : writer.finish()]


def test_a_chunk_is_cut_between_segments_and_keeps_its_bytes() -> None:
    whole = payload(
        (MessageType.CHUNK, LARGE_BYTES, LARGE_BYTES),
        (MessageType.CHUNK, 2 * LARGE_BYTES, 2 * SEGMENT_BYTES + 9),
    )
    cut = list(smaller_frames(whole, SEGMENT_BYTES))
    assert [each for frame in cut for each in frame.places] == [0, 0, 0, 0, 1, 1, 1]
    assert all(len(each.frame) <= messages_frame_limit_bytes(SEGMENT_BYTES) for each in cut)
    hops, joined = [], b""
    for each in cut:
        for end_to_end, hop, body in read_messages(memoryview(each.frame)[FRAME_HEADER_BYTES:]):
            assert end_to_end == head(MessageType.CHUNK)
            hops.append(decode_hop(hop))
            assert hops[-1].body_hash == blake3(body).digest()
            joined += body
    assert joined == b"".join(body for _, _, body in read_messages(whole))
    assert [(hop.offset // SEGMENT_BYTES, hop.length_bytes) for hop in hops] == [
        *((4 + each, SEGMENT_BYTES) for each in range(6)),
        (10, 9),
    ]
    assert {(hop.salt, hop.age_s, hop.hops) for hop in hops} == {(bytes([9] * 16), 5, 2)}


def test_what_fits_stays_together() -> None:
    whole = payload((MessageType.CHUNK, 0, SEGMENT_BYTES), (MessageType.SINGLE, 0, TOTAL_BYTES))
    (only,) = smaller_frames(whole, 16 * LARGE_BYTES)
    assert only.places == [0, 1]
    assert only.frame[FRAME_HEADER_BYTES:] == whole


def test_a_single_that_is_too_large_is_left_out() -> None:
    whole = payload((MessageType.SINGLE, 0, TOTAL_BYTES), (MessageType.CHUNK, 0, SEGMENT_BYTES))
    (only,) = smaller_frames(whole, SEGMENT_BYTES)
    assert only.places == [1]


def test_no_frame_is_refused() -> None:
    with pytest.raises(WireError):
        list(smaller_frames(memoryview(b"no frame"), SEGMENT_BYTES))
