"""Two links over one connection, and a raw peer that says what no link would say."""

import select
import time
from collections.abc import Callable

from netrelay.core.frames import (
    Acknowledgement,
    Agreement,
    FrameKind,
    Verdict,
    VerdictCode,
    encode_agreement,
    encode_frame_header,
    encode_verdict,
)
from netrelay.link.connection import Connection
from netrelay.link.ends import LinkClosed
from netrelay.link.incoming import Arrived, IncomingLink
from netrelay.link.outgoing import OutgoingLink
from tests.link.pair import PATIENCE_S, read_exactly

AGREEMENT = Agreement(65536, 7)
OK = Verdict(VerdictCode.OK)


def frame_of(payload: bytes) -> bytes:
    """A whole MESSAGES frame; links do not look into the payload."""
    return encode_frame_header(FrameKind.MESSAGES, len(payload)) + payload


def wait_until(fact: Callable[[], bool]) -> None:
    """Drive something until it is true."""
    last = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < last, "it does not come true"


def write_all(connection: Connection, data: bytes) -> None:
    """Write everything, waiting for room."""
    view = memoryview(data)
    last = time.monotonic() + PATIENCE_S
    while view:
        view = view[connection.write(view) :]
        if view:
            assert time.monotonic() < last, f"{len(view)} bytes do not go"
            select.select([], [connection], [], 0.1)


class Slots:
    """A pool of a listener, with an account of what was given out."""

    def __init__(self, count: int, size_bytes: int = 128 * 1024) -> None:
        self.free = list(range(count))
        self.asked = 0
        self.memory = [memoryview(bytearray(size_bytes)) for _ in range(count)]

    def take(self, peer: str) -> tuple[int, memoryview] | None:
        assert peer == "anna"
        self.asked += 1
        if not self.free:
            return None
        slot = self.free.pop(0)
        return slot, self.memory[slot]

    def content(self, arrived: Arrived) -> bytes:
        return bytes(self.memory[arrived.slot][: arrived.length_bytes])


class Listening:
    """The accepted side, as receiver drives it: what it judged, what arrived, how it ended."""

    def __init__(self, connection: Connection, slots: Slots, verdict: Verdict = OK) -> None:
        self.verdict = verdict
        self.judged: list[tuple[str, Agreement]] = []
        self.link = IncomingLink(connection, self._judge, slots.take)
        self.slots = slots
        self.arrived: list[Arrived] = []
        self.end: LinkClosed | None = None

    def _judge(self, peer: str, agreement: Agreement) -> Verdict:
        self.judged.append((peer, agreement))
        return self.verdict

    def step(self, now_s: float = 0.0) -> None:
        if self.end is not None:
            return
        try:
            self.arrived += self.link.service(now_s)
        except LinkClosed as closed:
            self.end = closed
            self.link.close()


class Dialling:
    """The dialled side, as sender drives it."""

    def __init__(
        self, connection: Connection, now_s: float = 0.0, agreement: Agreement = AGREEMENT
    ) -> None:
        self.link = OutgoingLink(connection, agreement, now_s)
        self.freed: list[int] = []
        self.heard: list[Acknowledgement] = []
        self.end: LinkClosed | None = None

    def send(self, slot: int, payload: bytes) -> None:
        self.link.send(slot, memoryview(frame_of(payload)))

    def step(self, now_s: float = 0.0) -> None:
        if self.end is not None:
            return
        try:
            freed, heard = self.link.service(now_s)
        except LinkClosed as closed:
            self.end = closed
            self.link.close()
        else:
            self.freed += freed
            self.heard += heard


def drive(dialling: Dialling, listening: Listening, fact: Callable[[], bool]) -> None:
    """Step both until it is true; nothing here waits on a descriptor, so nothing is missed."""

    def step_both() -> bool:
        dialling.step()
        listening.step()
        return fact()

    wait_until(step_both)


def agree(connection: Connection, dialling: Dialling) -> None:
    """Be the listener by hand: hear the agreement and say OK."""
    dialling.step()
    assert read_exactly(connection, len(encode_agreement(AGREEMENT))) == encode_agreement(AGREEMENT)
    write_all(connection, encode_verdict(OK))

    def is_open() -> bool:
        dialling.step()
        return dialling.link.is_open

    wait_until(is_open)
