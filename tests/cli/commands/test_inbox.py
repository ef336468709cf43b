"""`netrelay inbox`: texts and files, newest last, without control characters."""

import json
import sys

import pytest

from netrelay.cli.commands import inbox
from netrelay.cli.queries.arrived import ArrivedText
from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import Walks, walks


@pytest.fixture
def boat(homes: Place) -> CommandLine:
    return homes.pair()[1]


def came(walk: Walks, number: int, text: str, unix_s: int) -> None:
    with walk.database.transaction():
        walk.database.execute(
            "INSERT INTO texts VALUES (?, ?, ?, x'0102030405060708', ?, 7, ?, ?)",
            (number, number, walk.node("shelf"), number, unix_s, text),
        )


def put(walk: Walks, name: str, unix_s: int) -> None:
    walk.arrive("shelf", name, 5)
    with walk.database.transaction():
        walk.database.execute(
            "UPDATE files SET inbox_name = ?, closed = 1, unix_s = ? WHERE name = ?",
            (name, unix_s, name),
        )


def test_an_empty_inbox(boat: CommandLine) -> None:
    assert boat.good("inbox") == "nothing has come yet\n"
    assert boat.bad("inbox", "1") == (65, boat.bad("inbox", "1")[1])


def test_texts_and_files_newest_last(boat: CommandLine) -> None:
    with walks(boat) as walk:
        came(walk, 1, "first", 100)
        put(walk, "b\u202e.jpg", 200)
        came(walk, 2, "\x1b[2Jlast\nline", 300)
        came(walk, 3, "y" * 1000, 400)
    out = boat.good("inbox")
    assert "\x1b" not in out
    assert "\u202e" not in out
    lines = out.splitlines()
    assert [
        word in line
        for word, line in zip(("first", "b\\u202e.jpg", "last", "yyy"), lines[1:], strict=True)
    ] == [True] * 4
    assert r"\x1b[2Jlast\nline" in lines[3]
    assert lines[4].endswith("...")
    assert len(lines[4]) < 300
    assert boat.good("inbox", "--count", "2").splitlines()[1:] == lines[3:]
    objects = [json.loads(line) for line in boat.good("inbox", "--json").splitlines()]
    assert [each["kind"] for each in objects] == ["text", "file", "text", "text"]
    assert objects[2]["text"] == "\x1b[2Jlast\nline"
    assert objects[2]["source"] == "shelf"
    assert objects[1]["name"] == "b\u202e.jpg"


def test_a_text_whole(boat: CommandLine) -> None:
    with walks(boat) as walk:
        came(walk, 12, "\x1bwhole\n", 100)
    assert boat.good("inbox", "12") == "\x1bwhole\n"
    assert json.loads(boat.good("inbox", "12", "--json"))["number"] == 12


def test_texts_go_when_somebody_says_so(boat: CommandLine) -> None:
    with walks(boat) as walk:
        for number in (3, 5, 9):
            came(walk, number, f"text {number}", 100)
    assert boat.good("inbox", "--forget", "5") == "2 texts removed\n"
    assert "text 9" in boat.good("inbox")
    assert "text 5" not in boat.good("inbox")


def test_a_text_on_a_terminal_is_harmless(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    inbox._write_whole(ArrivedText(1, 1, "shelf", 0, 0, "\x1b[2Jwhole\nline"))
    assert capsys.readouterr().out == "\\x1b[2Jwhole\nline\n"


@pytest.mark.parametrize("words", [("--count", "0"), ("--count", "x"), ("x",)])
def test_bad_numbers(boat: CommandLine, words: tuple[str, ...]) -> None:
    code, line = boat.bad("inbox", *words)
    assert code == 64
    assert "; allowed: 1 " in line
