"""`netrelay peer`: enrolment of other nodes, and their rights."""

import io
import json
from pathlib import Path

import pytest

from netrelay.seal.card import encode_card
from netrelay.seal.identity import Identity, create
from tests.cli.command_line import CommandLine, Place


def card_of(homes: Place, line: CommandLine) -> str:
    """Write a node's card to a file; return its path."""
    path = homes.folder / f"{line.home.path.name}.card"
    line.good("id", "--card", str(path))
    return str(path)


def peers_of(line: CommandLine) -> list[dict[str, object]]:
    return [json.loads(text) for text in line.good("peer", "ls", "--json").splitlines()]


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.node("shelf", "--address", "127.0.0.1")


@pytest.fixture
def boat(homes: Place) -> CommandLine:
    return homes.node("boat", "--address", "127.0.0.2", "--commsport", "7001")


def test_a_card_makes_a_peer(homes: Place, shelf: CommandLine, boat: CommandLine) -> None:
    out = shelf.good("peer", "add", card_of(homes, boat))
    node = json.loads(boat.good("id", "--json"))["node"]
    assert node in out
    assert "netrelay peer allow boat deliver --home" in out
    assert "may not put anything into this node's inbox yet" in out
    (peer,) = peers_of(shelf)
    assert (peer["name"], peer["node"], peer["via"]) == ("boat", node, node)
    assert (peer["addresses"], peer["commsport"]) == (["127.0.0.2"], 7001)
    assert peer["rights"] == []
    assert (shelf.home.drop / "boat").is_dir()


def test_the_printed_next_command_works_as_it_stands(
    homes: Place, shelf: CommandLine, boat: CommandLine
) -> None:
    out = shelf.good("peer", "add", card_of(homes, boat))
    typed = out.splitlines()[-1].split()
    assert typed[0] == "netrelay"
    shelf.good(*typed[1 : typed.index("--home")])
    assert peers_of(shelf)[0]["rights"] == ["deliver"]


def test_a_card_comes_on_stdin(
    shelf: CommandLine, boat: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = boat.good("id", "--card", "-")
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(card.encode())))
    shelf.good("peer", "add", "-")
    assert peers_of(shelf)[0]["name"] == "boat"
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(card[:200].encode())))
    code, line = shelf.bad("peer", "add", "-")
    assert (code, "the card on standard input: there must be one line" in line) == (65, True), line


def test_name_and_addresses_are_overridden(
    homes: Place, shelf: CommandLine, boat: CommandLine
) -> None:
    shelf.good(
        "peer", "add", card_of(homes, boat), "--name", "ferry",
        "--address", "ferry.local:7009", "--address", "2001:db8::1",
    )  # fmt: skip
    (peer,) = peers_of(shelf)
    assert (peer["name"], peer["commsport"]) == ("ferry", 7009)
    assert peer["addresses"] == ["ferry.local", "2001:db8::1"]
    assert (shelf.home.drop / "ferry").is_dir()


def test_the_same_card_again_renews_the_addresses(
    homes: Place, shelf: CommandLine, boat: CommandLine
) -> None:
    shelf.good("peer", "add", card_of(homes, boat), "--name", "ferry")
    shelf.good("peer", "allow", "ferry", "deliver")
    out = shelf.good("peer", "add", card_of(homes, boat), "--address", "192.0.2.9")
    assert "ferry was a peer already" in out
    (peer,) = peers_of(shelf)
    assert (peer["name"], peer["addresses"]) == ("ferry", ["192.0.2.9"])
    assert peer["rights"] == ["deliver"]


def test_the_own_card_is_refused(homes: Place, shelf: CommandLine) -> None:
    code, line = shelf.bad("peer", "add", card_of(homes, shelf))
    assert code == 65
    assert "own card" in line


def test_a_name_belongs_to_one_node(homes: Place, shelf: CommandLine, boat: CommandLine) -> None:
    shelf.good("peer", "add", card_of(homes, boat))
    other = homes.folder / "other"
    other.mkdir()
    stranger = CommandLine(other / "boat")
    stranger.good("init", "boat")
    card = other / "boat.card"
    stranger.good("id", "--card", str(card), "--address", "192.0.2.1")
    code, line = shelf.bad("peer", "add", str(card))
    assert code == 65
    assert "--name boat-2" in line
    code, line = shelf.bad("peer", "add", str(card), "--name", "shelf")
    assert code == 65
    assert "this node itself" in line
    shelf.good("peer", "add", str(card), "--name", "boat-2")
    assert [peer["name"] for peer in peers_of(shelf)] == ["boat", "boat-2"]


def test_other_keys_for_a_known_node_are_refused(
    homes: Place, shelf: CommandLine, boat: CommandLine
) -> None:
    shelf.good("peer", "add", card_of(homes, boat))
    before = peers_of(shelf)
    sealing_key = boat.home.keys / "sealing.key"
    other = create(homes.folder / "other-keys")
    sealing_key.write_bytes((other.key_path.parent / "sealing.key").read_bytes())
    code, line = shelf.bad("peer", "add", card_of(homes, boat))
    assert code == 65
    assert "other keys" in line
    assert "not taken" in line
    assert peers_of(shelf) == before


def test_a_forged_card_is_refused(homes: Place, shelf: CommandLine, boat: CommandLine) -> None:
    path = Path(card_of(homes, boat))
    lines = path.read_text().splitlines()
    lines[3] = lines[3][:10] + ("A" if lines[3][10] != "A" else "B") + lines[3][11:]
    path.write_text("\n".join(lines))
    code, line = shelf.bad("peer", "add", str(path))
    assert code == 65
    assert str(path) in line
    assert peers_of(shelf) == []
    assert not (shelf.home.drop / "boat").exists()


