"""A running toy process: its output, notifications, journal entries and log rows."""

import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase, Row

CHECKOUT = Path(__file__).resolve().parents[2]
PATIENCE_S = 60.0


class DatagramCollector:
    """A datagram socket that collects what it receives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(path))
        self.socket.setblocking(False)
        self.received: list[str] = []

    def read(self) -> None:
        while True:
            try:
                self.received.append(self.socket.recv(65536).decode())
            except BlockingIOError:
                return


class RunningToy:
    """A toy: `lines` has its output, `notices` its notifications to the service manager."""

    def __init__(
        self,
        home: Home,
        journal: DatagramCollector,
        notices: DatagramCollector,
        process: subprocess.Popen[bytes],
    ) -> None:
        self.home = home
        self.process = process
        self._journal, self._notices = journal, notices
        self.output = b""
        self.errors = ""

    @property
    def lines(self) -> list[str]:
        return self.output.decode().splitlines()

    @property
    def notices(self) -> list[str]:
        self._notices.read()
        return self._notices.received

    @property
    def journal(self) -> list[str]:
        self._journal.read()
        return self._journal.received

    def wait_for_line(self, line: str) -> None:
        last = time.monotonic() + PATIENCE_S
        while line not in self.lines:
            assert time.monotonic() < last, f"no {line!r} in {self.lines}"
            assert self._read(last - time.monotonic()), f"it ended after {self.lines}"

    def wait_for_notice(self, notice: str, count: int = 1) -> None:
        last = time.monotonic() + PATIENCE_S
        while self.notices.count(notice) < count:
            assert time.monotonic() < last, f"no {count} times {notice!r} in {self.notices}"
            select.select([self._notices.socket], [], [], 0.1)

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def wait_for_end(self) -> int:
        """Wait for the end of the process; return its exit status."""
        rest, errors = self.process.communicate(timeout=PATIENCE_S)
        self.output += rest
        self.errors = errors.decode()
        return self.process.returncode

    def logs(self) -> list[Row]:
        database = ReadOnlyDatabase(self.home.database, system_clock())
        try:
            return database.rows("SELECT level, event, text FROM logs ORDER BY id")
        finally:
            database.close()

    def _read(self, timeout_s: float) -> bool:
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], max(timeout_s, 0))[0]:
            return False
        data = os.read(self.process.stdout.fileno(), 65536)
        self.output += data
        return bool(data)


@contextmanager
def running_toy(
    home: Home, toy: str = "idle", parent: int | None = None, **environment: str
) -> Iterator[RunningToy]:
    """Start a toy of this kind; parent: read end of the pipe whose writer is its parent."""
    journal = DatagramCollector(home.path.with_name("journal"))
    notices = DatagramCollector(home.path.with_name("notify"))
    if parent is not None:
        environment["NETRELAY_PARENT_FD"] = str(parent)
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.runtime.toy", str(home.path)],
        cwd=CHECKOUT,
        env={
            **os.environ,
            "TOY": toy,
            "JOURNAL": str(journal.path),
            "NOTIFY_SOCKET": str(notices.path),
            **environment,
        },
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        pass_fds=() if parent is None else (parent,),
    )
    running = RunningToy(home, journal, notices, process)
    try:
        yield running
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
        for each in (journal, notices):
            each.socket.close()
            each.path.unlink()
