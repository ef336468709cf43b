"""IncomingLink: verdict, frames, acknowledgements, back-pressure, deadlines, draining."""

import struct
from collections.abc import Callable

import pytest

from netrelay.core.frames import (
    REFUSALS_MAX,
    Agreement,
    FrameKind,
    RefusedMessage,
    Verdict,
    VerdictCode,
    decode_acknowledgement,
    decode_frame_header,
    encode_agreement,
    encode_frame_header,
    encode_verdict,
)
from netrelay.core.pace import ACKNOWLEDGEMENT_DEADLINE_S, frame_deadline_s
from netrelay.core.segments import frame_limit_bytes
from netrelay.core.words import Refusal
from netrelay.link.connection import Connection
from netrelay.link.link_closed import CloseCause, LinkClosed
from tests.link.linked import AGREEMENT, OK, Listening, Slots, frame_of, wait_until, write_all
from tests.link.pair import read_end, read_exactly

Ends = tuple[Connection, Connection]


def opened(ends: Ends, slots: Slots) -> tuple[Connection, Listening]:
    """Return a raw dialler, and a listener that accepted its agreement."""
    raw, listener = ends
    listening = Listening(listener, slots)
    write_all(raw, encode_agreement(AGREEMENT))
    step_until(listening, lambda: listening.link.is_open)
    assert read_exactly(raw, len(encode_verdict(OK))) == encode_verdict(OK)
    return raw, listening


def step_until(listening: Listening, fact: Callable[[], object], now_s: float = 0.0) -> None:
    def step() -> bool:
        listening.step(now_s)
        return bool(fact())

    wait_until(step)


def read_acknowledgement(raw: Connection) -> tuple[int, tuple[RefusedMessage, ...]]:
    header = read_exactly(raw, 8)
    kind, length = decode_frame_header(header, {FrameKind.ACKNOWLEDGEMENT: 1 << 20})
    assert kind is FrameKind.ACKNOWLEDGEMENT
    return decode_acknowledgement(read_exactly(raw, length))


def test_judge_gets_peer_and_agreement_and_the_peer_gets_its_verdict(ends: Ends) -> None:
    _, listening = opened(ends, Slots(1))
    assert listening.judged == [("anna", AGREEMENT)]
    assert listening.link.agreement == AGREEMENT
    assert listening.link.peer == "anna"
    assert listening.link.deadline_s is None


@pytest.mark.parametrize("code", [each for each in VerdictCode if each is not VerdictCode.OK])
def test_a_rejected_agreement_gets_its_verdict_and_then_the_close(
    ends: Ends, code: VerdictCode
) -> None:
    raw, listener = ends
    listening = Listening(listener, Slots(1), Verdict(code, 9))
    # The dialler sends a frame without waiting for the verdict.
    write_all(raw, encode_agreement(AGREEMENT) + frame_of(b"too early"))
    step_until(listening, lambda: listening.closed is not None)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.CLOSED_HERE
    assert (listening.received, listening.slots.requests) == ([], 0)
    assert read_exactly(raw, 16) == encode_verdict(Verdict(code, 9))


def test_a_frame_that_comes_byte_by_byte_is_one_frame(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(2))
    for byte in frame_of(b"slowly") + frame_of(b"and another"):
        write_all(raw, bytes([byte]))
        listening.step()
    step_until(listening, lambda: len(listening.received) == 2)
    assert [(each.frame, each.slot) for each in listening.received] == [(1, 0), (2, 1)]
    assert [slots.content(each) for each in listening.received] == [b"slowly", b"and another"]


