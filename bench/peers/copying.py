"""Peers whose client copies a folder and ends: the common part of rsync and scp."""

import resource
import subprocess
from abc import ABC, abstractmethod
from pathlib import Path

from bench.pair.errors import BenchError
from bench.peers.peer import Ground, check_settled
from bench.peers.server import Server

_SETTLE_S = 20.0


class CopyingPeer(ABC):
    """A client that has copied when it ends, and its server."""

    label = ""
    flushes = False
    most_files = 1_000_000

    def __init__(self, ground: Ground) -> None:
        self.received = ground.destination / ground.settings.name
        self._ground = ground
        self._server: Server | None = None
        self._client: subprocess.Popen[bytes] | None = None

    @abstractmethod
    def start(self) -> None:
        """Start the server."""

    @abstractmethod
    def _command(self, made: Path) -> list[str]:
        """Return the command that copies the content of a folder."""

    def send(self, made: Path) -> None:
        """Start the client."""
        self._client = subprocess.Popen(
            [*self._ground.in_source, *self._command(made)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )

    def wait(self, names: set[str]) -> None:  # noqa: ARG002 -- the end of the client says it
        """Block until the client has ended."""
        assert self._client is not None
        limit_s = self._ground.deadline.left_s()
        try:
            _, complaint = self._client.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            self._kill_client()
            self._ground.deadline.left_s()
            raise BenchError(f"{self.label} did not end within {limit_s:.0f} s") from None
        except BaseException:
            self._kill_client()
            raise
        check_settled(self.label, self._client.returncode, complaint)

    def processor_s(self) -> float:
        """Return the CPU time of clients and server; waits until the server has no child."""
        assert self._server is not None
        self._ground.deadline.wait(f"{self._server.name} to idle", self._server.is_alone, _SETTLE_S)
        clients = resource.getrusage(resource.RUSAGE_CHILDREN)
        return clients.ru_utime + clients.ru_stime + self._server.processor_s()

    def clear(self) -> None:
        """Remove the files that arrived."""
        for entry in self.received.iterdir():
            entry.unlink(missing_ok=True)

    def stop(self) -> None:
        """Kill client and server."""
        self._kill_client()
        if self._server is not None:
            self._server.stop()

    def _kill_client(self) -> None:
        if self._client is not None and self._client.poll() is None:
            self._client.kill()
            self._client.wait()
