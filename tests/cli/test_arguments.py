"""Words that a command does not know are named, with what is allowed."""

import pytest

from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.node("shelf")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        # The value of an unknown option is no argument.
        (("inbox", "--peer", "boat"), "'--peer' is no option (allowed: --help, --home, --count,"),
        (("inbox", "--peer=boat"), "'--peer' is no option (allowed: "),
        (("jobs", "--form", "boat"), "'--form' is no option; did you mean --from? (allowed: "),
        (("top", "-x"), "'-x' is no option (allowed: "),
        (("status", "extra"), "'extra' is one word too many"),
        (("inbox", "boat"), "argument TEXT: 'boat' is no number; allowed: 1 or more"),
        (("inbox", "0"), "argument TEXT: 0 is out of range; allowed: 1 or more"),
        (("inbox", "9" * 19), "argument TEXT: 9999999999999999999 is out of range"),
        (("inbox", "--count", "0"), "argument --count: 0 is out of range; allowed: 1 to 100000"),
        (("jobs", "--limit", "x"), "argument --limit: 'x' is no number; allowed: 1 or more"),
        # Negative values are values, and no options.
        (("peer", "quota", "boat", "-1G"), "argument SIZE: '-1G' is no size; allowed: 500M, 20G"),
        (("limit", "boat", "-1M"), "'-1M' is no rate; allowed: 4K to 10G bytes a second"),
        (("logs", "--since", "-5min"), "'-5min' is no time span; allowed: 90s, 15min, 2h, 3d"),
        (("inbox", "--since", "-.5h"), "'-.5h' is no time span; allowed: 90s"),
        (("top", "--interval", "-1s"), "'-1s' is no time span; allowed: 90s"),
        (("peer", "ping", "boat", "--timeout", "-5s"), "'-5s' is no time span"),
        (("send", "x", "--to", "boat", "--ttl", "-2h"), "'-2h' is no time span"),
        (
            ("send", "x", "--to", "boat", "--priority", "-1"),
            "'-1' is no priority; allowed: 0",
        ),
        (("jobs", "--limit", "-1k"), "argument --limit: '-1k' is no number; allowed: 1 or more"),
        # As a path it would be the current folder.
        (("send", "", "--to", "boat"), "an argument is empty: is a variable of the shell not set?"),
        (("id", "--card", ""), "an argument is empty"),
        (("id", "--card="), "an argument is empty"),
        (("backup", ""), "an argument is empty"),
        (("sql", ""), "an argument is empty"),
        (("completion",), "SHELL is missing; allowed: bash, zsh, fish; in ~/.bashrc: source <("),
    ],
)
def test_a_mistyped_word_is_named(shelf: CommandLine, words: tuple[str, ...], said: str) -> None:
    code, line = shelf.bad(*words)
    assert code == 64
    assert said in line
    assert line.endswith("--help` explains)")


def test_words_after_two_hyphens_are_arguments(shelf: CommandLine) -> None:
    code, line = shelf.bad("why", "--", "--peer")
    assert (code, "there is no job or node '--peer'" in line) == (65, True)


@pytest.mark.parametrize("words", [("trace", "999"), ("why", "999"), ("show", "999")])
def test_an_unknown_number_is_named_with_where_to_look(
    shelf: CommandLine, words: tuple[str, ...]
) -> None:
    code, line = shelf.bad(*words)
    assert (code, "999" in line) == (65, True)
    assert f"`netrelay jobs --home {shelf.home.path}` lists" in line


def test_an_empty_text_is_named_as_such(shelf: CommandLine) -> None:
    code, line = shelf.bad("message", "", "--to", "boat")
    assert (code, "empty" not in line) == (65, True)
