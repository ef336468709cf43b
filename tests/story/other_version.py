"""A node of another version of netrelay: its own checkout, interpreter and database schema."""

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netrelay.store.database import Row, Value
from tests.cli.command_line import CommandLine, Outcome
from tests.story.nodes import RunningNode


class OtherCommandLine(CommandLine):
    """Runs each command as a process of the other checkout."""

    def __init__(self, path: Path, checkout: Path) -> None:
        super().__init__(path)
        self._checkout = checkout

    def __call__(self, *arguments: str) -> Outcome:
        """Return the result of a command of the other version."""
        run = subprocess.run(
            [
                *(self._checkout / ".venv/bin/python", "-m", "netrelay"),
                *("--home", str(self.home.path), *arguments),
            ],
            cwd=self._checkout,
            env={**os.environ, "NETRELAY_RUNTIME_DIRECTORY": str(self.runtime)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
        )
        return Outcome(run.returncode, run.stdout.decode(), run.stderr.decode())


class OtherVersionNode(RunningNode):
    """A running node whose processes and commands are those of another checkout."""

    def __init__(self, folder: Path, name: str, checkout: Path) -> None:
        super().__init__(folder, name, line=OtherCommandLine(folder / name, checkout))
        self.checkout = checkout
        self.python = str(checkout / ".venv/bin/python")

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """Return the rows of a query; `ReadOnlyDatabase` would refuse another schema."""
        with self._read_only() as connection:
            return connection.execute(sql, values).fetchall()

    @contextmanager
    def _read_only(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"file:{self.home.database}?mode=ro", uri=True, timeout=10)
        # `describe` asks for the node's clock, which only netrelay's own connections have.
        connection.create_function("clock", 0, lambda: None)
        try:
            yield connection
        finally:
            connection.close()
