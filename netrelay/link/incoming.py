"""One data connection we accepted: judges its agreement, takes frames, says what is decided.

handshaking -> AGREEMENT heard -> VERDICT sent -> open -> leaving -> closed
"""

from collections.abc import Callable
from typing import NamedTuple

from netrelay.core.frames import (
    EXPECT_AGREEMENT,
    FRAME_HEADER_BYTES,
    REFUSALS_MAX,
    Agreement,
    RefusedMessage,
    Verdict,
    VerdictCode,
    decode_agreement,
    decode_frame_header,
    encode_acknowledgement,
    encode_verdict,
    expect_messages,
)
from netrelay.core.pace import ACKNOWLEDGEMENT_DEADLINE_S, frame_deadline_s
from netrelay.core.words import WireError
from netrelay.link.connection import Connection
from netrelay.link.ends import LinkClosed, LinkEnd

_READ_BUDGET_BYTES = 1024 * 1024
# A peer that does not read its answers gets no more frames read: they would wait here without end.
_ANSWERS_LIMIT_BYTES = 64 * 1024


class Arrived(NamedTuple):
    """A whole frame: its number on this connection, from 1, and the slot its payload lies in."""

    frame: int
    slot: int
    length_bytes: int


class IncomingLink:
    """Drives one accepted connection without blocking; `service` raises LinkClosed when it is over.

    `judge` gives the verdict on a stated agreement of the pinned peer; `take_slot` gives a slot
    and a view of it, or None when there is none for this peer now.
    """

    def __init__(
        self,
        connection: Connection,
        judge: Callable[[str, Agreement], Verdict],
        take_slot: Callable[[str], tuple[int, memoryview] | None],
    ) -> None:
        self._connection = connection
        self._judge = judge
        self._take_slot = take_slot
        self._header = memoryview(bytearray(64))
        self._filled = 0
        self._needed = FRAME_HEADER_BYTES
        self._expected = EXPECT_AGREEMENT
        self._slot: tuple[int, memoryview] | None = None
        self._frame_bytes = 0
        self._frames = 0
        self._frame_deadline_s = 0.0
        self._answers = bytearray()
        self._answers_due: tuple[int, float] | None = None
        self._decided = 0
        self._refused = False
        self._is_leaving = False
        self._ending: LinkClosed | None = None
        self.is_open = False
        self.agreement: Agreement | None = None
        self.is_starved = False

    @property
    def peer(self) -> str | None:
        """The pinned peer, once the handshake is done."""
        return self._connection.peer

    @property
    def wants_write(self) -> bool:
        """True when an answer waits, or the handshake has something to send."""
        return self._connection.wants_write or bool(self._answers)

    @property
    def wants_read(self) -> bool:
        """True unless it waits for a slot, or for the peer to read what it was answered."""
        return self._connection.wants_read and not self.is_starved and not self._is_deaf

    def fileno(self) -> int:
        """Give the descriptor to wait on."""
        return self._connection.fileno()

    @property
    def has_more(self) -> bool:
        """True when service has more to do although the socket may not become ready."""
        if self._ending is not None:
            return True
        return not self.is_starved and not self._is_deaf and self._connection.pending() > 0

    @property
    def _is_deaf(self) -> bool:
        if self._is_leaving and self._connection.is_open:
            return True
        return self._refused or len(self._answers) > _ANSWERS_LIMIT_BYTES

    @property
    def deadline_s(self) -> float | None:
        """When what has begun has to be over, on the monotonic clock."""
        if not self.is_open or self._is_leaving:
            return self._connection.deadline_s
        dues_s = [] if self._answers_due is None else [self._answers_due[1]]
        if (self._filled or self._slot is not None) and not self.is_starved:
            dues_s.append(self._frame_deadline_s)
        return min(dues_s, default=None)

    def decide(self, decided: int, refused: list[RefusedMessage]) -> None:
        """Queue the word that every frame up to `decided` is decided."""
        # Several frames may be decided at once: only the last piece may raise `decided`.
        while len(refused) > REFUSALS_MAX:
            self._answers += encode_acknowledgement(self._decided, refused[:REFUSALS_MAX])
            refused = refused[REFUSALS_MAX:]
        self._answers += encode_acknowledgement(decided, refused)
        self._decided = decided

    def leave(self, deadline_s: float, *, is_decided: bool = False) -> None:
        """Take no more frames: it ends in order once what came is decided, and the peer knows.

        is_decided: nothing more will be. deadline_s: when it ends in any case.
        """
        self._is_leaving = True
        self._connection.deadline_s = deadline_s
        self._slot = None
        self.is_starved = False
        if is_decided:
            self._frames = self._decided

    def service(self, now_s: float) -> list[Arrived]:
        """Do what can be done now; gives the frames that are whole.

        What came before the end of the connection is given first, and the end the next time.
        """
        arrived: list[Arrived] = []
        try:
            self._advance(now_s, arrived)
        except LinkClosed as closed:
            if not arrived:
                raise
            self._ending = closed
        return arrived

    def _advance(self, now_s: float, arrived: list[Arrived]) -> None:
        if self._ending is not None:
            raise self._ending
        deadline_s = self.deadline_s
        if deadline_s is not None and now_s > deadline_s:
            raise LinkClosed(f"its time was up for {self._awaited()}", LinkEnd.DEADLINE)
        # In every state, because it also looks at the deadline.
        if not self._connection.advance(now_s):
            return
        self._write(now_s)
        if self._is_leaving and not self._answers and self._frames == self._decided:
            self._connection.part()
            return
        if not self._is_deaf:
            self._read(now_s, arrived)
        self._write(now_s)
        if self._refused and not self._answers:
            raise LinkClosed("it was told that there is no agreement", LinkEnd.CLOSED_HERE)

    def _awaited(self) -> str:
        if self._is_leaving:
            return "its end"
        if self._connection.peer is None:
            return "the handshake"
        if self.agreement is None:
            return "its agreement"
        return "reading its answers" if self._answers_due is not None else "the frame it began"

    def held_slot(self) -> int | None:
        """Give the slot a frame was still coming into; for after the end."""
        return None if self._slot is None else self._slot[0]

    def _write(self, now_s: float) -> None:
        while self._answers:
            with memoryview(self._answers) as view:
                count = self._connection.write(view)
            if not count:
                break
            del self._answers[:count]
            if self._answers_due is not None:
                left_bytes = self._answers_due[0] - count
                self._answers_due = (left_bytes, self._answers_due[1]) if left_bytes > 0 else None
        if self._answers and self._answers_due is None:
            # For all that waits now; what joins it later has its own time.
            self._answers_due = len(self._answers), now_s + ACKNOWLEDGEMENT_DEADLINE_S

    def _read(self, now_s: float, arrived: list[Arrived]) -> None:
        budget_bytes = _READ_BUDGET_BYTES
        self.is_starved = False
        while budget_bytes > 0 and not self._refused:
            if self._needed == 0 and not self._begin_payload(now_s):
                break
            if self._slot is not None:
                target = self._slot[1][self._filled : self._frame_bytes]
            else:
                target = self._header[self._filled : self._needed]
            count = self._connection.read_into(target)
            if not count:
                break
            if not self._filled and self._slot is None:
                self._frame_deadline_s = now_s + frame_deadline_s(0)
            budget_bytes -= count
            self._filled += count
            if self._slot is not None:
                if self._filled == self._frame_bytes:
                    arrived.append(self._end_payload())
            elif self._filled == self._needed:
                self._heed()

    def _heed(self) -> None:
        """The header buffer holds what was needed: a frame header, or the whole agreement."""
        try:
            _, length = decode_frame_header(self._header[:FRAME_HEADER_BYTES], self._expected)
            if self.is_open:
                self._frame_bytes, self._filled, self._needed = length, 0, 0
                return
            if self._filled < FRAME_HEADER_BYTES + length:
                self._needed = FRAME_HEADER_BYTES + length
                return
            agreement = decode_agreement(self._header[FRAME_HEADER_BYTES : self._needed])
        except WireError as error:
            raise LinkClosed(f"what came is no frame: {error}") from error
        assert self._connection.peer is not None
        verdict = self._judge(self._connection.peer, agreement)
        self._answers += encode_verdict(verdict)
        self._filled, self._needed = 0, FRAME_HEADER_BYTES
        if verdict.code is VerdictCode.OK:
            self.is_open = True
            self.agreement = agreement
            # The deadline was for becoming known; from here on it is for each frame.
            self._connection.deadline_s = None
            self._expected = expect_messages(agreement.message_size_bytes)
        else:
            self._refused = True

    def _begin_payload(self, now_s: float) -> bool:
        if self._slot is None:
            if not self._frame_bytes:
                raise LinkClosed("an empty frame")
            assert self._connection.peer is not None
            self._slot = self._take_slot(self._connection.peer)
            if self._slot is None:
                self.is_starved = True
                return False
            self._frame_deadline_s = now_s + frame_deadline_s(self._frame_bytes)
        return True

    def _end_payload(self) -> Arrived:
        assert self._slot is not None
        self._frames += 1
        arrived = Arrived(self._frames, self._slot[0], self._frame_bytes)
        self._slot = None
        self._filled, self._needed, self._frame_bytes = 0, FRAME_HEADER_BYTES, 0
        return arrived

    def close(self) -> None:
        """Close the connection; may be repeated."""
        self._connection.close()
