"""Files by hand: nodes between which there is no network exchange them on a stick."""

import os
from pathlib import Path

from netrelay.disk.medium_folder import FOLDER
from tests.story.nodes import KIB, MIB, Homes, NodePair, RunningNode, free_address
from tests.story.relays import NodeRow, row_of


def part(node: RunningNode, *others: RunningNode) -> None:
    """Have a node look for others where nobody is: no network leads there."""
    for other in others:
        node.line.good("peer", "address", other.name, free_address())


def apart(homes: Homes) -> NodePair:
    """Return two running nodes that know each other's cards and never had a network."""
    pair = homes.pair()
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


def has_jobs(node: RunningNode, count: int) -> None:
    node.wait_for_rows("SELECT 1 WHERE ? = (SELECT count(*) FROM files)", count)


def never_met(*nodes: RunningNode) -> bool:
    return all(node.rows("SELECT 1 FROM sysinfo") == [] for node in nodes)


def test_nodes_that_never_had_a_network_exchange_files(homes: Homes) -> None:
    shelf, boat = apart(homes)
    medium = stick(homes)
    large = shelf.drop("boat", "large.bin", os.urandom(3 * MIB + 5))
    small = shelf.drop("boat", "small.bin", os.urandom(20 * KIB))
    empty = shelf.drop("boat", "empty.bin", b"")
    has_jobs(shelf, 3)
    shelf.line.good("message", "by hand", "--to", "boat")

    out = shelf.line.good("carry", "out", str(medium), "--to", "boat")
    assert out.startswith("for boat: 3 files and 1 text (3 MiB), now on "), out
    written = names_on(medium)
    again = shelf.line.good("carry", "out", str(medium), "--all")
    assert "already; nothing new waits" in again
    assert names_on(medium) == written

    came = boat.line.good("carry", "in", str(medium))
    assert "from shelf: " in came
    assert "for shelf: 1 receipt, left on it" in came, came
    for dropped in (large, small, empty):
        boat.wait_for_delivery("shelf", dropped)
    assert boat.value("SELECT text FROM texts") == "by hand"
    (receipt,) = names_on(medium)
    assert receipt not in written

    back = shelf.line.good("carry", "in", str(medium))
    assert "from boat: 1 message taken" in back
    assert names_on(medium) == []
    assert shelf.rows("SELECT state FROM messages WHERE type IN (1, 6) AND parent = 0") == [
        ("F",)
    ] * 4
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
    assert names_on(medium) == []
    assert "4 carried messages" in brno.line.good("carry", "out", str(medium), "--all")
    cork.line.good("carry", "in", str(medium))
    cork.wait_for_delivery("alba", dropped)
    # The receipt is for alba, which lets brno bring it.
    brno.line.good("carry", "in", str(medium))
    brno.line.good("carry", "out", str(medium), "--all")
    alba.line.good("carry", "in", str(medium))
    assert alba.rows("SELECT state FROM messages WHERE type = 6") == [("F",)]
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
    assert "for cork: 1 file, which stay there" in brno.line.good("carry", "in", str(medium))
    assert names_on(medium) == written
    assert brno.rows("SELECT 1 FROM refusals_given") == []
    # Its writer is the source, so no right to carry is missing.
    cork.line.good("carry", "in", str(medium))
    cork.wait_for_delivery("alba", dropped)


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
    boat.line.good("carry", "in", str(medium))
    assert boat.inbox_names("shelf") == ["both.bin"]
    assert names_on(medium) == []
