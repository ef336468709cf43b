"""A connection that carries another one in reverse: the bytes of one text, and what ends it."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from netrelay.core.frames import (
    Acknowledgement,
    FrameKind,
    encode_agreement,
    encode_brief_acknowledgement,
    encode_frame_header,
    encode_verdict,
)
from netrelay.core.reverse_frames import REVERSE_END_FRAME, REVERSE_MESSAGES_LIMIT_BYTES
from netrelay.link.connection import Connection
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.link_closed import LinkClosed
from netrelay.link.local_connection import LocalConnection
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.outgoing_stream import OutgoingStream
from tests.link.linked import AGREEMENT, OK, Slots, frame_of, wait_until, write_all
from tests.link.pair import sockets

# A record of TLS 1.3: RFC 8446 section 5.2.
RECORD_BYTES = 22
ACKNOWLEDGEMENT_BYTES = len(encode_brief_acknowledgement(1))


class Meter:
    """The wire between two links: counts what crosses it."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self._ends = {near: far, far: near}
        self.count_bytes = 0

    def step(self) -> None:
        for one, other in self._ends.items():
            try:
                data = one.recv(1 << 20)
            except BlockingIOError:
                continue
            self.count_bytes += len(data)
            other.send(data)


class Node:
    """What receiver and sender of one side make of a link, and its connection in reverse."""

    def __init__(self, link: IncomingLink | OutgoingLink) -> None:
        self.link = link
        self.slots = Slots(8)
        self.there: OutgoingLink | IncomingLink | None = None
        self.received: list[bytes] = []
        self.acknowledgements: list[Acknowledgement] = []
        self.reverse_end: LinkClosed | None = None

    def step(self, now_s: float) -> None:
        self._serve(self.link, now_s)
        if self.there is not None and self.reverse_end is None:
            try:
                self._serve(self.there, now_s)
            except LinkClosed as closed:
                self.reverse_end = closed
                self.there.close()

    def _serve(self, link: IncomingLink | OutgoingLink, now_s: float) -> None:
        if isinstance(link, OutgoingLink):
            self.acknowledgements += link.service(now_s)[1]
            return
        for each in link.service(now_s):
            self.received.append(self.slots.content(each))
            self.slots.free.append(each.slot)
            link.acknowledge(each.frame, [])


class Line:
    """anna dials bert, and bert sends in reverse."""

    def __init__(self, dialler: Connection, listener: Connection, meter: Meter) -> None:
        self.meter = meter
        self.now_s = time.monotonic()
        self.anna = Node(OutgoingLink(dialler, AGREEMENT, self.now_s, None, self._open_reverse))
        self.bert_slots = Slots(8)
        self.listening = IncomingLink(
            listener, lambda *_: OK, self.bert_slots.acquire, is_brief=lambda _: True
        )
        self.bert = Node(self.listening)
        self.bert.slots = self.bert_slots
        self.reverses = 0
        self.takes = True

    def _open_reverse(self) -> socket.socket | None:
        self.reverses += 1
        if not self.takes:
            return None
        near, far = sockets()
        self.anna.there = IncomingLink(
            LocalConnection(far, "anna"),
            lambda *_: OK,
            self.anna.slots.acquire,
            is_brief=lambda _: True,
        )
        return near

    def reverse(self) -> OutgoingLink:
        """Have bert send in reverse."""
        near, far = sockets()
        self.listening.carry(near)
        stream = OutgoingStream(b"s" * 16, 1 << 20)
        link = OutgoingLink(LocalConnection(far, "bert"), AGREEMENT, self.now_s, stream)
        self.bert.there = link
        return link

    def step(self) -> None:
        for node in (self.anna, self.bert):
            node.step(self.now_s)
            self.meter.step()

    def until(self, name: str, count: int) -> None:
        """Step until both sides have this many of something, and all of it has crossed."""

        def is_there() -> bool:
            self.step()
            return len(getattr(self.bert, name)) >= count and not self._moves()

        wait_until(is_there)

    def _moves(self) -> bool:
        before = self.meter.count_bytes
        for _ in range(3):
            self.step()
        return self.meter.count_bytes != before

    def first_frame(self) -> None:
        outgoing = self.anna.link
        assert isinstance(outgoing, OutgoingLink)
        outgoing.send(0, memoryview(frame_of(b"first")))
        self.until("received", 1)


