"""Both links over one connection, and raw peers that break the protocol."""

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
from netrelay.core.resumption import Resume
from netrelay.link.connection import Connection
from netrelay.link.incoming_link import IncomingLink, ReceivedFrame
from netrelay.link.incoming_stream import IncomingStream
from netrelay.link.link_closed import LinkClosed
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.outgoing_stream import OutgoingStream
from tests.link.pair import PATIENCE_S, read_exactly

AGREEMENT = Agreement(65536, 7)
OK = Verdict(VerdictCode.OK)


def frame_of(payload: bytes) -> bytes:
    """Return a complete MESSAGES frame; links do not parse its payload."""
    return encode_frame_header(FrameKind.MESSAGES, len(payload)) + payload


def wait_until(fact: Callable[[], bool]) -> None:
    """Call the function until it returns True."""
    last = time.monotonic() + PATIENCE_S
    while not fact():
        assert time.monotonic() < last, "the condition did not become true"


def write_all(connection: Connection, data: bytes) -> None:
    """Write all bytes, waiting for buffer space."""
    view = memoryview(data)
    last = time.monotonic() + PATIENCE_S
    while view:
        view = view[connection.write(view) :]
        if view:
            assert time.monotonic() < last, f"{len(view)} bytes are not accepted"
            select.select([], [connection], [], 0.1)


class Slots:
    """The slots of a listener, and how often one was requested."""

    def __init__(self, count: int, size_bytes: int = 128 * 1024) -> None:
        self.free = list(range(count))
        self.requests = 0
        self.memory = [memoryview(bytearray(size_bytes)) for _ in range(count)]

    def acquire(self, peer: str) -> tuple[int, memoryview] | None:
        assert peer == "anna"
        self.requests += 1
        if not self.free:
            return None
        slot = self.free.pop(0)
        return slot, self.memory[slot]

    def content(self, arrived: ReceivedFrame) -> bytes:
        return bytes(self.memory[arrived.slot][: arrived.length_bytes])


class Listening:
    """The accepted side, as receiver drives it, with all that it received."""

    def __init__(
        self,
        connection: Connection,
        slots: Slots,
        verdict: Verdict = OK,
        stream: IncomingStream | None = None,
    ) -> None:
        self.verdict = verdict
        self.stream = stream
        self.judged: list[tuple[str, Agreement]] = []
        self.link = IncomingLink(connection, self._judge, slots.acquire, self._find_stream)
        self.slots = slots
        self.received: list[ReceivedFrame] = []
        self.closed: LinkClosed | None = None

    def _judge(self, peer: str, agreement: Agreement) -> Verdict:
        self.judged.append((peer, agreement))
        return self.verdict

    def _find_stream(self, _peer: str, resume: Resume) -> IncomingStream | None:
        is_named = self.stream is not None and self.stream.session == resume.session
        return self.stream if is_named else None

    def step(self, now_s: float = 0.0) -> None:
        if self.closed is not None:
            return
        try:
            self.received += self.link.service(now_s)
        except LinkClosed as closed:
            self.closed = closed
            self.link.close()


class Dialling:
    """The dialled side, as sender drives it, with all that it received."""

    def __init__(
        self,
        connection: Connection,
        now_s: float = 0.0,
        agreement: Agreement = AGREEMENT,
        stream: OutgoingStream | None = None,
    ) -> None:
        self.link = OutgoingLink(connection, agreement, now_s, stream)
        self.freed: list[int] = []
        self.acknowledgements: list[Acknowledgement] = []
        self.closed: LinkClosed | None = None

    def send(self, slot: int, payload: bytes) -> None:
        self.link.send(slot, memoryview(frame_of(payload)))

    def step(self, now_s: float = 0.0) -> None:
        if self.closed is not None:
            return
        try:
            freed, acknowledgements = self.link.service(now_s)
        except LinkClosed as closed:
            self.closed = closed
            self.link.close()
        else:
            self.freed += freed
            self.acknowledgements += acknowledgements


def drive(dialling: Dialling, listening: Listening, fact: Callable[[], bool]) -> None:
    """Step both sides until the condition holds, without polling."""

    def step_both() -> bool:
        dialling.step()
        listening.step()
        return fact()

    wait_until(step_both)


def agree(connection: Connection, dialling: Dialling) -> None:
    """Play the listener: read the agreement, and send a verdict of OK."""
    dialling.step()
    assert read_exactly(connection, len(encode_agreement(AGREEMENT))) == encode_agreement(AGREEMENT)
    write_all(connection, encode_verdict(OK))

    def is_open() -> bool:
        dialling.step()
        return dialling.link.is_open

    wait_until(is_open)
