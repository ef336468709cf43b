"""The line that `--wait` overwrites: its words, and that it is shown on a terminal only."""

import fcntl
import os
import pty
import struct
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from netrelay.cli.opening import reading
from netrelay.cli.queries.cases import Case, cases
from netrelay.cli.sending.progress import Progress, words
from tests.cli.command_line import Place
from tests.cli.walks import MIB, walks


@pytest.fixture
def case(homes: Place) -> Case:
    """A file of 3 MiB that is being sent to boat; 1 MiB is acknowledged."""
    shelf = homes.pair()[0]
    with walks(shelf) as node, reading(shelf.home) as database:
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.connection("boat", 1)
        job = node.database.value("SELECT max(id) FROM messages WHERE type = 6")
        assert isinstance(job, int)
        (found,) = cases(database, [job])
    return found._replace(done_bytes=1 * MIB, pieces_left=2)


def test_what_is_on_its_way_has_a_bar(case: Case) -> None:
    assert words(case, 0) == "film.mkv  [########----------------]  33%  1 MiB of 3 MiB"
    assert words(case, 256 * 1024).endswith("  33%  1 MiB of 3 MiB  256 KiB/s  8 s left")
    done = case._replace(done_bytes=3 * MIB)
    assert words(done, 0) == "film.mkv  [########################] 100%  3 MiB of 3 MiB"
    assert words(case._replace(name="n" * 200), 0).startswith(f"{'n' * 27}...  [###")
    assert words(case._replace(name="a\x1b[2Jb"), 0).startswith("a\\x1b[2Jb  [###")


def test_what_waits_is_said(case: Case) -> None:
    assert words(None, 0) == "waits in the drop folder"
    failing = case._replace(cause="no-connection", reason="No route to host")
    assert words(failing, 0) == "film.mkv (job 1): no connection to boat: No route to host"
    # An empty file has no percentage.
    assert "[" not in words(case._replace(size_bytes=0, done_bytes=0), 0)


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, columns: int) -> Iterator[int]:
    """Make standard error a terminal; return the end that a person reads."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with os.fdopen(theirs, "w") as stream, monkeypatch.context() as context:
        context.setattr(sys, "stderr", stream)
        yield ours
    os.close(ours)


def test_the_line_is_written_over_and_cleared(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch, 40) as seen:
        progress = Progress()
        progress.show(None)
        progress.show(case)
        progress.show(case)
        progress.end()
        text = ""
        while text.count("\r\x1b[K") < 3:
            text += os.read(seen, 4096).decode()
    first, second, cleared = text.split("\r\x1b[K")[1:]
    assert first == "waits in the drop folder"
    # A line that is longer than the terminal could not be overwritten.
    assert second == "film.mkv  [########----------------]  3"
    assert cleared == ""


def test_what_is_no_terminal_sees_nothing(case: Case, capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress()
    progress.show(case)
    progress.end()
    assert capsys.readouterr() == ("", "")
