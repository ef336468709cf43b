"""OutgoingLink: agreement, frames, acknowledgements, deadlines, rate limits, draining."""

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
from netrelay.link import tcp_progress
from netrelay.link.connection import Connection
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.tcp_progress import TcpState
from tests.link.certificates import TlsNode
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
    """Return a dialler with a verdict of OK, and a raw listener."""
    dialler, raw = ends
    dialling = Dialling(dialler)
    agree(raw, dialling)
    return dialling, raw


@contextmanager
def narrow_ends(anna: TlsNode, bert: TlsNode) -> Iterator[Ends]:
    """Yield an open pair over a stream with minimal socket buffers."""
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
    drive(dialling, listening, lambda: bool(listening.received))
    assert dialling.link.verdict == OK
    for slot, payload in ((31, b"two"), (32, b"three" * 10_000)):
        dialling.send(slot, payload)
    drive(dialling, listening, lambda: len(listening.received) == 3)
    assert dialling.freed == [30, 31, 32]
    assert [each.frame for each in listening.received] == [1, 2, 3]
    assert slots.content(listening.received[2]) == b"three" * 10_000
    refused = [RefusedMessage(2, 0, Refusal.NO_ROOM, 60)]
    listening.link.acknowledge(1, [])
    listening.link.acknowledge(3, refused)
    drive(dialling, listening, lambda: len(dialling.acknowledgements) == 2)
    assert dialling.acknowledgements == [Acknowledgement(1), Acknowledgement(3, tuple(refused))]
    assert dialling.link.deadline_s is None


def test_a_rejected_agreement_sends_no_frame_and_reports_the_verdict_before_the_close(
    ends: Ends,
) -> None:
    verdict = Verdict(VerdictCode.NO_AGREEMENT, 5)
    listening = Listening(ends[1], Slots(4), verdict)
    dialling = Dialling(ends[0])
    dialling.send(7, b"never sent")
    dialling.step()

    def is_over() -> bool:
        listening.step()
        return listening.closed is not None

    wait_until(is_over)
    # Verdict and close_notify are both buffered, as when a listener closes at once.
    dialling.step()
    assert (dialling.closed, dialling.link.verdict) == (None, verdict)
    assert not dialling.link.is_open
    assert dialling.link.queued_slots() == [7]
    assert (dialling.freed, listening.slots.requests) == ([], 0)


@pytest.mark.parametrize("length_bytes", [1, 16_384, 69_000])
def test_frames_pass_a_stream_with_minimal_buffers(
    anna: TlsNode, bert: TlsNode, length_bytes: int
) -> None:
    payloads = [bytes([n]) * length_bytes for n in range(1, 9)]
    with narrow_ends(anna, bert) as ends:
        dialling, listening = Dialling(ends[0]), Listening(ends[1], slots := Slots(2))
        for slot, payload in enumerate(payloads):
            dialling.send(slot, payload)
        contents = []

        def collect() -> bool:
            while listening.received:
                arrived = listening.received.pop(0)
                contents.append(slots.content(arrived))
                slots.free.append(arrived.slot)
                listening.link.acknowledge(arrived.frame, [])
            return len(dialling.acknowledgements) == len(payloads)

        drive(dialling, listening, collect)
    assert contents == payloads
    assert dialling.freed == list(range(8))
    assert dialling.acknowledgements[-1].decided == 8


def test_a_listener_without_slots_stops_the_dialler_until_one_is_free(ends: Ends) -> None:
    dialling, listening = Dialling(ends[0]), Listening(ends[1], slots := Slots(1))
    for slot in range(40):  # 2.5 MiB, more than the socket buffers hold
        dialling.send(slot, b"x" * 65_536)
    drive(dialling, listening, lambda: listening.link.needs_slot)
    for _ in range(20):
        dialling.step()
        listening.step()
    assert len(listening.received) == 1
    assert dialling.link.queued_slots()
    assert dialling.link.wants_write

    def free_slot() -> bool:
        slots.free = [0]
        return len(listening.received) == 40

    drive(dialling, listening, free_slot)
    assert dialling.freed == list(range(40))


# What is sent


def test_nothing_but_the_agreement_is_sent_before_the_verdict(ends: Ends) -> None:
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


def test_a_step_writes_a_bounded_amount_and_wants_to_write_more(ends: Ends) -> None:
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


# What is received


