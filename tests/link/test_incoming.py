"""An accepted data connection: what it takes, what it answers, and how it ends."""

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
from netrelay.link.ends import LinkClosed, LinkEnd
from tests.link.linked import AGREEMENT, OK, Listening, Slots, frame_of, wait_until, write_all
from tests.link.pair import read_end, read_exactly

Ends = tuple[Connection, Connection]


def opened(ends: Ends, slots: Slots) -> tuple[Connection, Listening]:
    """A raw dialler, and a listener that said OK."""
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


def test_the_judge_hears_who_states_what_and_the_peer_hears_ok(ends: Ends) -> None:
    _, listening = opened(ends, Slots(1))
    assert listening.judged == [("anna", AGREEMENT)]
    assert listening.link.agreement == AGREEMENT
    assert listening.link.peer == "anna"
    assert listening.link.deadline_s is None


@pytest.mark.parametrize("code", [each for each in VerdictCode if each is not VerdictCode.OK])
def test_whoever_is_not_agreed_with_hears_why_and_then_the_end(
    ends: Ends, code: VerdictCode
) -> None:
    raw, listener = ends
    listening = Listening(listener, Slots(1), Verdict(code, 9))
    # A dialler that does not wait for the verdict gets no frame in.
    write_all(raw, encode_agreement(AGREEMENT) + frame_of(b"too early"))
    step_until(listening, lambda: listening.end is not None)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.CLOSED_HERE
    assert (listening.arrived, listening.slots.asked) == ([], 0)
    assert read_exactly(raw, 16) == encode_verdict(Verdict(code, 9))


def test_a_frame_that_comes_byte_by_byte_is_one_frame(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(2))
    for byte in frame_of(b"slowly") + frame_of(b"and another"):
        write_all(raw, bytes([byte]))
        listening.step()
    step_until(listening, lambda: len(listening.arrived) == 2)
    assert [(each.frame, each.slot) for each in listening.arrived] == [(1, 0), (2, 1)]
    assert [slots.content(each) for each in listening.arrived] == [b"slowly", b"and another"]


def test_the_largest_frame_fits_and_one_byte_more_ends_it_before_a_slot_is_taken(
    ends: Ends,
) -> None:
    raw, listening = opened(ends, slots := Slots(2))
    limit_bytes = frame_limit_bytes(AGREEMENT.message_size_bytes)
    write_all(raw, frame_of(b"x" * limit_bytes))
    step_until(listening, lambda: listening.arrived)
    assert listening.arrived[0].length_bytes == limit_bytes
    asked = slots.asked
    write_all(raw, encode_frame_header(FrameKind.MESSAGES, limit_bytes + 1))
    step_until(listening, lambda: listening.end)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.PROTOCOL
    assert str(limit_bytes + 1) in listening.end.reason
    assert slots.asked == asked


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
def test_what_is_no_agreement_ends_it_unjudged(ends: Ends, garbage: bytes) -> None:
    raw, listener = ends
    listening = Listening(listener, Slots(1))
    write_all(raw, garbage + bytes(16))
    step_until(listening, lambda: listening.end)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.PROTOCOL
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
def test_garbage_after_a_frame_ends_it_and_the_frame_counts(ends: Ends, garbage: bytes) -> None:
    raw, listening = opened(ends, slots := Slots(2))
    write_all(raw, frame_of(b"good") + garbage)
    step_until(listening, lambda: listening.end)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.PROTOCOL
    assert [slots.content(each) for each in listening.arrived] == [b"good"]
    assert listening.link.held_slot() is None


def test_frames_before_a_goodbye_are_given_and_the_end_comes_next(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(3))
    write_all(raw, frame_of(b"one") + frame_of(b"two"))
    raw.close()
    assert listening.link.service(0.0) == [(1, 0, 3), (2, 1, 3)]
    # The socket may never be ready again, so the link has to say that there is more.
    assert listening.link.has_more
    step_until(listening, lambda: listening.end)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.ENDED
    assert slots.free == [2]