@pytest.fixture
def line(anna: object, bert: object, request: pytest.FixtureRequest) -> Iterator[Line]:
    from tests.link.pair import dialler_over, listener_over

    here, there = sockets(), sockets()
    meter = Meter(here[1], there[1])
    dialler = dialler_over(here[0], anna, [bert], "bert")  # type: ignore[arg-type, list-item]
    listener = listener_over(there[0], bert, [anna])  # type: ignore[arg-type, list-item]

    def are_open() -> bool:
        meter.step()
        done = dialler.advance(time.monotonic()), listener.advance(time.monotonic())
        return done == (True, True)

    wait_until(are_open)
    made = Line(dialler, listener, meter)
    yield made
    for node in (made.anna, made.bert):
        node.link.close()
        if node.there is not None:
            node.there.close()


def test_what_goes_back_costs_its_frames_and_no_handshake(line: Line) -> None:
    line.first_frame()
    begun_bytes = line.meter.count_bytes
    link = line.reverse()
    link.send(1, memoryview(frame_of(b"r" * 100)))
    line.until("acknowledgements", 1)
    assert line.anna.received == [b"r" * 100]
    # AGREEMENT with RESUME, VERDICT with RESUMED, the frame, its ACKNOWLEDGEMENT: a record each.
    greeting_bytes = (24 + 48) + (16 + 32) + 2 * RECORD_BYTES
    text_bytes = (8 + 100) + ACKNOWLEDGEMENT_BYTES + 2 * RECORD_BYTES
    assert line.meter.count_bytes - begun_bytes <= greeting_bytes + text_bytes
    before_bytes = line.meter.count_bytes
    link.send(2, memoryview(frame_of(b"r" * 100)))
    line.until("acknowledgements", 2)
    assert line.meter.count_bytes - before_bytes <= text_bytes
    assert line.reverses == 1


def test_a_receipt_shares_its_record_with_the_acknowledgement_of_its_text(line: Line) -> None:
    line.first_frame()
    link = line.reverse()
    link.send(1, memoryview(frame_of(b"r" * 100)))
    line.until("acknowledgements", 1)
    before_bytes = line.meter.count_bytes
    outgoing = line.anna.link
    assert isinstance(outgoing, OutgoingLink)
    outgoing.send(2, memoryview(frame_of(b"t" * 100)))
    line.until("received", 2)
    text_bytes = RECORD_BYTES + 8 + 100
    assert line.meter.count_bytes - before_bytes == text_bytes, "its acknowledgement is held"
    link.send(3, memoryview(frame_of(b"r" * 100)))
    line.until("acknowledgements", 2)
    receipt_bytes = RECORD_BYTES + ACKNOWLEDGEMENT_BYTES + 8 + 100
    acknowledgement_bytes = RECORD_BYTES + ACKNOWLEDGEMENT_BYTES
    assert line.meter.count_bytes - before_bytes == (
        text_bytes + receipt_bytes + acknowledgement_bytes
    )


def test_an_acknowledgement_goes_alone_when_no_receipt_comes(line: Line) -> None:
    line.first_frame()
    line.reverse()
    line.until("received", 1)
    outgoing = line.anna.link
    assert isinstance(outgoing, OutgoingLink)
    outgoing.send(2, memoryview(frame_of(b"text")))
    line.until("received", 2)
    assert line.listening.held_until_s is not None
    assert not line.listening.wants_write
    line.now_s = line.listening.held_until_s

    def is_acknowledged() -> bool:
        line.step()
        return [each.decided for each in line.anna.acknowledgements][-1:] == [2]

    wait_until(is_acknowledged)


def test_frames_of_both_directions_pass_each_other(line: Line) -> None:
    line.first_frame()
    link = line.reverse()
    outgoing = line.anna.link
    assert isinstance(outgoing, OutgoingLink)
    for number in range(5):
        outgoing.send(number, memoryview(frame_of(bytes([number]) * 60_000)))
        link.send(number, memoryview(frame_of(bytes([number]) * 20_000)))

    def is_all_there() -> bool:
        line.step()
        return len(line.bert.received) == 6 and len(line.anna.received) == 5

    wait_until(is_all_there)
    assert line.anna.received == [bytes([n]) * 20_000 for n in range(5)]
    line.until("acknowledgements", 1)
    assert line.bert.acknowledgements[-1].decided == 5


