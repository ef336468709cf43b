"""A server that a peer needs, stopped with this process in any case."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from bench.pair.errors import BenchError
from bench.pair.footprint import children, processor_s
from bench.pair.waiting import Deadline

_START_S = 20.0


class Server:
    """One daemon with its children, and its log."""

    def __init__(self, name: str, command: Sequence[str], log: Path) -> None:
        self.name = name
        self._log = log
        words = list(command)
        if shutil.which("setpriv"):
            # It is killed with this process, even if that is killed; it would keep the disk busy.
            words = ["setpriv", "--pdeathsig", "KILL", *words]
        with log.open("wb") as lines:
            self._process = subprocess.Popen(
                words, stdin=subprocess.DEVNULL, stdout=lines, stderr=lines, process_group=0
            )

    def wait_for_port(self, address: str, port: int, deadline: Deadline) -> None:
        """Block until it listens; BenchError with its last words if it ends instead."""

        def is_listening() -> bool:
            with socket.socket() as probe:
                return probe.connect_ex((address, port)) == 0

        self.wait(f"{self.name} to listen", is_listening, deadline)

    def wait(self, what: str, is_done: Callable[[], bool], deadline: Deadline) -> None:
        """Block until a fact of its start is there; BenchError if it ends instead."""

        def is_there() -> bool:
            if self._process.poll() is not None:
                raise BenchError(
                    f"{self.name} ended with {self._process.returncode}: {self.last_words()}"
                )
            return is_done()

        deadline.wait(what, is_there, _START_S)

    def last_words(self) -> str:
        """Return the end of its log."""
        return "\n".join(self._log.read_text(errors="replace").splitlines()[-6:])

    def is_alone(self) -> bool:
        """Return True while it has no child, so that their CPU time counts as its own."""
        return not children(self._process.pid)

    def processor_s(self) -> float:
        """Return the CPU time of the server, of its children, and of those that it has reaped."""
        total_s = 0.0
        for pid in self._tree():
            # One may end just now.
            with suppress(FileNotFoundError, ProcessLookupError):
                total_s += processor_s([pid])
        return total_s

    def stop(self) -> None:
        """Kill it and what it started: its children would go on writing."""
        for pid in self._tree() if self._process.poll() is None else ():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._process.wait()

    def _tree(self) -> list[int]:
        """Return its process, its children and theirs."""
        serving = children(self._process.pid)
        return [
            self._process.pid,
            *serving,
            *(one for each in serving for one in children(each)),
        ]
