"""A dialled data connection: what it says, what it believes, and how it ends."""

import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from netrelay.core.frames import (
    Acknowledgement,
    FrameKind,
    RefusedMessage,
    Verdict,
    VerdictCode,
    encode_acknowledgement,
    encode_agreement,
    encode_frame_header,
    encode_verdict,
)
from netrelay.core.pace import ACKNOWLEDGEMENT_DEADLINE_S, VERDICT_DEADLINE_S, frame_deadline_s
from netrelay.core.words import Refusal
from netrelay.link.connection import Connection
from netrelay.link.ends import LinkEnd
from tests.link.certificates import Node
from tests.link.linked import (
    AGREEMENT,
    OK,
    Dialling,
    Listening,
    Slots,
    agree,
    drive,
    frame_of,
    wait_until,
    write_all,
)
from tests.link.pair import dialler_over, listener_over, read_exactly, shake_hands, sockets

Ends = tuple[Connection, Connection]


def step_until(dialling: Dialling, fact: Callable[[], object], now_s: float = 0.0) -> None:
    def step() -> bool:
        dialling.step(now_s)
        return bool(fact())

    wait_until(step)


def opened(ends: Ends) -> tuple[Dialling, Connection]:
    """A dialler that heard OK, and a raw listener."""
    dialler, raw = ends
    dialling = Dialling(dialler)
    agree(raw, dialling)
    return dialling, raw


@contextmanager
def narrow_ends(anna: Node, bert: Node) -> Iterator[Ends]:
    """Both open, over a stream that holds next to nothing."""
    one, two = sockets()
    for each in (one, two):
        each.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        each.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
    dialler = dialler_over(one, anna, [bert], "bert")
    listener = listener_over(two, bert, [anna])
    assert shake_hands(dialler, listener) == ("open", "open")
    try:
        yield dialler, listener
    finally:
        dialler.close()
        listener.close()


# Both sides together


def test_a_whole_exchange(ends: Ends) -> None:
    dialling, listening = Dialling(ends[0]), Listening(ends[1], slots := Slots(4))
    dialling.send(30, b"queued before the verdict")
    drive(dialling, listening, lambda: bool(listening.arrived))
    assert dialling.link.verdict == OK
    for slot, payload in ((31, b"two"), (32, b"three" * 10_000)):
        dialling.send(slot, payload)
    drive(dialling, listening, lambda: len(listening.arrived) == 3)
    assert dialling.freed == [30, 31, 32]
    assert [each.frame for each in listening.arrived] == [1, 2, 3]
    assert slots.content(listening.arrived[2]) == b"three" * 10_000
    refused = [RefusedMessage(2, 0, Refusal.NO_ROOM, 60)]
    listening.link.decide(1, [])
    listening.link.decide(3, refused)
    drive(dialling, listening, lambda: len(dialling.heard) == 2)
    assert dialling.heard == [Acknowledgement(1), Acknowledgement(3, tuple(refused))]
    assert dialling.link.deadline_s is None


def test_without_agreement_no_frame_leaves_and_the_verdict_is_heard_before_the_end(
    ends: Ends,
) -> None:
    verdict = Verdict(VerdictCode.NO_AGREEMENT, 5)
    listening = Listening(ends[1], Slots(4), verdict)
    dialling = Dialling(ends[0])
    dialling.send(7, b"never sent")
    dialling.step()

    def is_over() -> bool:
        listening.step()
        return listening.end is not None

    wait_until(is_over)
    # Verdict and goodbye lie there together, as they do when a listener closes at once.
    dialling.step()
    assert (dialling.end, dialling.link.verdict) == (None, verdict)
    assert not dialling.link.is_open
    assert dialling.link.queued_slots() == [7]
    assert (dialling.freed, listening.slots.asked) == ([], 0)


