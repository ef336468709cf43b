"""`netrelay` as the tests run it: in this process, or as one of its own."""

import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import NamedTuple

from netrelay.cli.main import main
from netrelay.runtime.home import Home
from tests.prepared_database import forget_clock
from tests.prepared_folder import copy_prepared, prepare

CHECKOUT = Path(__file__).resolve().parents[2]


class Outcome(NamedTuple):
    """The result of a command: exit status, standard output, standard error."""

    code: int
    out: str
    err: str


class CommandLine:
    """`netrelay` for one home; its runtime directory is beside it."""

    def __init__(self, path: Path) -> None:
        self.home = Home(path)
        self.runtime = path.with_name(f"{path.name}.run")

    @contextmanager
    def environment(self) -> Iterator[None]:
        """Set the runtime directory beside the home inside the block."""
        before = os.environ.get("NETRELAY_RUNTIME_DIRECTORY")
        os.environ["NETRELAY_RUNTIME_DIRECTORY"] = str(self.runtime)
        try:
            yield
        finally:
            if before is None:
                del os.environ["NETRELAY_RUNTIME_DIRECTORY"]
            else:
                os.environ["NETRELAY_RUNTIME_DIRECTORY"] = before

    def __call__(self, *arguments: str) -> Outcome:
        """Run a command in this process."""
        out, err = io.StringIO(), io.StringIO()
        with self.environment(), redirect_stdout(out), redirect_stderr(err):
            try:
                code = main(["--home", str(self.home.path), *arguments])
            except SystemExit as error:
                code = int(str(error.code))
        return Outcome(code, out.getvalue(), err.getvalue())

    def good(self, *arguments: str) -> str:
        """Run a command that must succeed; return its output."""
        outcome = self(*arguments)
        assert outcome.code == 0, outcome
        return outcome.out

    def bad(self, *arguments: str) -> tuple[int, str]:
        """Run a command that must fail with one line; return the exit status and the line."""
        outcome = self(*arguments)
        assert outcome.code != 0, outcome
        assert outcome.err.startswith("netrelay: "), outcome
        assert outcome.err.count("\n") == 1, outcome
        return outcome.code, outcome.err.strip()

    def start(self, *arguments: str, given: bytes = b"") -> Outcome:
        """Run a command as a process of its own. given: its standard input."""
        run = subprocess.run(
            [sys.executable, "-m", "netrelay", "--home", str(self.home.path), *arguments],
            cwd=CHECKOUT,
            env={**os.environ, "NETRELAY_RUNTIME_DIRECTORY": str(self.runtime)},
            input=given,
            capture_output=True,
            timeout=60,
        )
        return Outcome(run.returncode, run.stdout.decode(), run.stderr.decode())


class Place:
    """A folder for homes; its path is short, since that of a unix socket is limited."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def line(self, name: str) -> CommandLine:
        """Return the command line for a home of this name, which may not exist yet."""
        return CommandLine(self.folder / name)

    def node(self, name: str, *options: str) -> CommandLine:
        """Make a node."""
        line = self.line(name)
        line.good("init", name, *options)
        return line

    def pair(self) -> tuple[CommandLine, CommandLine]:
        """Make two nodes, shelf and boat, that are peers and may deliver to each other.

        They are copies: in all tests of a process these two have the same keys.
        """
        copy_prepared(self.folder, _make_pair)
        return self.line("shelf"), self.line("boat")


def _make_pair(folder: Path) -> None:
    place = Place(folder)
    shelf = place.node("shelf", "--address", "127.0.0.1")
    boat = place.node("boat", "--address", "127.0.0.2")
    for one, other in ((shelf, boat), (boat, shelf)):
        card = folder / f"{other.home.path.name}.card"
        other.good("id", "--card", str(card))
        one.good("peer", "add", str(card))
        one.good("peer", "allow", other.home.path.name, "deliver")
    for line in (shelf, boat):
        # Each copy is as new when it is opened.
        forget_clock(line.home.database)


@contextmanager
def place() -> Iterator[Place]:
    """Yield an empty place."""
    # Before a test changes how anything works.
    prepare(_make_pair)
    with tempfile.TemporaryDirectory(prefix="nr-") as folder:
        yield Place(Path(folder))
