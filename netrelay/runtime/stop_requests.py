"""Requests to end a process: signals, and the death of its parent."""

import os
import select
import signal
import socket
from collections.abc import Callable


class StopRequests:
    """SIGTERM, SIGINT and the parent's death, as descriptors to poll; only one may exist.

    The signal handler writes to a socket (the self-pipe trick), so a signal that arrives just
    before the process sleeps still wakes it. The parent is watched if NETRELAY_PARENT_FD names the
    read end of a pipe whose write end only the parent has: it reports end of file when the parent
    is gone, however it died.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._is_signalled = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note_signal)
        parent = os.environ.pop("NETRELAY_PARENT_FD", "")
        self._parent = int(parent) if parent.isdigit() else None

    def _note_signal(self, _number: int, _frame: object) -> None:
        self._is_signalled = True

    def descriptors(self) -> list[int]:
        """Return the descriptors to poll for reading; they stay ready after a request."""
        return [self._reader.fileno(), *([] if self._parent is None else [self._parent])]

    def is_requested_now(self) -> bool:
        """Return True if this process has to end, during a step that waits for others."""
        return self.is_requested(lambda parent: bool(select.select([parent], [], [], 0)[0]))

    def is_requested(self, is_ready: Callable[[int], bool]) -> bool:
        """Return True if this process has to end; `is_ready` tells what the last poll found."""
        return self._is_signalled or (self._parent is not None and is_ready(self._parent))
