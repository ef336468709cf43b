"""Interoperation: a node of this version and one of another exchange every kind of message.

`make other-version OTHER_VERSION=COMMIT` checks out the other version, and passes its path in
NETRELAY_OTHER_CHECKOUT. Without it these tests are skipped, as in `make test`.
"""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.story.cutting_proxy import cutting_proxy
from tests.story.nodes import KIB, MIB, Homes, RunningNode, free_address, wait_for
from tests.story.other_version import OtherVersionNode
from tests.story.paced_proxy import paced_proxy
from tests.story.relays import NodeRow, introduce

_OTHER = os.environ.get("NETRELAY_OTHER_CHECKOUT")
pytestmark = pytest.mark.skipif(_OTHER is None, reason="a campaign: make other-version")

SIZES_BYTES = {"empty": 0, "small": 3 * KIB, "one-chunk": 900 * KIB, "chunks": 5 * MIB + 1}
FEWEST_BYTES = 64 * KIB


def node_of(homes: Homes, version: str, name: str, capacity_bytes: int = MIB) -> RunningNode:
    """Create a node of `this` or the `other` version; it is not started."""
    if version == "this":
        node = homes.node(name)
    else:
        assert _OTHER is not None
        node = OtherVersionNode(homes.folder, name, Path(_OTHER))
        homes.nodes.append(node)
    node.configure(capacity=capacity_bytes)
    return node


def exchange(source: RunningNode, destination: RunningNode) -> None:
    """Send files, a directory and a text; block until all are delivered and receipted."""
    dropped = [
        source.drop(destination.name, name, os.urandom(size_bytes))
        for name, size_bytes in SIZES_BYTES.items()
    ]
    tree = source.home.path.with_name(f"{source.name}.tree")
    (tree / "within").mkdir(parents=True)
    (tree / "within" / "file").write_bytes(b"content")
    tree.rename(source.home.drop / destination.name / "tree")
    source.line.good("message", f"from {source.name}", "--to", destination.name)
    for file in dropped:
        destination.wait_for_delivery(source.name, file)
    inbox = destination.home.inbox / source.name
    wait_for("the directory", (inbox / "tree" / "within" / "file").exists)
    assert (inbox / "tree" / "within" / "file").read_bytes() == b"content"
    destination.wait_for_rows("SELECT 1 FROM texts WHERE text = ?", f"from {source.name}")
    source.wait_until_settled()
    assert destination.inbox_names(source.name) == sorted([*SIZES_BYTES, "tree"])


@pytest.mark.parametrize("here", ["this", "other"])
def test_two_nodes_of_different_versions_exchange_everything_both_ways(
    homes: Homes, here: str
) -> None:
    there = "other" if here == "this" else "this"
    row = NodeRow([node_of(homes, here, "alba"), node_of(homes, there, "brno", FEWEST_BYTES * 3)])
    for node, peer in ((row[0], row[1]), (row[1], row[0])):
        node.enrol(peer, "deliver")
    row.start()
    exchange(row[0], row[1])
    exchange(row[1], row[0])
    assert [node.errors() for node in row] == [[], []]
    node = row[["this", "other"].index(here)]
    assert '"format": "netrelay receipt 1"' in node.line.good("receipt", "small", "--to", "-")


@pytest.mark.parametrize("versions", [("this", "other", "this"), ("other", "this", "other")])
def test_a_relay_of_another_version_carries(homes: Homes, versions: tuple[str, str, str]) -> None:
    names = ("alba", "brno", "cork")
    capacities = (MIB, MIB, FEWEST_BYTES)
    row = NodeRow(node_of(homes, *each) for each in zip(versions, names, capacities, strict=True))
    for node in row:
        introduce(node, row)
    is_asked = versions[0] == "this"
    if is_asked:
        row.source.configure(custody=True)
    row.start()
    exchange(row.source, row.destination)
    row.wait_until_settled()
    if is_asked and not row.relays[0].rows(
        "SELECT 1 FROM sqlite_schema WHERE name = 'custody'"
    ):  # it is of before custody words, and leaves a gap
        assert "No word of brno." in row.source.line.good("receipt", "custody", "chunks")
    assert [node.errors() for node in row] == [[], [], []]


