"""`netrelay up` with stub children, and waits for what it and they print."""

import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.cli.command_line import CHECKOUT, CommandLine

DEADLINE_S = 60.0
STUB_UP = Path(__file__).with_name("stub_up.py")


class RunningUp:
    """One `up`; lines: what it and its children have printed so far."""

    def __init__(self, process: subprocess.Popen[bytes], descriptor: int) -> None:
        self.process = process
        self.lines: list[str] = []
        self._descriptor = descriptor
        self._rest = b""

    def wait_for(self, *words: str, after: int = 0, start: str = "") -> str:
        """Block until a line with all these words was printed; return the first from `after` on."""
        deadline_s = time.monotonic() + DEADLINE_S
        seen = after
        while True:
            for line in self.lines[seen:]:
                if line.startswith(start) and all(word in line for word in words):
                    return line
            seen = len(self.lines)
            if not self._read(deadline_s - time.monotonic()):
                raise AssertionError(f"no line {start!r} with {words}; there were {self.lines}")

    def wait_for_end(self) -> int:
        """Block until `up` has ended and all output is closed; return its exit status."""
        deadline_s = time.monotonic() + DEADLINE_S
        while self._read(deadline_s - time.monotonic()):
            pass
        return self.process.wait(max(0.1, deadline_s - time.monotonic()))

    def _read(self, timeout_s: float) -> bool:
        if not select.select([self._descriptor], [], [], max(timeout_s, 0))[0]:
            return False
        try:
            data = os.read(self._descriptor, 65536)
        except OSError:  # EIO: the other end of the terminal was closed
            data = b""
        *lines, self._rest = (self._rest + data).split(b"\n")
        self.lines += [line.decode().rstrip("\r") for line in lines]
        return bool(data)

    def pid_of(self, name: str, after: int = 0) -> int:
        """Block until a child was started; return its pid."""
        line = self.wait_for(after=after, start=f"{name} started ")
        return int(line.split()[-1])

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to `up`, not to its children."""
        self.process.send_signal(number)


@contextmanager
def running_up(
    line: CommandLine, *pace: float, behaviour: dict[str, str] | None = None, parent_fd: int = -1
) -> Iterator[RunningUp]:
    """Start `up` with stubs; `parent_fd`: the read end of a pipe that it is tied to."""
    reader, writer = os.pipe()
    tied = {"NETRELAY_PARENT_FD": str(parent_fd)} if parent_fd >= 0 else {}
    process = subprocess.Popen(
        [sys.executable, str(STUB_UP), str(line.home.path), *map(str, pace)],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "NETRELAY_RUNTIME_DIRECTORY": str(line.runtime),
            **tied,
            **{f"STUB_{name.upper()}": value for name, value in (behaviour or {}).items()},
        },
        stdin=subprocess.DEVNULL,
        stdout=writer,
        stderr=writer,
        pass_fds=(parent_fd,) if tied else (),
    )
    os.close(writer)
    up = RunningUp(process, reader)
    try:
        yield up
    finally:
        if process.poll() is None:
            process.kill()  # its children read the end of file
            process.wait()
        os.close(reader)
