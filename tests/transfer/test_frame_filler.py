"""Outgoing frames: which messages share a frame, their order, and the limits of a frame."""

import os

import pytest

from netrelay.core.message_frames import messages_frame_limit_bytes, read_messages
from netrelay.core.segments import sealed_bytes
from netrelay.core.words import MessageType, Refusal
from netrelay.store.facts import Facts
from netrelay.store.outgoing import Ready
from netrelay.transfer.flight import Flight
from netrelay.transfer.frame_filler import Slot
from tests.transfer.linked_pair import SEGMENT, SIZE, Pair, Sent, messages_of


def types(messages: list[Ready]) -> list[MessageType]:
    """Return the types of messages."""
    return [MessageType(message.type) for message in messages]


def slots(count: int, size_bytes: int = SIZE) -> list[Slot]:
    """Return free slots."""
    length = messages_frame_limit_bytes(size_bytes)
    return [Slot(number, memoryview(bytearray(length))) for number in range(count)]


def test_singles_wait_for_a_key_and_then_share_a_frame_behind_it(pair: Pair) -> None:
    for number in range(100):
        pair.source.drop_file(pair.destination, b"%d" % number, b"x" * number)
    assert pair.source.fill_once(pair.destination) == []
    (frame,) = pair.source.fill_once(pair.destination)
    assert types(frame.messages) == [MessageType.MANIFEST] + 100 * [MessageType.SINGLE]
    assert len(read_messages(memoryview(frame.payload))) == 101
    sequences = [message.sequence for message in frame.messages[1:]]
    assert sequences == sorted(sequences)


def test_a_file_goes_manifest_first_in_chunks_of_the_agreed_size(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(3 * SIZE + 1))
    frames = pair.source.give_away(pair.destination)
    sent = [message for frame in frames for message in frame.messages]
    assert types(sent[:1]) == [MessageType.MANIFEST]
    assert [(chunk.type, chunk.offset, chunk.size_bytes) for chunk in sent[1:]] == [
        (2, 0, SIZE),
        (2, SIZE, SIZE),
        (2, 2 * SIZE, SIZE),
        (2, 3 * SIZE, 1),
    ]


def without_manifest(pair: Pair, length: int) -> None:
    """Drop a file, and have its manifest sent and acknowledged."""
    pair.source.drop_file(pair.destination, b"name", os.urandom(length))
    (frame,) = pair.source.fill_once(pair.destination, slots=1)
    (message,) = (message for message in frame.messages if message.type == 3)
    facts = Facts(pair.source.databases["processor_s"], pytest.fail)
    with pair.source.databases["processor_s"].transaction():
        for each in frame.messages:
            facts.report(each.id, "acked" if each is message else "lost")


def test_nothing_is_sealed_without_a_slot(pair: Pair) -> None:
    without_manifest(pair, 3 * SIZE)
    assert pair.source.fill_once(pair.destination, slots=0) == []
    (frame,) = pair.source.fill_once(pair.destination, slots=1)
    rest = pair.source.fill_once(pair.destination)
    offsets = [message.offset for each in (frame, *rest) for message in each.messages]
    assert offsets == [0, SIZE, 2 * SIZE]


def test_the_window_is_never_exceeded(pair: Pair) -> None:
    without_manifest(pair, 3 * SIZE)
    flight = Flight(pair.destination.id, 1, SIZE, 2)
    flight.add([], flight.window_bytes - 2 * sealed_bytes(SIZE), 0.0)
    given = slots(8)
    filled = pair.source.filler.fill(flight, lambda: given.pop(0))
    assert [m.offset for frame in filled.frames for m in frame.messages] == [0, SIZE]


def test_a_message_larger_than_the_connections_agreement_waits(pair: Pair) -> None:
    """It was cut for a newer agreement; the frames of this connection are too small for it."""
    without_manifest(pair, 3 * SIZE)
    pair.source.drop_file(pair.destination, b"small", b"small")
    frames = pair.source.fill(pair.destination, size_bytes=SEGMENT)
    sent = [message for frame in frames for message in frame.messages]
    assert sorted(types(sent)) == [MessageType.SINGLE, MessageType.MANIFEST]
    assert pair.source.states(2) == ["S-4"] * 3


@pytest.mark.parametrize("length", [10, 3 * SIZE])
def test_a_file_that_changed_dies_and_stops_nothing_else(pair: Pair, length: int) -> None:
    changed = pair.source.drop_file(pair.destination, b"changed", os.urandom(length))
    pair.source.drop_file(pair.destination, b"good", b"good")
    with (pair.source.home.path / os.fsdecode(changed.path)).open("ab") as file:
        file.write(b"more")
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"good": b"good"}
    assert pair.source.states(6) == ["D", "F"]
    ((reason,),) = pair.source.rows("SELECT reason FROM messages WHERE type = 6 AND state = 'D'")
    assert "when it was claimed" in str(reason)


