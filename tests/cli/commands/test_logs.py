"""`netrelay logs`: which lines are shown, and those that are logged meanwhile."""

import json
import os
import subprocess
import sys

import pytest

from netrelay.cli.arguments import size_bytes, span_s
from tests.cli.command_line import CHECKOUT, CommandLine, Place
from tests.cli.walks import walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    """Return a node with a line of each level; the notice is a day older than the others."""
    line = homes.pair()[0]
    with walks(line) as node, node.database.transaction():
        node.database.execute(
            "INSERT INTO logs (unix_s, at_s, process, level, event, peer, text) VALUES"
            " (unixepoch() - 86400, 1, 'importer', 'notice', 'n', NULL, 'old news'),"
            " (unixepoch() - 60, 2, 'sender', 'warning', 'w', (SELECT node FROM peers), 'warm'),"
            " (unixepoch(), 3, 'sender', 'error', 'e', NULL, 'bad\x1b[2J')"
        )
    return line


def texts(line: CommandLine, *options: str) -> list[str]:
    return [json.loads(each)["text"] for each in line.good("logs", "--json", *options).splitlines()]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["old news", "warm", "bad\x1b[2J"]),
        (["--level", "notice"], ["old news", "warm", "bad\x1b[2J"]),
        (["--level", "warning"], ["warm", "bad\x1b[2J"]),
        (["--level", "error"], ["bad\x1b[2J"]),
        (["--process", "importer"], ["old news"]),
        (["--peer", "boat"], ["warm"]),
        (["--since", "1h"], ["warm", "bad\x1b[2J"]),
        (["--since", "2d", "--limit", "1"], ["bad\x1b[2J"]),
        (["--limit", "2"], ["warm", "bad\x1b[2J"]),
    ],
)
def test_which_lines(shelf: CommandLine, options: list[str], expected: list[str]) -> None:
    assert texts(shelf, *options) == expected


def test_a_table_without_control_characters(shelf: CommandLine) -> None:
    out = shelf.good("logs")
    assert out.splitlines()[0].split() == ["WHEN", "PROCESS", "LEVEL", "TEXT"]
    assert "bad\\x1b[2J" in out
    assert shelf.good("logs", "--peer", "boat", "--level", "error") == "nothing was noted\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--level", "warn"], "did you mean warning?"),
        (["--process", "sendr"], "did you mean sender?"),
        (["--since", "yesterday"], "allowed: 90s, 15min, 2h, 3d"),
        (["--since", "3"], "allowed: 90s"),
        (["--limit", "0"], "0 is out of range; allowed: 1 to"),
    ],
)
def test_what_cannot_be_asked(shelf: CommandLine, options: list[str], words: str) -> None:
    code, line = shelf.bad("logs", *options)
    assert (code, words in line) == (64, True), line


def test_following_shows_what_comes(shelf: CommandLine) -> None:
    with subprocess.Popen(
        [
            sys.executable,
            "-m",
            "netrelay",
            "--home",
            str(shelf.home.path),
            "logs",
            "-f",
            "--json",
            "--level",
            "warning",
            "--since",
            "1h",
        ],
        cwd=CHECKOUT,
        env={**os.environ, "NETRELAY_RUNTIME_DIRECTORY": str(shelf.runtime)},
        stdout=subprocess.PIPE,
        text=True,
    ) as following:
        assert following.stdout is not None
        try:
            shown = [json.loads(following.stdout.readline())["text"] for _ in range(2)]
            with walks(shelf) as node:
                node.log("notice", "not this")
                node.log("error", "first")
                shown.append(json.loads(following.stdout.readline())["text"])
                node.log("warning", "second")
                shown.append(json.loads(following.stdout.readline())["text"])
        finally:
            following.terminate()
    assert shown == ["warm", "bad\x1b[2J", "first", "second"]


def test_spans_and_sizes() -> None:
    assert [span_s(text) for text in ("90s", "15min", "2h", "1.5d", "1w", "2m")] == [
        90,
        900,
        7200,
        129600,
        604800,
        120,
    ]
    sizes = ("4096", "500m", "20GiB", "1.5G", "1KB", "7B")
    assert [size_bytes(text) for text in sizes] == [
        4096,
        500 << 20,
        20 << 30,
        3 << 29,
        1024,
        7,
    ]
    for text in ("", "G", "1X", "-1G", "1iB2", "1Mb", "\u0661"):
        with pytest.raises(Exception, match="allowed"):
            size_bytes(text)
        with pytest.raises(Exception, match="allowed"):
            span_s(text)
