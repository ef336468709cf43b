"""Flushing what was claimed, beside the main loop: a large file on a slow card takes minutes.

In a step it would keep the watchdog hungry, and feeding the watchdog meanwhile would feed a disk
that hangs for ever. So the loop turns, and a flush has a limit.
"""

import errno
import os
import threading
from collections.abc import Callable
from typing import Final

# 4 GiB at 7 MiB/s, which the slowest cards still write (Speed Class 10 is 10 MB/s), with room.
LIMIT_S: Final = 900.0


class Flushing:
    """One flush in a thread of its own; `fileno` is readable when it is over."""

    def __init__(self, work: Callable[[], None], ends_s: float) -> None:
        """Start it. work: blocks until all is durable; ends_s: when it has to be over."""
        self._work = work
        self._ends_s = ends_s
        self._error: Exception | None = None
        self._event: int = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        # daemon: a disk that hangs must not keep the process from ending.
        self._thread = threading.Thread(target=self._run, name="flush", daemon=True)
        self._thread.start()

    def fileno(self) -> int:
        """The descriptor to wait on for reading."""
        return self._event

    def is_over(self, now_s: float) -> bool:
        """Tell whether it is durable; never blocks.

        The error that the work raised, or OSError ETIMEDOUT when it takes too long.
        """
        try:
            os.eventfd_read(self._event)
        except BlockingIOError:
            if now_s >= self._ends_s:
                raise OSError(
                    errno.ETIMEDOUT, f"the disk did not flush within {LIMIT_S:.0f} s"
                ) from None
            return False
        self._thread.join()
        os.close(self._event)
        if self._error is not None:
            raise self._error
        return True

    def left_s(self, now_s: float) -> float:
        """Give how long it may still take."""
        return max(0.0, self._ends_s - now_s)

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # it is raised where it is asked for
            self._error = error
        os.eventfd_write(self._event, 1)
