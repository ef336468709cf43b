"""One ring: both endpoints over the same memory."""

from collections import deque
from mmap import mmap

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.ring.layout import (
    PAYLOAD_LIMIT_BYTES,
    RECORD_BYTES,
    RING_FILE_BYTES,
    RING_HEADER_BYTES,
    RING_RECORDS,
)
from netrelay.ring.ring import RingDamaged, RingReader, RingWriter


def both_ends() -> tuple[mmap, RingWriter, RingReader]:
    memory = mmap(-1, RING_FILE_BYTES)
    return memory, RingWriter(memory), RingReader(memory)


def test_payloads_are_taken_as_they_were_appended() -> None:
    _, writer, reader = both_ends()
    payloads = [b"", b"x", bytes(range(256)), b"z" * PAYLOAD_LIMIT_BYTES]
    assert all(writer.append(payload) for payload in payloads)
    reader.note_published(writer.appended)
    assert reader.take() == payloads
    assert reader.take() == []


def test_the_reader_sees_only_published_records() -> None:
    _, writer, reader = both_ends()
    for payload in (b"1", b"2", b"3"):
        writer.append(payload)
    assert reader.take() == []
    reader.note_published(2)
    assert reader.waiting == 2
    assert reader.take() == [b"1", b"2"]


def test_a_full_ring_refuses_and_keeps_its_records() -> None:
    _, writer, reader = both_ends()
    payloads = [b"%d" % number for number in range(RING_RECORDS)]
    assert all(writer.append(payload) for payload in payloads)
    assert not writer.append(b"one more")
    reader.note_published(writer.appended)
    assert reader.take(1) == payloads[:1]
    assert not writer.append(b"one more"), "the writer was not told of the room yet"
    writer.note_consumed(reader.consumed)
    assert writer.append(b"one more")
    assert not writer.append(b"two more")
    reader.note_published(writer.appended)
    assert reader.take() == [*payloads[1:], b"one more"]


def test_take_respects_its_limit() -> None:
    _, writer, reader = both_ends()
    for payload in (b"1", b"2", b"3"):
        writer.append(payload)
    reader.note_published(3)
    assert reader.take(2) == [b"1", b"2"]
    assert reader.take(-1) == []
    assert reader.take(0) == []
    assert reader.take() == [b"3"]


def test_a_payload_over_the_limit_is_refused() -> None:
    _, writer, _ = both_ends()
    with pytest.raises(ValueError, match="497 bytes: at most 496"):
        writer.append(bytes(PAYLOAD_LIMIT_BYTES + 1))
    assert writer.appended == 0


@pytest.mark.parametrize("place", [0, 8, 12, 16, 18])
def test_a_changed_byte_is_detected_and_consumes_nothing(place: int) -> None:
    memory, writer, reader = both_ends()
    writer.append(b"good")
    writer.append(b"bad")
    memory[RING_HEADER_BYTES + RECORD_BYTES + place] ^= 1
    reader.note_published(2)
    with pytest.raises(RingDamaged, match="record 1"):
        reader.take()
    assert reader.consumed == 0


def test_a_length_over_the_limit_is_detected() -> None:
    memory, writer, reader = both_ends()
    writer.append(b"a")
    memory[RING_HEADER_BYTES + 8 : RING_HEADER_BYTES + 12] = b"\xff\xff\xff\xff"
    reader.note_published(1)
    with pytest.raises(RingDamaged, match="length 4294967295, at most 496"):
        reader.take()


def test_a_record_of_an_earlier_lap_is_detected() -> None:
    memory, writer, reader = both_ends()
    for lap in range(2):
        kept = memory[RING_HEADER_BYTES : RING_HEADER_BYTES + RECORD_BYTES]
        for _ in range(RING_RECORDS):
            assert writer.append(b"same content")
        if lap == 1:
            memory[RING_HEADER_BYTES : RING_HEADER_BYTES + RECORD_BYTES] = kept
            reader.note_published(writer.appended)
            with pytest.raises(RingDamaged, match="record 1024: its place holds 0"):
                reader.take()
            return
        reader.note_published(writer.appended)
        reader.take()
        writer.note_consumed(reader.consumed)


def test_impossible_counts_are_detected() -> None:
    _, writer, reader = both_ends()
    writer.append(b"a")
    with pytest.raises(RingDamaged, match=r"consumed count 2: must lie in 0\.\.1"):
        writer.note_consumed(2)
    writer.note_consumed(1)
    with pytest.raises(RingDamaged, match="consumed count 0"):
        writer.note_consumed(0)
    with pytest.raises(RingDamaged, match=r"published count 1025: must lie in 0\.\.1024"):
        reader.note_published(RING_RECORDS + 1)
    reader.note_published(1)
    with pytest.raises(RingDamaged, match="published count 0"):
        reader.note_published(0)


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("append"), st.integers(1, 700)),
            st.tuples(st.just("publish"), st.just(0)),
            st.tuples(st.just("take"), st.integers(0, 1200)),
            st.tuples(st.just("tell"), st.just(0)),
        ),
        max_size=40,
    )
)
def test_a_ring_is_a_bounded_queue_under_any_order_of_steps(
    steps: list[tuple[str, int]],
) -> None:
    _, writer, reader = both_ends()
    unread: deque[bytes] = deque()
    published = reported_consumed = taken = 0
    for step, amount in steps:
        if step == "append":
            for number in range(amount):
                payload = b"%d of %d" % (number, writer.appended)
                room = writer.appended - reported_consumed < RING_RECORDS
                assert writer.append(payload) is room
                if room:
                    unread.append(payload)
        elif step == "publish":
            published = writer.appended
            reader.note_published(published)
        elif step == "take":
            expected = min(amount, published - taken)
            assert reader.take(amount) == [unread.popleft() for _ in range(expected)]
            taken += expected
        else:
            reported_consumed = reader.consumed
            writer.note_consumed(reported_consumed)
