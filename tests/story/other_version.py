"""Nodes whose commands and processes are from another checkout, or have another database schema."""

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from netrelay.store.database import Row, Value
from tests.cli.command_line import CHECKOUT, CommandLine, Outcome
from tests.store.next_schema import NextSchema
from tests.story.nodes import RunningNode

NEXT_MODULE = "tests.store.next_netrelay"


class Program(CommandLine):
    """Runs each command as a process of another checkout, or with the schema of the next version.

    module: the argument of `python -m`. variables: added to the environment of this process.
    """

    def __init__(
        self,
        path: Path,
        checkout: Path = CHECKOUT,
        module: str = "netrelay",
        variables: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(path)
        self.checkout = checkout
        self.module = module
        self.python = sys.executable if checkout == CHECKOUT else str(checkout / ".venv/bin/python")
        self.variables = {**(variables or {}), "NETRELAY_RUNTIME_DIRECTORY": str(self.runtime)}

    def __call__(self, *arguments: str) -> Outcome:
        """Return the result of a command."""
        run = self.begin(*arguments)
        out, err = run.communicate(timeout=60)
        return Outcome(run.returncode, out.decode(), err.decode())

    def begin(self, *arguments: str) -> subprocess.Popen[bytes]:
        """Start a command with its output in pipes."""
        return subprocess.Popen(
            [self.python, "-m", self.module, "--home", str(self.home.path), *arguments],
            cwd=self.checkout,
            env={**os.environ, **self.variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Set these variables for the processes that this one starts in the block."""
        before = {name: os.environ.get(name) for name in self.variables}
        os.environ.update(self.variables)
        try:
            yield
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value


class ProgramNode(RunningNode):
    """A running node whose processes and commands are those of a program.

    home: a home that exists already.
    """

    def __init__(
        self,
        folder: Path,
        name: str,
        program: Program,
        home: Path | None = None,
        address: str | None = None,
    ) -> None:
        super().__init__(folder, name, home, address, line=program)
        self.program = program
        self.checkout = program.checkout
        self.python = program.python
        self.module = program.module

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


class OtherVersionNode(ProgramNode):
    """A running node whose processes and commands are those of another checkout."""

    def __init__(self, folder: Path, name: str, checkout: Path) -> None:
        super().__init__(folder, name, Program(folder / name, checkout))


def next_version(node: RunningNode, schema: NextSchema) -> ProgramNode:
    """Return a node of the next version in the home of another node."""
    home = node.home.path
    program = Program(home, module=NEXT_MODULE, variables=schema.environment())
    return ProgramNode(home.parent, node.name, program, home, node.address)
