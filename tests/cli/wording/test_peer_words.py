"""`netrelay peer deny, quota, address, rm, ls NODE`, and `pause` and `resume`."""

import json

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    return homes.pair()[0]


def peer(line: CommandLine, name: str = "boat") -> dict[str, object]:
    found: dict[str, object] = json.loads(line.good("peer", "ls", name, "--json"))
    return found


def test_a_right_is_taken_back(shelf: CommandLine) -> None:
    out = shelf.good("peer", "deny", "boat", "deliver")
    assert "boat may no longer put its own messages into this node's inbox" in out
    assert peer(shelf)["rights"] == []
    assert "could not" in shelf.good("peer", "deny", "boat", "deliver")
    assert "did you mean deliver?" in shelf.bad("peer", "deny", "boat", "delivre")[1]
    assert shelf.bad("peer", "deny", "boat", "carry")[0] == 64


def test_a_quota(shelf: CommandLine) -> None:
    assert shelf.good("peer", "quota", "boat", "20G") == "boat may keep up to 20 GiB here\n"
    assert peer(shelf)["quota_bytes"] == 20 << 30
    assert "20 GiB; 0 B of it lie here" in shelf.good("peer", "ls", "boat")
    assert "up to a quarter of the disk" in shelf.good("peer", "quota", "boat", "none")
    assert peer(shelf)["quota_bytes"] is None
    assert "allowed: 500M" in shelf.bad("peer", "quota", "boat", "much")[1]


def test_a_new_address_counts_at_once(shelf: CommandLine) -> None:
    """The address that consensus found before would be tried first, with its port."""
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        out = shelf.good("peer", "address", "boat", "boat.local:7500", "10.0.0.9")
        assert "boat.local, 10.0.0.9, port 7500" in out
        assert peer(shelf)["addresses"] == ["boat.local", "10.0.0.9"]
        due = node.database.rows("SELECT name, addresses, commsport FROM work_initial_sender")
        assert due == [("boat", '["boat.local", "10.0.0.9"]', 7500)]
        node.agree("boat")
        shelf.good("peer", "address", "boat", "10.0.0.9", "boat.local")
        assert peer(shelf)["commsport"] == 7500
        node.agree("boat")
        shelf.good("peer", "address", "boat", "10.0.0.9", "boat.local")
        assert peer(shelf)["message_size"] == MIB
    assert "allowed: one for all" in shelf.bad("peer", "address", "boat", "a:1", "b:2")[1]
    assert "is no address" in shelf.bad("peer", "address", "boat", "10.0.0.300")[1]


def test_a_card_that_comes_again_counts_at_once_too(homes: Place, shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
    card = str(homes.folder / "boat.card")
    shelf.good("peer", "add", card)
    assert peer(shelf)["message_size"] == MIB
    shelf.good("peer", "add", card, "--address", "10.0.0.7")
    assert (peer(shelf)["addresses"], peer(shelf)["message_size"]) == (["10.0.0.7"], None)


def test_forgetting_a_peer(shelf: CommandLine) -> None:
    out = shelf.good("peer", "rm", "boat")
    assert "no peer any more" in out
    assert shelf.good("peer", "ls", "--json") == ""
    assert not (shelf.home.drop / "boat").exists()
    assert (shelf.home.inbox).is_dir()


def test_a_peer_with_jobs_is_not_forgotten_by_accident(homes: Place, shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.arrive("boat", "came.mkv", MIB)
    (shelf.home.drop / "boat" / "note").write_text("x")
    code, line = shelf.bad("peer", "rm", "boat")
    assert code == 65
    assert "1 job (3 MiB) for boat is not finished" in line
    assert "cancel --all --to boat" in line
    assert "--keep-jobs" in line
    out = shelf.good("peer", "rm", "boat", "--keep-jobs")
    assert "1 job for it stay here" in out
    assert "1 file of it will not come to an end" in out
    assert "is not empty and stays" in out
    assert "is no peer of this node any more" in shelf.good("why", "film.mkv")
    shelf.good("peer", "add", str(homes.folder / "boat.card"))
    assert "for the first word from boat" in shelf.good("why", "film.mkv")


def test_what_went_by_a_forgotten_peer_waits_for_a_route(homes: Place, shelf: CommandLine) -> None:
    buoy = homes.node("buoy", "--address", "127.0.0.3")
    buoy.good("id", "--card", str(homes.folder / "buoy.card"))
    shelf.good("peer", "add", str(homes.folder / "buoy.card"))
    shelf.good("peer", "route", "buoy", "--via", "boat")
    shelf.good("peer", "allow", "boat", "carry", "buoy")
    shelf.good("peer", "allow", "buoy", "carry", "boat")
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("buoy", "film.mkv", 3 * MIB)
        out = shelf.good("peer", "rm", "boat")
        assert "what is for buoy went by it and has no route now" in out
        rights = node.database.rows("SELECT verb FROM rights")
    assert rights == []
    assert "waits for a way to buoy" in shelf.good("why", "film.mkv")


def test_pause_and_resume(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
        node.claim("boat", "film.mkv", 3 * MIB)
        node.connection("boat", -1, "x")
        assert "boat is paused: nothing is sent to it until `netrelay resume boat" in shelf.good(
            "pause", "boat"
        )
        assert "was paused already" in shelf.good("pause", "boat")
        assert "paused" in shelf.good("status")
        assert "is paused" in shelf.good("why", "film.mkv")
        assert "paused" in shelf.good("jobs")
        assert node.database.value("SELECT count(*) FROM work_connect") == 0
        assert "is sent to again" in shelf.good("resume", "boat")
        assert node.database.value("SELECT count(*) FROM work_connect") == 1
    assert "was not paused" in shelf.good("resume", "boat")
    assert "did you mean boat?" in shelf.bad("pause", "boot")[1]


def test_one_peer_in_full(shelf: CommandLine) -> None:
    with walks(shelf) as node:
        node.agree("boat")
    out = shelf.good("peer", "ls", "boat")
    for words in ("pin ", "address   127.0.0.2, commsport 7411, dataport 7412", "agreed    1 MiB"):
        assert words in out
    assert "boat is known and agreed with" in out
    assert shelf.bad("peer", "ls", "bot")[0] == 65


def test_a_word_that_is_none(shelf: CommandLine) -> None:
    code, line = shelf.bad("peer", "pong", "boat")
    assert code == 64
    assert "did you mean ping?" in line
    out = shelf.good("peer", "--help")
    for word in ("add", "allow", "deny", "quota", "route", "address", "ping", "rm", "ls"):
        assert f"\n  {word} " in out
