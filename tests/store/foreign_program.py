"""A program that is not netrelay and has a node's database open: another process, as locks need."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROGRAM = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
for statement in sys.argv[2:]:
    connection.execute(statement).fetchone()
print("done", flush=True)
sys.stdin.read()
"""


class ForeignProgram:
    """The program, which holds what its statements took until `end`."""

    def __init__(self, database: Path, *statements: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(database), *statements],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == b"done\n"
        self.pid = self._process.pid
        self.text = f"{Path(f'/proc/{self.pid}/comm').read_text().strip()} (pid {self.pid})"

    def end(self) -> None:
        """End it, and its transaction; idempotent."""
        if self._process.poll() is None:
            self._process.communicate()


@contextmanager
def foreign_program(database: Path, *statements: str) -> Iterator[ForeignProgram]:
    """Run statements in another program, which then waits."""
    program = ForeignProgram(database, *statements)
    try:
        yield program
    finally:
        program.end()
