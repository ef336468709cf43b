"""Files by hand: nodes between which there is no network exchange them on a stick."""

import os
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.disk.medium_folder import FOLDER
from netrelay.store.database import Value
from tests.story.nodes import (
    KIB,
    MIB,
    Dropped,
    NodePair,
    RunningNode,
    free_address,
)
from tests.story.nodes import homes as all_homes
from tests.story.relays import NodeRow, row_of


def part(node: RunningNode, *others: RunningNode) -> None:
    """Have a node look for others where nobody is: no network leads there."""
    for other in others:
        node.line.good("peer", "address", other.name, free_address())


@pytest.fixture(scope="module")
def apart() -> Iterator[NodePair]:
    """Yield two running nodes that know each other's cards, and no network between them.

    boat has the least capacity, so what shelf writes is cut when boat takes it.
    """
    with all_homes() as found:
        pair = found.pair(boat_bytes=64 * KIB)
        part(pair.shelf, pair.boat)
        part(pair.boat, pair.shelf)
        pair.start()
        yield pair


@pytest.fixture(scope="module")
def row() -> Iterator[NodeRow]:
    """Yield three such nodes: the middle one relays for the others."""
    with all_homes() as found:
        row = row_of(found, "alba", "brno", "cork")
        for node in row:
            part(node, *(other for other in row if other is not node))
        row.start()
        yield row


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    """Return the folder of an empty stick."""
    made = tmp_path / "stick"
    made.mkdir()
    return made


def names_on(medium: Path) -> list[str]:
    return sorted(path.name for path in (medium / FOLDER).iterdir())


def files_for(medium: Path, node: RunningNode) -> list[str]:
    """Return the names of the files that are addressed to a node."""
    own = str(node.value("SELECT node FROM selfinfo"))
    return [name for name in names_on(medium) if name.startswith(own)]


def drop(node: RunningNode, peer: str, name: str, content: bytes) -> Dropped:
    """Drop a file, and wait for its job."""
    dropped = node.drop(peer, name, content)
    node.wait_for_rows("SELECT 1 FROM files WHERE name = ?", name)
    return dropped


def state_of(node: RunningNode, name: str) -> Value:
    return node.value(
        "SELECT m.state FROM messages m JOIN files f ON f.id = m.file AND m.type = 6"
        " WHERE f.name = ?",
        name,
    )


def unfinished(node: RunningNode) -> int:
    return node.number(
        "SELECT count(*) FROM messages WHERE id > 0 AND type NOT IN (4, 5)"
        " AND state NOT IN ('F', 'D')"
    )


def never_met(*nodes: RunningNode) -> bool:
    return all(node.rows("SELECT 1 FROM sysinfo") == [] for node in nodes)


def test_nodes_that_never_had_a_network_exchange_files(apart: NodePair, medium: Path) -> None:
    shelf, boat = apart
    content = os.urandom(3 * MIB + 5)
    large = drop(shelf, "boat", "large.bin", content)
    small = drop(shelf, "boat", "small.bin", content[: 20 * KIB])
    empty = drop(shelf, "boat", "empty.bin", b"")
    shelf.line.good("message", "by hand", "--to", "boat")

    out = shelf.line.good("carry", "out", str(medium), "--to", "boat")
    assert out.startswith("for boat: 3 files and 1 text (3 MiB), now on "), out
    written = names_on(medium)
    again = shelf.line.good("carry", "out", str(medium), "--all")
    assert "already; nothing new waits" in again
    assert names_on(medium) == written
    found = b"".join((medium / FOLDER / name).read_bytes() for name in written)
    for secret in (b"large.bin", b"by hand", content[:64], content[-64:]):
        assert secret not in found

    came = boat.line.good("carry", "in", str(medium))
    assert "from shelf: 9 messages taken" in came, came
    assert re.search(r"for shelf: \d receipts?, left on it", came), came
    for dropped in (large, small, empty):
        boat.wait_for_delivery("shelf", dropped)
    assert boat.value("SELECT text FROM texts") == "by hand"
    # The receipts, and that the key for singles is there.
    assert (len(files_for(medium, shelf)), files_for(medium, boat)) == (2, [])

    back = shelf.line.good("carry", "in", str(medium))
    assert re.search(r"from boat: \d messages? taken", back), back
    assert "boat has 1 message that this node gave on" in back, back
    assert files_for(medium, shelf) == []
    assert unfinished(shelf) == 0
    boat.line.good("carry", "in", str(medium))
    assert unfinished(boat) == 0
    assert names_on(medium) == []
    assert never_met(shelf, boat)
    assert "by hand, for boat: 3 files and 1 text (3 MiB), now on " in shelf.line.good("logs")
    assert "by hand, from shelf: 9 messages taken" in boat.line.good("logs")
    assert [shelf.errors(), boat.errors()] == [[], []]


def test_what_is_refused_stays_until_it_is_permitted(apart: NodePair, medium: Path) -> None:
    shelf, boat = apart
    boat.line.good("peer", "deny", "shelf", "deliver")
    dropped = drop(shelf, "boat", "wanted.bin", os.urandom(2 * MIB))
    shelf.line.good("carry", "out", str(medium), "--to", "boat")
    outcome = boat.line("carry", "in", str(medium))
    assert outcome.code == 65, outcome
    assert "3 messages refused (not permitted)" in outcome.out, outcome
    assert len(files_for(medium, boat)) == 1
    boat.line.good("peer", "allow", "shelf", "deliver")
    boat.line.good("carry", "in", str(medium))
    boat.wait_for_delivery("shelf", dropped)
    assert files_for(medium, boat) == []


