"""`netrelay message`: texts become rows, in groups, whether the node runs or not."""

import os

import pytest

from netrelay.cli.commands import message
from netrelay.core.single import TEXT_MAX_BYTES, decode_single, decode_text
from netrelay.runtime.clock import system_clock
from netrelay.store.database import ReadOnlyDatabase
from tests.cli.command_line import CommandLine, Outcome, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def texts(line: CommandLine) -> list[str]:
    database = ReadOnlyDatabase(line.home.database, system_clock())
    try:
        rows = database.rows(
            "SELECT b.body, m.state, m.actor FROM messages m JOIN bodies b ON b.message = m.id"
            " WHERE m.type = 1 ORDER BY m.sequence"
        )
    finally:
        database.close()
    assert {row[1:] for row in rows} <= {("S-1", "person")}
    return [decode_text(decode_single(body)[1]) for body, _, _ in rows]  # type: ignore[arg-type]


def with_input(line: CommandLine, content: bytes, *arguments: str) -> Outcome:
    return line.start("message", *arguments, given=content)


def test_words_are_one_text(shelf: CommandLine) -> None:
    out = shelf.good("message", "the", "door is open", "--to", "boat")
    assert out.splitlines()[0] == "message 1 goes to boat"
    assert "down" in out
    assert texts(shelf) == ["the door is open"]
    assert "on its way\n" not in shelf.good("status")
    assert "single" in shelf.good("status")


def test_what_is_numbered_while_nothing_runs_has_an_epoch_of_its_own(shelf: CommandLine) -> None:
    for word in "ab":
        shelf.good("message", word, "--to", "boat")
    database = ReadOnlyDatabase(shelf.home.database, system_clock())
    try:
        rows = database.rows("SELECT DISTINCT epoch FROM messages WHERE type = 1")
    finally:
        database.close()
    assert len(rows) == 2


@pytest.mark.parametrize("arguments", [(), ("-",)])
def test_standard_input_is_one_text(shelf: CommandLine, arguments: tuple[str, ...]) -> None:
    code, _, err = with_input(shelf, b"two\nlines\n", *arguments, "--to", "boat")
    assert (code, err) == (0, "")
    assert texts(shelf) == ["two\nlines\n"]


def test_each_line_is_a_text_and_many_share_a_commit(shelf: CommandLine) -> None:
    wanted = [f"line {number} ü" for number in range(1000)]
    content = "\n".join([*wanted[:500], "", *wanted[500:]]).encode()
    code, out, _ = with_input(shelf, content, "--lines", "--to", "boat")
    assert code == 0
    assert out.splitlines()[0].startswith("1000 messages (")
    assert texts(shelf) == wanted


def test_groups_are_bounded_and_a_slow_line_does_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    monkeypatch.setattr(message, "_STANDARD_INPUT", reader)
    monkeypatch.setattr(message, "_TEXTS_A_COMMIT", 3)
    groups = message._groups_of_lines()
    try:
        os.write(writer, b"a\nb")
        assert next(groups) == [b"a"]
        os.write(writer, b"b\n1\n2\n3\n4\n")
        assert next(groups) == [b"bb", b"1", b"2"]
        assert next(groups) == [b"3", b"4"]
        os.write(writer, b"last")
    finally:
        os.close(writer)
    assert list(groups) == [[b"last"]]
    os.close(reader)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff", "no UTF-8 (byte 0)"),
        (b"x" * (TEXT_MAX_BYTES + 1), f"more than {TEXT_MAX_BYTES} bytes"),
        (b"", "is 0 bytes long"),
    ],
)
def test_what_is_no_text_is_refused(shelf: CommandLine, content: bytes, words: str) -> None:
    code, _, err = with_input(shelf, content, "--to", "boat")
    assert code == 65
    assert err.count("\n") == 1
    assert words in err
    assert texts(shelf) == []


def test_a_bad_line_is_named_and_those_before_its_group_went(
    shelf: CommandLine,
) -> None:
    content = b"good\n" * 300 + b"\xff\n"
    code, _, err = with_input(shelf, content, "--lines", "--to", "boat")
    assert code == 65
    assert "line 301" in err
    assert texts(shelf) == ["good"] * 256


def test_a_line_that_never_ends_is_refused(shelf: CommandLine) -> None:
    code, _, err = with_input(shelf, b"ok\n" + b"x" * 300_000, "--lines", "--to", "boat")
    assert code == 65
    assert "line 2 has more than" in err


def test_mistakes_have_hints(shelf: CommandLine) -> None:
    assert "did you mean boat?" in shelf.bad("message", "x", "--to", "bota")[1]
    assert shelf.bad("message", "x", "--lines", "--to", "boat")[0] == 64
    assert shelf.bad("message", "x")[0] == 64