@pytest.mark.parametrize("length_bytes", [1, 16_384, 69_000])
def test_frames_go_through_a_stream_that_holds_next_to_nothing(
    anna: Node, bert: Node, length_bytes: int
) -> None:
    payloads = [bytes([n]) * length_bytes for n in range(1, 9)]
    with narrow_ends(anna, bert) as ends:
        dialling, listening = Dialling(ends[0]), Listening(ends[1], slots := Slots(2))
        for slot, payload in enumerate(payloads):
            dialling.send(slot, payload)
        contents = []

        def take() -> bool:
            while listening.arrived:
                arrived = listening.arrived.pop(0)
                contents.append(slots.content(arrived))
                slots.free.append(arrived.slot)
                listening.link.decide(arrived.frame, [])
            return len(dialling.heard) == len(payloads)

        drive(dialling, listening, take)
    assert contents == payloads
    assert dialling.freed == list(range(8))
    assert dialling.heard[-1].decided == 8


def test_a_starved_listener_holds_the_dialler_up_and_lets_it_go_on(ends: Ends) -> None:
    dialling, listening = Dialling(ends[0]), Listening(ends[1], slots := Slots(1))
    for slot in range(40):  # 2.5 MiB, more than the stream holds
        dialling.send(slot, b"x" * 65_536)
    drive(dialling, listening, lambda: listening.link.is_starved)
    for _ in range(20):
        dialling.step()
        listening.step()
    assert len(listening.arrived) == 1
    assert dialling.link.queued_slots()
    assert dialling.link.wants_write

    def give_back() -> bool:
        slots.free = [0]
        return len(listening.arrived) == 40

    drive(dialling, listening, give_back)
    assert dialling.freed == list(range(40))


# What it says


def test_it_says_its_agreement_first_and_nothing_more_before_the_verdict(ends: Ends) -> None:
    dialler, raw = ends
    dialling = Dialling(dialler)
    assert dialling.link.wants_write
    dialling.send(1, b"payload")
    for _ in range(3):
        dialling.step()
    assert read_exactly(raw, 24) == encode_agreement(AGREEMENT)
    assert raw.read_into(memoryview(bytearray(64))) == 0
    assert not dialling.link.wants_write
    write_all(raw, encode_verdict(OK))
    step_until(dialling, lambda: dialling.freed)
    assert read_exactly(raw, 15) == frame_of(b"payload")


def test_one_step_is_bounded_and_says_that_it_has_more_to_write(ends: Ends) -> None:
    dialling, raw = opened(ends)
    frames = 64
    for slot in range(frames):
        dialling.send(slot, b"x" * 65_536)
    last = 0
    while len(dialling.freed) < frames:
        dialling.step()
        assert len(dialling.freed) - last <= 17
        assert dialling.link.wants_write or len(dialling.freed) == frames
        last = len(dialling.freed)
        raw.read_into(memoryview(bytearray(1 << 20)))


# What it believes


@pytest.mark.parametrize(
    ("garbage", "words"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "VERDICT"),
        (encode_frame_header(FrameKind.VERDICT, 9) + bytes(9), "VERDICT"),
        (encode_frame_header(FrameKind.VERDICT, 8) + b"\4" + bytes(7), "VERDICT"),
        (encode_frame_header(FrameKind.VERDICT, 0), "VERDICT"),
        (encode_acknowledgement(0), "VERDICT"),
    ],
)
def test_what_is_no_verdict_ends_it(ends: Ends, garbage: bytes, words: str) -> None:
    dialler, raw = ends
    dialling = Dialling(dialler)
    write_all(raw, garbage)
    step_until(dialling, lambda: dialling.end)
    assert dialling.end is not None
    assert dialling.end.end is LinkEnd.PROTOCOL
    assert words in dialling.end.reason
    assert dialling.link.verdict is None


