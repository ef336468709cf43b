"""Files by hand: nodes between which there is no network exchange them on a stick."""

import os
import random
from pathlib import Path

from netrelay.disk.medium_folder import FOLDER
from tests.story.nodes import CAPACITY_BYTES, KIB, MIB, Homes, NodePair, RunningNode, free_address
from tests.story.relays import NodeRow, row_of


def part(node: RunningNode, *others: RunningNode) -> None:
    """Have a node look for others where nobody is: no network leads there."""
    for other in others:
        node.line.good("peer", "address", other.name, free_address())


def apart(homes: Homes, boat_bytes: int = CAPACITY_BYTES) -> NodePair:
    """Return two running nodes that know each other's cards and never had a network."""
    pair = homes.pair(boat_bytes=boat_bytes)
    part(pair.shelf, pair.boat)
    part(pair.boat, pair.shelf)
    pair.start()
    return pair


def stick(homes: Homes, name: str = "stick") -> Path:
    made = homes.folder / name
    made.mkdir()
    return made


def names_on(medium: Path) -> list[str]:
    return sorted(path.name for path in (medium / FOLDER).iterdir())


def files_for(medium: Path, node: RunningNode) -> list[str]:
    """Return the names of the files that are addressed to a node."""
    own = str(node.value("SELECT node FROM selfinfo"))
    return [name for name in names_on(medium) if name.startswith(own)]


def has_jobs(node: RunningNode, count: int) -> None:
    node.wait_for_rows("SELECT 1 WHERE ? = (SELECT count(*) FROM files)", count)


def unfinished(node: RunningNode) -> int:
    return node.number(
        "SELECT count(*) FROM messages WHERE id > 0 AND type NOT IN (4, 5)"
        " AND state NOT IN ('F', 'D')"
    )


def never_met(*nodes: RunningNode) -> bool:
    return all(node.rows("SELECT 1 FROM sysinfo") == [] for node in nodes)


def test_nodes_that_never_had_a_network_exchange_files(homes: Homes) -> None:
    shelf, boat = apart(homes)
    medium = stick(homes)
    content = os.urandom(3 * MIB + 5)
    large = shelf.drop("boat", "large.bin", content)
    small = shelf.drop("boat", "small.bin", content[: 20 * KIB])
    empty = shelf.drop("boat", "empty.bin", b"")
    has_jobs(shelf, 3)
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
    assert "from shelf: 8 messages taken" in came, came
    assert "for shelf: 1 receipt, left on it" in came, came
    for dropped in (large, small, empty):
        boat.wait_for_delivery("shelf", dropped)
    assert boat.value("SELECT text FROM texts") == "by hand"
    # The receipt, and that the key for singles is there.
    assert (len(files_for(medium, shelf)), files_for(medium, boat)) == (2, [])

    back = shelf.line.good("carry", "in", str(medium))
    assert "from boat: 1 message taken" in back, back
    assert files_for(medium, shelf) == []
    assert unfinished(shelf) == 0
    boat.line.good("carry", "in", str(medium))
    assert unfinished(boat) == 0
    assert names_on(medium) == []
    assert never_met(shelf, boat)
    assert [shelf.errors(), boat.errors()] == [[], []]


def test_a_stick_goes_over_a_relay_and_its_receipt_comes_back(homes: Homes) -> None:
    row = row_of(homes, "alba", "brno", "cork")
    for node in row:
        part(node, *(other for other in row if other is not node))
    row.start()
    alba, brno, cork = row
    medium = stick(homes)
    dropped = alba.drop("cork", "far.bin", os.urandom(2 * MIB + 1))
    has_jobs(alba, 1)
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
    assert alba.rows("SELECT state FROM messages WHERE type = 6") == [("F",)]
    for node in (brno, cork):
        node.line.good("carry", "in", str(medium))
    assert [unfinished(node) for node in row] == [0, 0, 0]
    assert names_on(medium) == []
    assert never_met(*row)


def test_a_file_for_somebody_else_stays(homes: Homes) -> None:
    row: NodeRow = row_of(homes, "alba", "brno", "cork", may_relay=False)
    alba, brno, cork = row
    for node in row:
        part(node, *(other for other in row if other is not node))
    row.start()
    medium = stick(homes)
    dropped = alba.drop("cork", "far.bin", os.urandom(100 * KIB))
    has_jobs(alba, 1)
    alba.line.good("carry", "out", str(medium), "--all")
    written = names_on(medium)
    assert "for cork: 1 file, which stays there" in brno.line.good("carry", "in", str(medium))
    assert names_on(medium) == written
    assert brno.rows("SELECT 1 FROM refusals_given") == []
    # Its writer is the source, so no right to carry is missing.
    cork.line.good("carry", "in", str(medium))
    cork.wait_for_delivery("alba", dropped)