def test_a_peer_that_dies_in_the_middle_of_a_frame_leaves_its_slot_to_be_given_back(
    ends: Ends,
) -> None:
    raw, listening = opened(ends, Slots(2))
    write_all(raw, frame_of(b"whole") + frame_of(b"never whole")[:12])
    step_until(listening, lambda: listening.link.held_slot() is not None)
    raw.close()
    step_until(listening, lambda: listening.end)
    assert [each.slot for each in listening.arrived] == [0]
    assert listening.link.held_slot() == 1


# Backpressure


def test_without_a_slot_it_stops_reading_and_goes_on_when_there_is_one(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(1))
    write_all(raw, frame_of(b"first") + frame_of(b"second"))
    step_until(listening, lambda: listening.link.is_starved)
    link = listening.link
    assert len(listening.arrived) == 1
    # Neither the poller nor the loop may spin on it, and being starved is not the peer's fault.
    assert (link.wants_read, link.wants_write, link.has_more) == (False, False, False)
    assert link.deadline_s is None
    listening.step(1e9)
    assert listening.end is None
    slots.free.append(0)
    step_until(listening, lambda: len(listening.arrived) == 2, now_s=1e9)
    assert (link.is_starved, link.wants_read) == (False, True)
    assert slots.content(listening.arrived[1]) == b"second"


def test_a_peer_that_does_not_read_its_answers_gets_no_more_frames_read(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(1))
    link = listening.link
    frame = 0
    refused = [RefusedMessage(1, n, Refusal.NO_ROOM, 3) for n in range(REFUSALS_MAX)]

    def is_deaf() -> bool:
        nonlocal frame
        frame += 1
        link.decide(frame, refused)
        listening.step()
        return not link.wants_read

    wait_until(is_deaf)
    assert link.wants_write
    write_all(raw, frame_of(b"more"))
    for _ in range(3):
        listening.step()
    assert (listening.arrived, slots.asked, link.has_more) == ([], 0, False)
    for number in range(1, frame + 1):
        decided, found = read_acknowledgement(raw)
        assert (decided, len(found)) == (number, REFUSALS_MAX)
        listening.step()
    step_until(listening, lambda: listening.arrived)
    assert link.wants_read
    assert link.deadline_s is None