def test_only_a_connection_that_was_heard_of_a_moment_ago_carries(line: Line) -> None:
    assert not line.listening.may_carry(line.now_s), "RESUME may still come"
    line.first_frame()
    assert line.listening.may_carry(line.now_s + 9)
    assert not line.listening.may_carry(line.now_s + 11)
    line.reverse()
    assert not line.listening.may_carry(line.now_s), "it carries one"


def test_a_large_frame_does_not_go_in_reverse(line: Line) -> None:
    line.first_frame()
    link = line.reverse()
    link.send(1, memoryview(frame_of(b"s")))
    line.until("acknowledgements", 1)
    assert not link.is_outgrown
    link.send(2, memoryview(frame_of(bytes(REVERSE_MESSAGES_LIMIT_BYTES + 1))))
    for _ in range(5):
        line.step()
    assert link.is_outgrown
    assert line.anna.received == [b"s"]


def test_the_end_of_one_side_ends_the_other_and_leaves_the_connection(line: Line) -> None:
    line.first_frame()
    link = line.reverse()
    link.send(1, memoryview(frame_of(b"s")))
    line.until("acknowledgements", 1)
    assert line.anna.there is not None
    line.anna.there.close()
    line.anna.there = None

    def is_told() -> bool:
        line.step()
        return line.bert.reverse_end is not None

    wait_until(is_told)
    assert "has ended" in str(line.bert.reverse_end)
    outgoing = line.anna.link
    assert isinstance(outgoing, OutgoingLink)
    outgoing.send(3, memoryview(frame_of(b"on")))
    line.until("received", 2)


def test_one_that_nobody_takes_is_told_so(line: Line) -> None:
    line.takes = False
    line.first_frame()
    line.reverse()

    def is_told() -> bool:
        line.step()
        return line.bert.reverse_end is not None

    wait_until(is_told)


@pytest.mark.parametrize("kind", [FrameKind.RESUME, FrameKind.MESSAGES])
def test_a_listener_that_begins_without_an_agreement_is_left(
    ends: tuple[Connection, Connection], kind: FrameKind
) -> None:
    dialler, listener = ends
    link = OutgoingLink(dialler, AGREEMENT, 0.0)
    listening = IncomingLink(listener, lambda *_: OK, Slots(1).acquire)

    def is_open() -> bool:
        link.service(0.0)
        listening.service(0.0)
        return link.is_open

    wait_until(is_open)
    write_all(listener, encode_frame_header(kind, 1) + b"x")

    def is_left() -> bool:
        try:
            link.service(0.0)
        except LinkClosed as closed:
            assert "without an AGREEMENT" in str(closed)
            return True
        return False

    wait_until(is_left)


def test_an_answer_to_nothing_is_no_frame(ends: tuple[Connection, Connection]) -> None:
    dialler, listener = ends
    listening = IncomingLink(listener, lambda *_: OK, Slots(1).acquire)
    write_all(dialler, encode_agreement(AGREEMENT) + REVERSE_END_FRAME)

    def is_left() -> bool:
        try:
            listening.service(0.0)
        except LinkClosed as closed:
            assert "is not one of" in str(closed)
            return True
        return False

    wait_until(is_left)


def test_what_waits_for_receiver_is_passed_on_though_the_peer_reads_no_answers(
    ends: tuple[Connection, Connection],
) -> None:
    dialler, listener = ends
    near, far = sockets()
    link = OutgoingLink(dialler, AGREEMENT, 0.0, None, lambda: near)
    write_all(listener, encode_verdict(OK) + encode_agreement(AGREEMENT))

    def interest() -> tuple[int, bool, bool]:
        found = link.reverse_interest()
        assert found is not None
        return found

    def is_begun() -> bool:
        link.service(0.0)
        return link.reverse_interest() is not None

    wait_until(is_begun)
    answers = memoryview(1000 * encode_brief_acknowledgement(1))
    begun = 0

    def is_full() -> bool:
        nonlocal begun
        with suppress(BlockingIOError):
            begun = (begun + far.send(answers[begun:])) % len(answers)
        link.service(0.0)
        return not interest()[1]

    wait_until(is_full)

    def waits() -> bool:
        write_all(listener, frame_of(bytes(16_384)))
        link.service(0.0)
        return interest()[2]

    wait_until(waits)

    def has_gone() -> bool:
        with suppress(BlockingIOError):
            far.recv(1 << 20)
        link.service(0.0)
        return not interest()[2]

    wait_until(has_gone)
    assert not interest()[1], "the peer has read nothing"
    link.close()
    far.close()
