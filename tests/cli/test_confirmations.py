"""`-q`: what was done is not confirmed; what is wrong is printed all the same."""

from pathlib import Path

import pytest

from netrelay.cli.errors import Exit
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import walks


@pytest.fixture(name="typed")
def _typed(homes: Place, tmp_path: Path) -> CommandLine:
    (tmp_path / "film.mkv").write_bytes(b"film")
    return homes.pair()[0]


@pytest.mark.parametrize(
    "words",
    [
        "pause boat",
        "resume boat",
        "limit boat 2M",
        "limit boat none",
        "peer allow boat deliver",
        "peer deny boat relay",
        "peer address boat 192.0.2.9",
        "peer ways boat --order 127.0.0.2",
        "peer quota boat 20G",
        "peer route boat --direct",
        "peer rename boat ship",
        "peer rm boat",
        "message hello --to boat",
        "send FOLDER/film.mkv --to boat",
        "backup FOLDER/saved",
    ],
)
def test_a_quiet_command_prints_nothing(typed: CommandLine, tmp_path: Path, words: str) -> None:
    arguments = words.replace("FOLDER", str(tmp_path)).split()
    assert typed.good(*arguments, "-q") == ""
    if words.startswith(("backup", "peer rm", "peer rename")):
        return
    assert typed.good(*arguments) != ""


def test_a_quiet_command_does_its_work(typed: CommandLine) -> None:
    typed.good("limit", "--quiet", "boat", "2M")
    assert "2 MiB/s" in typed.good("limit")
    typed.good("message", "-q", "hello", "--to", "boat")
    (line,) = (each for each in typed.good("jobs").splitlines() if "(text)" in each)
    assert typed.good("cancel", "-q", line.split()[0]) == ""
    assert typed.good("retry", "-q", line.split()[0]) == ""
    with walks(typed) as node:
        states = node.database.rows("SELECT state FROM messages WHERE type = 1")
        assert states != [("D",)]


def test_what_is_wrong_is_printed(typed: CommandLine) -> None:
    assert "no larger file fits" in typed.good("peer", "quota", "boat", "64K", "-q")
    assert typed.bad("pause", "-q", "nobody")[0] == Exit.DATA
    assert typed.bad("message", "-q", "--json", "hello", "--to", "boat")[0] == Exit.USAGE