def test_what_is_refused_stays_until_it_is_permitted(homes: Homes) -> None:
    shelf, boat = apart(homes)
    boat.line.good("peer", "deny", "shelf", "deliver")
    medium = stick(homes)
    dropped = shelf.drop("boat", "wanted.bin", os.urandom(2 * MIB))
    has_jobs(shelf, 1)
    shelf.line.good("carry", "out", str(medium), "--to", "boat")
    outcome = boat.line("carry", "in", str(medium))
    assert (outcome.code, "3 messages refused (not permitted)" in outcome.out) == (65, True), (
        outcome
    )
    assert len(files_for(medium, boat)) == 1
    boat.wait_for_rows("SELECT 1 FROM refusals_given WHERE missing = 'deliver'")
    boat.line.good("peer", "allow", "shelf", "deliver")
    boat.line.good("carry", "in", str(medium))
    boat.wait_for_delivery("shelf", dropped)


def test_what_is_on_a_stick_may_go_by_another_way(homes: Homes) -> None:
    shelf, boat = apart(homes)
    medium = stick(homes)
    dropped = shelf.drop("boat", "both.bin", os.urandom(2 * MIB))
    has_jobs(shelf, 1)
    shelf.line.good("carry", "out", str(medium), "--to", "boat")
    assert "A copy is on " in shelf.line.good("why", "both.bin")
    shelf.line.good("peer", "address", "boat", boat.address)
    boat.wait_for_delivery("shelf", dropped)
    shelf.wait_until_settled()
    assert "A copy is on " not in shelf.line.good("why", "both.bin")
    boat.line.good("carry", "in", str(medium))
    assert boat.inbox_names("shelf") == ["both.bin"]
    assert files_for(medium, boat) == []


def test_a_stick_that_was_pulled_loses_nothing(homes: Homes) -> None:
    shelf, boat = apart(homes)
    medium = stick(homes)
    dropped = shelf.drop("boat", "torn.bin", os.urandom(5 * MIB))
    has_jobs(shelf, 1)
    chance = random.Random(20261129)
    for _ in range(4):
        shelf.line.good("carry", "out", str(medium), "--to", "boat")
        (name,) = files_for(medium, boat)
        path = medium / FOLDER / name
        os.truncate(path, chance.randrange(path.stat().st_size))
        outcome = boat.line("carry", "in", str(medium))
        assert (outcome.code, boat.inbox_names("shelf")) == (65, []), outcome
        shelf.line.good("carry", "in", str(medium))
    shelf.line.good("carry", "out", str(medium), "--to", "boat")
    boat.line.good("carry", "in", str(medium))
    boat.wait_for_delivery("shelf", dropped)
    shelf.line.good("carry", "in", str(medium))
    assert shelf.rows("SELECT state FROM messages WHERE type = 6") == [("F",)]
    assert [shelf.errors(), boat.errors()] == [[], []]


def test_two_sticks_cross(homes: Homes) -> None:
    shelf, boat = apart(homes)
    one, other = stick(homes, "one"), stick(homes, "other")
    there = shelf.drop("boat", "there.bin", os.urandom(MIB))
    back = boat.drop("shelf", "back.bin", os.urandom(MIB))
    for node, to in ((shelf, "boat"), (boat, "shelf")):
        has_jobs(node, 1)
        for medium in (one, other):
            node.line.good("carry", "out", str(medium), "--to", to)
    for node, media in ((shelf, (one, other)), (boat, (other, one))):
        for medium in media:
            node.line.good("carry", "in", str(medium))
    shelf.wait_for_delivery("boat", back)
    boat.wait_for_delivery("shelf", there)
    for medium in (one, other):
        for node in (shelf, boat, shelf, boat):
            node.line.good("carry", "in", str(medium))
    assert [unfinished(node) for node in (shelf, boat)] == [0, 0]
    assert shelf.inbox_names("boat") == ["back.bin"]
    assert boat.inbox_names("shelf") == ["there.bin"]
    assert [names_on(medium) for medium in (one, other)] == [[], []]


def test_a_node_of_the_least_capacity_takes_what_a_larger_one_wrote(homes: Homes) -> None:
    shelf, boat = apart(homes, 64 * KIB)
    medium = stick(homes)
    dropped = shelf.drop("boat", "wide.bin", os.urandom(MIB + 9))
    has_jobs(shelf, 1)
    shelf.line.good("carry", "out", str(medium), "--to", "boat")
    boat.line.good("carry", "in", str(medium))
    boat.wait_for_delivery("shelf", dropped)
    assert files_for(medium, boat) == []
