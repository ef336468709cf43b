"""A slow line: a TCP proxy that takes so many bytes a second from callers, and can be cut."""

import selectors
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from netrelay.core.token_bucket import TokenBucket

_PIECE_BYTES = 8 * 1024
# Little is under way in it, as on a line with a short queue.
_BUFFER_BYTES = 32 * 1024
_CONNECT_S = 10.0
# l_onoff, l_linger (socket(7)): close(2) sends RST and drops data in transit.
_RESET = struct.pack("ii", 1, 0)


class PacedProxy:
    """Forwards connections from `here` to `there`; use `paced_proxy`, which stops it.

    All callers together are read at rate_bytes_per_s; what comes back is not paced.
    """

    def __init__(
        self, here: tuple[str, int], there: tuple[str, int], rate_bytes_per_s: int
    ) -> None:
        self._there = there
        self._bucket = TokenBucket(rate_bytes_per_s, time.monotonic())
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        self._listener.bind(here)
        self._listener.listen()
        self._selector = selectors.DefaultSelector()
        self._stopped, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._run)
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._callers: set[socket.socket] = set()
        self.taken_bytes = 0
        """What callers have brought."""
        self.cut_after_bytes: int | None = None
        """Once so much was taken, all connections are reset and new ones refused; None: never."""

    def begin(self) -> None:
        """Start forwarding."""
        self._selector.register(self._stopped, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()

    def end(self) -> None:
        """Stop, and reset open connections."""
        self._stop.send(b"\0")
        self._thread.join()
        self._cut_all()
        self._listener.close()
        self._selector.close()
        self._stop.close()
        self._stopped.close()

    @property
    def is_cut(self) -> bool:
        """True once it was cut."""
        return self.cut_after_bytes is not None and self.taken_bytes >= self.cut_after_bytes

    def _run(self) -> None:
        while True:
            now_s = time.monotonic()
            is_open = self._bucket.allowed_bytes(now_s) > 0
            wait_s = None if is_open else max(self._bucket.due_s - now_s, 0.001)
            for caller in self._callers:
                self._watch(caller, is_open)
            for key, _ in self._selector.select(wait_s):
                if key.fileobj is self._stopped:
                    return
                assert isinstance(key.fileobj, socket.socket)
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj in self._pairs:
                    self._carry(key.fileobj)

    def _watch(self, caller: socket.socket, is_watched: bool) -> None:
        """Read of this caller or not; a selector has no way to watch for nothing."""
        if is_watched and caller not in self._selector.get_map():
            self._selector.register(caller, selectors.EVENT_READ)
        elif not is_watched and caller in self._selector.get_map():
            self._selector.unregister(caller)

    def _accept(self) -> None:
        caller, _ = self._listener.accept()
        if self.is_cut:
            self._reset(caller)
            return
        try:
            called = socket.create_connection(self._there, _CONNECT_S)
        except OSError:  # the node does not listen yet: the caller meets the same
            caller.close()
            return
        for each in (caller, called):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._selector.register(each, selectors.EVENT_READ)
        self._pairs[caller], self._pairs[called] = called, caller
        self._callers.add(caller)

    def _carry(self, giver: socket.socket) -> None:
        taker = self._pairs[giver]
        try:
            piece = giver.recv(_PIECE_BYTES)
            taker.sendall(piece)
        except OSError:
            piece = b""
        if not piece:
            self._close(giver)
        elif giver in self._callers:
            self._bucket.spend(len(piece))
            self.taken_bytes += len(piece)
            if self.is_cut:
                self._cut_all()

    def _cut_all(self) -> None:
        for each in list(self._callers):
            self._close(each)

    def _close(self, one: socket.socket) -> None:
        other = self._pairs.pop(one)
        del self._pairs[other]
        self._callers -= {one, other}
        for each in (one, other):
            if each in self._selector.get_map():
                self._selector.unregister(each)
            self._reset(each)

    @staticmethod
    def _reset(each: socket.socket) -> None:
        with suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        each.close()


@contextmanager
def paced_proxy(
    here: tuple[str, int], there: tuple[str, int], rate_bytes_per_s: int
) -> Iterator[PacedProxy]:
    """Yield a proxy that forwards until the block ends."""
    proxy = PacedProxy(here, there, rate_bytes_per_s)
    proxy.begin()
    try:
        yield proxy
    finally:
        proxy.end()