def test_a_stick_that_was_pulled_loses_nothing(apart: NodePair, medium: Path) -> None:
    shelf, boat = apart
    dropped = drop(shelf, "boat", "torn.bin", os.urandom(5 * MIB))
    chance = random.Random(20261129)
    for _ in range(3):
        shelf.line.good("carry", "out", str(medium), "--to", "boat")
        paths = [medium / FOLDER / name for name in files_for(medium, boat)]
        path = max(paths, key=lambda path: path.stat().st_size)
        os.truncate(path, chance.randrange(8 * KIB, path.stat().st_size))
        outcome = boat.line("carry", "in", str(medium))
        assert outcome.code == 65, outcome
        assert not (boat.home.inbox / "shelf" / "torn.bin").exists()
        assert not path.exists()
    shelf.line.good("carry", "out", str(medium), "--to", "boat")
    boat.line.good("carry", "in", str(medium))
    boat.wait_for_delivery("shelf", dropped)
    shelf.line.good("carry", "in", str(medium))
    assert state_of(shelf, "torn.bin") == "F"
    assert [shelf.errors(), boat.errors()] == [[], []]


def test_two_sticks_cross(apart: NodePair, medium: Path) -> None:
    shelf, boat = apart
    other = medium.with_name("other")
    other.mkdir()
    there = drop(shelf, "boat", "there.bin", os.urandom(MIB))
    back = drop(boat, "shelf", "back.bin", os.urandom(MIB))
    for node, to in ((shelf, "boat"), (boat, "shelf")):
        for each in (medium, other):
            node.line.good("carry", "out", str(each), "--to", to)
    for node, media in ((shelf, (medium, other)), (boat, (other, medium))):
        for each in media:
            node.line.good("carry", "in", str(each))
    shelf.wait_for_delivery("boat", back)
    boat.wait_for_delivery("shelf", there)
    for each in (medium, other):
        for node in (shelf, boat, shelf, boat):
            node.line.good("carry", "in", str(each))
    assert [unfinished(node) for node in (shelf, boat)] == [0, 0]
    assert shelf.inbox_names("boat") == ["back.bin"]
    assert boat.inbox_names("shelf").count("there.bin") == 1
    assert [names_on(each) for each in (medium, other)] == [[], []]
    assert never_met(shelf, boat)


def test_a_stick_goes_over_a_relay_and_its_receipt_comes_back(row: NodeRow, medium: Path) -> None:
    alba, brno, cork = row
    dropped = drop(alba, "cork", "far.bin", os.urandom(2 * MIB + 1))
    alba.line.good("carry", "out", str(medium), "--to", "brno")
    taken = brno.line.good("carry", "in", str(medium))
    assert "from alba: 4 messages taken" in taken, taken
    assert files_for(medium, cork) == []
    copied = brno.line.good("carry", "out", str(medium), "--all")
    assert "for cork: 4 carried messages (2 MiB)" in copied, copied
    cork.line.good("carry", "in", str(medium))
    cork.wait_for_delivery("alba", dropped)
    # The receipt is for alba, which lets brno bring it; brno learns that cork has all of it.
    said = brno.line.good("carry", "in", str(medium))
    assert "cork has 4 messages that this node gave on" in said, said
    assert unfinished(brno) == 1, "the receipt, for alba"
    brno.line.good("carry", "out", str(medium), "--all")
    alba.line.good("carry", "in", str(medium))
    assert state_of(alba, "far.bin") == "F"
    for node in (brno, cork):
        node.line.good("carry", "in", str(medium))
    assert [unfinished(node) for node in row] == [0, 0, 0]
    assert names_on(medium) == []
    assert never_met(*row)


def test_a_file_for_somebody_else_stays(row: NodeRow, medium: Path) -> None:
    alba, brno, cork = row
    for end in ("alba", "cork"):
        brno.line.good("peer", "deny", end, "relay")
    dropped = drop(alba, "cork", "stays.bin", os.urandom(100 * KIB))
    alba.line.good("carry", "out", str(medium), "--all")
    written = names_on(medium)
    assert "for cork: 1 file, which stays there" in brno.line.good("carry", "in", str(medium))
    assert names_on(medium) == written
    assert brno.rows("SELECT 1 FROM refusals_given") == []
    # Its writer is the source, so no right to carry is missing.
    cork.line.good("carry", "in", str(medium))
    cork.wait_for_delivery("alba", dropped)


def test_what_is_on_a_stick_may_go_by_another_way(apart: NodePair, medium: Path) -> None:
    """The last one: from here on there is a network."""
    shelf, boat = apart
    dropped = drop(shelf, "boat", "both.bin", os.urandom(2 * MIB))
    shelf.line.good("carry", "out", str(medium), "--to", "boat")
    assert "A copy is on " in shelf.line.good("why", "both.bin")
    shelf.line.good("peer", "address", "boat", boat.address)
    boat.wait_for_delivery("shelf", dropped)
    shelf.wait_until_settled()
    assert "A copy is on " not in shelf.line.good("why", "both.bin")
    boat.line.good("carry", "in", str(medium))
    assert boat.inbox_names("shelf").count("both.bin") == 1
    assert "both (2).bin" not in boat.inbox_names("shelf")
    assert files_for(medium, boat) == []