@pytest.mark.parametrize(
    ("garbage", "named"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "VERDICT"),
        (encode_frame_header(FrameKind.VERDICT, 9) + bytes(9), "VERDICT"),
        (encode_frame_header(FrameKind.VERDICT, 8) + b"\4" + bytes(7), "VERDICT"),
        (encode_frame_header(FrameKind.VERDICT, 0), "VERDICT"),
        (encode_acknowledgement(0), "VERDICT"),
    ],
)
def test_a_malformed_verdict_closes_the_link(ends: Ends, garbage: bytes, named: str) -> None:
    dialler, raw = ends
    dialling = Dialling(dialler)
    write_all(raw, garbage)
    step_until(dialling, lambda: dialling.closed)
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.PROTOCOL
    assert named in dialling.closed.reason
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
def test_a_malformed_acknowledgement_closes_the_link_and_those_before_it_are_returned(
    ends: Ends, garbage: bytes
) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    step_until(dialling, lambda: dialling.freed)
    write_all(raw, encode_acknowledgement(1) + garbage)
    step_until(dialling, lambda: dialling.closed)
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.PROTOCOL
    assert dialling.acknowledgements == [Acknowledgement(1)]


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
def test_an_acknowledgement_of_unsent_or_already_decided_frames_closes_the_link(
    ends: Ends, lie: bytes
) -> None:
    dialling, raw = opened(ends)
    for slot in (1, 2):
        dialling.send(slot, b"payload")
    step_until(dialling, lambda: len(dialling.freed) == 2)
    write_all(raw, encode_acknowledgement(1))
    step_until(dialling, lambda: dialling.acknowledgements)
    write_all(raw, lie)
    step_until(dialling, lambda: dialling.closed)
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.PROTOCOL
    assert "were possible" in dialling.closed.reason
    assert dialling.acknowledgements == [Acknowledgement(1)]


def test_a_frame_that_is_not_completely_sent_cannot_be_acknowledged(
    anna: TlsNode, bert: TlsNode
) -> None:
    with narrow_ends(anna, bert) as ends:
        dialling, raw = opened(ends)
        dialling.send(1, b"x" * 69_000)
        for _ in range(3):
            dialling.step()
        assert dialling.freed == []
        write_all(raw, encode_acknowledgement(1))
        step_until(dialling, lambda: dialling.closed)
    assert dialling.closed is not None
    assert "decided frame 1, 0 to 0 were possible" in dialling.closed.reason


def test_refusals_ahead_of_their_acknowledgement_are_returned(ends: Ends) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    step_until(dialling, lambda: dialling.freed)
    early = RefusedMessage(1, 4, Refusal.QUOTA, 9)
    write_all(raw, encode_acknowledgement(0, [early]) + encode_acknowledgement(1))
    step_until(dialling, lambda: len(dialling.acknowledgements) == 2)
    assert dialling.acknowledgements == [Acknowledgement(0, (early,)), Acknowledgement(1)]


def test_more_refusals_than_a_frame_holds_messages_close_the_link(ends: Ends) -> None:
    """Each is a record for processor_s, which waits in memory while the ring is full."""
    dialling, raw = opened(ends)
    for slot in (1, 2):
        dialling.send(slot, b"\x00\x03payload")
    step_until(dialling, lambda: len(dialling.freed) == 2)
    refused = [RefusedMessage(2, position, Refusal.QUOTA) for position in (0, 0, 1)]
    write_all(raw, encode_acknowledgement(0, refused))
    write_all(raw, encode_acknowledgement(1, refused[:1]))
    step_until(dialling, lambda: dialling.closed)
    assert dialling.closed is not None
    assert dialling.closed.reason == "the peer refused more messages than frame 2 holds"
    assert dialling.acknowledgements == [Acknowledgement(0, tuple(refused))]


def test_an_acknowledgement_that_says_nothing_new_is_not_returned(ends: Ends) -> None:
    """Each is a record on the ring to processor_s, and waits in memory while the ring is full."""
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    step_until(dialling, lambda: dialling.freed)
    write_all(raw, encode_acknowledgement(0) * 100 + encode_acknowledgement(1))
    step_until(dialling, lambda: dialling.acknowledgements)
    write_all(raw, encode_acknowledgement(1) * 100)
    raw.close()
    step_until(dialling, lambda: dialling.closed)
    assert dialling.acknowledgements == [Acknowledgement(1)]


# Closing


