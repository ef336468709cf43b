"""A terminal: a shell with typed lines and their answers."""

import os
import queue
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

_END = "netrelay-newcomer-end-of-answer"
_STOP_S = 20.0


class UnansweredError(Exception):
    """A line failed, or did not print the expected text in time; the text has its output."""


class Terminal:
    """A login shell on a pipe, with stdout and stderr merged."""

    def __init__(
        self,
        shell: Sequence[str],
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
        kept_open: Collection[int] = (),
    ) -> None:
        self._shell = subprocess.Popen(
            shell,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env=environment,
            pass_fds=kept_open,
            # Ctrl-C must reach only the shell and its children.
            start_new_session=True,
            text=True,
            errors="replace",
        )
        self._lines: queue.Queue[str | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def type(self, line: str, limit_s: float) -> list[str]:
        """Type a line; return its output. UnansweredError if it fails or takes longer."""
        status, answer = self.ask(line, limit_s)
        if status != 0:
            raise UnansweredError("\n".join([f"`{line}` ended with {status}:", *answer]))
        return answer

    def ask(self, line: str, limit_s: float) -> tuple[int, list[str]]:
        """Type a line; return its exit status and output. UnansweredError if it takes longer."""
        self._send(line)
        answer = self._read_until(line, lambda each: each.startswith(_END), limit_s)
        status = answer.pop().removeprefix(_END).strip()
        # printf starts the marker on a new line, which may leave an empty one before it.
        if answer and not answer[-1]:
            answer.pop()
        return int(status), answer

    def begin(self, line: str, word: str, limit_s: float) -> list[str]:
        """Type a line that keeps running; return its output up to the line after `word`."""
        self._send(line)
        answer = self._read_until(line, lambda each: word in each, limit_s)
        return [*answer, *self._read_until(line, lambda _: True, limit_s)]

    def close(self) -> None:
        """Press Ctrl-C, and end the shell once its children have ended."""
        assert self._shell.stdin is not None
        with suppress(ProcessLookupError):
            os.killpg(self._shell.pid, signal.SIGINT)
        with suppress(BrokenPipeError):
            self._shell.stdin.close()
        try:
            self._shell.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._shell.pid, signal.SIGKILL)
            self._shell.wait()

    def _send(self, line: str) -> None:
        assert self._shell.stdin is not None
        # A command must not read the next line as its input.
        self._shell.stdin.write(
            f"eval {shlex.quote(line)} </dev/null; printf '\\n%s %s\\n' {_END} $?\n"
        )
        self._shell.stdin.flush()

    def _read(self) -> None:
        assert self._shell.stdout is not None
        for line in self._shell.stdout:
            self._lines.put(line.rstrip("\n").rpartition("\r")[2])
        self._lines.put(None)

    def _read_until(self, typed: str, is_last: Callable[[str], bool], limit_s: float) -> list[str]:
        deadline_s = time.monotonic() + limit_s
        found: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=max(0.0, deadline_s - time.monotonic()))
            except queue.Empty:
                line = None
                found.append(f"(nothing more after {limit_s:.0f} s)")
            if line is None:
                raise UnansweredError("\n".join([f"`{typed}` did not end:", *found]))
            found.append(line)
            if is_last(line):
                return found
