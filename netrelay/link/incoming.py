"""One data connection we accepted: judges its agreement, takes frames, says what is decided.

handshaking -> AGREEMENT heard -> VERDICT sent -> open -> closed
"""

from collections.abc import Callable
from typing import NamedTuple

from netrelay.core.frames import (
    EXPECT_AGREEMENT,
    FRAME_HEADER_BYTES,
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
from netrelay.core.pace import frame_deadline_s
from netrelay.core.words import WireError
from netrelay.link.connection import Connection
from netrelay.link.ends import LinkClosed, LinkEnd

_READ_BUDGET_BYTES = 1024 * 1024


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
        self._refused = False
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
        """True unless it waits for a slot."""
        return self._connection.wants_read and not self.is_starved

    def fileno(self) -> int:
        """Give the descriptor to wait on."""
        return self._connection.fileno()

    @property
    def has_more(self) -> bool:
        """True when service has more to do although the socket may not become ready."""
        return not self.is_starved and self._connection.pending() > 0

    @property
    def deadline_s(self) -> float | None:
        """When what has begun has to be over, on the monotonic clock."""
        if not self.is_open:
            return self._connection.deadline_s
        return self._frame_deadline_s if self._slot is not None else None

    def decide(self, decided: int, refused: list[RefusedMessage]) -> None:
        """Queue the word that every frame up to `decided` is decided."""
        self._answers += encode_acknowledgement(decided, refused)

    def service(self, now_s: float) -> list[Arrived]:
        """Do what can be done now; gives the frames that are whole."""
        deadline_s = self.deadline_s
        if deadline_s is not None and now_s > deadline_s:
            raise LinkClosed("it took longer than allowed", LinkEnd.DEADLINE)
        # In every state, because it also looks at the deadline.
        if not self._connection.advance(now_s):
            return []
        arrived = [] if self._refused else self._read(now_s)
        self._write()
        if self._refused and not self._answers:
            raise LinkClosed("it was told that there is no agreement", LinkEnd.CLOSED_HERE)
        return arrived

    def held_slot(self) -> int | None:
        """Give the slot a frame was still coming into; for after the end."""
        return None if self._slot is None else self._slot[0]

    def _write(self) -> None:
        while self._answers:
            with memoryview(self._answers) as view:
                count = self._connection.write(view)
            if not count:
                return
            del self._answers[:count]

    def _read(self, now_s: float) -> list[Arrived]:
        arrived: list[Arrived] = []
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
            budget_bytes -= count
            self._filled += count
            if self._slot is not None:
                if self._filled == self._frame_bytes:
                    arrived.append(self._end_payload())
            elif self._filled == self._needed:
                self._heed()
        return arrived

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
