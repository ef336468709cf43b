"""A data connection in reverse, within this node: to the process that has the TLS connection.

It stands for a Connection to the peer. That one was authenticated, and its agreement judged, by the
process at the other end of the socket.
"""

import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NoReturn

from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.tcp_progress import TcpProgress

# A peer that acknowledges nothing for so long has stalled: its commit may wait for a slow card.
_PATIENCE_S: Final = 8.0
_DISCARD_BYTES: Final = 65536


class LocalConnection:
    """The interface of an open Connection, over one end of a pair of local sockets, which it owns.

    What is written is delivered when the peer answers it, as on a Connection. Its bytes on the wire
    are counted by the process at the other end.
    """

    def __init__(self, wire: socket.socket, peer: str, slowness: float = 1.0) -> None:
        """Use a socket; slowness: that of the connection which carries it."""
        wire.setblocking(False)
        self.slowness = slowness
        """How many times longer the deadlines of its exchanges are."""
        self._socket = wire
        self._closed: LinkClosed | None = None
        self._is_half_closed = False
        self._has_read = False
        self._quiet_since_s = self._looked_s = float("-inf")
        self.peer: str | None = peer
        self.deadline_s: float | None = None
        """Absolute deadline, on the clock that `advance` is given; None: none."""
        self.wants_write = False
        """True after a `write` that accepted less than it was given."""

    @property
    def is_open(self) -> bool:
        """True while data can be read and written."""
        return self._closed is None and not self._is_half_closed

    @property
    def wants_read(self) -> bool:
        """True until the end."""
        return self._closed is None

    @property
    def is_unanswered(self) -> bool:
        """False: no line is in between."""
        return False

    @property
    def is_probe_unanswered(self) -> bool:
        """False: it is not probed."""
        return False

    def fileno(self) -> int:
        """Return the descriptor to poll, -1 after `close`."""
        return self._socket.fileno()

    def set_options(self, change: Callable[[socket.socket], None]) -> None:
        """Do nothing: the options are those of TCP."""

    def advance(self, now_s: float) -> bool:
        """Return True while open; LinkClosed after the end or the deadline."""
        if self._closed is not None:
            raise self._closed.anew()
        if self.deadline_s is not None and now_s >= self.deadline_s:
            self._fail("time was up", CloseCause.DEADLINE)
        if self._is_half_closed:
            with suppress(BlockingIOError):
                if not self._receive(memoryview(bytearray(_DISCARD_BYTES))):
                    self._fail("closed by this node", CloseCause.CLOSED_HERE)
        return self.is_open

    def read_into(self, view: memoryview) -> int:
        """Read what is available; return the number of bytes, 0 if none. LinkClosed at the end."""
        filled = 0
        with suppress(BlockingIOError):
            while filled < len(view):
                count = self._receive(view[filled:])
                if not count:
                    break
                filled += count
            if not filled and len(view):
                self._fail("the connection that carried it has ended", CloseCause.BROKEN)
        self._has_read |= filled > 0
        return filled

    def pending(self) -> int:
        """Return 0: nothing waits where a poller does not see it."""
        return 0

    def write(self, view: memoryview) -> int:
        """Copy bytes to the kernel; return how many, 0 if none."""
        written = 0
        self.wants_write = False
        try:
            while written < len(view):
                written += self._socket.send(view[written:])
        except BlockingIOError:
            self.wants_write = True
        except OSError:
            self._fail("the connection that carried it has ended", CloseCause.BROKEN)
        return written

    def look(self, progress: TcpProgress, now_s: float) -> None:
        """Have noted that it moves, unless nothing has come for long since something was sent."""
        patience_s = _PATIENCE_S * self.slowness
        if self._has_read or now_s > self._looked_s + patience_s:
            self._quiet_since_s = now_s
        self._has_read = False
        self._looked_s = now_s
        if now_s < self._quiet_since_s + patience_s:
            progress.rest(now_s)

    def wire_bytes(self) -> int:
        """Return 0: they are counted where the TLS connection is."""
        return 0

    def half_close(self) -> None:
        """Send no more; `advance` then discards input until the other end closes."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_WR)
        self._is_half_closed = True

    def abort(self) -> None:
        """Close it; idempotent."""
        self.close()

    def close(self) -> None:
        """Close it; idempotent."""
        if self._closed is None:
            self._closed = LinkClosed("closed by this node", CloseCause.CLOSED_HERE)
        self._socket.close()

    def _receive(self, view: memoryview) -> int:
        try:
            return self._socket.recv_into(view)
        except BlockingIOError:
            raise
        except OSError:  # reset: as closed
            return 0

    def _fail(self, reason: str, cause: CloseCause) -> NoReturn:
        self._closed = LinkClosed(reason, cause)
        raise LinkClosed(reason, cause)
