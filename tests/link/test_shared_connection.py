"""The connection of a greeting that goes on: a data connection in each direction, and its end."""

import socket
import time
from collections.abc import Iterator
from contextlib import suppress

import pytest

from netrelay.core.frames import (
    FrameKind,
    encode_acknowledgement,
    encode_agreement,
    encode_frame_header,
)
from netrelay.core.reverse_frames import REVERSE_END_FRAME, REVERSE_MESSAGES_LIMIT_BYTES
from netrelay.link.connection import Connection
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.link_closed import LinkClosed
from netrelay.link.local_connection import LocalConnection
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.shared_connection import SharedConnection
from tests.link.linked import (
    AGREEMENT,
    OK,
    Dialling,
    Listening,
    Slots,
    frame_of,
    wait_until,
    write_all,
)
from tests.link.pair import sockets

EXPIRES_S = 100.0


class Side:
    """One node: its shared connection, its sender and its receiver."""

    def __init__(self, connection: Connection, name: str) -> None:
        self._name = name
        self.takes = True
        self.shared = SharedConnection(connection, self._accept, EXPIRES_S)
        self.sending: Dialling | None = None
        self.receiving: Listening | None = None
        self.end: LinkClosed | None = None

    def _accept(self) -> socket.socket | None:
        if not self.takes:
            return None
        near, far = sockets()
        # Both are "anna" where Slots asks.
        local = LocalConnection(far, "anna")
        self.receiving = Listening(local, Slots(8))  # type: ignore[arg-type]
        return near

    def send(self) -> Dialling:
        near, far = sockets()
        self.shared.carry(near)
        self.sending = Dialling(LocalConnection(far, "anna"))  # type: ignore[arg-type]
        return self.sending

    def step(self, now_s: float = 0.0) -> None:
        if self.end is None:
            try:
                self.shared.service(now_s)
            except LinkClosed as closed:
                self.end = closed
                self.shared.close()
        for each in (self.sending, self.receiving):
            if each is not None:
                each.step(now_s)
        if self.receiving is not None and self.receiving.closed is None:
            stream = self.receiving.link.stream
            if stream.received > stream.decided:
                self.receiving.link.acknowledge(stream.received, [])


@pytest.fixture
def sides(ends: tuple[Connection, Connection]) -> Iterator[tuple[Side, Side]]:
    made = Side(ends[0], "bert"), Side(ends[1], "anna")
    yield made
    for side in made:
        side.shared.close()
        for each in (side.sending, side.receiving):
            if each is not None:
                each.link.close()


def until(sides: tuple[Side, Side], fact: object, now_s: float = 0.0) -> None:
    def is_there() -> bool:
        for side in sides:
            side.step(now_s)
        return bool(fact())  # type: ignore[operator]

    wait_until(is_there)


def test_both_sides_send_on_it(sides: tuple[Side, Side]) -> None:
    anna, bert = sides
    assert (anna.shared.is_used, anna.shared.may_carry) == (False, True)
    there, back = anna.send(), bert.send()
    there.send(0, b"there")
    back.send(0, b"back")
    until(sides, lambda: there.acknowledgements and back.acknowledgements)
    for side, words in ((anna, b"back"), (bert, b"there")):
        assert side.receiving is not None
        (arrived,) = side.receiving.received
        assert side.receiving.slots.content(arrived) == words
    assert (anna.shared.is_used, anna.shared.may_carry) == (True, False)
    until(sides, lambda: True, EXPIRES_S + 1)
    assert anna.end is bert.end is None, "what is used does not expire"


def test_the_end_of_one_data_connection_is_the_end_of_it(sides: tuple[Side, Side]) -> None:
    anna, bert = sides
    there, back = anna.send(), bert.send()
    there.send(0, b"there")
    back.send(0, b"back")
    until(sides, lambda: there.acknowledgements and back.acknowledgements)
    there.link.close()
    until(sides, lambda: anna.end is not None and bert.end is not None)
    until(sides, lambda: back.closed is not None)
    assert bert.receiving is not None
    assert bert.receiving.closed is not None


