"""Both links of a session whose connections end in the middle of a frame."""

import os
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from netrelay.core.frames import (
    Acknowledgement,
    Agreement,
    FrameKind,
    RefusedMessage,
    encode_agreement,
    encode_frame_header,
)
from netrelay.core.resumption import Resume, ResumeCode, Resumed, encode_resume, encode_resumed
from netrelay.core.words import Refusal
from netrelay.link.connection import Connection
from netrelay.link.incoming_stream import IncomingStream
from netrelay.link.link_closed import CloseCause
from netrelay.link.outgoing_stream import OutgoingStream
from tests.link.certificates import TlsNode
from tests.link.linked import (
    AGREEMENT,
    Dialling,
    Listening,
    Slots,
    drive,
    frame_of,
    wait_until,
    write_all,
)
from tests.link.pair import dialler_over, listener_over, read_exactly, shake_hands, sockets

SESSION = b"s" * 16
# Larger than the buffers of a local stream, smaller than the limit of a frame.
PAYLOAD = os.urandom(66_000)


class Line:
    """A line whose connections are made one after another, and break."""

    def __init__(self, anna: TlsNode, bert: TlsNode) -> None:
        self._anna = anna
        self._bert = bert
        self._open: list[Connection] = []

    def connect(self, send_bytes: int = 0) -> tuple[Connection, Connection]:
        """Return a dialler and a listener that are open; send_bytes: buffer of the dialler."""
        self.close()
        return self.connect_beside(send_bytes)

    def connect_beside(self, send_bytes: int = 0) -> tuple[Connection, Connection]:
        """Return another pair as `connect` does, and leave the one before open."""
        one, two = sockets()
        if send_bytes:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_bytes)
        dialler = dialler_over(one, self._anna, [self._bert], "bert")
        listener = listener_over(two, self._bert, [self._anna])
        self._open += [dialler, listener]
        assert shake_hands(dialler, listener) == ("open", "open")
        return dialler, listener

    def close(self) -> None:
        for connection in self._open:
            connection.close()
        self._open.clear()


@pytest.fixture
def line(anna: TlsNode, bert: TlsNode) -> Iterator[Line]:
    made = Line(anna, bert)
    yield made
    made.close()


def break_off(dialling: Dialling, listening: Listening, *, is_read: bool) -> None:
    """End the connection; is_read: the listener still reads what has come."""
    dialling.link.close()
    if is_read:
        step_until(listening, lambda: listening.closed is not None)
    else:
        listening.link.close()


@pytest.mark.parametrize("send_bytes", [1, 8_000, 20_000])
@pytest.mark.parametrize("is_read", [True, False])
def test_a_cut_frame_goes_on_where_it_was_cut(line: Line, send_bytes: int, is_read: bool) -> None:
    outgoing, incoming = OutgoingStream(SESSION, 1 << 20), None
    slots = Slots(4)
    ends = line.connect(send_bytes)
    dialling = Dialling(ends[0], stream=outgoing)
    listening = Listening(ends[1], slots)
    drive(dialling, listening, lambda: dialling.link.is_open)
    dialling.send(0, PAYLOAD)
    dialling.step()
    assert dialling.freed == []
    break_off(dialling, listening, is_read=is_read)
    incoming = listening.link.suspend()
    assert incoming is not None
    held_bytes = len(incoming.cut_frame)
    assert (held_bytes > 0) is is_read
    assert dialling.link.suspend() is outgoing
    assert outgoing.resume() == Resume(SESSION, 0, 1, 1)

    ends = line.connect()
    dialling = Dialling(ends[0], stream=outgoing)
    listening = Listening(ends[1], slots, stream=incoming)
    drive(dialling, listening, lambda: bool(listening.received))
    assert [slots.content(each) for each in listening.received] == [PAYLOAD]
    assert dialling.link.resumed == Resumed(ResumeCode.RESUMED, 0, held_bytes)
    assert dialling.link.resumed_frame == 1
    # Only what was missing has been sent again, and no slot is returned twice.
    assert dialling.link.frame_bytes_out == len(frame_of(PAYLOAD)) - held_bytes
    assert dialling.freed == []
    listening.link.acknowledge(1, [])
    drive(dialling, listening, lambda: bool(dialling.acknowledgements))
    assert dialling.acknowledgements == [Acknowledgement(1)]
    assert dialling.link.is_drained
    assert outgoing.held_bytes == 0


