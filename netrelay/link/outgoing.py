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
from netrelay.core.pace import (
    ACKNOWLEDGEMENT_DEADLINE_S,
    VERDICT_DEADLINE_S,
    frame_deadline_s,
)
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
        # The deadline was for reaching the peer; from here on there are others.
        connection.deadline_s = None
        self._greeting: memoryview | None = memoryview(encode_agreement(agreement))
        self._queue: deque[_Outgoing] = deque()
        self._written = 0
        self._is_held = False
        self._is_finishing = False
        self._frames_sent = 0
        self._decided = 0
        # The lengths of the frames given to `send` and not decided, oldest first.
        self._undecided_bytes: deque[int] = deque()
        self._buffer = memoryview(bytearray(FRAME_HEADER_BYTES + ACKNOWLEDGEMENT_MAX_BYTES))
        self._filled = 0
        self._needed = FRAME_HEADER_BYTES
        self._begun_s = now_s
        self._oldest_since_s: float | None = None
        self._ending: LinkClosed | None = None
        self.verdict: Verdict | None = None
        self.frame_bytes_out = 0
        """Bytes of frames that were written."""

    @property
    def is_open(self) -> bool:
        """True once the peer said OK."""
        return self.verdict is not None and self.verdict.code is VerdictCode.OK

    @property
    def wants_write(self) -> bool:
        """True when there is something to send that may go now."""
        if self._is_held:
            return False
        return self._connection.wants_write or bool(self._greeting or self._may_write_frame)

    def finish(self) -> None:
        """Begin no further frame: only the one that was begun is still written."""
        self._is_finishing = True

    @property
    def is_finished(self) -> bool:
        """True when no frame is begun, and all that were written are decided."""
        return not self._is_frame_begun and self._frames_sent == self._decided

    @property
    def _is_frame_begun(self) -> bool:
        # A record that the kernel did not take is encrypted, and has to follow what went before.
        return self._written > 0 or (self.is_open and self._connection.wants_write)

    @property
    def _may_write_frame(self) -> bool:
        is_wanted = not self._is_finishing or self._is_frame_begun
        return self.is_open and bool(self._queue) and is_wanted

    @property
    def is_held(self) -> bool:
        """True when more would go if the last `service` had been allowed more."""
        return self._is_held

    def fileno(self) -> int:
        """Give the descriptor to wait on; always for reading."""
        return self._connection.fileno()

    @property
    def has_more(self) -> bool:
        """True when service has more to do although the socket may not become ready."""
        return self._ending is not None or self._connection.pending() > 0

    @property
    def deadline_s(self) -> float | None:
        """When what it waits for has to be there, on the monotonic clock; bytes gain no time.

        That is the verdict, then the decision of the oldest frame. What the kernel took may be
        minutes from the peer on a slow line, so a frame has the time to travel too.
        """
        if self.verdict is None:
            return self._begun_s + VERDICT_DEADLINE_S
        if self._oldest_since_s is None:
            return None
        travel_s = frame_deadline_s(self._undecided_bytes[0])
        return self._oldest_since_s + travel_s + ACKNOWLEDGEMENT_DEADLINE_S

    def send(self, slot: int, frame: memoryview) -> None:
        """Queue one whole frame; the view must not change until `service` gives the slot back."""
        self._queue.append(_Outgoing(slot, frame))
        self._undecided_bytes.append(len(frame))

    def service(
        self, now_s: float, allowed_bytes: int | None = None
    ) -> tuple[list[int], list[Acknowledgement]]:
        """Do what can be done now; gives slots whose frames are sent, and what was decided.

        What came before the end of the connection is given first, and the end the next time.
        allowed_bytes: no more of frames are written; 0, or a whole TLS record at least.
        """
        freed: list[int] = []
        acknowledgements: list[Acknowledgement] = []
        try:
            self._advance(now_s, allowed_bytes, freed, acknowledgements)
        except LinkClosed as closed:
            if not freed and not acknowledgements:
                raise
            self._ending = closed
        return freed, acknowledgements

    @property
    def _is_turned_away(self) -> bool:
        return self.verdict is not None and not self.is_open

    def _advance(
        self,
        now_s: float,
        allowed_bytes: int | None,
        freed: list[int],
        acknowledgements: list[Acknowledgement],
    ) -> None:
        if self._ending is not None:
            raise self._ending
        self._connection.advance(now_s)
        if self._undecided_bytes and self._oldest_since_s is None:
            self._oldest_since_s = now_s
        self._read(now_s, acknowledgements)
        self._write(allowed_bytes, freed)
        deadline_s = self.deadline_s
        if deadline_s is not None and now_s > deadline_s:
            raise LinkClosed("it was not answered in time", LinkEnd.DEADLINE)

    def queued_slots(self) -> list[int]:
        """Give the slots whose frames are not sent; for after the end."""
        return [item.slot for item in self._queue]

    def _write(self, allowed_bytes: int | None, freed: list[int]) -> None:
        left_bytes = _WRITE_BUDGET_BYTES if allowed_bytes is None else allowed_bytes
        if self._greeting:
            self._greeting = self._greeting[self._connection.write(self._greeting) :]
            if self._greeting:
                return
        while self._may_write_frame and left_bytes > 0:
            item = self._queue[0]
            end = len(item.view) if allowed_bytes is None else self._written + left_bytes
            count = self._connection.write(item.view[self._written : end])
            if not count:
                break
            left_bytes -= count
            self.frame_bytes_out += count
            self._written += count
            if self._written == len(item.view):
                self._queue.popleft()
                self._written = 0
                self._frames_sent += 1
                freed.append(item.slot)
        self._is_held = allowed_bytes is not None and left_bytes <= 0 and self._may_write_frame

    def _read(self, now_s: float, acknowledgements: list[Acknowledgement]) -> None:
        for _ in range(_READS_A_STEP):
            # The peer closes after a verdict that is not OK: there is nothing more to hear.
            if self._is_turned_away:
                return
            count = self._connection.read_into(self._buffer[self._filled : self._needed])
            if not count:
                return
            self._filled += count
            if self._filled < self._needed:
                continue
            try:
                acknowledgement = self._heed(now_s)
            except WireError as error:
                raise LinkClosed(f"its answer is none: {error}") from error
            if acknowledgement is not None:
                acknowledgements.append(acknowledgement)

    def _heed(self, now_s: float) -> Acknowledgement | None:
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
        self._settle(acknowledgement, now_s)
        return acknowledgement

    def _settle(self, acknowledgement: Acknowledgement, now_s: float) -> None:
        decided, refused = acknowledgement
        if not self._decided <= decided <= self._frames_sent:
            raise LinkClosed(
                f"the peer decided frame {decided}, "
                f"{self._decided} to {self._frames_sent} were possible",
            )
        for each in refused:
            if not self._decided < each.frame <= self._frames_sent:
                raise LinkClosed(
                    f"the peer refused a message of frame {each.frame}, "
                    f"{self._decided + 1} to {self._frames_sent} were possible",
                )
        for _ in range(decided - self._decided):
            self._undecided_bytes.popleft()
        if decided > self._decided:
            self._oldest_since_s = now_s if self._undecided_bytes else None
        self._decided = decided

    def close(self) -> None:
        """Close the connection; may be repeated."""
        self._connection.close()
