"""`netrelay group`, and `peer add` of the card of a group: what is done, and what is refused."""

import stat
from pathlib import Path
from typing import NamedTuple

import pytest

from netrelay.cli.opening import writing
from tests.cli.command_line import CommandLine, Place


class Lines(NamedTuple):
    """The command lines of a member, another node that is to be one, and a source."""

    hub: CommandLine
    other: CommandLine
    shelf: CommandLine


def card_of(line: CommandLine, folder: Path, name: str) -> str:
    card = str(folder / f"{name}.card")
    line.good("id", "--card", card)
    return card


@pytest.fixture
def folder(homes: Place) -> Path:
    """Return the folder of the homes, for cards and keys, too."""
    return homes.folder


@pytest.fixture
def lines(folder: Path) -> Lines:
    """Three nodes; hub knows the other one and has the group hq; shelf knows both."""
    made = {}
    for number, name in enumerate(("hub", "other", "shelf"), 1):
        made[name] = CommandLine(folder / name)
        made[name].good("init", name, "--address", f"127.0.9.{number}")
    lines = Lines(**made)
    cards = {name: card_of(line, folder, name) for name, line in made.items()}
    lines.hub.good("peer", "add", cards["other"])
    lines.shelf.good("peer", "add", cards["hub"])
    lines.shelf.good("peer", "add", cards["other"])
    lines.hub.good("group", "new", "hq")
    return lines


def key_file(lines: Lines, folder: Path) -> Path:
    path = folder / "hq.key"
    lines.hub.good("group", "key", "hq", str(path))
    return path


def group_card(lines: Lines, folder: Path, *words: str) -> str:
    path = str(folder / "hq.card")
    lines.hub.good("group", "card", "hq", path, *words)
    return path


def node_of(line: CommandLine) -> str:
    return line.good("sql", "SELECT node FROM held_groups").split()[-1]


def refused(line: CommandLine, *words: str) -> str:
    outcome = line(*words)
    assert outcome.code not in (0, 1), outcome
    assert outcome.out == ""
    return outcome.err


def test_the_keys_of_a_group_are_for_its_members_alone(lines: Lines, folder: Path) -> None:
    path = key_file(lines, folder)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    said = lines.other.good("group", "join", str(path))
    assert node_of(lines.other) == node_of(lines.hub)
    assert node_of(lines.hub) in said
    kept = lines.other.home.groups / node_of(lines.hub)
    for folder in (lines.other.home.groups, kept):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    secrets = {(kept / name).read_bytes() for name in ("identity.key", "sealing.key")}
    assert {stat.S_IMODE(each.stat().st_mode) for each in kept.iterdir()} == {0o600}
    database = lines.other.home.database.read_bytes()
    assert not any(secret in database for secret in secrets)
    storage = "storage.secret"
    hub_kept = lines.hub.home.groups / node_of(lines.hub)
    assert (kept / storage).read_bytes() != (hub_kept / storage).read_bytes()


def test_a_source_goes_by_the_members_in_their_order(lines: Lines, folder: Path) -> None:
    card = group_card(lines, folder, "--member", "other", "--member", "hub")
    said = lines.shelf.good("peer", "add", card)
    assert "by       other, then hub" in said
    assert (lines.shelf.home.drop / "hq").is_dir()
    listed = lines.shelf.good("group", "ls")
    assert listed.index("by other: is used now") < listed.index("by hub: stands by")
    again = lines.shelf.good("peer", "add", card, "--via", "hub")
    assert again == "the group hq was a peer already; it is now reached by hub\n"
    checked = lines.shelf("check").out
    assert "hub is the only way to it, and nobody takes over; if it is a relay" in checked


def test_a_group_keeps_its_other_ways_when_a_member_is_no_peer_any_more(
    lines: Lines, folder: Path
) -> None:
    card = group_card(lines, folder, "--member", "other")
    lines.shelf.good("peer", "add", card)
    assert "hq" not in lines.shelf.good("peer", "rm", "hub")
    assert "by other: is used now" in lines.shelf.good("group", "ls")
    assert "what is for hq went by it and has no route now" in lines.shelf.good(
        "peer", "rm", "other"
    )


