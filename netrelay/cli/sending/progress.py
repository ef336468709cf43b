"""Progress of `--wait` on a terminal: one line that is overwritten, with a bar while sending."""

import os
import sys
import time
from collections import deque

from netrelay.cli.queries.cases import Case
from netrelay.cli.text import duration, rate, size
from netrelay.cli.wording.chosen_jobs import describe
from netrelay.cli.wording.explain import brief
from netrelay.core.printable import printable

_BAR_COLUMNS = 24
_LONGEST_NAME = 30
# A shorter window would measure when pieces are acknowledged, not the rate of the link.
_RATE_S = 10.0
# Bytes are counted once a piece is acknowledged: a pause this long is normal.
_QUIET_S = 3.0
_USUAL_COLUMNS = 80


class Progress:
    """The progress line on standard error; it is shown on a terminal only."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._shown = ""
        self._done: deque[tuple[float, int]] = deque()

    def show(self, case: Case | None) -> None:
        """Show the progress of a job, or what it waits for; None: importer has not taken it yet."""
        if not self._is_terminal:
            return
        now_s = time.monotonic()
        rate_bytes_per_s = 0.0 if case is None else self._rate(case.done_bytes, now_s)
        text = words(case, rate_bytes_per_s)[: _columns() - 1]
        if text != self._shown:
            print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)
            self._shown = text

    def end(self) -> None:
        """Clear the line."""
        if self._shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
            self._shown = ""

    def _rate(self, done_bytes: int, now_s: float) -> float:
        """Return the rate of the last seconds; 0 while it is unknown."""
        if not self._done or self._done[-1][1] != done_bytes:
            self._done.append((now_s, done_bytes))
        while len(self._done) > 2 and self._done[1][0] < now_s - _RATE_S:
            self._done.popleft()
        (began_s, began_bytes), (last_s, _) = self._done[0], self._done[-1]
        end_s = last_s if now_s - last_s < _QUIET_S else now_s
        return (done_bytes - began_bytes) / max(end_s - began_s, 0.1)


def words(case: Case | None, rate_bytes_per_s: float) -> str:
    """Return the line: a bar for a job that is being sent, else its cause in a few words."""
    if case is None:
        return "waits in the drop folder"
    if case.cause != "on-its-way" or not case.size_bytes:
        return f"{describe(case)}: {printable(brief(case))}"
    name = printable(case.name or f"the {case.kind}")
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 3]}..."
    share = min(case.done_bytes / case.size_bytes, 1.0)
    filled = int(share * _BAR_COLUMNS)
    bar = "#" * filled + "-" * (_BAR_COLUMNS - filled)
    line = f"{name}  [{bar}] {share:4.0%}  {size(case.done_bytes)} of {size(case.size_bytes)}"
    if rate_bytes_per_s <= 0:
        return line
    left = duration((case.size_bytes - case.done_bytes) / rate_bytes_per_s)
    return f"{line}  {rate(rate_bytes_per_s)}  {left} left"


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_COLUMNS
    except (OSError, ValueError):
        return _USUAL_COLUMNS