def test_a_node_of_the_other_version_takes_pieces_by_two_ways(homes: Homes) -> None:
    shelf = node_of(homes, "this", "shelf", FEWEST_BYTES)
    boat = node_of(homes, "other", "boat", FEWEST_BYTES)
    row = NodeRow([shelf, boat])
    shelf.enrol(boat, "deliver")
    boat.enrol(shelf, "deliver")
    ways = free_address(), free_address()
    shelf.line.good("peer", "address", "boat", *ways)
    shelf.line.good("peer", "ways", "boat", "--beside", "2")
    with ExitStack() as stack:
        for way in ways:
            for port in (7411, 7412):
                stack.enter_context(paced_proxy((way, port), (boat.address, port), MIB))
        row.start()
        dropped = shelf.drop("boat", "by two ways", os.urandom(4 * MIB))
        for way in ways:
            over = "SELECT 1 FROM events WHERE event = 'handed' AND reason = 'over ' || ?"
            shelf.wait_for_rows(over, way)
        boat.wait_for_delivery("shelf", dropped)
        row.wait_until_settled()
        assert [node.errors() for node in row] == [[], []]


def test_a_home_of_the_other_version_continues_with_this_one(homes: Homes) -> None:
    """An upgrade in place, with queued files at the source."""
    row = NodeRow([node_of(homes, "other", "alba"), node_of(homes, "this", "brno")])
    row[0].enrol(row[1], "deliver")
    row[1].enrol(row[0], "deliver")
    row[0].start()
    dropped = [
        row[0].drop("brno", name, os.urandom(size_bytes))
        for name, size_bytes in SIZES_BYTES.items()
    ]
    row[0].wait_for_rows(
        "SELECT 1 WHERE (SELECT count(*) FROM messages WHERE type = 6) = ?", len(SIZES_BYTES)
    )
    row[0].stop()
    renewed = RunningNode(homes.folder, "alba", home=row[0].home.path, address=row[0].address)
    homes.nodes.append(renewed)
    renewed.start()
    row[1].start()
    for file in dropped:
        row[1].wait_for_delivery("alba", file)
    renewed.wait_until_settled()
    assert [node.errors() for node in (renewed, row[1])] == [[], []]


def test_a_node_that_only_dials_names_a_peer_of_before_calls(homes: Homes) -> None:
    """What it sends arrives nowhere, and nothing is lost; a peer that knows calls is called."""
    there, here, router = node_of(homes, "other", "shelf"), homes.node("field"), free_address()
    here.enrol(there, "deliver")
    here.line.good("peer", "address", "shelf", router)
    there.enrol(here, "deliver")
    there.line.good("peer", "address", "field", free_address())
    with ExitStack() as ports:
        for port in (7411, 7412):
            ports.enter_context(cutting_proxy((router, port), (there.address, port), []))
        there.start()
        here.start()
        note = here.drop("shelf", "note.txt", b"words")

        def is_settled() -> bool:
            return bool(
                here.rows("SELECT 1 FROM one_way WHERE trouble = 'no-reply'")
                or here.rows("SELECT 1 FROM peer_overview WHERE call = 'open'")
            )

        wait_for("it to find out", is_settled)
        if here.rows("SELECT 1 FROM peer_overview WHERE call = 'open'"):
            there.wait_for_delivery("field", note)
            return
        assert here.rows("SELECT name, cause FROM stuck") == [("note.txt", "no-reply")]
        why = here.line.good("why", "note.txt")
        assert "its netrelay is an older one, so install this one there" in why
        ping = here.line("peer", "ping", "shelf")
        assert (ping.code, "but it does not reach this node" in ping.out) == (69, True)
        # The other side learns where it can be dialled.
        there.line.good("peer", "address", "field", here.address)
        there.wait_for_delivery("field", note)
        assert here.rows("SELECT 1 FROM one_way") == []
