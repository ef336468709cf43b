"""Waiting with deadlines."""

import time
from collections.abc import Callable
from pathlib import Path

from inotify_simple import INotify, flags

from bench.pair.errors import BenchError, TimeIsUpError

_POLL_S = 0.01


class Deadline:
    """A time limit for a whole run; longest_wait_s: for one fact, unless its wait says another."""

    def __init__(self, limit_s: float, longest_wait_s: float = 60.0) -> None:
        self.limit_s = limit_s
        self.longest_wait_s = longest_wait_s
        self._end_s = time.monotonic() + limit_s

    def remaining_s(self) -> float:
        """Return the remaining time; negative after the end."""
        return self._end_s - time.monotonic()

    def left_s(self, most_s: float | None = None) -> float:
        """Return the remaining time, at most `most_s`; TimeIsUpError when none remains."""
        left_s = self.remaining_s()
        if left_s <= 0:
            raise TimeIsUpError(f"the whole run has taken {self.limit_s:.0f} s")
        return min(left_s, self.longest_wait_s if most_s is None else most_s)

    def wait(
        self,
        what: str,
        is_done: Callable[[], bool],
        most_s: float | None = None,
        poll_s: float = _POLL_S,
    ) -> None:
        """Poll until it is done, a hundred times a second unless said; BenchError after `most_s`.

        TimeIsUpError if the whole run has no more time.
        """
        limit_s = self.left_s(most_s)
        end_s = time.monotonic() + limit_s
        while not is_done():
            if time.monotonic() > end_s:
                self.left_s()
                raise BenchError(f"after {limit_s:.0f} s still waiting for {what}")
            time.sleep(poll_s)


class Arrivals:
    """Waits for files in one folder with inotify(7), which costs no CPU time meanwhile."""

    def __init__(self, folder: Path, deadline: Deadline) -> None:
        self._folder = folder
        self._deadline = deadline
        self._inotify = INotify()
        self._inotify.add_watch(str(folder), flags.CREATE | flags.MOVED_TO)

    def wait(self, names: set[str], most_s: float | None = None) -> float:
        """Block until all names were created since construction; return that time.monotonic()."""
        limit_s = self._deadline.left_s(most_s)
        end_s = time.monotonic() + limit_s
        missing = set(names)
        seen_s = time.monotonic()
        while missing:
            left_s = end_s - time.monotonic()
            if left_s <= 0:
                self._deadline.left_s()
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