def test_answers_that_nobody_reads_end_it_after_an_absolute_time(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    link = listening.link
    refused = [RefusedMessage(1, n, Refusal.NO_ROOM, 3) for n in range(REFUSALS_MAX)]

    for _ in range(200):  # 3 MiB, more than a local stream holds
        link.decide(1, refused)
    listening.step(100.0)
    assert not link.wants_read
    assert link.deadline_s == 100.0 + ACKNOWLEDGEMENT_DEADLINE_S
    # A byte now and then gains no time.
    for now_s in (150.0, 200.0, 100.0 + ACKNOWLEDGEMENT_DEADLINE_S):
        read_exactly(raw, 1)
        listening.step(now_s)
        assert listening.end is None
        assert link.deadline_s == 100.0 + ACKNOWLEDGEMENT_DEADLINE_S
    listening.step(100.5 + ACKNOWLEDGEMENT_DEADLINE_S)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.DEADLINE


# Tricklers


def test_whoever_trickles_its_agreement_meets_the_deadline_of_the_connection(ends: Ends) -> None:
    raw, listener = ends
    listener.deadline_s = 20.0
    listening = Listening(listener, Slots(1))
    for at_s, byte in enumerate(encode_agreement(AGREEMENT)[:19]):
        write_all(raw, bytes([byte]))
        listening.step(float(at_s))
        assert listening.end is None
        assert listening.link.deadline_s == 20.0
    listening.step(20.0)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.DEADLINE
    assert listening.judged == []


def test_whoever_trickles_a_frame_header_meets_a_deadline(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    due_s = 10.0 + frame_deadline_s(0)
    for at_s, byte in zip((10.0, 30.0, due_s), frame_of(b"x"), strict=False):
        write_all(raw, bytes([byte]))
        listening.step(at_s)
        assert listening.link.deadline_s == due_s
    listening.step(due_s + 0.5)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.DEADLINE


def test_whoever_trickles_a_frame_meets_a_deadline_that_its_size_sets(ends: Ends) -> None:
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
    assert listening.end is not None
    assert listening.end.end is LinkEnd.DEADLINE
    assert listening.link.held_slot() == 0


def test_a_frame_in_time_leaves_no_deadline(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    write_all(raw, frame_of(b"in time"))
    step_until(listening, lambda: listening.arrived, now_s=10.0)
    assert listening.link.deadline_s is None
    listening.step(1e9)
    assert listening.end is None


# Answers


def test_more_refusals_than_one_acknowledgement_holds_go_as_several(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    refused = [
        RefusedMessage(1 + n // 1024, n % 1024, Refusal.QUOTA, n)
        for n in range(2 * REFUSALS_MAX + 5)
    ]
    listening.link.decide(3, [])
    listening.link.decide(6, refused)
    heard = []
    for _ in range(4):
        listening.step()
        heard.append(read_acknowledgement(raw))
    assert [decided for decided, _ in heard] == [3, 3, 3, 6]
    assert [each for _, found in heard for each in found] == refused


def test_an_end_is_repeated_and_close_may_be_too(ends: Ends) -> None:
    raw, listening = opened(ends, Slots(1))
    raw.close()
    step_until(listening, lambda: listening.end)
    listening.link.close()
    with pytest.raises(LinkClosed) as again:
        listening.link.service(0.0)
    assert listening.end is not None
    assert again.value.reason == listening.end.reason


def test_a_stated_agreement_of_another_size_bounds_nothing_by_itself(ends: Ends) -> None:
    raw, listener = ends
    listening = Listening(listener, Slots(1), Verdict(VerdictCode.NO_AGREEMENT))
    write_all(raw, encode_agreement(Agreement(1 << 20, 9)))
    step_until(listening, lambda: listening.end)
    assert listening.judged == [("anna", Agreement(1 << 20, 9))]
    assert listening.link.agreement is None
    assert read_exactly(raw, 16) == encode_verdict(Verdict(VerdictCode.NO_AGREEMENT))
    assert read_end(raw).end is LinkEnd.ENDED


# Leaving


def test_who_leaves_takes_no_more_and_goes_when_all_that_came_is_decided(ends: Ends) -> None:
    raw, listening = opened(ends, slots := Slots(4))
    link = listening.link
    write_all(raw, frame_of(b"one") + frame_of(b"two"))
    step_until(listening, lambda: len(listening.arrived) == 2)
    link.decide(1, [])
    link.leave(50.0)
    write_all(raw, frame_of(b"three"))
    listening.step()
    assert read_acknowledgement(raw) == (1, ())
    # Two is not decided yet: nobody may spin meanwhile, and the source must not be hung up on.
    assert (link.wants_read, link.wants_write, link.has_more) == (False, False, False)
    assert (len(listening.arrived), listening.end, link.deadline_s) == (2, None, 50.0)
    link.decide(2, [])
    listening.step()
    assert link.wants_read
    assert read_acknowledgement(raw) == (2, ())
    assert read_end(raw).end is LinkEnd.ENDED
    raw.close()
    step_until(listening, lambda: listening.end)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.CLOSED_HERE
    assert slots.asked == 2


@pytest.mark.parametrize("is_decided", [False, True])
def test_who_leaves_does_not_wait_for_ever(ends: Ends, is_decided: bool) -> None:
    raw, listening = opened(ends, Slots(4))
    write_all(raw, frame_of(b"one"))
    step_until(listening, lambda: listening.arrived)
    listening.link.leave(50.0, is_decided=is_decided)
    listening.step(49.0)
    # The peer has heard the goodbye, and does not hang up: or it has not, since one is undecided.
    assert listening.end is None
    assert listening.link.wants_read is is_decided
    listening.step(51.0)
    assert listening.end is not None
    assert listening.end.end is LinkEnd.DEADLINE


def test_who_leaves_before_the_peer_is_known_is_gone_at_its_deadline(ends: Ends) -> None:
    _, listener = ends
    listening = Listening(listener, Slots(1))
    listening.link.leave(50.0)
    listening.step(51.0)
    assert listening.end is not None
