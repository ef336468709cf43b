"""Progress of a copy to or from a medium: one line on a terminal, which is overwritten."""

import sys
import time

from netrelay.cli.terminal import columns
from netrelay.cli.text import duration, rate, size

_BAR_COLUMNS = 24
_EVERY_S = 0.1


class MediumProgress:
    """The line on standard error; is_quiet: none is shown, as where that is no terminal."""

    def __init__(self, what: str, *, is_quiet: bool) -> None:
        self._what = what
        self._is_shown = not is_quiet and sys.stderr.isatty()
        self._began_s = time.monotonic()
        self._due_s = 0.0
        self._done_bytes = 0
        self.all_bytes = 0
        """How much is to be moved."""

    def add(self, count_bytes: int) -> None:
        """Show that so much more was moved."""
        self._done_bytes += count_bytes
        now_s = time.monotonic()
        if not self._is_shown or now_s < self._due_s:
            return
        self._due_s = now_s + _EVERY_S
        line = progress_line(self._what, self._done_bytes, self.all_bytes, now_s - self._began_s)
        print(f"\r\x1b[K{line[: columns() - 1]}", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Clear the line."""
        if self._is_shown and self._due_s:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def progress_line(what: str, done_bytes: int, all_bytes: int, for_s: float) -> str:
    """Return the line: a bar, how much, how fast, how long it still takes."""
    share = min(done_bytes / all_bytes, 1.0) if all_bytes else 1.0
    filled = int(share * _BAR_COLUMNS)
    bar = "#" * filled + "-" * (_BAR_COLUMNS - filled)
    bytes_per_s = done_bytes / max(for_s, 0.1)
    line = f"{what}  [{bar}] {share:4.0%}  {size(done_bytes)} of {size(all_bytes)}"
    if bytes_per_s <= 0:
        return line
    left_s = max(all_bytes - done_bytes, 0) / bytes_per_s
    return f"{line}  {rate(bytes_per_s)}  {duration(left_s)} left"