def test_acknowledgements_before_close_notify_are_returned_before_the_close_is_raised(
    ends: Ends,
) -> None:
    dialling, raw = opened(ends)
    for slot in (1, 2):
        dialling.send(slot, b"payload")
    step_until(dialling, lambda: len(dialling.freed) == 2)
    read_exactly(raw, 30)
    write_all(raw, encode_acknowledgement(1))
    raw.close()
    assert dialling.link.service(0.0) == ([], [Acknowledgement(1)])
    # The descriptor may never become ready again.
    assert dialling.link.has_more
    dialling.step()
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.CLOSE_NOTIFY


def test_after_a_broken_connection_each_slot_is_returned_once(ends: Ends) -> None:
    dialling, raw = opened(ends)
    for slot in range(200):  # 13 MiB, more than the socket buffers hold
        dialling.send(slot, b"x" * 65_536)
    dialling.step()
    raw.close()
    step_until(dialling, lambda: dialling.closed)
    assert sorted(dialling.freed + dialling.link.queued_slots()) == list(range(200))


def test_slots_freed_in_the_step_in_which_the_connection_breaks_are_returned(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialling, raw = opened(ends)
    write, left = Connection.write, 2

    def breaks_later(connection: Connection, view: memoryview) -> int:
        nonlocal left
        left -= 1
        if left < 0:
            raw.close()
            connection._fail("the connection broke", CloseCause.BROKEN)
        return write(connection, view)

    monkeypatch.setattr(Connection, "write", breaks_later)
    for slot in range(4):
        dialling.send(slot, b"payload")
    dialling.step()
    assert (dialling.freed, dialling.closed) == ([0, 1], None)
    dialling.step()
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.BROKEN
    assert dialling.link.queued_slots() == [2, 3]


# Deadlines


def test_the_deadline_of_dialling_does_not_apply_to_an_open_link(ends: Ends) -> None:
    dialler, raw = ends
    dialler.deadline_s = 20.0
    dialling = Dialling(dialler, now_s=10.0)
    agree(raw, dialling)
    dialling.step(1e9)
    assert (dialling.closed, dialling.link.deadline_s) == (None, None)


def test_a_verdict_sent_byte_by_byte_must_be_complete_at_its_deadline(ends: Ends) -> None:
    dialler, raw = ends
    dialling = Dialling(dialler, now_s=100.0)
    due_s = 100.0 + VERDICT_DEADLINE_S
    for at_s, byte in enumerate(encode_verdict(OK)[:15]):
        write_all(raw, bytes([byte]))
        dialling.step(100.0 + at_s)
        assert dialling.closed is None
        assert dialling.link.deadline_s == due_s
    dialling.step(due_s)
    assert dialling.closed is None
    dialling.step(due_s + 0.5)
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.DEADLINE


def allowed_s(payload: bytes) -> float:
    return frame_deadline_s(len(frame_of(payload))) + ACKNOWLEDGEMENT_DEADLINE_S


def test_the_deadline_of_a_frame_starts_when_it_is_sent(ends: Ends) -> None:
    dialling, _ = opened(ends)
    dialling.send(1, b"payload")
    dialling.step(5000.0)
    assert dialling.closed is None
    assert dialling.link.deadline_s == 5000.0 + allowed_s(b"payload")


@pytest.mark.parametrize(
    "trickle",
    [encode_acknowledgement(1)[:3], encode_acknowledgement(0)],
    ids=["bytes", "acknowledgements of nothing"],
)
def test_a_peer_that_acknowledges_nothing_is_closed_at_the_deadline(
    ends: Ends, trickle: bytes
) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    dialling.step(100.0)
    due_s = 100.0 + allowed_s(b"payload")
    for at_s, piece in zip((110.0, 200.0, due_s), (trickle, b"", b""), strict=True):
        write_all(raw, piece)
        dialling.step(at_s)
        assert dialling.closed is None
        assert dialling.link.deadline_s == due_s
    dialling.step(due_s + 0.5)
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.DEADLINE


def test_each_acknowledgement_starts_the_deadline_of_the_next_frame(ends: Ends) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"payload")
    dialling.send(2, b"x" * 60_000)
    dialling.step(100.0)
    assert dialling.link.deadline_s == 100.0 + allowed_s(b"payload")
    write_all(raw, encode_acknowledgement(1))
    step_until(dialling, lambda: dialling.acknowledgements, now_s=150.0)
    assert dialling.link.deadline_s == 150.0 + allowed_s(b"x" * 60_000)
    write_all(raw, encode_acknowledgement(2))
    step_until(dialling, lambda: len(dialling.acknowledgements) == 2, now_s=160.0)
    assert dialling.link.deadline_s is None
    dialling.step(1e9)
    assert dialling.closed is None