def test_a_frame_that_is_cut_again_and_again_arrives(line: Line) -> None:
    outgoing = OutgoingStream(SESSION, 1 << 20)
    incoming: IncomingStream | None = None
    slots = Slots(4)
    sent_bytes = connections = 0
    while not (incoming and incoming.received):
        ends = line.connect(4_000)
        dialling = Dialling(ends[0], stream=outgoing)
        listening = Listening(ends[1], slots, stream=incoming)
        drive(dialling, listening, lambda link=dialling.link: link.is_open)  # type: ignore[misc]
        if not connections:
            dialling.send(0, PAYLOAD)
        dialling.step()
        break_off(dialling, listening, is_read=True)
        incoming = listening.link.suspend()
        slot = listening.link.held_slot()
        if slot is not None:
            slots.free.append(slot)
        dialling.link.suspend()
        sent_bytes += dialling.link.frame_bytes_out
        connections += 1
    assert connections > 3
    assert [slots.content(each) for each in listening.received] == [PAYLOAD]
    assert sent_bytes <= len(frame_of(PAYLOAD))


def test_frames_that_came_are_decided_on_the_next_connection(line: Line) -> None:
    """The decision, and a refusal in it, were lost with the connection."""
    outgoing, slots = OutgoingStream(SESSION, 1 << 20), Slots(4)
    ends = line.connect()
    dialling = Dialling(ends[0], stream=outgoing)
    listening = Listening(ends[1], slots)
    for payload in (b"one", b"two", b"three"):
        dialling.send(0, payload)
    drive(dialling, listening, lambda: len(listening.received) == 3)
    refused = RefusedMessage(2, 0, Refusal.HELD, 5)
    break_off(dialling, listening, is_read=False)
    listening.link.acknowledge(1, [])
    incoming = listening.link.suspend()
    assert incoming is not None
    incoming.decide(2, [refused])
    dialling.link.suspend()

    ends = line.connect()
    dialling = Dialling(ends[0], stream=outgoing)
    listening = Listening(ends[1], slots, stream=incoming)
    drive(dialling, listening, lambda: bool(dialling.acknowledgements))
    assert dialling.acknowledgements == [Acknowledgement(2, (refused,))]
    assert dialling.link.resumed_frame == 3
    assert dialling.link.frame_bytes_out == 0
    dialling.send(7, b"four")
    drive(dialling, listening, lambda: bool(listening.received))
    assert [each.frame for each in listening.received] == [4]
    listening.link.acknowledge(4, [])
    drive(dialling, listening, lambda: len(dialling.acknowledgements) == 2)
    assert dialling.acknowledgements[1] == Acknowledgement(4)


def test_a_listener_that_knows_nothing_begins_a_new_session(line: Line) -> None:
    outgoing, slots = OutgoingStream(SESSION, 1 << 20), Slots(4)
    outgoing.cut(1, frame_of(PAYLOAD))
    ends = line.connect()
    dialling, listening = Dialling(ends[0], stream=outgoing), Listening(ends[1], slots)
    drive(dialling, listening, lambda: dialling.link.is_open)
    assert (dialling.link.resumed_frame, outgoing.held_bytes) == (0, 0)
    dialling.send(3, b"first")
    drive(dialling, listening, lambda: bool(listening.received))
    assert [(each.frame, slots.content(each)) for each in listening.received] == [(1, b"first")]


def test_without_resume_nothing_is_kept(line: Line) -> None:
    ends = line.connect(4_000)
    dialling, listening = Dialling(ends[0]), Listening(ends[1], Slots(1))
    drive(dialling, listening, lambda: dialling.link.is_open)
    dialling.send(0, PAYLOAD)
    dialling.step()
    break_off(dialling, listening, is_read=True)
    assert (listening.link.suspend(), dialling.link.suspend()) == (None, None)


