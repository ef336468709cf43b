"""One data connection we dialled: states its agreement, sends frames, hears what was decided.

    TLS is open -> AGREEMENT sent -> VERDICT heard -> open -> closed

Nothing is sent before the peer's OK: in TLS 1.3 a client's handshake succeeds before the server has
judged it (RFC 8446, section 4.4.2).
"""

from collections import deque
from typing import NamedTuple

from netrelay.core.frames import (
    ACKNOWLEDGEMENT_MAX_BYTES,
    EXPECT_ACKNOWLEDGEMENT,
    EXPECT_VERDICT,
    FRAME_HEADER_BYTES,
    Acknowledgement,
    Agreement,
    Verdict,
    VerdictCode,
    decode_acknowledgement,
    decode_frame_header,
    decode_verdict,
    encode_agreement,
)
from netrelay.core.pace import ACKNOWLEDGEMENT_DEADLINE_S, VERDICT_DEADLINE_S
from netrelay.core.words import WireError
from netrelay.link.connection import Connection
from netrelay.link.ends import LinkClosed, LinkEnd

# One connection's share of a step, so that a fast peer does not hold up the others.
_WRITE_BUDGET_BYTES = 1024 * 1024
_READS_A_STEP = 64


class _Outgoing(NamedTuple):
    slot: int
    view: memoryview


class OutgoingLink:
    """Drives one dialled connection without blocking; `service` raises LinkClosed at its end."""

    def __init__(self, connection: Connection, agreement: Agreement, now_s: float) -> None:
        self._connection = connection
        self._greeting: memoryview | None = memoryview(encode_agreement(agreement))
        self._queue: deque[_Outgoing] = deque()
        self._written = 0
        self._frames_sent = 0
        self._decided = 0
        self._buffer = memoryview(bytearray(FRAME_HEADER_BYTES + ACKNOWLEDGEMENT_MAX_BYTES))
        self._filled = 0
        self._needed = FRAME_HEADER_BYTES
        self._progress_s = now_s
        self.verdict: Verdict | None = None

    @property
    def is_open(self) -> bool:
        """True once the peer said OK."""
        return self.verdict is not None and self.verdict.code is VerdictCode.OK

    @property
    def wants_write(self) -> bool:
        """True when there is something to send."""
        return self._connection.wants_write or bool(
            self._greeting or (self.is_open and self._queue)
        )

    def fileno(self) -> int:
        """Give the descriptor to wait on; always for reading."""
        return self._connection.fileno()

    @property
    def has_more(self) -> bool:
        """True when service has more to do although the socket may not become ready."""
        return self._connection.pending() > 0

    @property
    def unanswered(self) -> int:
        """Frames given to `send` that are not decided."""
        return self._frames_sent + len(self._queue) - self._decided

    @property
    def deadline_s(self) -> float | None:
        """When this connection has to have made progress, on the monotonic clock."""
        if self.verdict is None:
            return self._progress_s + VERDICT_DEADLINE_S
        return self._progress_s + ACKNOWLEDGEMENT_DEADLINE_S if self.unanswered else None

    def send(self, slot: int, frame: memoryview) -> None:
        """Queue one whole frame; the view must not change until `service` gives the slot back."""
        self._queue.append(_Outgoing(slot, frame))

    def service(self, now_s: float) -> tuple[list[int], list[Acknowledgement]]:
        """Do what can be done now; gives slots whose frames are sent, and what was decided."""
        self._connection.advance(now_s)
        acknowledgements = self._read(now_s)
        freed = self._write(now_s)
        deadline_s = self.deadline_s
        if deadline_s is not None and now_s > deadline_s:
            raise LinkClosed("nothing went or came for too long", LinkEnd.DEADLINE)
        return freed, acknowledgements

    def queued_slots(self) -> list[int]:
        """Give the slots whose frames are not sent; for after the end."""
        return [item.slot for item in self._queue]

    def _write(self, now_s: float) -> list[int]:
        freed: list[int] = []
        budget_bytes = _WRITE_BUDGET_BYTES
        if self._greeting:
            self._greeting = self._greeting[self._connection.write(self._greeting) :]
            if self._greeting:
                return freed
        while self.is_open and self._queue and budget_bytes > 0:
            item = self._queue[0]
            count = self._connection.write(item.view[self._written :])
            if not count:
                break
            self._progress_s = now_s
            budget_bytes -= count
            self._written += count
            if self._written == len(item.view):
                self._queue.popleft()
                self._written = 0
                self._frames_sent += 1
                freed.append(item.slot)
        return freed

    def _read(self, now_s: float) -> list[Acknowledgement]:
        acknowledgements: list[Acknowledgement] = []
        for _ in range(_READS_A_STEP):
            count = self._connection.read_into(self._buffer[self._filled : self._needed])
            if not count:
                break
            # Trickled bytes gain no time before the verdict.
            if self.verdict is not None:
                self._progress_s = now_s
            self._filled += count
            if self._filled < self._needed:
                continue
            try:
                acknowledgement = self._heed()
            except WireError as error:
                raise LinkClosed(f"its answer is none: {error}") from error
            if acknowledgement is not None:
                acknowledgements.append(acknowledgement)
        return acknowledgements

    def _heed(self) -> Acknowledgement | None:
        expected = EXPECT_ACKNOWLEDGEMENT if self.is_open else EXPECT_VERDICT
        _, length = decode_frame_header(self._buffer[:FRAME_HEADER_BYTES], expected)
        if self._filled < FRAME_HEADER_BYTES + length:
            self._needed = FRAME_HEADER_BYTES + length
            return None
        payload = self._buffer[FRAME_HEADER_BYTES : self._needed]
        self._filled, self._needed = 0, FRAME_HEADER_BYTES
        if not self.is_open:
            self.verdict = decode_verdict(payload)
            return None
        acknowledgement = decode_acknowledgement(payload)
        if acknowledgement.decided > self._frames_sent or acknowledgement.decided < self._decided:
            raise LinkClosed(
                f"the peer decided frame {acknowledgement.decided}, "
                f"{self._decided} to {self._frames_sent} were possible",
            )
        self._decided = acknowledgement.decided
        return acknowledgement

    def close(self) -> None:
        """Close the connection; may be repeated."""
        self._connection.close()
