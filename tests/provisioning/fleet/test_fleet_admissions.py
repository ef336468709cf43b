"""What `fleet check` accepts arrives: each node's `admissions` lets in every file and receipt.

A fleet's file is read before any node exists, so its routes are checked without a database. Here
random fleets are laid into one, node by node, and the view has the last word.
"""

import random
import sqlite3
from itertools import pairwise
from pathlib import Path

from netrelay.provisioning.fleet.fleet_file import Fleet, read_fleet
from netrelay.provisioning.fleet.fleet_routes import carried_by, check_routes, way, ways
from netrelay.store.admissions import QUESTION, AdmissionQuestion, asked, read_missing
from netrelay.store.schema import sql_directory
from tests.provisioning.fleet.fleets import write_fleet

FLEETS = 60


def random_fleet(seed: int) -> str:
    """Return the file of three to five nodes that all have an address."""
    draw = random.Random(seed)
    names = ["shelf", "boat", "buoy", "mast", "quay"][: draw.randint(3, 5)]
    lines = []
    for name in names:
        others = [each for each in names if each != name]
        via = {
            other: draw.choice([each for each in others if each != other])
            for other in others
            if draw.random() < 0.25
        }
        relay = [each for each in others if draw.random() < 0.8]
        deliver = [each for each in others if draw.random() < 0.4]
        lines += [
            f"[nodes.{name}]",
            f"deliver = {deliver!r}",
            f"relay = {relay!r}",
            "via = { " + ", ".join(f'{to} = "{hop}"' for to, hop in via.items()) + " }",
        ]
    return "\n".join(lines).replace("'", '"')


def lay(fleet: Fleet, name: str) -> sqlite3.Connection:
    """Return a database in memory with the peers and rights that the card of a node makes."""
    connection = sqlite3.connect(":memory:")
    for script in ("tables.sql", "admissions.sql"):
        connection.executescript((sql_directory() / script).read_text(encoding="utf-8"))
    node = fleet.nodes[name]
    connection.execute(
        "INSERT INTO selfinfo (one, node, name, ipaddress, commsport, dataports, capacity,"
        " lifetime_s, epoch)"
        " VALUES (1, ?, ?, '::', 7411, '[7412]', 65536, 3600, x'0102030405060708')",
        (name, name),
    )
    carried = carried_by(fleet, name)
    for number, other in enumerate(each for each in fleet.nodes if each != name):
        connection.execute(
            "INSERT INTO peers (node, name, pin, via) VALUES (?, ?, ?, ?)",
            (other, other, bytes(31) + bytes([number]), node.next_hop(other)),
        )
        rights = [("deliver", "")] if other in node.deliver else []
        rights += [("relay", "")] if other in node.relay else []
        rights += [("carry", source) for source in carried.get(other, ())]
        connection.executemany(
            "INSERT INTO rights VALUES (?, ?, ?)", [(other, *right) for right in rights]
        )
    # As the trigger of a peer's next hop does (engine.sql).
    connection.execute(
        "INSERT INTO routes (peer, position, hop)"
        " SELECT node, 1, via FROM peers WHERE via IS NOT NULL"
    )
    return connection


def arrives(
    databases: dict[str, sqlite3.Connection], route: tuple[str, ...], receipt: bool
) -> bool:
    """Return whether each node on a route lets a message in."""
    for previous_hop, node in pairwise(route):
        question = AdmissionQuestion(previous_hop, route[0], route[-1], receipt)
        (row,) = databases[node].execute(QUESTION, (asked([question]),))
        if read_missing(row) is not None:
            return False
    return True


def everything_arrives(fleet: Fleet) -> bool:
    """Return whether every wanted file reaches its destination, and every receipt its source."""
    databases = {name: lay(fleet, name) for name in fleet.nodes}
    for each in ways(fleet):
        if each.is_circle:
            return False
        back = way(fleet, each.destination, each.nodes[0])
        if each.is_wanted and not (
            arrives(databases, each.nodes, receipt=False)
            and back[-1] == each.nodes[0]
            and arrives(databases, back, receipt=True)
        ):
            return False
    return True


def test_a_fleet_without_mistakes_is_one_in_which_everything_arrives(tmp_path: Path) -> None:
    found = {True: 0, False: 0}
    for seed in range(FLEETS):
        fleet, document, mistakes = read_fleet(write_fleet(tmp_path, random_fleet(seed)))
        assert fleet is not None
        assert document is not None
        assert mistakes == []
        check_routes(fleet, document)
        assert (document.mistakes == []) == everything_arrives(fleet), random_fleet(seed)
        found[not document.mistakes] += 1
    assert min(found.values()) > FLEETS // 10, found


def test_a_right_that_is_missing_keeps_a_file_out(tmp_path: Path) -> None:
    fleet, _, _ = read_fleet(write_fleet(tmp_path))
    assert fleet is not None
    assert everything_arrives(fleet)
    boat = fleet.nodes["boat"]._replace(relay=frozenset({"buoy"}))
    assert not everything_arrives(fleet._replace(nodes={**fleet.nodes, "boat": boat}))