def test_what_a_member_says_of_its_group(lines: Lines) -> None:
    assert "member of the group hq" in lines.hub.good("status")
    assert "hq: this node is a member" in lines.hub("check").out
    listed = lines.hub.good("group", "ls")
    assert "0 files complete and not delivered, 0 in part, 0 receipts not signed yet" in listed
    (lines.hub.home.groups / node_of(lines.hub)).rename(lines.hub.home.groups / "gone")
    assert "nothing of it is taken" in lines.hub.good("group", "ls")
    checked = lines.hub("check")
    assert checked.code == 2
    assert "hq: its keys are not in" in checked.out


def test_names_that_are_taken_are_refused(lines: Lines, folder: Path) -> None:
    assert "'hub' is this node itself" in refused(lines.hub, "group", "new", "hub")
    assert "'other' is a peer" in refused(lines.hub, "group", "new", "other")
    assert "'hq' is a group of which" in refused(lines.hub, "group", "new", "hq")
    assert "'a/b' cannot be the name" in refused(lines.hub, "group", "new", "a/b")
    card = group_card(lines, folder)
    taken = refused(lines.shelf, "peer", "add", card, "--name", "other")
    assert "the name 'other' is taken" in taken
    assert "'hq' is a group of which" in refused(lines.hub, "peer", "rename", "other", "hq")
    assert "'hq' is a group of which" in refused(
        lines.hub, "peer", "add", card_of(lines.shelf, folder, "shelf"), "--name", "hq"
    )


def test_a_group_that_holds_itself_is_refused(lines: Lines, folder: Path) -> None:
    card = group_card(lines, folder)
    assert "is a member of hq itself" in refused(lines.hub, "peer", "add", card)
    holds = refused(lines.hub, "group", "card", "hq", str(folder / "x"), "--member", "hq")
    assert "--member hq is the group itself" in holds
    lines.shelf.good("peer", "add", card)
    assert "hq is a group" in refused(lines.shelf, "peer", "route", "hq", "--direct")
    assert "hq is a group" in refused(lines.shelf, "peer", "route", "other", "--via", "hq")
    joined = refused(lines.shelf, "group", "join", str(key_file(lines, folder)), "--name", "hq2")
    assert "sends to the group hq" in joined
    assert list(lines.shelf.home.groups.iterdir()) == []


def test_a_member_that_nobody_knows_is_refused(lines: Lines, folder: Path) -> None:
    unknown = refused(lines.hub, "group", "card", "hq", str(folder / "x"), "--member", "nobody")
    assert "there is no peer 'nobody'" in unknown
    lines.shelf.good("peer", "rm", "other")
    card = group_card(lines, folder, "--member", "other")
    words = refused(lines.shelf, "peer", "add", card)
    assert "a member of the group hq, is no peer here" in words
    assert "peer add CARD" in words
    assert "there is no peer 'x'" in refused(lines.shelf, "peer", "add", card, "--via", "x")
    lines.shelf.good("peer", "add", card, "--via", "hub")


def test_files_that_are_no_keys_are_refused(lines: Lines, folder: Path) -> None:
    path = key_file(lines, folder)
    assert "is there already" in refused(lines.hub, "group", "key", "hq", str(path))
    card = card_of(lines.hub, folder, "hub")
    Path(card).chmod(0o644)
    assert "mode" not in refused(lines.other, "group", "join", card), "it is no file of keys"
    path.chmod(0o640)
    assert "has mode 0640" in refused(lines.other, "group", "join", str(path))
    path.chmod(0o600)
    assert "group of hq" not in refused(lines.other, "group", "join", str(folder))
    text = path.read_text()
    for damaged in ("", text[:-200], text.replace("A", "B", 40), "x" * 20000):
        path.write_text(damaged)
        assert "Traceback" not in refused(lines.other, "group", "join", str(path))
    assert not lines.other.home.groups.is_dir() or not list(lines.other.home.groups.iterdir())
    path.write_text(text)
    lines.other.good("group", "join", str(path))
    again = refused(lines.other, "group", "join", str(path), "--name", "hq2")
    assert "is a member of the group" in again