def test_the_largest_frame_fits_and_a_larger_one_closes_the_link_without_taking_a_slot(
    ends: Ends,
) -> None:
    raw, listening = opened(ends, slots := Slots(2))
    limit_bytes = frame_limit_bytes(AGREEMENT.message_size_bytes)
    write_all(raw, frame_of(b"x" * limit_bytes))
    step_until(listening, lambda: listening.received)
    assert listening.received[0].length_bytes == limit_bytes
    asked = slots.requests
    write_all(raw, encode_frame_header(FrameKind.MESSAGES, limit_bytes + 1))
    step_until(listening, lambda: listening.closed)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.PROTOCOL
    assert str(limit_bytes + 1) in listening.closed.reason
    assert slots.requests == asked


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\n\r\n......",
        encode_frame_header(FrameKind.MESSAGES, 4),
        encode_frame_header(FrameKind.AGREEMENT, 15),
        encode_frame_header(FrameKind.AGREEMENT, 0),
        encode_frame_header(FrameKind.AGREEMENT, 2**32 - 1),
        encode_agreement(AGREEMENT)[:8] + struct.pack(">HHIQ", 2, 0, 65536, 7),
        encode_agreement(AGREEMENT)[:8] + struct.pack(">HHIQ", 1, 0, 65537, 7),
        encode_agreement(AGREEMENT)[:8] + struct.pack(">HHIQ", 1, 9, 65536, 7),
    ],
)
def test_a_malformed_agreement_closes_the_link_without_a_verdict(
    ends: Ends, garbage: bytes
) -> None:
    raw, listener = ends
    listening = Listening(listener, Slots(1))
    write_all(raw, garbage + bytes(16))
    step_until(listening, lambda: listening.closed)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.PROTOCOL
    assert listening.judged == []


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff" * 8,
        encode_frame_header(FrameKind.MESSAGES, 0),
        encode_agreement(AGREEMENT),
        encode_frame_header(FrameKind.MESSAGES, 4)[:-1] + b"\1",
    ],
)
def test_garbage_closes_the_link_and_the_frame_before_it_is_returned(
    ends: Ends, garbage: bytes
) -> None:
    raw, listening = opened(ends, slots := Slots(2))
    write_all(raw, frame_of(b"good") + garbage)
    step_until(listening, lambda: listening.closed)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.PROTOCOL
    assert [slots.content(each) for each in listening.received] == [b"good"]
    assert listening.link.held_slot() is None


def test_frames_before_close_notify_are_returned_before_the_close_is_raised(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(3))
    write_all(raw, frame_of(b"one") + frame_of(b"two"))
    raw.close()
    assert listening.link.service(0.0) == [(1, 0, 3), (2, 1, 3)]
    # The descriptor may never become ready again.
    assert listening.link.has_more
    step_until(listening, lambda: listening.closed)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.CLOSE_NOTIFY
    assert slots.free == [2]


def test_a_frame_that_comes_before_a_write_fails_is_acknowledged_to_its_session(
    ends: Ends,
) -> None:
    raw, listening = opened(ends, Slots(2))
    link = listening.link
    write_all(raw, frame_of(b"one"))
    step_until(listening, lambda: listening.received)
    # An answer is queued when the connection is reset. The third frame has no slot, so reading
    # stops before the reset, which the write is told.
    link.acknowledge(1, [])
    write_all(raw, frame_of(b"two") + frame_of(b"three"))
    raw.abort()
    assert link.service(0.0) == [(2, 1, 3)]
    assert link.needs_slot
    # The failed write had a view of the queued answers, which must not outlive it.
    link.acknowledge(2, [])
    assert (link.stream.received, link.stream.decided) == (2, 2)
    with pytest.raises(LinkClosed) as closed:
        link.service(0.0)
    assert closed.value.cause is CloseCause.BROKEN


def test_the_slot_of_an_incomplete_frame_can_be_freed_after_the_close(
    ends: Ends,
) -> None:
    raw, listening = opened(ends, Slots(2))
    write_all(raw, frame_of(b"whole") + frame_of(b"never whole")[:12])
    step_until(listening, lambda: listening.link.held_slot() is not None)
    raw.close()
    step_until(listening, lambda: listening.closed)
    assert [each.slot for each in listening.received] == [0]
    assert listening.link.held_slot() == 1


# Back-pressure


def test_without_a_slot_reading_stops_until_one_is_free(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(1))
    write_all(raw, frame_of(b"first") + frame_of(b"second"))
    step_until(listening, lambda: listening.link.needs_slot)
    link = listening.link
    assert len(listening.received) == 1
    # Neither poller nor loop may spin meanwhile, and the deadline of the frame does not run.
    assert (link.wants_read, link.wants_write, link.has_more) == (False, False, False)
    assert link.deadline_s is None
    listening.step(1e9)
    assert listening.closed is None
    slots.free.append(0)
    step_until(listening, lambda: len(listening.received) == 2, now_s=1e9)
    assert (link.needs_slot, link.wants_read) == (False, True)
    assert slots.content(listening.received[1]) == b"second"


