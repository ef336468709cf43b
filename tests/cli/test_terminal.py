"""Colours, and tables that fit: on a terminal only, never in a pipe."""

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios

import pytest

from netrelay.cli.terminal import shortened
from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.walks import MIB, walks

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
_LONG = "a-film-with-a-name-that-is-much-longer-than-a-line-of-the-terminal-has-room-for.mkv"
_REASON = "192.0.2.7 port 7412: a long reason that goes on and on for more than 123456 words"


def seen(line: CommandLine, *arguments: str, columns: int = 80, **variables: str) -> str:
    """Run a command at a terminal of this width; return what it prints there."""
    here, there = pty.openpty()
    fcntl.ioctl(there, termios.TIOCSWINSZ, struct.pack("HHHH", 25, columns, 0, 0))
    kept = {name: text for name, text in os.environ.items() if name not in ("COLUMNS", "NO_COLOR")}
    runtime = {"NETRELAY_RUNTIME_DIRECTORY": str(line.runtime), "PYTHONUTF8": "1"}
    with subprocess.Popen(
        [sys.executable, "-m", "netrelay", "--home", str(line.home.path), *arguments],
        cwd=CHECKOUT,
        env={**kept, **runtime, "TERM": "xterm", **variables},
        stdout=there,
    ) as process:
        os.close(there)
        printed = b""
        while True:
            try:
                data = os.read(here, 65536)
            except OSError:  # EIO: the last process has closed the terminal
                break
            printed += data
        process.wait(timeout=60)
    os.close(here)
    return printed.decode().replace("\r\n", "\n")


@pytest.fixture(name="waiting")
def _waiting(homes: Place) -> CommandLine:
    """A node that is down, with a job that has died and another one."""
    shelf = homes.pair()[0]
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "dead.bin", 1)
        node.report("cancelled", "person", "state = 'S-4'", _REASON)
        node.connection("boat", -1, _REASON)
        node.claim("boat", _LONG, 3 * MIB)
    return shelf


@pytest.mark.parametrize(
    ("words", "red"),
    [
        ("check", "\x1b[31mfail\x1b[0m"),
        ("check", "\x1b[33mwarn\x1b[0m"),
        ("status", "\x1b[31mdown\x1b[0m  `"),
        ("status", "\x1b[31mD"),
        ("jobs", "\x1b[31mD"),
    ],
)
def test_what_is_wrong_has_a_colour_on_a_terminal_alone(
    waiting: CommandLine, words: str, red: str
) -> None:
    assert red in seen(waiting, words)
    assert not _COLOUR.search(seen(waiting, words, NO_COLOR="1"))
    assert not _COLOUR.search(seen(waiting, words, TERM="dumb"))
    assert red in seen(waiting, words, NO_COLOR="")
    assert not _COLOUR.search(waiting.start(words).out)
    assert not _COLOUR.search(seen(waiting, words, "--json"))


@pytest.mark.parametrize("words", ["jobs", "status"])
def test_a_table_fits_the_terminal_and_is_whole_in_a_pipe(waiting: CommandLine, words: str) -> None:
    def table(columns: int) -> list[str]:
        lines = _COLOUR.sub("", seen(waiting, words, columns=columns)).splitlines()
        # A command to type is never cut, nor is a sentence.
        return [line for line in lines if "`" not in line and not line.startswith("disk  ")]

    fitting = table(80)
    assert 70 < max(map(len, fitting)) <= 80
    assert any(line.count(_ELLIPSIS) == 2 for line in fitting)
    assert 70 < max(map(len, table(20))) <= 80
    for whole in (waiting.start(words).out, "\n".join(table(300))):
        assert _LONG in whole
        assert _ELLIPSIS not in whole


def test_a_command_to_type_is_never_cut(waiting: CommandLine) -> None:
    waiting.good("pause", "boat")
    (paused,) = (line for line in waiting.good("status").splitlines() if "paused; `" in line)
    assert len(paused) > 80
    assert paused in seen(waiting, "status").splitlines()


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short", 12, "short"),
        ("exactly 12 c", 12, "exactly 12 c"),
        ("no connection to boat: timed out", 20, "no connection to..."),
        ("it waits for 123456 pieces", 18, "it waits for..."),
        ("a-long-name-of-a-film.mkv", 12, "a-long-na..."),
    ],
)
def test_a_text_is_cut_between_words_where_it_can(
    text: str, width: int, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("netrelay.cli.terminal._ellipsis", lambda: "...")
    assert shortened(text, width) == shown
