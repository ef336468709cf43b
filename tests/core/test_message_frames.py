"""MESSAGES frames: written in place and read in place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.frames import (
    FRAME_HEADER_BYTES,
    MESSAGES_MAX,
    FrameKind,
    decode_frame_header,
    expect_messages,
)
from netrelay.core.header import HOP_BYTES, encode_end_to_end, encode_hop
from netrelay.core.message_frames import (
    MessagesWriter,
    messages_frame_limit_bytes,
    read_messages,
)
from netrelay.core.segments import SEGMENT_BYTES, sealed_bytes
from netrelay.core.words import WireError
from tests.core.examples import CHUNK, HOP

END_TO_END = encode_end_to_end(CHUNK)
HOP_HEADER = encode_hop(HOP)
parts = st.tuples(
    st.binary(min_size=1, max_size=512),
    st.binary(min_size=HOP_BYTES, max_size=HOP_BYTES),
    st.binary(min_size=1, max_size=500),
    st.booleans(),
)


def frame_of(*bodies: bytes) -> bytearray:
    """Return a complete frame of messages with these bodies."""
    room = memoryview(bytearray(messages_frame_limit_bytes(SEGMENT_BYTES)))
    writer = MessagesWriter(room, SEGMENT_BYTES)
    for body in bodies:
        writer.reserve(END_TO_END, len(body))[:] = body
        writer.finish_message(HOP_HEADER)
    return bytearray(room[: writer.finish()])


@given(st.lists(parts, min_size=1, max_size=8))
def test_finished_messages_are_read_and_dropped_ones_are_not(
    messages: list[tuple[bytes, bytes, bytes, bool]],
) -> None:
    room = memoryview(bytearray(messages_frame_limit_bytes(SEGMENT_BYTES)))
    writer = MessagesWriter(room, SEGMENT_BYTES)
    kept: list[tuple[bytes, bytes, bytes]] = []
    for end_to_end, hop, body, keep in messages:
        assert writer.has_room(len(end_to_end), len(body))
        writer.reserve(end_to_end, len(body))[:] = body
        if keep:
            assert writer.finish_message(hop) == len(kept)
            kept.append((end_to_end, hop, body))
        else:
            writer.drop_message()
    assert writer.count == len(kept)
    if not kept:
        with pytest.raises(ValueError, match="at least one message"):
            writer.finish()
        return
    frame = room[: writer.finish()]
    kind, length = decode_frame_header(frame[:FRAME_HEADER_BYTES], expect_messages(SEGMENT_BYTES))
    assert kind is FrameKind.MESSAGES
    payload = frame[FRAME_HEADER_BYTES:]
    assert len(payload) == length
    assert [tuple(map(bytes, message)) for message in read_messages(payload)] == kept


def test_bodies_are_written_and_read_in_place() -> None:
    room = bytearray(messages_frame_limit_bytes(SEGMENT_BYTES))
    writer = MessagesWriter(memoryview(room), SEGMENT_BYTES)
    place = writer.reserve(END_TO_END, 4)
    writer.finish_message(HOP_HEADER)
    length = writer.finish()
    place[:] = b"late"
    [(_, _, body)] = read_messages(memoryview(room)[FRAME_HEADER_BYTES:length])
    assert bytes(body) == b"late"
    assert body.obj is room


@pytest.mark.parametrize("size", [SEGMENT_BYTES, 16 << 20])
def test_the_largest_message_fits_with_the_largest_headers(size: int) -> None:
    room = memoryview(bytearray(messages_frame_limit_bytes(size)))
    writer = MessagesWriter(room, size)
    assert len(writer.reserve(bytes(512), sealed_bytes(size))) == sealed_bytes(size)


def test_a_frame_never_exceeds_its_limit_or_its_view() -> None:
    for room_bytes in (1000, messages_frame_limit_bytes(SEGMENT_BYTES), 1 << 20):
        writer = MessagesWriter(memoryview(bytearray(room_bytes)), SEGMENT_BYTES)
        while writer.has_room(len(END_TO_END), 50):
            writer.reserve(END_TO_END, 50)
            writer.finish_message(HOP_HEADER)
        assert writer.finish() <= min(room_bytes, messages_frame_limit_bytes(SEGMENT_BYTES))
        with pytest.raises(ValueError, match="no room for a body of 50 bytes"):
            writer.reserve(END_TO_END, 50)


def test_a_frame_holds_no_more_messages_than_one_acknowledgement_can_refuse() -> None:
    size = 4 * SEGMENT_BYTES
    writer = MessagesWriter(memoryview(bytearray(messages_frame_limit_bytes(size))), size)
    for _ in range(MESSAGES_MAX):
        writer.reserve(END_TO_END, 1)
        writer.finish_message(HOP_HEADER)
    assert not writer.has_room(len(END_TO_END), 1)


def test_only_one_message_may_be_reserved_at_a_time() -> None:
    writer = MessagesWriter(memoryview(bytearray(4096)), SEGMENT_BYTES)
    with pytest.raises(ValueError, match="no message was reserved"):
        writer.finish_message(HOP_HEADER)
    writer.reserve(END_TO_END, 10)
    with pytest.raises(ValueError, match="neither finished nor dropped"):
        writer.reserve(END_TO_END, 10)
    with pytest.raises(ValueError, match="none left open"):
        writer.finish()
    with pytest.raises(ValueError, match="hop header of 67 bytes"):
        writer.finish_message(HOP_HEADER[:-1])


@given(st.integers(0, 400), st.integers(0, 255))
def test_inconsistent_lengths_are_refused(position: int, value: int) -> None:
    whole = frame_of(b"first body", b"second")[FRAME_HEADER_BYTES:]
    expected = read_messages(memoryview(whole))
    changed = bytearray(whole)
    changed[position % len(whole)] = value
    try:
        messages = read_messages(memoryview(changed))
    except WireError:
        return
    assert [len(body) for _, _, body in messages] == [len(body) for _, _, body in expected]


@given(st.integers(1, 300))
def test_a_truncated_frame_is_refused(missing: int) -> None:
    payload = memoryview(frame_of(b"first body", b"second"))[FRAME_HEADER_BYTES:]
    with pytest.raises(WireError):
        read_messages(payload[: max(0, len(payload) - missing)])
