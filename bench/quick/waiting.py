"""Waiting with deadlines."""

import time
from collections.abc import Callable
from pathlib import Path

from inotify_simple import INotify, flags

from bench.quick.errors import BenchError

_POLL_S = 0.01


class Deadline:
    """A time limit for the whole benchmark."""

    def __init__(self, limit_s: float) -> None:
        self._limit_s = limit_s
        self._end_s = time.monotonic() + limit_s

    def left_s(self, most_s: float) -> float:
        """Return the remaining time, at most `most_s`; BenchError when none remains."""
        left_s = self._end_s - time.monotonic()
        if left_s <= 0:
            raise BenchError(f"the whole benchmark has taken {self._limit_s:.0f} s")
        return min(left_s, most_s)

    def wait(self, what: str, is_done: Callable[[], bool], most_s: float = 60.0) -> None:
        """Poll a hundred times a second until it is done; BenchError after `most_s`."""
        limit_s = self.left_s(most_s)
        end_s = time.monotonic() + limit_s
        while not is_done():
            if time.monotonic() > end_s:
                raise BenchError(f"after {limit_s:.0f} s still waiting for {what}")
            time.sleep(_POLL_S)


class Arrivals:
    """Waits for files in one folder with inotify(7), which costs no CPU time meanwhile."""

    def __init__(self, folder: Path, deadline: Deadline) -> None:
        self._folder = folder
        self._deadline = deadline
        self._inotify = INotify()
        self._inotify.add_watch(str(folder), flags.CREATE | flags.MOVED_TO)

    def wait(self, names: set[str], most_s: float = 60.0) -> float:
        """Block until all names were created since construction; return that time.monotonic()."""
        limit_s = self._deadline.left_s(most_s)
        end_s = time.monotonic() + limit_s
        missing = set(names)
        seen_s = time.monotonic()
        while missing:
            left_s = end_s - time.monotonic()
            if left_s <= 0:
                raise BenchError(
                    f"after {limit_s:.0f} s {len(missing)} of {len(names)} files are not in"
                    f" {self._folder}, for example {min(missing)}"
                )
            events = self._inotify.read(timeout=int(left_s * 1000) + 1)
            seen_s = time.monotonic()
            missing.difference_update(event.name for event in events)
            if len(names) > 1 and missing:
                # Waking for each of thousands would take CPU time from what is measured.
                time.sleep(_POLL_S / 2)
        return seen_s

    def close(self) -> None:
        """Stop watching."""
        self._inotify.close()
