"""The main loop with a toy for the importer, as a real process; TOY selects its behaviour.

    idle            sleeps for ever
    busy            never sleeps
    log             logs TOY_TEXT, then sleeps
    stuck           its third step never ends
    own-work        its first step commits work for itself; prints a line for each step
    late-work       its second step commits
    steady-work     every step commits
    crash           the second step raises, with a log line that is not stored yet
    broken-pipe     a step raises BrokenPipeError
    cannot-start    its constructor raises CannotStartError
    not-yet         its constructor raises NotYetError
    full-disk       its constructor raises OSError ENOSPC
    born-broken     its constructor raises an unexpected error
    bad-close       its close raises
    winds-down      when stopped it takes two more steps, the second after a ring
    never-done      when stopped it never finishes; the limit is TOY_LIMIT_S

NETRELAY_STORY_NEXT_SCHEMA makes it a process of the next netrelay, which waits TOY_PATIENCE_S for
those of the present one.

Prints `step N` and `closed` to standard output: facts for the test. JOURNAL: socket of a fake
journal.
"""

import errno
import os
import sys
import time
from pathlib import Path

from netrelay.runtime import early_errors, loop, start_errors
from netrelay.runtime.home import Home
from netrelay.runtime.log import DISCONNECTED
from netrelay.runtime.node import Node
from netrelay.runtime.wiring import PROCESS_MODULES
from tests.store.next_schema import install_from_environment

TOY = os.environ.get("TOY", "idle")
CONSTRUCTOR_ERRORS = {
    "cannot-start": start_errors.CannotStartError("port 7411 is\n taken"),
    "not-yet": start_errors.NotYetError("no interface has it"),
    "full-disk": OSError(errno.ENOSPC, "No space left on device"),
    "born-broken": RuntimeError("nobody expected this"),
}


def print_line(text: str) -> None:
    os.write(1, f"{text}\n".encode())


class Toy(loop.Process):
    """A process with the behaviour of TOY."""

    name = "importer"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._steps = 0
        self._left: int | None = None
        if TOY in CONSTRUCTOR_ERRORS:
            raise CONSTRUCTOR_ERRORS[TOY]

    def step(self) -> float | None:
        self._steps += 1
        if TOY != "busy" or self._steps == 1:
            print_line(f"step {self._steps}")
        if TOY == "log" and self._steps == 1:
            self._node.log.write(DISCONNECTED, peer_name="boat", reason=os.environ["TOY_TEXT"])
        if TOY == "own-work" and self._steps == 1:
            with self._node.database.transaction():
                self._node.database.execute("SELECT wake('importer')")
        if TOY == "late-work" and self._steps == 2:
            with self._node.database.transaction():
                self._node.database.execute("DELETE FROM logs")
        if TOY == "steady-work":
            with self._node.database.transaction():
                self._node.database.execute("UPDATE selfinfo SET name = name")
        if TOY == "crash" and self._steps == 2:
            self._node.log.write(DISCONNECTED, peer_name="boat", reason="said before the end")
            raise LookupError("a step that\nraises")
        if TOY == "broken-pipe":
            raise BrokenPipeError(errno.EPIPE, "Broken pipe")
        if TOY == "stuck" and self._steps == 3:
            print_line("stuck")
            while True:
                time.sleep(1)
        if self._left is not None:
            self._left -= 1
        return 0.0 if TOY in ("busy", "crash", "stuck") else None

    def wind_down(self) -> None:
        if TOY in ("winds-down", "never-done"):
            print_line("winding down")
        self._left = 2

    @property
    def is_wound_down(self) -> bool:
        if TOY == "never-done":
            return False
        return TOY != "winds-down" or (self._left is not None and self._left <= 0)

    def close(self) -> None:
        if TOY == "bad-close":
            raise LookupError("a close that raises")
        print_line("closed")


PROCESS = Toy

if __name__ == "__main__":
    install_from_environment()
    vars(loop)["_PATIENCE_S"] = float(os.environ.get("TOY_PATIENCE_S", "60"))
    # The loop imports the process by module name; this module is already running as __main__.
    vars(loop)["WIND_DOWN_S"] = float(os.environ.get("TOY_LIMIT_S", "60"))
    PROCESS_MODULES["importer"] = "__main__"
    early_errors._JOURNAL = os.environ.get("JOURNAL", early_errors._JOURNAL)
    sys.exit(loop.run("importer", Home(Path(sys.argv[1]))))
