"""A broken line: a TCP proxy that resets its connections after given numbers of bytes."""

import selectors
import socket
import struct
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

_PIECE_BYTES = 64 * 1024
_CONNECT_S = 10.0
# l_onoff, l_linger (socket(7)): close(2) sends RST and drops data in transit.
_RESET = struct.pack("ii", 1, 0)


class CuttingProxy:
    """Forwards connections from `here` to `there`; use `cutting_proxy`, which stops it.

    after_bytes: number of bytes after which each of the first connections is reset; these bytes
    still pass.
    """

    def __init__(
        self, here: tuple[str, int], there: tuple[str, int], after_bytes: Sequence[int]
    ) -> None:
        self._there = there
        self._after_bytes = list(after_bytes)
        self._listener = socket.create_server(here)
        self._selector = selectors.DefaultSelector()
        self._stopped, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._run)
        self.taken_bytes: list[int] = []
        """What each connection brought from the caller, the oldest first."""
        self.cuts = 0

    def begin(self) -> None:
        """Start forwarding."""
        self._selector.register(self._stopped, selectors.EVENT_READ)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._thread.start()

    def end(self) -> None:
        """Stop, and reset open connections."""
        self._stop.send(b"\0")
        self._thread.join()
        for key in list(self._selector.get_map().values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()
        self._stop.close()

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._stopped:
                    return
                # Both sockets of a reset pair may have been ready.
                if key.fd in self._selector.get_map():
                    key.data()

    def _accept(self) -> None:
        caller, _ = self._listener.accept()
        try:
            called = socket.create_connection(self._there, _CONNECT_S)
        except OSError:  # the node does not listen yet: the caller meets the same
            caller.close()
            return
        number = len(self.taken_bytes)
        self.taken_bytes.append(0)
        pair = (caller, called)
        for each in pair:
            # A reset drops what Nagle's algorithm holds back.
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._selector.register(
            caller, selectors.EVENT_READ, lambda: self._carry(pair, caller, called, number)
        )
        self._selector.register(
            called, selectors.EVENT_READ, lambda: self._carry(pair, called, caller, None)
        )

    def _carry(
        self,
        pair: tuple[socket.socket, socket.socket],
        giver: socket.socket,
        taker: socket.socket,
        number: int | None,
    ) -> None:
        try:
            piece = giver.recv(min(_PIECE_BYTES, self._left_bytes(number)))
            taker.sendall(piece)
            if piece and number is not None:
                self.taken_bytes[number] += len(piece)
                if self._left_bytes(number) == 0:
                    self._cut(pair)
                    self.cuts += 1
                    return
        except OSError:
            piece = b""
        if not piece:
            self._cut(pair)

    def _left_bytes(self, number: int | None) -> int:
        """Return how many bytes of the caller still pass before the connection is reset."""
        if number is None or number >= len(self._after_bytes):
            return _PIECE_BYTES
        return self._after_bytes[number] - self.taken_bytes[number]

    def _cut(self, pair: tuple[socket.socket, socket.socket]) -> None:
        for each in pair:
            self._selector.unregister(each)
            with suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            each.close()


@contextmanager
def cutting_proxy(
    here: tuple[str, int], there: tuple[str, int], after_bytes: Sequence[int]
) -> Iterator[CuttingProxy]:
    """Yield a proxy that forwards until the block ends."""
    proxy = CuttingProxy(here, there, after_bytes)
    proxy.begin()
    try:
        yield proxy
    finally:
        proxy.end()