def test_while_the_peer_does_not_read_acknowledgements_no_frames_are_read(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(1))
    link = listening.link
    frame = 0
    refused = [RefusedMessage(1, n, Refusal.NO_ROOM, 3) for n in range(REFUSALS_MAX)]

    def is_read_paused() -> bool:
        nonlocal frame
        frame += 1
        link.acknowledge(frame, refused)
        listening.step()
        return not link.wants_read

    wait_until(is_read_paused)
    assert link.wants_write
    write_all(raw, frame_of(b"more"))
    for _ in range(3):
        listening.step()
    assert (listening.received, slots.requests, link.has_more) == ([], 0, False)
    for number in range(1, frame + 1):
        decided, found = read_acknowledgement(raw)
        assert (decided, len(found)) == (number, REFUSALS_MAX)
        listening.step()
    step_until(listening, lambda: listening.received)
    assert link.wants_read
    assert link.deadline_s is None


def test_unread_acknowledgements_close_the_link_at_an_absolute_deadline(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    link = listening.link
    refused = [RefusedMessage(1, n, Refusal.NO_ROOM, 3) for n in range(REFUSALS_MAX)]

    for _ in range(200):  # 3 MiB, more than the socket buffers hold
        link.acknowledge(1, refused)
    listening.step(100.0)
    assert not link.wants_read
    assert link.deadline_s == 100.0 + ACKNOWLEDGEMENT_DEADLINE_S
    # Reading a byte now and then does not extend the deadline.
    for now_s in (150.0, 200.0, 100.0 + ACKNOWLEDGEMENT_DEADLINE_S):
        read_exactly(raw, 1)
        listening.step(now_s)
        assert listening.closed is None
        assert link.deadline_s == 100.0 + ACKNOWLEDGEMENT_DEADLINE_S
    listening.step(100.5 + ACKNOWLEDGEMENT_DEADLINE_S)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.DEADLINE


# Slow peers (Slowloris)


def test_an_agreement_sent_byte_by_byte_must_be_complete_at_the_deadline(ends: Ends) -> None:
    raw, listener = ends
    listener.deadline_s = 20.0
    listening = Listening(listener, Slots(1))
    for at_s, byte in enumerate(encode_agreement(AGREEMENT)[:19]):
        write_all(raw, bytes([byte]))
        listening.step(float(at_s))
        assert listening.closed is None
        assert listening.link.deadline_s == 20.0
    listening.step(20.0)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.DEADLINE
    assert listening.judged == []


def test_a_frame_header_sent_byte_by_byte_must_be_complete_at_its_deadline(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    due_s = 10.0 + frame_deadline_s(0)
    for at_s, byte in zip((10.0, 30.0, due_s), frame_of(b"x"), strict=False):
        write_all(raw, bytes([byte]))
        listening.step(at_s)
        assert listening.link.deadline_s == due_s
    listening.step(due_s + 0.5)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.DEADLINE


def test_a_frame_sent_byte_by_byte_must_be_complete_at_the_deadline_of_its_size(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    frame = frame_of(b"x" * 4096)
    write_all(raw, frame[:9])
    step_until(listening, lambda: listening.link.held_slot() is not None, now_s=10.0)
    due_s = 10.0 + frame_deadline_s(4096)
    for at_s in (30.0, 60.0, due_s):
        write_all(raw, b"x")
        listening.step(at_s)
        assert listening.link.deadline_s == due_s
    listening.step(due_s + 0.5)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.DEADLINE
    assert listening.link.held_slot() == 0


def test_a_complete_frame_leaves_no_deadline(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    write_all(raw, frame_of(b"in time"))
    step_until(listening, lambda: listening.received, now_s=10.0)
    assert listening.link.deadline_s is None
    listening.step(1e9)
    assert listening.closed is None


# Acknowledgements


def test_refusals_over_the_frame_limit_are_split_over_several_acknowledgements(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    refused = [
        RefusedMessage(1 + n // 1024, n % 1024, Refusal.QUOTA, n)
        for n in range(2 * REFUSALS_MAX + 5)
    ]
    listening.link.acknowledge(3, [])
    listening.link.acknowledge(6, refused)
    found = []
    for _ in range(4):
        listening.step()
        found.append(read_acknowledgement(raw))
    assert [decided for decided, _ in found] == [3, 3, 3, 6]
    assert [each for _, part in found for each in part] == refused


def test_the_close_is_raised_again_and_close_is_idempotent(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    raw.close()
    step_until(listening, lambda: listening.closed)
    listening.link.close()
    with pytest.raises(LinkClosed) as again:
        listening.link.service(0.0)
    assert listening.closed is not None
    assert again.value.reason == listening.closed.reason


def test_a_stated_agreement_without_an_ok_verdict_is_not_adopted(ends: Ends) -> None:
    raw, listener = ends
    listening = Listening(listener, Slots(1), Verdict(VerdictCode.NO_AGREEMENT))
    write_all(raw, encode_agreement(Agreement(1 << 20, 9)))
    step_until(listening, lambda: listening.closed)
    assert listening.judged == [("anna", Agreement(1 << 20, 9))]
    assert listening.link.agreement is None
    assert read_exactly(raw, 16) == encode_verdict(Verdict(VerdictCode.NO_AGREEMENT))
    assert read_end(raw).cause is CloseCause.CLOSE_NOTIFY


# Draining


def test_a_draining_link_reads_no_frame_and_closes_once_all_are_acknowledged(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(4))
    link = listening.link
    write_all(raw, frame_of(b"one") + frame_of(b"two"))
    step_until(listening, lambda: len(listening.received) == 2)
    link.acknowledge(1, [])
    link.drain(50.0)
    write_all(raw, frame_of(b"three"))
    listening.step()
    assert read_acknowledgement(raw) == (1, ())
    # Frame 2 is undecided: neither poller nor loop may spin, and the link stays open.
    assert (link.wants_read, link.wants_write, link.has_more) == (False, False, False)
    assert (len(listening.received), listening.closed, link.deadline_s) == (2, None, 50.0)
    link.acknowledge(2, [])
    listening.step()
    assert link.wants_read
    assert read_acknowledgement(raw) == (2, ())
    assert read_end(raw).cause is CloseCause.CLOSE_NOTIFY
    raw.close()
    step_until(listening, lambda: listening.closed)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.CLOSED_HERE
    assert slots.requests == 2


@pytest.mark.parametrize("is_decided", [False, True])
def test_a_draining_link_closes_at_its_deadline(ends: Ends, is_decided: bool) -> None:
    raw, listening = opened(ends, Slots(4))
    write_all(raw, frame_of(b"one"))
    step_until(listening, lambda: listening.received)
    listening.link.drain(50.0, is_decided=is_decided)
    listening.step(49.0)
    # Decided: the peer has close_notify and does not close. Undecided: no close_notify yet.
    assert listening.closed is None
    assert listening.link.wants_read is is_decided
    listening.step(51.0)
    assert listening.closed is not None
    assert listening.closed.cause is CloseCause.DEADLINE


def test_draining_during_the_handshake_closes_at_the_deadline(ends: Ends) -> None:
    _, listener = ends
    listening = Listening(listener, Slots(1))
    listening.link.drain(50.0)
    listening.step(51.0)
    assert listening.closed is not None


def test_a_frame_that_stops_in_the_middle_halts_since_its_last_byte(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    assert listening.link.halted_since_s is None
    frame = frame_of(b"a frame that stops")
    write_all(raw, frame[:12])
    step_until(listening, lambda: listening.link.halted_since_s is not None, now_s=5.0)
    listening.step(9.0)
    assert listening.link.halted_since_s == 5.0
    write_all(raw, frame[12:])
    step_until(listening, lambda: bool(listening.received), now_s=11.0)
    assert listening.link.halted_since_s is None


def test_a_frame_that_waits_for_a_slot_does_not_halt(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(0))
    write_all(raw, frame_of(b"no slot for it"))
    step_until(listening, lambda: listening.link.needs_slot)
    assert listening.link.halted_since_s is None
