"""Frames in reverse of a TLS connection, between it and the process that makes or reads them."""

import socket
from collections.abc import Mapping
from typing import Final

from netrelay.core.frames import FRAME_HEADER_BYTES, FrameKind, decode_frame_header
from netrelay.core.reverse_frames import REVERSE_END_FRAME
from netrelay.core.words import WireError

# Bytes that wait for the other process. A peer dials a connection for data that is larger than a
# frame or two, so one that sends more than this is not served.
_UNREAD_LIMIT_BYTES: Final = 256 * 1024
_READ_BYTES: Final = 65536


class ReverseWay:
    """One end of a pair of local sockets, which it owns; the other end is a LocalConnection.

    Frames cross it whole: between two of them others of the TLS connection may go. It ends with
    REVERSE_END of the peer, when the other process closes its end, or when that does not read.
    """

    def __init__(self, wire: socket.socket, expected: Mapping[int, int]) -> None:
        """expected: the frames that the other process sends."""
        wire.setblocking(False)
        self._wire = wire
        self._expected = expected
        self._unread = bytearray()
        self._cut = bytearray()
        self.awaits_answer = False
        """True from frames of the other process until the peer says something to them."""
        self.is_ended = False

    def hear(self, kind: FrameKind, frame: bytes) -> bytes:
        """Pass a frame of the peer on; return what the peer has to be sent at once."""
        if self.is_ended:
            return b""
        self.awaits_answer = False
        if kind is FrameKind.REVERSE_END:
            self.close()
            return b""
        self._unread += frame
        self._pass_on()
        return self._end() if len(self._unread) > _UNREAD_LIMIT_BYTES else b""

    def take(self, *, has_room: bool = True) -> bytes:
        """Return the whole frames that the other process has sent, REVERSE_END after the last.

        has_room: False takes none. What waits for the other process is passed on in any case: a
        poller reports its socket as ready until then.
        """
        if self.is_ended:
            return b""
        self._pass_on()
        if not has_room:
            return b""
        try:
            self._cut += (heard := self._wire.recv(_READ_BYTES))
        except BlockingIOError:
            return b""
        except OSError:
            heard = b""
        frames = self._whole_frames()
        self.awaits_answer |= bool(frames)
        return frames if heard and not self.is_ended else frames + self._end()

    def interest(self) -> tuple[int, bool, bool] | None:
        """Return the descriptor to poll, for reading and writing; None after the end."""
        return None if self.is_ended else (self._wire.fileno(), True, bool(self._unread))

    def close(self) -> None:
        """End it; idempotent."""
        self.is_ended = True
        self.awaits_answer = False
        self._wire.close()

    def _end(self) -> bytes:
        self.close()
        return REVERSE_END_FRAME

    def _pass_on(self) -> None:
        try:
            while self._unread:
                del self._unread[: self._wire.send(self._unread)]
        except BlockingIOError:
            return
        except OSError:  # nobody reads it any more, which shows itself at the next read
            self._unread.clear()

    def _whole_frames(self) -> bytes:
        end = 0
        while len(self._cut) >= end + FRAME_HEADER_BYTES:
            header = self._cut[end : end + FRAME_HEADER_BYTES]
            try:
                _, length = decode_frame_header(header, self._expected)
            except WireError:
                self.close()
                break
            if len(self._cut) < end + FRAME_HEADER_BYTES + length:
                break
            end += FRAME_HEADER_BYTES + length
        frames = bytes(self._cut[:end])
        del self._cut[:end]
        return frames
