"""A flush of claimed files in a thread: a large file on a slow card takes minutes.

A flush in the main loop would miss the watchdog's deadline, and a main loop that fed the watchdog
during a flush would never end on a disk that hangs. Hence the thread, and its time limit.
"""

import errno
import os
import threading
from collections.abc import Callable
from typing import Final

# Enough for 4 GiB at 7 MiB/s; the slowest cards write 10 MB/s (SD Speed Class 10).
LIMIT_S: Final = 900.0


class Flushing:
    """One flush in a thread of its own; `fileno` becomes readable when it has ended."""

    def __init__(self, work: Callable[[], None], deadline_s: float) -> None:
        """Start the thread. work: blocks until all is durable; deadline_s: monotonic time."""
        self._work = work
        self._deadline_s = deadline_s
        self._error: Exception | None = None
        self._event: int = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # A daemon thread: a disk that hangs must not prevent the process from exiting.
        self._thread = threading.Thread(target=self._run, name="flush", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """Return the descriptor that is readable when the flush has ended."""
        return self._event

    def is_over(self, now_s: float) -> bool:
        """Return whether the work has ended and all is durable; does not block.

        Raises the exception of the work, or OSError ETIMEDOUT after the deadline. Do not call it
        again after it has returned True or raised the exception of the work.
        """
        try:
            os.eventfd_read(self._event)
        except BlockingIOError:
            if now_s >= self._deadline_s:
                raise OSError(
                    errno.ETIMEDOUT, f"the disk did not flush within {LIMIT_S:.0f} s"
                ) from None
            return False
        self._thread.join()
        os.close(self._event)
        if self._error is not None:
            raise self._error
        return True

    def remaining_s(self, now_s: float) -> float:
        """Return the time until the deadline, at least 0."""
        return max(0.0, self._deadline_s - now_s)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # raised again by is_over
            self._error = error
        os.eventfd_write(self._event, 1)
