"""Names of peers, and single settings of one."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase


class PeerName(NamedTuple):
    """Node id and name of a peer."""

    node: str
    name: str


class Enrolled(NamedTuple):
    """Name and keys under which a node was enrolled."""

    name: str
    certificate: bytes
    sealing_key: bytes


def peer_names(database: Database | ReadOnlyDatabase) -> list[PeerName]:
    """Return all peers, ordered by name."""
    rows = database.rows("SELECT node, name FROM peers ORDER BY name")
    return [PeerName(str(node), str(name)) for node, name in rows]


def count_peers(database: ReadOnlyDatabase) -> int:
    """Return how many peers there are."""
    return int(str(database.value("SELECT count(*) FROM peers")))


def peers_called(database: Database | ReadOnlyDatabase, word: str) -> list[PeerName]:
    """Return the peers of which this is the name or the node id, ordered by name."""
    rows = database.rows(
        "SELECT node, name FROM peers WHERE node = ?1 UNION SELECT node, name FROM peers"
        " WHERE name = ?1 ORDER BY 2",
        (word,),
    )
    return [PeerName(str(node), str(name)) for node, name in rows]


def names_of(database: ReadOnlyDatabase, nodes: Iterable[str]) -> dict[str, str]:
    """Return the names of those of these nodes that are peers, by node id."""
    rows = database.rows(
        "SELECT node, name FROM peers WHERE node IN (SELECT value FROM json_each(?))",
        (json.dumps(sorted(set(nodes))),),
    )
    return {str(node): str(name) for node, name in rows}


def find_enrolled(database: Database, node: str) -> Enrolled | None:
    """Return what a node was enrolled with; None if it is no peer."""
    row = database.row(
        "SELECT name, certificate, sealing_key FROM peers JOIN peer_keys USING (node)"
        " WHERE node = ?",
        (node,),
    )
    return None if row is None else Enrolled(*row)  # type: ignore[arg-type]


def node_named(database: Database, name: str) -> str | None:
    """Return the node id of the peer of this name, or None."""
    node = database.value("SELECT node FROM peers WHERE name = ?", (name,))
    return None if node is None else str(node)


def relay_name(database: Database, node: str) -> str | None:
    """Return the name of the next hop to a peer; None if it is direct or there is no route."""
    name = database.value(
        "SELECT h.name FROM peers p JOIN peers h ON h.node = p.via"
        " WHERE p.node = ? AND p.via <> p.node",
        (node,),
    )
    return None if name is None else str(name)


def route_of(database: Database | ReadOnlyDatabase, name: str) -> str | None:
    """Return the next hop to the peer of this name, perhaps itself; None if there is no route."""
    hop = database.value("SELECT via FROM peers WHERE name = ?", (name,))
    return None if hop is None else str(hop)


def names_routed_via(database: Database, node: str) -> list[str]:
    """Return the names of the other peers whose only next hop is this one."""
    rows = database.rows(
        "SELECT name FROM peers p WHERE via = ?1 AND node <> ?1 AND NOT EXISTS"
        " (SELECT 1 FROM routes r WHERE r.peer = p.node AND r.hop <> ?1) ORDER BY name",
        (node,),
    )
    return [str(name) for (name,) in rows]


def commsport_of(database: Database, node: str) -> int:
    """Return the commsport of a peer."""
    port = database.value("SELECT commsport FROM peers WHERE node = ?", (node,))
    assert isinstance(port, int)
    return port


def given_addresses(database: Database, node: str) -> list[str]:
    """Return the addresses of a peer that its card or a person gave, in their order."""
    addresses = database.value("SELECT addresses FROM peers WHERE node = ?", (node,))
    return [str(way) for way in json.loads(str(addresses))]


def files_coming_from(database: Database, node: str) -> int:
    """Return how many files and texts of a node are arriving here and not complete."""
    count = database.value(
        "SELECT count(*) FROM messages WHERE state = 'N-4' AND type IN (1, 3) AND source = ?",
        (node,),
    )
    return int(str(count))
