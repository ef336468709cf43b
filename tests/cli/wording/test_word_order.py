"""A command with a peer in the wrong place is refused with the right order, which can be typed."""

import shlex
from pathlib import Path

import pytest

from tests.cli.command_line import CommandLine, Place


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def typed(line: str) -> list[str]:
    """Return the arguments of the command that a message names."""
    words = shlex.split(line.split("`")[1])
    assert words[0] == "netrelay"
    assert words[-2] == "--home"
    return words[1:-2]


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("limit 64K boat", "limit boat 64K"),
        ("limit none boat --window 22:00-06:00", "limit boat none --window 22:00-06:00"),
        ("limit --window 22:00-06:00 64K boat", "limit boat 64K --window 22:00-06:00"),
        ("budget 500M/month boat", "budget boat 500M/month"),
        ("budget 500M/month boat --reserve 5M", "budget boat 500M/month --reserve 5M"),
        ("window 22:00-06:00 boat", "window boat 22:00-06:00"),
        ("window 'Mon..Fri 22:00-06:00' Sat boat", "window boat 'Mon..Fri 22:00-06:00' Sat"),
        ("window always boat", "window boat always"),
        ("peer address 10.0.0.7 boat", "peer address boat 10.0.0.7"),
        (
            "peer address 10.0.0.7:7511 b.local boat",
            "peer address boat 10.0.0.7:7511 b.local",
        ),
        ("peer quota 20G boat", "peer quota boat 20G"),
        ("peer allow deliver boat", "peer allow boat deliver"),
        ("peer deny deliver boat", "peer deny boat deliver"),
        ("peer rename dinghy boat", "peer rename boat dinghy"),
    ],
)
def test_the_peer_comes_first(shelf: CommandLine, said: str, right: str) -> None:
    code, line = shelf.bad(*shlex.split(said))
    assert code == 64 or (code == 65 and "no peer" in line) or "NODE comes first" in line
    assert "NODE comes first: `" in line
    assert typed(line) == shlex.split(right)
    shelf.good(*typed(line))


def test_a_peer_without_its_option_is_named_by_it(shelf: CommandLine, tmp_path: Path) -> None:
    path = tmp_path / "photo of us.jpg"
    path.write_bytes(b"photo")
    for words in (["send", str(path), "boat"], ["send", "boat", str(path)]):
        _, line = shelf.bad(*words)
        assert line.startswith("netrelay: --to names it: `"), line
        assert typed(line) == ["send", str(path), "--to", "boat"]
    shelf.good("plan", *typed(line)[1:])
    _, line = shelf.bad("message", "the", "door", "is", "open", "boat")
    assert typed(line) == ["message", "the", "door", "is", "open", "--to", "boat"]
    _, line = shelf.bad("peer", "boat", "quota", "20G")
    assert typed(line) == ["peer", "quota", "boat", "20G"]


def test_what_a_terminal_would_obey_is_escaped(shelf: CommandLine) -> None:
    """A name of a file that a shell has put there may be anybody's."""
    for words in (["send", "boat"], ["peer", "address", "by"], ["message", "boat"]):
        _, line = shelf.bad(*words, "\x1b[2J\u202egpj\n", "boat")
        assert line.rstrip("\n").isprintable(), line


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("limit 64K bota", "'bota' is no rate"),
        ("limit baot 64K", "no peer 'baot'; did you mean boat?"),
        ("limit boat fast", "'fast' is no rate"),
        ("limit boat boat", "'boat' is no rate"),
        ("peer allow bota carry boat", "no peer 'bota'; did you mean boat?"),
        ("window 22:00-06:00", "no peer '22:00-06:00'"),
        ("send nothing --to boat", "nothing: No such file"),
    ],
)
def test_other_mistakes_are_named_as_they_are(shelf: CommandLine, said: str, why: str) -> None:
    if said == "window 22:00-06:00":
        outcome = shelf("window", "22:00-06:00")
        assert why in outcome.err
        return
    assert why in shelf.bad(*said.split())[1]


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("peer address boat 10.0.0.7 by lo", "peer address boat '10.0.0.7 by lo'"),
        ("peer address boat 10.0.0.7:7411 via lo", "peer address boat '10.0.0.7:7411 by lo'"),
        (
            "peer address boat 10.0.0.6 10.0.0.7 on lo 10.0.0.8",
            "peer address boat 10.0.0.6 '10.0.0.7 by lo' 10.0.0.8",
        ),
        ("peer ways boat --add 10.0.0.7 by lo", "peer ways boat --add '10.0.0.7 by lo'"),
        ("peer ways boat --add 10.0.0.9 dev lo --first",
         "peer ways boat --add '10.0.0.9 by lo' --first"),
    ],
)  # fmt: skip
def test_an_address_that_the_shell_took_apart_is_named_whole(
    shelf: CommandLine, said: str, right: str
) -> None:
    code, line = shelf.bad(*said.split())
    assert code == 64
    assert "an address with an interface is one word, in quotes: `" in line
    assert typed(line) == shlex.split(right)
    shelf.good(*typed(line))


@pytest.mark.parametrize("words", [("peer", "address", "boat"), ("peer", "ways", "boat", "--add")])
@pytest.mark.parametrize("between", ["via", "on", "over", "through", "dev", "using"])
def test_another_word_before_an_interface_is_named(
    shelf: CommandLine, words: tuple[str, ...], between: str
) -> None:
    code, line = shelf.bad(*words, f"10.0.0.7:7411 {between} lo")
    assert code == 64
    assert "with an interface it is '10.0.0.7:7411 by lo'" in line


def test_a_next_hop_without_its_option_is_named_by_it(homes: Place, shelf: CommandLine) -> None:
    for name in ("hub", "isle"):
        card = homes.folder / f"{name}.card"
        homes.node(name).good("id", "--card", str(card))
        shelf.good("peer", "add", str(card))
    for said, right in (
        ("boat hub", "boat --via hub"),
        ("boat via hub", "boat --via hub"),
        ("boat hub isle", "boat --via hub --via isle"),
        ("boat --direct then hub", "boat --direct --via hub"),
    ):
        _, line = shelf.bad("peer", "route", *said.split())
        assert line.startswith("netrelay: --via names it: `"), line
        assert typed(line) == ["peer", "route", *right.split()]
        shelf.good(*typed(line))


@pytest.mark.parametrize("words", [("peer", "address", "boat"), ("peer", "ways", "boat", "--add")])
def test_an_interface_alone_is_no_address(shelf: CommandLine, words: tuple[str, ...]) -> None:
    code, line = shelf.bad(*words, "lo")
    assert code == 64
    assert "'lo' is a network interface of this machine, and no address; allowed: 'HOST by lo'" in (
        line
    )
