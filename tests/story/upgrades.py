"""Processes of a newer netrelay that start while those of an older one run."""

import contextlib
import signal
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from netrelay.cli.opening import running
from netrelay.core.words import PROCESSES
from netrelay.store.database import Row
from tests.story.nodes import STOP_S, RunningNode, wait_for
from tests.story.other_version import Program

MIGRATED = "SELECT process FROM logs WHERE event = 'database-migrated'"


def open_files(pid: int) -> set[Path]:
    """Return the paths of a process's open files; one that is closed meanwhile is left out."""
    found = set()
    for entry in Path(f"/proc/{pid}/fd").iterdir():
        with contextlib.suppress(FileNotFoundError):
            found.add(entry.readlink())
    return found


class Starters:
    """Some of the eight processes, each started separately, as systemd starts its unit."""

    def __init__(self, program: Program, processes: Iterable[str]) -> None:
        self._program = program
        self._started = {process: program.begin("run", process) for process in processes}

    def wait_until_they_wait(self) -> None:
        """Block until each of them waits for the older processes, to migrate."""
        for process, started in self._started.items():
            wait_for(f"{process} to wait", lambda: self._has_lock_file(started))  # noqa: B023

    def _has_lock_file(self, started: subprocess.Popen[bytes]) -> bool:
        assert started.poll() is None, started.communicate()
        lock = self._program.runtime / "database.lock"
        return lock in open_files(started.pid)

    def wait_until_ready(self) -> None:
        """Block until each has its bell; AssertionError when one has ended."""
        for process, started in self._started.items():

            def is_ready() -> bool:
                assert started.poll() is None, started.communicate()  # noqa: B023
                with self._program.environment():
                    return running(self._program.home)[process]  # noqa: B023

            wait_for(f"{process} to be ready", is_ready)

    def stop(self) -> dict[str, int]:
        """Stop all of them with SIGTERM; return their exit statuses."""
        for started in self._started.values():
            if started.poll() is None:
                started.send_signal(signal.SIGTERM)
        for started in self._started.values():
            started.communicate(timeout=STOP_S)
        return {process: started.returncode for process, started in self._started.items()}

    def close(self) -> None:
        """Kill the processes that still run."""
        for started in self._started.values():
            if started.poll() is None:
                started.kill()
            started.communicate()


@contextmanager
def starters(program: Program, processes: Iterable[str] = PROCESSES) -> Iterator[Starters]:
    """Start processes of a program in its home; none is left at the end."""
    started = Starters(program, processes)
    try:
        yield started
    finally:
        started.close()


def damage(node: RunningNode) -> list[Row]:
    """Return the faults that SQLite's checks find in a node's database."""
    return [
        *(row for row in node.rows("PRAGMA integrity_check") if row != ("ok",)),
        *node.rows("PRAGMA foreign_key_check"),
    ]