def test_no_card_is_no_input(homes: Place, shelf: CommandLine) -> None:
    code, line = shelf.bad("peer", "add", str(homes.folder / "none.card"))
    assert code == 66
    assert "none.card" in line
    assert "on the other node `netrelay id --card FILE` writes it" in line
    code, line = shelf.bad("peer", "add", str(homes.folder))
    assert (code, "Is a directory: there is no card here; on the other node" in line) == (66, True)


def test_something_else_than_a_card_is_refused(homes: Place, shelf: CommandLine) -> None:
    path = homes.folder / "noise"
    path.write_bytes(b"\xff\x00" * 100_000)
    code, line = shelf.bad("peer", "add", str(path))
    assert code == 65
    assert "bytes" in line or "line" in line


def named(identity: Identity, name: str, path: Path) -> str:
    path.write_text(encode_card(identity, name, ("192.0.2.1",), 7411))
    return str(path)


def test_a_name_that_cannot_be_a_folder_needs_another(homes: Place, shelf: CommandLine) -> None:
    identity = create(homes.folder / "stranger-keys")
    card = named(identity, "../Etc Ünd", homes.folder / "stranger.card")
    code, line = shelf.bad("peer", "add", card)
    assert code == 65
    assert "1 to 31 of a-z" in line
    assert "--name NAME" in line
    code, line = shelf.bad("peer", "add", card, "--name", "../x")
    assert code == 64
    shelf.good("peer", "add", card, "--name", "stranger")


def test_two_ports_are_one_too_many(homes: Place, shelf: CommandLine, boat: CommandLine) -> None:
    code, line = shelf.bad(
        "peer", "add", card_of(homes, boat), "--address", "a:1", "--address", "b:2"
    )
    assert code == 64
    assert "1, 2" in line


def test_rights_are_given_by_name_or_id_and_once(
    homes: Place, shelf: CommandLine, boat: CommandLine
) -> None:
    shelf.good("peer", "add", card_of(homes, boat))
    node = str(peers_of(shelf)[0]["node"])
    assert "may now" in shelf.good("peer", "allow", node, "relay")
    assert "could already" in shelf.good("peer", "allow", "boat", "relay")
    assert "deliver" not in shelf.good("peer", "ls")
    shelf.good("peer", "allow", "boat", "deliver")
    assert peers_of(shelf)[0]["rights"] == ["deliver", "relay"]


def test_carry_names_the_third_node(homes: Place, shelf: CommandLine, boat: CommandLine) -> None:
    field = homes.node("field")
    shelf.good("peer", "add", card_of(homes, boat))
    shelf.good("peer", "add", card_of(homes, field))
    out = shelf.good("peer", "allow", "boat", "carry", "field")
    assert "bring messages of field" in out
    assert peers_of(shelf)[0]["rights"] == ["carry field"]
    for arguments in (
        ("boat", "carry"),
        ("boat", "deliver", "field"),
    ):
        assert shelf.bad("peer", "allow", *arguments)[0] == 64
    assert shelf.bad("peer", "allow", "boat", "carry", "boat")[0] == 65


def test_unknown_words_get_hints(homes: Place, shelf: CommandLine, boat: CommandLine) -> None:
    code, line = shelf.bad("peer", "allow", "boat", "deliver")
    assert code == 65
    assert "netrelay peer add CARD" in line
    shelf.good("peer", "add", card_of(homes, boat))
    code, line = shelf.bad("peer", "allow", "bot", "deliver")
    assert (code, "did you mean boat?" in line) == (65, True)
    code, line = shelf.bad("peer", "allow", "boat", "delivr")
    assert (code, "did you mean deliver?" in line) == (64, True)
    code, line = shelf.bad("peer", "alow", "boat", "deliver")
    assert (code, "did you mean allow?" in line) == (64, True)
    code, line = shelf.bad("peer", "allow", "shelf", "deliver")
    assert (code, "this node itself" in line) == (65, True)


def test_no_peer_yet(shelf: CommandLine) -> None:
    assert "netrelay peer add CARD" in shelf.good("peer", "ls")
    assert shelf("peer").code == 64


@pytest.mark.parametrize("size", ["5", "65535", "63K"])
def test_a_quota_that_no_message_fits_into_is_refused(
    homes: Place, shelf: CommandLine, boat: CommandLine, size: str
) -> None:
    shelf.good("peer", "add", card_of(homes, boat))
    code, line = shelf.bad("peer", "quota", "boat", size)
    assert code == 64
    assert f"{size!r} is " in line
    assert "allowed: 64K or more (500M, 20G; a bare number is bytes), or none" in line
    said = shelf.good("peer", "quota", "boat", "64K")
    assert "no larger file fits" in said
    assert "no larger file fits" not in shelf.good("peer", "quota", "boat", "1M")


def test_a_card_with_this_nodes_own_place(
    homes: Place, shelf: CommandLine, boat: CommandLine
) -> None:
    boat.good("id", "--card", str(homes.folder / "boat.card"), "--address", "127.0.0.1")
    said = shelf.good("peer", "add", str(homes.folder / "boat.card"))
    assert "listens itself" not in said, "boat has a port of its own"
    crate = homes.node("crate", "--address", "127.0.0.3")
    crate.good("id", "--card", str(homes.folder / "crate.card"), "--address", "127.0.0.1")
    said = shelf.good("peer", "add", str(homes.folder / "crate.card"))
    assert "but at 127.0.0.1 port 7411 this node listens itself: crate is not there" in said
    assert "netrelay peer address crate HOST:PORT" in said
