"""`netrelay inbox`: texts and files, newest last, without control characters."""

import json
import sys
import time

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
            "INSERT INTO texts VALUES (?, ?, ?, x'0102030405060708', ?, 7, ?, ?, '')",
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


def test_a_program_is_told_path_job_and_times(boat: CommandLine) -> None:
    with walks(boat) as walk:
        came(walk, 1, "first", 100)
        put(walk, "b.jpg", 200)
        (message,) = walk.database.row("SELECT id FROM messages WHERE file IS NOT NULL") or ()
    text, file = map(json.loads, boat.good("inbox", "--json").splitlines())
    assert (text["job"], text["unix_s"], text["at"]) == (1, 100, "1970-01-01T00:01:40Z")
    assert text["written_at"] == "1970-01-01T00:00:07Z"
    assert file["path"] == str(boat.home.inbox / "shelf" / "b.jpg")
    assert (file["job"], file["source"], file["at"]) == (message, "shelf", "1970-01-01T00:03:20Z")
    assert file["delivered_at"].startswith("20")


def test_since_asks_when_it_was_delivered(boat: CommandLine) -> None:
    """A file that began to arrive long before, too."""
    with walks(boat) as walk:
        came(walk, 1, "old", 100)
        put(walk, "b.jpg", 200)
        came(walk, 2, "new", int(time.time()))
    lines = boat.good("inbox", "--json", "--since", "1h").splitlines()
    assert [json.loads(line).get("text", "b.jpg") for line in lines] == ["b.jpg", "new"]
    assert boat.good("inbox", "--json", "--since", "1h", "--count", "1").count("\n") == 1
    assert boat.bad("inbox", "--since", "x")[0] == 64


def test_follow_shows_each_arrival_once(boat: CommandLine, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = iter(range(2, 5))
    with walks(boat) as walk:

        def wait(_: float) -> None:
            number = next(numbers, None)
            if number is None:
                raise KeyboardInterrupt
            came(walk, number, f"text {number}", 100 + number)
            if number == 3:
                put(walk, "3.jpg", 50)

        came(walk, 1, "before", 100)
        monkeypatch.setattr(time, "sleep", wait)
        lines = boat.good("inbox", "--json", "--follow").splitlines()
    found = [json.loads(line) for line in lines]
    assert [each.get("text", each.get("name")) for each in found] == [
        *("before", "text 2", "3.jpg", "text 3", "text 4"),
    ]