@contextmanager
def accepted(
    line: Line, resume: Resume, stream: IncomingStream | None, size_bytes: int = 65536
) -> Iterator[tuple[Connection, Listening]]:
    """Yield a raw dialler that stated this session, and the listener."""
    raw, listener = line.connect()
    listening = Listening(listener, Slots(1), stream=stream)
    agreement = Agreement(size_bytes, AGREEMENT.number)
    write_all(raw, encode_agreement(agreement) + encode_resume(resume))
    yield raw, listening


def step_until(listening: Listening, fact: Callable[[], object]) -> None:
    def step() -> bool:
        listening.step()
        return bool(fact())

    wait_until(step)


def test_a_second_resume_ends_the_connection(line: Line) -> None:
    with accepted(line, Resume(SESSION), None) as (raw, listening):
        write_all(raw, encode_resume(Resume(SESSION)))
        step_until(listening, lambda: listening.closed is not None)
        assert listening.closed is not None
        assert listening.closed.cause is CloseCause.PROTOCOL


def test_resume_after_a_frame_ends_the_connection(line: Line) -> None:
    raw, listener = line.connect()
    listening = Listening(listener, Slots(1))
    write_all(raw, encode_agreement(AGREEMENT) + frame_of(b"a frame"))
    write_all(raw, encode_resume(Resume(SESSION)))
    step_until(listening, lambda: listening.closed is not None)
    assert [each.frame for each in listening.received] == [1]


def test_a_cut_frame_over_the_new_size_is_forgotten(line: Line) -> None:
    stream = IncomingStream(SESSION)
    stream.cut_frame = bytearray(encode_frame_header(FrameKind.MESSAGES, 1 << 20) + b"begun")
    with accepted(line, Resume(SESSION, 0, 1, 1), stream) as (raw, listening):
        step_until(listening, lambda: listening.link.is_open)
        read_exactly(raw, 16)
        said = encode_resumed(Resumed(ResumeCode.NEW))
        step_until(listening, lambda: not listening.link.wants_write)
        assert read_exactly(raw, len(said)) == said
        assert listening.link.stream is not stream


@pytest.mark.parametrize("said", [Resumed(ResumeCode.RESUMED, 5), struct.pack(">IB3x", 24, 6)])
def test_a_dialler_closes_on_an_answer_that_cannot_be(line: Line, said: object) -> None:
    dialler, raw = line.connect()
    dialling = Dialling(dialler, stream=OutgoingStream(SESSION, 1 << 20))
    dialling.step()
    answer = encode_resumed(said) if isinstance(said, Resumed) else bytes(said) + b"\2" * 24  # type: ignore[call-overload]
    write_all(raw, b"\0\0\0\x08\2\0\0\0" + bytes(8) + answer)

    def is_closed() -> bool:
        dialling.step()
        return dialling.closed is not None

    wait_until(is_closed)
    assert dialling.closed is not None
    assert dialling.closed.cause is CloseCause.PROTOCOL


def test_a_link_moves_to_another_connection_with_the_frames_that_wait(line: Line) -> None:
    outgoing, slots = OutgoingStream(SESSION, 1 << 20), Slots(4)
    ends = line.connect(8_000)
    dialling = Dialling(ends[0], stream=outgoing)
    listening = Listening(ends[1], slots)
    drive(dialling, listening, lambda: dialling.link.is_open)
    dialling.send(5, PAYLOAD)
    dialling.send(6, b"waits")
    dialling.step()
    listening.step()
    incoming = listening.link.suspend()

    one, two = line.connect_beside()
    dialling.link, freed = dialling.link.go_on_over(one, AGREEMENT, 0.0)
    assert freed == [5]
    listening = Listening(two, slots, stream=incoming)
    drive(dialling, listening, lambda: len(listening.received) == 2)
    assert [slots.content(each) for each in listening.received] == [PAYLOAD, b"waits"]
    assert dialling.freed == [6]
    assert dialling.link.frame_bytes_out < len(frame_of(PAYLOAD))
