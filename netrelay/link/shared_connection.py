"""The connection of a greeting that goes on: it carries one data connection in each direction."""

import socket
from collections.abc import Callable, Iterator
from typing import Final, NoReturn

from netrelay.core.frames import FRAME_HEADER_BYTES, FrameKind, decode_frame_header
from netrelay.core.reverse_frames import (
    EXPECT_REVERSE_ANSWERS,
    EXPECT_REVERSE_FRAMES,
    REVERSE_END_FRAME,
)
from netrelay.core.words import WireError
from netrelay.link.acknowledgement_hold import AcknowledgementHold
from netrelay.link.connection import Connection
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.reverse_way import ReverseWay

_EXPECTED: Final = {**EXPECT_REVERSE_FRAMES, **EXPECT_REVERSE_ANSWERS}
_READ_BYTES: Final = 65536
# More at once is no data of a peer that keeps its frames small.
_READS_A_STEP: Final = 16
# While more waits for the peer, or for a process of this node, no more is read.
_UNSENT_LIMIT_BYTES: Final = 64 * 1024
# For the last frames and the close of the peer (docs/protocol.md, section 3).
_END_S: Final = 2.0


class SharedConnection:
    """Moves whole frames between a TLS connection and the processes that make and read them.

    The frames of which this side is the dialler, and their answers, are those of `carry`; those of
    which the peer is, are passed to the socket that `accept` returns. It ends when one of the two
    has ended, or when neither was begun at expires_s. `service` then raises LinkClosed.
    """

    def __init__(
        self,
        connection: Connection,
        accept: Callable[[], socket.socket | None],
        expires_s: float,
    ) -> None:
        self._connection = connection
        self._accept = accept
        self._out: ReverseWay | None = None
        self._in: ReverseWay | None = None
        self._heard = bytearray()
        self._unsent = bytearray()
        self._hold = AcknowledgementHold()
        self._is_refused = False
        self._is_ending = False
        connection.deadline_s = expires_s

    @property
    def is_used(self) -> bool:
        """True once a data connection was begun on it."""
        return self._out is not None or self._in is not None

    @property
    def may_carry(self) -> bool:
        """True if this side has begun none on it."""
        return self._out is None and not self._is_ending

    @property
    def deadline_s(self) -> float | None:
        """Time of the next call to `service` even if nothing is ready; None: none."""
        dues_s = (self._connection.deadline_s, self._hold.until_s)
        return min((due_s for due_s in dues_s if due_s is not None), default=None)

    def carry(self, wire: socket.socket) -> None:
        """Carry the frames of a LocalConnection to the peer; the socket is this one's."""
        self._out = ReverseWay(wire, EXPECT_REVERSE_FRAMES)
        self._connection.deadline_s = None

    def interests(self) -> Iterator[tuple[int, bool, bool]]:
        """Yield the descriptors to poll, for reading and for writing."""
        connection = self._connection
        yield (
            connection.fileno(),
            connection.wants_read,
            connection.wants_write,
        )
        for way in self._ways():
            interest = way.interest()
            if interest is not None:
                yield interest[0], len(self._unsent) <= _UNSENT_LIMIT_BYTES, interest[2]

    def service(self, now_s: float) -> None:
        """Move what there is without blocking; LinkClosed at the end."""
        self._connection.advance(now_s)
        if self._is_ending:
            return
        self._read()
        for way in self._ways():
            self._unsent += way.take(has_room=len(self._unsent) <= _UNSENT_LIMIT_BYTES)
        may_hold = not self._connection.wants_write and not self._has_ended
        if may_hold and self._hold.holds(self._unsent, now_s):
            return
        self._hold.until_s = None
        while self._unsent:
            with memoryview(self._unsent) as view:
                count = self._connection.write(view)
            if not count:
                return
            del self._unsent[:count]
        if self._has_ended:
            self._end(now_s)

    def close(self) -> None:
        """Close it, and what it carries; idempotent."""
        for way in self._ways():
            way.close()
        self._connection.close()

    @property
    def _has_ended(self) -> bool:
        return self._is_refused or any(way.is_ended for way in self._ways())

    def _ways(self) -> Iterator[ReverseWay]:
        yield from (way for way in (self._out, self._in) if way is not None)

    def _end(self, now_s: float) -> None:
        """End this half; what the peer still sends is of no use."""
        for way in self._ways():
            way.close()
        self._is_ending = True
        self._connection.deadline_s = now_s + _END_S
        self._connection.half_close()

    def _read(self) -> None:
        buffer = memoryview(bytearray(_READ_BYTES))
        for _ in range(_READS_A_STEP):
            count = self._connection.read_into(buffer)
            self._heard += buffer[:count]
            self._hear_frames()
            if count < _READ_BYTES:
                return
        self._fail("it sends more than a connection of a greeting carries")

    def _hear_frames(self) -> None:
        at = 0
        while len(self._heard) >= at + FRAME_HEADER_BYTES:
            try:
                header = self._heard[at : at + FRAME_HEADER_BYTES]
                kind, length = decode_frame_header(header, _EXPECTED)
            except WireError as error:
                self._fail(f"what came is no frame: {error}")
            end = at + FRAME_HEADER_BYTES + length
            if len(self._heard) < end:
                break
            self._hear(kind, bytes(self._heard[at:end]))
            at = end
        del self._heard[:at]

    def _hear(self, kind: FrameKind, frame: bytes) -> None:
        if kind is FrameKind.REVERSE_END:
            for way in self._ways():
                way.close()
        elif kind in EXPECT_REVERSE_ANSWERS:
            if self._out is None:
                self._fail(f"{kind.name} answers nothing")
            self._unsent += self._out.hear(kind, frame)
        elif not self._is_refused:
            if self._in is None:
                self._begin_in(kind)
            if self._in is not None:
                self._unsent += self._in.hear(kind, frame)

    def _begin_in(self, kind: FrameKind) -> None:
        if kind is not FrameKind.AGREEMENT:
            self._fail(f"{kind.name} without an AGREEMENT")
        wire = self._accept()
        if wire is None:
            # Later frames are ignored: each AGREEMENT would queue another REVERSE_END.
            self._is_refused = True
            self._unsent += REVERSE_END_FRAME
            return
        self._in = ReverseWay(wire, EXPECT_REVERSE_ANSWERS)
        self._connection.deadline_s = None

    def _fail(self, reason: str) -> NoReturn:
        self.close()
        raise LinkClosed(reason, CloseCause.PROTOCOL)