@pytest.mark.parametrize(
    "garbage",
    [
        b"\xff" * 8,
        encode_verdict(OK),
        frame_of(b"we send no messages this way"),
        encode_frame_header(FrameKind.ACKNOWLEDGEMENT, 2**32 - 1),
        encode_frame_header(FrameKind.ACKNOWLEDGEMENT, 15) + bytes(15),
        encode_frame_header(FrameKind.ACKNOWLEDGEMENT, 0),
    ],
)
def test_what_is_no_acknowledgement_ends_it_and_what_came_before_counts(
    ends: Ends, garbage: bytes
) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    step_until(dialling, lambda: dialling.freed)
    write_all(raw, encode_acknowledgement(1) + garbage)
    step_until(dialling, lambda: dialling.end)
    assert dialling.end is not None
    assert dialling.end.end is LinkEnd.PROTOCOL
    assert dialling.heard == [Acknowledgement(1)]


@pytest.mark.parametrize(
    "lie",
    [
        encode_acknowledgement(3),
        encode_acknowledgement(2**64 - 1),
        encode_acknowledgement(0),
        encode_acknowledgement(2, [RefusedMessage(3, 0, Refusal.NO_ROOM)]),
        encode_acknowledgement(2, [RefusedMessage(1, 0, Refusal.NO_ROOM)]),
        encode_acknowledgement(1, [RefusedMessage(2**64 - 1, 0, Refusal.NO_ROOM)]),
    ],
)
def test_a_word_on_frames_that_were_not_sent_or_are_decided_ends_it(ends: Ends, lie: bytes) -> None:
    dialling, raw = opened(ends)
    for slot in (1, 2):
        dialling.send(slot, b"payload")
    step_until(dialling, lambda: len(dialling.freed) == 2)
    write_all(raw, encode_acknowledgement(1))
    step_until(dialling, lambda: dialling.heard)
    write_all(raw, lie)
    step_until(dialling, lambda: dialling.end)
    assert dialling.end is not None
    assert dialling.end.end is LinkEnd.PROTOCOL
    assert "were possible" in dialling.end.reason
    assert dialling.heard == [Acknowledgement(1)]


def test_a_frame_that_is_not_wholly_sent_cannot_be_decided(anna: Node, bert: Node) -> None:
    with narrow_ends(anna, bert) as ends:
        dialling, raw = opened(ends)
        dialling.send(1, b"x" * 69_000)
        for _ in range(3):
            dialling.step()
        assert dialling.freed == []
        write_all(raw, encode_acknowledgement(1))
        step_until(dialling, lambda: dialling.end)
    assert dialling.end is not None
    assert "decided frame 1, 0 to 0 were possible" in dialling.end.reason


def test_refusals_that_come_before_their_decision_are_given(ends: Ends) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    step_until(dialling, lambda: dialling.freed)
    early = RefusedMessage(1, 4, Refusal.QUOTA, 9)
    write_all(raw, encode_acknowledgement(0, [early]) + encode_acknowledgement(1))
    step_until(dialling, lambda: len(dialling.heard) == 2)
    assert dialling.heard == [Acknowledgement(0, (early,)), Acknowledgement(1)]


# How it ends


def test_words_before_a_goodbye_are_given_and_the_end_comes_next(ends: Ends) -> None:
    dialling, raw = opened(ends)
    for slot in (1, 2):
        dialling.send(slot, b"payload")
    step_until(dialling, lambda: len(dialling.freed) == 2)
    read_exactly(raw, 30)
    write_all(raw, encode_acknowledgement(1))
    raw.close()
    assert dialling.link.service(0.0) == ([], [Acknowledgement(1)])
    # The socket may never be ready again, so the link has to say that there is more.
    assert dialling.link.has_more
    dialling.step()
    assert dialling.end is not None
    assert dialling.end.end is LinkEnd.ENDED