def test_a_slot_without_a_message_is_returned_empty(pair: Pair) -> None:
    claimed = pair.source.drop_file(pair.destination, b"changed", os.urandom(10))
    make_key = pair.source.fill_once(pair.destination)
    assert make_key == []
    pair.source.fill_once(pair.destination, slots=0)
    (pair.source.home.path / os.fsdecode(claimed.path)).unlink()
    pair.source.write("DELETE FROM bodies")
    given = slots(1)
    filled = pair.source.filler.fill(Flight(pair.destination.id, 1, SIZE, 2), lambda: given.pop())
    assert [(frame.length_bytes, frame.messages) for frame in filled.frames] == [(0, [])]
    assert [str(change) for _, change in filled.changed] == [
        "it cannot be read: No such file or directory"
    ]


def test_a_manifest_is_the_same_at_every_sending(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    first = pair.source.fill_once(pair.destination)
    pair.source.start()
    pair.source.refresh()
    pair.source.lose(first)
    second = pair.source.fill_once(pair.destination)
    assert messages_of(second)[0].body == messages_of(first)[0].body
    assert messages_of(second)[0].end_to_end == messages_of(first)[0].end_to_end


def test_each_seal_of_a_chunk_has_another_salt(pair: Pair) -> None:
    without_manifest(pair, 2 * SIZE)
    bodies = set()
    for _ in range(3):
        frames = pair.source.fill_once(pair.destination)
        bodies |= {message.body for message in messages_of(frames)}
        pair.source.lose(frames)
    assert len(bodies) == 3 * 2


def test_with_a_rate_limit_a_frame_ends_early_and_a_large_message_is_still_sent(
    pair: Pair,
) -> None:
    for number in range(40):
        pair.source.drop_file(pair.destination, b"%d" % number, os.urandom(1000))
    pair.source.drop_file(pair.destination, b"large", os.urandom(SIZE + 1))
    pair.source.fill_once(pair.destination)
    flight = Flight(pair.destination.id, 1, SIZE, 2)
    flight.limit_bytes_per_s = 8192
    given = slots(4)
    filled = pair.source.filler.fill(flight, lambda: given.pop(0) if given else None)
    lengths = [frame.length_bytes for frame in filled.frames]
    assert len(lengths) == 4
    assert all(8192 <= length < 8192 + 2000 for length in lengths[:3])
    flight.limit_bytes_per_s = 1
    given = slots(1)
    (frame,) = pair.source.filler.fill(flight, lambda: given.pop(0) if given else None).frames
    assert len(frame.messages) == 1


def priorities(frames: list[Sent]) -> list[tuple[MessageType, int]]:
    """Return type and priority of all messages of frames, in order."""
    return [(MessageType(m.type), m.priority) for frame in frames for m in frame.messages]


def test_less_urgent_chunks_do_not_go_between_an_urgent_manifest_and_its_chunks(pair: Pair) -> None:
    without_manifest(pair, 6 * SIZE)
    pair.source.drop_file(pair.destination, b"urgent", os.urandom(2 * SIZE), priority=2)
    first = pair.source.fill_once(pair.destination)
    assert priorities(first) == [(MessageType.MANIFEST, 2)]
    # It is not decided yet.
    assert priorities(pair.source.fill_once(pair.destination)) == 2 * [(MessageType.CHUNK, 2)]


def test_less_urgent_chunks_do_not_go_before_the_key_of_an_urgent_single(pair: Pair) -> None:
    without_manifest(pair, 6 * SIZE)
    pair.source.drop_file(pair.destination, b"urgent", b"short", priority=0)
    assert pair.source.fill_once(pair.destination) == []
    sent = pair.source.fill_once(pair.destination, slots=1)
    assert priorities(sent)[:2] == [(MessageType.MANIFEST, 0), (MessageType.SINGLE, 0)]


def test_an_urgent_file_that_is_refused_costs_its_chunks_once(pair: Pair) -> None:
    """They follow its manifest, and are refused for want of it; later they wait for it."""
    pair.source.drop_file(pair.destination, b"urgent", os.urandom(4 * SIZE), priority=0)
    pair.destination.write("UPDATE peers SET quota_bytes = ?", SIZE)
    pair.destination.refresh()
    assert pair.send() == [Refusal.QUOTA, *4 * [Refusal.NEED_MANIFEST]]
    pair.source.time_s += 4000
    assert pair.send() == [Refusal.QUOTA]
    pair.destination.write("UPDATE peers SET quota_bytes = NULL")
    pair.destination.refresh()
    pair.source.time_s += 4000
    assert pair.finish() == []
    assert list(pair.destination.inbox(pair.source)) == ["urgent"]
