"""Interface of a program that is compared with netrelay."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple, Protocol

from bench.pair.errors import BenchError, Unavailable
from bench.pair.waiting import Deadline


class Ground(NamedTuple):
    """Where a peer works: folders on both sides, one for settings, and an address of its own.

    in_source, in_destination: words put before every command of that side (quotas).
    """

    source: Path
    destination: Path
    settings: Path
    address: str
    deadline: Deadline
    in_source: Sequence[str] = ()
    in_destination: Sequence[str] = ()


class FilePeer(Protocol):
    """A program that copies files from one side to the other.

    flushes: what it delivered is durable when `wait` returns; otherwise one syncfs(2) has to
    follow. most_files: a larger load would only measure the start of its commands.
    received: the folder of the destination in which the files appear under their names.
    """

    label: str
    flushes: bool
    most_files: int
    received: Path

    def start(self) -> None:
        """Start what serves; Unavailable, with the package to install, if it is missing."""

    def send(self, made: Path) -> None:
        """Begin to send the content of a folder."""

    def wait(self, names: set[str]) -> None:
        """Block until these files have arrived."""

    def processor_s(self) -> float:
        """Return the CPU time that client and server have used so far, in seconds."""

    def clear(self) -> None:
        """Remove the files that arrived, and what the peer kept of them."""

    def stop(self) -> None:
        """Stop what serves; also after `start` failed."""


def check_settled(peer: str, returncode: int, complaint: bytes) -> None:
    """Raise BenchError if a command of a peer failed."""
    if returncode:
        raise BenchError(f"{peer} exited with {returncode}: {complaint.decode().strip()}")


def need(which: Callable[[str], str | None], programs: Sequence[str], package: str) -> None:
    """Raise Unavailable, with the Debian package, if a program is missing."""
    missing = [program for program in programs if which(program) is None]
    if missing:
        raise Unavailable(f"{', '.join(missing)}: not found (Debian: {package})")
