"""The lock for write transactions and checkpoints, and the timeout of SQLite's own locks."""

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

# Readers need a busy timeout too: the last close and the first open after a crash hold an exclusive
# lock while SQLite checkpoints or recovers the WAL (sqlite.org/wal.html, section 9).
BUSY_TIMEOUT_MS = 10_000
# The first waits fit a normal transaction (up to 20 ms), the longest one a slow card.
_FIRST_WAIT_S = 0.0005
_LONGEST_WAIT_S = 0.008


class LockTimeoutError(TimeoutError):
    """The lock was not free in time; the text names the holder."""


class WriteLock:
    """A lock file, locked by one process at a time (flock(2)), that names its holder.

    It is stored in the runtime directory (memory), so acquiring it writes nothing to the card. The
    kernel releases it when its holder dies. `while_waiting` is called between attempts: waiting for
    the lock feeds the watchdog, holding it does not.
    """

    def __init__(
        self, path: Path, holder: str, while_waiting: Callable[[], None] = lambda: None
    ) -> None:
        self._path = path
        self._label = f"{holder} (pid {os.getpid()})".encode().ljust(64, b" ")
        self._while_waiting = while_waiting
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o660)

    def acquire(self, timeout_s: float = 30.0) -> None:
        """Block until this process holds the lock; LockTimeoutError names the present holder."""
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

    def release(self) -> None:
        """Release the lock."""
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)

    def holder(self) -> str:
        """Return the process that acquired the lock last, with its pid."""
        return os.pread(self._descriptor, 64, 0).decode(errors="replace").strip() or "nobody yet"

    def close(self) -> None:
        """Close the lock file, which releases a held lock; idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