def test_a_member_leaves_when_nothing_of_it_waits(lines: Lines, folder: Path) -> None:
    group = node_of(lines.hub)
    assert "no group 'x' (its groups: hq)" in refused(lines.hub, "group", "leave", "x")
    assert "is no member of hq any more" in lines.hub.good("group", "leave", "hq")
    assert not (lines.hub.home.groups / group).exists()
    assert lines.hub.good("group", "ls").startswith("no group: ")


def test_a_member_leaves_by_force_and_says_what_may_come_twice(lines: Lines) -> None:
    group = node_of(lines.hub)
    with writing(lines.hub.home) as database:
        database.execute(
            "INSERT INTO receipts_due VALUES ('far', ?, x'01', 1, 1, 1, 0, '')", (group,)
        )
        database.execute(
            "INSERT INTO messages (type, source, destination, epoch, sequence, hash, found, birth,"
            " actor, total_bytes, size_bytes, lifetime_s)"
            " VALUES (1, 'far', ?, x'01', 2, x'01', x'01', 'arrived', 'processor_r', 5, 5, 9999)",
            (group,),
        )
    words = "1 file complete and not delivered and 1 receipt not signed yet"
    assert words in refused(lines.hub, "group", "leave", "hq")
    assert words in lines.hub.good("group", "leave", "hq", "--force")
    left = lines.hub.good("sql", "SELECT state, reason FROM messages WHERE type = 1")
    assert "D" in left
    assert "this node has left the group" in left
    assert "far" not in lines.hub.good("sql", "SELECT addressee FROM receipts_due")
    assert not (lines.hub.home.groups / group).exists()


def test_join_puts_the_keys_of_a_group_back(lines: Lines, folder: Path) -> None:
    path = key_file(lines, folder)
    lines.other.good("group", "join", str(path), "--name", "head-office")
    kept = lines.other.home.groups / node_of(lines.hub)
    (kept / "sealing.key").unlink()
    since = "SELECT joined_unix_s, name FROM held_groups"
    before = lines.other.good("sql", since)
    assert "`netrelay" in lines.other("check").out
    assert "head-office" in lines.other.good("group", "join", str(path))
    assert lines.other.good("sql", since) == before
    assert (kept / "sealing.key").exists()
    assert "head-office: this node is a member" in lines.other("check").out


def test_keys_that_were_left_behind_are_named_and_removed(lines: Lines, folder: Path) -> None:
    groups = lines.other.home.groups
    left = groups / node_of(lines.hub)
    for folder in (left, groups / ".joining-x"):
        folder.mkdir(mode=0o700)
        (folder / "identity.key").write_text("key")
    checked = lines.other("check")
    for name in (left.name, ".joining-x"):
        assert f"{groups / name} is of no group of this node" in checked.out
    assert "is gone" in lines.other.good("group", "leave", left.name)
    assert [each.name for each in groups.iterdir()] == [".joining-x"]
    lines.other.good("group", "join", str(key_file(lines, folder)))
    assert [each.name for each in groups.iterdir()] == [left.name]
    assert "is of no group" not in lines.other("check").out


def test_what_a_group_owes_is_signed_for_a_medium(lines: Lines, folder: Path) -> None:
    """By hand, while the node is down: the source hears it only by the medium."""
    stick = folder / "stick"
    stick.mkdir()
    lines.hub.good("peer", "add", card_of(lines.shelf, folder, "shelf"))
    group = node_of(lines.hub)
    with writing(lines.hub.home) as database:
        database.execute(
            "INSERT INTO receipts_due SELECT node, ?, x'0102030405060708', 1, 1, 1, 0, ''"
            " FROM peers WHERE name = 'shelf'",
            (group,),
        )
    lines.hub.good("carry", "out", str(stick), "--to", "shelf")
    signed = lines.hub.good("sql", "SELECT source FROM messages WHERE type = 7")
    assert signed.split()[-1] == group
    assert "0 receipts not signed yet" in lines.hub.good("group", "ls")


def test_a_card_of_a_node_has_no_members(lines: Lines, folder: Path) -> None:
    card = card_of(lines.other, folder, "other")
    words = refused(lines.shelf, "peer", "add", card, "--via", "hub")
    assert "is the card of a node, not of a group" in words
    damaged = Path(group_card(lines, folder))
    damaged.write_text(damaged.read_text().replace("A", "B", 30))
    assert str(damaged) in refused(lines.shelf, "peer", "add", str(damaged))
