"""The lock under which every write transaction and checkpoint is taken."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

# A holder that keeps to its 20 ms is met by the first few waits; a slow card by the longest.
_FIRST_WAIT_S = 0.0005
_LONGEST_WAIT_S = 0.008


class LockTimeoutError(TimeoutError):
    """The lock was not free in time; the text names who holds it."""


class WriteLock:
    """A lock file, locked by one process at a time, that says who holds it.

    It lies in the runtime directory (memory), so that taking it costs the card nothing. The kernel
    lets go of it when its holder dies. `while_waiting` is called between tries: waiting for the
    lock feeds the watchdog, holding it does not.
    """

    def __init__(
        self, path: Path, holder: str, while_waiting: Callable[[], None] = lambda: None
    ) -> None:
        self._path = path
        self._label = f"{holder} (pid {os.getpid()})".encode().ljust(64, b" ")
        self._while_waiting = while_waiting
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)

    def take(self, timeout_s: float = 30.0) -> None:
        """Block until the lock is ours; LockTimeoutError names the holder after `timeout_s`."""
        wait_s = _FIRST_WAIT_S
        deadline_s = None
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                now_s = time.monotonic()
                deadline_s = deadline_s or now_s + timeout_s
                if now_s > deadline_s:
                    raise LockTimeoutError(
                        f"{self._path}: held for over {timeout_s:g} s by {self.holder()}"
                    ) from None
                self._while_waiting()
                time.sleep(wait_s)
                wait_s = min(wait_s * 2, _LONGEST_WAIT_S)
        os.pwrite(self._descriptor, self._label, 0)

    def give_back(self) -> None:
        """Let the next one have it."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def holder(self) -> str:
        """Name who took the lock last."""
        return os.pread(self._descriptor, 64, 0).decode(errors="replace").strip() or "nobody yet"

    def close(self) -> None:
        """Close the lock file; a held lock is let go. May be repeated."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