def test_slots_sent_before_the_connection_broke_are_given_back_once(ends: Ends) -> None:
    dialling, raw = opened(ends)
    for slot in range(200):  # 13 MiB, more than the stream holds
        dialling.send(slot, b"x" * 65_536)
    dialling.step()
    raw.close()
    step_until(dialling, lambda: dialling.end)
    assert sorted(dialling.freed + dialling.link.queued_slots()) == list(range(200))


def test_slots_freed_in_the_very_step_that_breaks_are_given_back(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialling, raw = opened(ends)
    write, left = Connection.write, 2

    def breaks_later(connection: Connection, view: memoryview) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raw.close()
            connection._fail("the connection broke", LinkEnd.CUT)
        return write(connection, view)

    monkeypatch.setattr(Connection, "write", breaks_later)
    for slot in range(4):
        dialling.send(slot, b"payload")
    dialling.step()
    assert (dialling.freed, dialling.end) == ([0, 1], None)
    dialling.step()
    assert dialling.end is not None
    assert dialling.end.end is LinkEnd.CUT
    assert dialling.link.queued_slots() == [2, 3]


# Deadlines


def test_the_time_to_reach_the_peer_is_not_the_time_to_talk(ends: Ends) -> None:
    dialler, raw = ends
    dialler.deadline_s = 20.0
    dialling = Dialling(dialler, now_s=10.0)
    agree(raw, dialling)
    dialling.step(1e9)
    assert (dialling.end, dialling.link.deadline_s) == (None, None)


def test_whoever_trickles_its_verdict_meets_a_deadline(ends: Ends) -> None:
    dialler, raw = ends
    dialling = Dialling(dialler, now_s=100.0)
    due_s = 100.0 + VERDICT_DEADLINE_S
    for at_s, byte in enumerate(encode_verdict(OK)[:15]):
        write_all(raw, bytes([byte]))
        dialling.step(100.0 + at_s)
        assert dialling.end is None
        assert dialling.link.deadline_s == due_s
    dialling.step(due_s)
    assert dialling.end is None
    dialling.step(due_s + 0.5)
    assert dialling.end is not None
    assert dialling.end.end is LinkEnd.DEADLINE


def allowed_s(payload: bytes) -> float:
    return frame_deadline_s(len(frame_of(payload))) + ACKNOWLEDGEMENT_DEADLINE_S


def test_a_frame_after_a_long_silence_has_its_whole_time(ends: Ends) -> None:
    dialling, _ = opened(ends)
    dialling.send(1, b"payload")
    dialling.step(5000.0)
    assert dialling.end is None
    assert dialling.link.deadline_s == 5000.0 + allowed_s(b"payload")


@pytest.mark.parametrize(
    "trickle",
    [encode_acknowledgement(1)[:3], encode_acknowledgement(0)],
    ids=["bytes", "words that decide nothing"],
)
def test_whoever_decides_nothing_meets_a_deadline_whatever_it_trickles(
    ends: Ends, trickle: bytes
) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    dialling.step(100.0)
    due_s = 100.0 + allowed_s(b"payload")
    for at_s, piece in zip((110.0, 200.0, due_s), (trickle, b"", b""), strict=True):
        write_all(raw, piece)
        dialling.step(at_s)
        assert dialling.end is None
        assert dialling.link.deadline_s == due_s
    dialling.step(due_s + 0.5)
    assert dialling.end is not None
    assert dialling.end.end is LinkEnd.DEADLINE


def test_each_decision_gives_the_next_frame_its_time(ends: Ends) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    dialling.send(2, b"x" * 60_000)
    dialling.step(100.0)
    assert dialling.link.deadline_s == 100.0 + allowed_s(b"payload")
    write_all(raw, encode_acknowledgement(1))
    step_until(dialling, lambda: dialling.heard, now_s=150.0)
    assert dialling.link.deadline_s == 150.0 + allowed_s(b"x" * 60_000)
    write_all(raw, encode_acknowledgement(2))
    step_until(dialling, lambda: len(dialling.heard) == 2, now_s=160.0)
    assert dialling.link.deadline_s is None
    dialling.step(1e9)
    assert dialling.end is None


def test_a_slow_line_has_time_to_carry_a_frame_that_the_kernel_took_at_once(ends: Ends) -> None:
    dialling, _ = opened(ends)
    dialling.send(1, b"x" * 65_536)
    step_until(dialling, lambda: dialling.freed)
    dialling.step(65_536 / 1024 + ACKNOWLEDGEMENT_DEADLINE_S)
    assert dialling.end is None


# With a limit


def test_no_more_than_allowed_is_written_and_then_it_does_not_wait_for_the_socket(
    ends: Ends,
) -> None:
    dialling, raw = opened(ends)
    link = dialling.link
    for slot in (1, 2):
        dialling.send(slot, b"x" * 40_000)
    whole = 2 * len(frame_of(b"x" * 40_000))
    assert link.service(0.0, 0) == ([], [])
    assert (link.frame_bytes_out, link.is_held, link.wants_write) == (0, True, False)
    freed: list[int] = []
    for turn in range(1, 6):
        freed += link.service(0.0, 16_384)[0]
        assert link.frame_bytes_out == min(turn * 16_384, whole)
    assert freed == [1, 2]
    assert (link.is_held, link.wants_write) == (False, False)
    assert read_exactly(raw, whole) == 2 * frame_of(b"x" * 40_000)


def test_a_record_that_the_kernel_did_not_take_is_offered_again_under_a_limit(
    anna: Node, bert: Node
) -> None:
    """OpenSSL has encrypted it: fewer bytes in its place would be an error."""
    with narrow_ends(anna, bert) as ends:
        dialling, raw = opened(ends)
        link = dialling.link
        payload = bytes(range(256)) * 1024
        dialling.send(1, payload)
        content = b""

        def step() -> bool:
            nonlocal content
            link.service(0.0, 16_384)
            link.service(0.0, 0)
            buffer = bytearray(5_000)
            content += buffer[: raw.read_into(memoryview(buffer))]
            return len(content) == len(frame_of(payload))

        wait_until(step)
        assert content == frame_of(payload)


def test_a_limit_that_is_lifted_lets_the_rest_go(ends: Ends) -> None:
    dialling, _ = opened(ends)
    dialling.send(1, b"x" * 40_000)
    dialling.link.service(0.0, 16_384)
    assert dialling.link.is_held
    assert dialling.link.service(0.0)[0] == [1]
    assert not dialling.link.is_held


# Finishing


def test_who_finishes_ends_the_frame_it_began_and_hears_what_was_decided(ends: Ends) -> None:
    dialler, raw = ends
    dialling = Dialling(dialler)
    agree(raw, dialling)
    link = dialling.link
    large = bytes(8 * 1024 * 1024)  # more than a local stream holds
    for slot in (1, 2):
        dialling.send(slot, large)
    dialling.step()
    assert dialling.freed == []
    link.finish()
    assert not link.is_finished
    assert link.wants_write
    read = 0
    while not dialling.freed:
        read += raw.read_into(memoryview(bytearray(65536)))
        dialling.step()
    while read < len(frame_of(large)):
        read += raw.read_into(memoryview(bytearray(65536)))
    for _ in range(3):
        dialling.step()
    assert raw.read_into(memoryview(bytearray(16))) == 0
    assert (dialling.freed, link.queued_slots(), link.wants_write) == ([1], [2], False)
    # It is written, and nobody knows yet whether it is durable.
    assert not link.is_finished
    write_all(raw, encode_acknowledgement(1, []))

    def is_finished() -> bool:
        dialling.step()
        return link.is_finished

    wait_until(is_finished)
    assert dialling.heard == [(1, ())]


def test_who_has_sent_nothing_is_finished(ends: Ends) -> None:
    dialler, _ = ends
    dialling = Dialling(dialler)
    dialling.link.finish()
    assert dialling.link.is_finished