def test_the_deadline_of_a_frame_includes_its_transmission_on_a_slow_line(ends: Ends) -> None:
    dialling, _ = opened(ends)
    dialling.send(1, b"x" * 65_536)
    step_until(dialling, lambda: dialling.freed)
    dialling.step(65_536 / 1024 + ACKNOWLEDGEMENT_DEADLINE_S)
    assert dialling.closed is None


# Rate limits


def test_no_more_than_allowed_is_written_and_then_the_socket_is_not_polled_for_writing(
    ends: Ends,
) -> None:
    dialling, raw = opened(ends)
    link = dialling.link
    for slot in (1, 2):
        dialling.send(slot, b"x" * 40_000)
    whole = 2 * len(frame_of(b"x" * 40_000))
    assert link.service(0.0, 0) == ([], [])
    assert (link.frame_bytes_out, link.is_throttled, link.wants_write) == (0, True, False)
    freed: list[int] = []
    for turn in range(1, 6):
        freed += link.service(0.0, 16_384)[0]
        assert link.frame_bytes_out == min(turn * 16_384, whole)
    assert freed == [1, 2]
    assert (link.is_throttled, link.wants_write) == (False, False)
    assert read_exactly(raw, whole) == 2 * frame_of(b"x" * 40_000)


def test_a_record_that_would_block_is_repeated_under_a_limit(anna: TlsNode, bert: TlsNode) -> None:
    """Its bytes are already encrypted: a shorter write in its place would be an error."""
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


def test_without_the_limit_the_rest_is_written(ends: Ends) -> None:
    dialling, _ = opened(ends)
    dialling.send(1, b"x" * 40_000)
    dialling.link.service(0.0, 16_384)
    assert dialling.link.is_throttled
    assert dialling.link.service(0.0)[0] == [1]
    assert not dialling.link.is_throttled


# Draining


def test_a_draining_link_completes_the_started_frame_and_reads_its_acknowledgement(
    ends: Ends,
) -> None:
    dialler, raw = ends
    dialling = Dialling(dialler)
    agree(raw, dialling)
    link = dialling.link
    large = bytes(8 * 1024 * 1024)  # more than a local stream holds
    for slot in (1, 2):
        dialling.send(slot, large)
    dialling.step()
    assert dialling.freed == []
    link.drain()
    assert not link.is_drained
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
    # It is sent, but not known to be durable.
    assert not link.is_drained
    write_all(raw, encode_acknowledgement(1, []))

    def is_drained() -> bool:
        dialling.step()
        return link.is_drained

    wait_until(is_drained)
    assert dialling.acknowledgements == [(1, ())]


def test_a_link_that_sent_nothing_is_drained(ends: Ends) -> None:
    dialler, _ = ends
    dialling = Dialling(dialler)
    dialling.link.drain()
    assert dialling.link.is_drained


def test_time_without_anything_to_send_is_no_stall(
    ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rested connection sends again, and the packet is not acknowledged at the first look."""
    dialling, raw = opened(ends)
    monkeypatch.setattr(tcp_progress, "tcp_state", lambda _: TcpState(1, 0.001, 0))
    dialling.send(7, b"before the rest")
    dialling.step()
    write_all(raw, encode_acknowledgement(1))
    step_until(dialling, lambda: dialling.acknowledgements)
    dialling.send(8, b"after a long rest")
    for now_s in (100.0, 101.0):
        dialling.step(now_s)
        assert not dialling.link.is_stalled(now_s)
    dialling.step(103.0)
    assert dialling.link.is_stalled(103.0)


def ended(dialling: Dialling) -> LinkClosed:
    """Step until the link is closed; return how."""
    step_until(dialling, lambda: dialling.closed is not None)
    assert dialling.closed is not None
    return dialling.closed


def test_an_end_in_order_while_nothing_is_on_its_way_is_told_from_others(ends: Ends) -> None:
    dialling, raw = opened(ends)
    raw.close()
    assert dialling.link.has_ended_idle(ended(dialling))


def test_an_end_in_order_with_a_frame_on_its_way_is_not_idle(ends: Ends) -> None:
    dialling, raw = opened(ends)
    dialling.send(1, b"not decided")
    dialling.step()
    raw.half_close()
    assert not dialling.link.has_ended_idle(ended(dialling))


def test_an_idle_connection_that_breaks_has_not_ended_in_order(ends: Ends) -> None:
    dialling, raw = opened(ends)
    raw.abort()
    assert not dialling.link.has_ended_idle(ended(dialling))
