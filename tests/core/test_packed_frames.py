"""Packed frames: round trips, and what a peer may send in their place.

The vectors (`tests/vectors/packed_vectors.py`) have the payloads that break a rule.
"""

import random
import zlib
from contextlib import suppress

import pytest
from blake3 import blake3
from hypothesis import given, settings
from hypothesis import strategies as st

from netrelay.core.frames import FRAME_HEADER_BYTES
from netrelay.core.header import Hop, encode_hop
from netrelay.core.message_frames import MessagesWriter, message_count, read_messages
from netrelay.core.node_id import node_id_text
from netrelay.core.packed_frames import PACKED_MAX_BYTES, is_packed, pack_frame, unpacked_payload
from netrelay.core.words import WireError

HERE, THERE = node_id_text(bytes(range(20))), node_id_text(bytes(range(20, 40)))
MESSAGE_SIZE_BYTES = 1 << 20


def frame(*messages: tuple[bytes, bytes]) -> tuple[memoryview, int]:
    """Return a view with a complete frame of headers and bodies, and its length."""
    view = memoryview(bytearray(2 * MESSAGE_SIZE_BYTES))
    writer = MessagesWriter(view, MESSAGE_SIZE_BYTES)
    for head, body in messages:
        writer.reserve(head, len(body))[:] = body
        hop = Hop(0, len(body), bytes(16), blake3(body).digest(), 1, 0)
        writer.finish_message(encode_hop(hop))
    return view, writer.finish()


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.binary(min_size=1, max_size=512), st.binary(min_size=1)), min_size=1),
    st.integers(1, 300),
)
def test_frames_round_trip(messages: list[tuple[bytes, bytes]], times: int) -> None:
    view, length = frame(*[(head, body * times) for head, body in messages])
    before = bytes(view[FRAME_HEADER_BYTES:length])
    packed_length = pack_frame(view, length, HERE, THERE)
    payload = view[FRAME_HEADER_BYTES:packed_length]
    assert int.from_bytes(view[:4], "big") == len(payload)
    assert message_count(view) == len(messages)
    if is_packed(payload):
        assert packed_length < length
        payload = unpacked_payload(payload, HERE, THERE)
    else:
        assert packed_length == length
    assert payload == before
    assert len(read_messages(payload)) == len(messages)


def test_what_is_sealed_alone_is_not_packed_when_it_is_long() -> None:
    noise = random.Random(1).randbytes(PACKED_MAX_BYTES)
    view, length = frame((b"head", noise))
    assert pack_frame(view, length, HERE, THERE) == length
    assert not is_packed(view[FRAME_HEADER_BYTES:length])


def test_another_pair_of_nodes_reads_something_else() -> None:
    head = b"\xc4\x14" + bytes(range(20)) + b"\xc4\x14" + bytes(range(20, 40)) + b"\xc4\x08"
    view, length = frame((head, b"x" * 40))
    packed = bytes(view[FRAME_HEADER_BYTES : pack_frame(view, length, HERE, THERE)])
    assert unpacked_payload(memoryview(packed), THERE, HERE) != unpacked_payload(
        memoryview(packed), HERE, THERE
    )


def test_a_bomb_unpacks_to_no_more_than_a_frame_may() -> None:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    bomb = packer.compress(bytes(64 * MESSAGE_SIZE_BYTES)) + packer.flush()
    with pytest.raises(WireError, match="unpack to more than 65536 bytes"):
        unpacked_payload(memoryview(b"\0\1\0\1" + bomb), HERE, THERE)


@given(st.binary(max_size=300))
def test_any_bytes_are_refused_or_read(data: bytes) -> None:
    with suppress(WireError):
        read_messages(unpacked_payload(memoryview(b"\0\1\0\1" + data), HERE, THERE))