def test_one_that_carries_nothing_expires(sides: tuple[Side, Side]) -> None:
    until(sides, lambda: True, EXPIRES_S - 1)
    assert sides[0].end is None
    until(sides, lambda: sides[0].end is not None, EXPIRES_S)
    assert "time was up" in str(sides[0].end)


def test_nobody_at_the_other_side_takes_it(sides: tuple[Side, Side]) -> None:
    anna, bert = sides
    bert.takes = False
    there = anna.send()
    until(sides, lambda: there.closed is not None)


def test_one_that_is_not_taken_ends_whatever_follows(
    ends: tuple[Connection, Connection],
) -> None:
    """A peer that goes on to begin is told once: it may read none of it."""
    dialler, listener = ends
    side = Side(dialler, "bert")
    side.takes = False
    write_all(listener, 1000 * encode_agreement(AGREEMENT))
    got = bytearray()

    def is_ended() -> bool:
        side.step()
        try:
            count = listener.read_into(view := memoryview(bytearray(1024)))
        except LinkClosed:
            return True
        got.extend(view[:count])
        return False

    wait_until(is_ended)
    assert got == REVERSE_END_FRAME


def test_a_peer_that_does_not_read_leaves_nothing_that_is_ready_for_ever(
    ends: tuple[Connection, Connection],
) -> None:
    dialler, listener = ends
    side = Side(dialler, "bert")
    near, far = sockets()
    side.shared.carry(near)
    frame = memoryview(frame_of(bytes(REVERSE_MESSAGES_LIMIT_BYTES)))
    offset = 0

    def interest() -> tuple[int, bool, bool]:
        return next(each for each in side.shared.interests() if each[0] == near.fileno())

    def is_full() -> bool:
        nonlocal offset
        with suppress(BlockingIOError):
            offset = (offset + far.send(frame[offset:])) % len(frame)
        side.step()
        return not interest()[1]

    wait_until(is_full)
    answer = encode_acknowledgement(0)

    def waits() -> bool:
        write_all(listener, 500 * answer)
        side.step()
        return interest()[2]

    wait_until(waits)

    def has_gone() -> bool:
        with suppress(BlockingIOError):
            far.recv(1 << 20)
        side.step()
        return not interest()[2]

    wait_until(has_gone)
    assert not interest()[1], "the peer has read nothing"
    far.close()


@pytest.mark.parametrize(
    ("frame", "reason"),
    [
        (encode_acknowledgement(1), "answers nothing"),
        (encode_frame_header(FrameKind.MESSAGES, 1) + b"x", "without an AGREEMENT"),
        (encode_frame_header(FrameKind.MESSAGES, REVERSE_MESSAGES_LIMIT_BYTES + 1), "at most"),
        (b"x" * 8, "is not one of"),
    ],
)
def test_what_has_no_place_ends_it(
    ends: tuple[Connection, Connection], frame: bytes, reason: str
) -> None:
    dialler, listener = ends
    side = Side(dialler, "bert")
    write_all(listener, frame)

    def is_ended() -> bool:
        side.step()
        return side.end is not None

    wait_until(is_ended)
    assert reason in str(side.end)


def test_links_over_it_are_those_of_a_local_connection(sides: tuple[Side, Side]) -> None:
    """A frame that is too large waits for another connection, and is never sent here."""
    anna, _ = sides
    there = anna.send()
    there.send(0, bytes(REVERSE_MESSAGES_LIMIT_BYTES + 1))
    until(sides, lambda: there.link.is_open)
    assert there.link.is_outgrown
    near, far = sockets()
    local = IncomingLink(LocalConnection(near, "anna"), lambda *_: OK, Slots(1).acquire)
    now_s = time.monotonic()
    outgoing = OutgoingLink(LocalConnection(far, "bert"), AGREEMENT, now_s)
    outgoing.send(0, memoryview(encode_frame_header(FrameKind.MESSAGES, 1) + b"x"))

    def has_come() -> bool:
        outgoing.service(now_s)
        return bool(local.service(now_s))

    wait_until(has_come)
    assert not local.may_carry(now_s), "it is carried itself"
