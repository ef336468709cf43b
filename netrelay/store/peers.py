"""Rows of peers and of their rights."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase


class Peer(NamedTuple):
    """A row of `peers`, with its keys; the addresses are those a user configured.

    via: the next hop, None without a route. limit_bytes_per_s: the rate limit for sending to it as
    a next hop, None if unlimited. calls: it said that it cannot be dialled. resumes: it goes on
    with what a broken connection had begun. is_metered: it has a budget, so the bytes of its
    connections are counted. is_group: nobody listens under its certificate, or calls with it.
    """

    node: str
    name: str
    certificate: bytes
    pin: bytes
    sealing_key: bytes
    addresses: tuple[str, ...]
    commsport: int
    via: str | None
    quota_bytes: int | None
    limit_bytes_per_s: int | None = None
    calls: bool = False
    resumes: bool = False
    is_metered: bool = False
    takes_packed: bool = False
    both_ways: bool = False
    is_group: bool = False


def read_peers(
    database: Database | ReadOnlyDatabase, nodes: Iterable[str] | None = None
) -> dict[str, Peer]:
    """Return peers by node id: all of them, or those of `nodes` that are peers."""
    chosen = "" if nodes is None else " WHERE p.node IN (SELECT value FROM json_each(?))"
    rows = database.rows(
        "SELECT p.node, name, certificate, pin, sealing_key, addresses, commsport, via,"  # noqa: S608
        " quota_bytes, l.limit_bytes_per_s, calls, resumes,"
        " EXISTS (SELECT 1 FROM budgets b WHERE b.peer = p.node), takes_packed,"
        " both_ways, is_group"
        " FROM peers p JOIN peer_keys k ON k.node = p.node"
        f" JOIN send_limits l ON l.node = p.node{chosen}",
        () if nodes is None else (json.dumps(sorted(nodes)),),
    )
    peers: dict[str, Peer] = {}
    for node, name, certificate, pin, sealing_key, addresses, commsport, via, *rest in rows:
        quota, limit, calls, resumes, is_metered, takes_packed, both_ways, is_group = rest
        assert isinstance(certificate, bytes)
        assert isinstance(pin, bytes)
        assert isinstance(sealing_key, bytes)
        assert isinstance(commsport, int)
        assert quota is None or isinstance(quota, int)
        assert limit is None or isinstance(limit, int)
        peers[str(node)] = Peer(
            str(node),
            str(name),
            certificate,
            pin,
            sealing_key,
            tuple(json.loads(str(addresses))),
            commsport,
            None if via is None else str(via),
            quota,
            limit,
            bool(calls),
            bool(resumes),
            bool(is_metered),
            bool(takes_packed),
            bool(both_ways),
            bool(is_group),
        )
    return peers


def metered_peers(peers: Mapping[str, Peer]) -> frozenset[str]:
    """Return those of these peers whose bytes on the wire are counted."""
    return frozenset(peer.node for peer in peers.values() if peer.is_metered)


def peer_revision(database: Database) -> int:
    """Return a number that increases with every change of what `read_peers` returns."""
    value = database.value("SELECT number FROM peer_revision")
    return value if isinstance(value, int) else 0


def permissions(
    database: Database | ReadOnlyDatabase, nodes: Iterable[str] | None = None
) -> dict[str, tuple[object, ...]]:
    """Return for each peer, or each of `nodes`, what temporary refusals depend on, to compare.

    That is its rights, its route and its quota.
    """
    chosen = "" if nodes is None else " WHERE p.node IN (SELECT value FROM json_each(?))"
    rows = database.rows(
        "SELECT p.node, via, quota_bytes, (SELECT json_group_array(verb || ' ' || subject)"  # noqa: S608
        f" FROM rights r WHERE r.peer = p.node) FROM peers p{chosen}",
        () if nodes is None else (json.dumps(sorted(nodes)),),
    )
    return {str(node): tuple(found) for node, *found in rows}


def add_peer(
    database: Database,
    node: str,
    name: str,
    certificate: bytes,
    pin: bytes,
    sealing_key: bytes,
    addresses: Sequence[str],
    commsport: int,
) -> None:
    """Insert a peer with a direct route and no rights; an existing peer is not changed."""
    database.execute(
        "INSERT INTO peers (node, name, pin, addresses, commsport, via)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?1) ON CONFLICT (node) DO NOTHING",
        (node, name, pin, json.dumps(list(addresses)), commsport),
    )
    _keep_keys(database, node, certificate, sealing_key)


def _keep_keys(database: Database, node: str, certificate: bytes, sealing_key: bytes) -> None:
    database.execute(
        "INSERT INTO peer_keys VALUES (?, ?, ?) ON CONFLICT (node) DO NOTHING",
        (node, certificate, sealing_key),
    )


def add_group_peer(
    database: Database, node: str, name: str, certificate: bytes, pin: bytes, sealing_key: bytes
) -> None:
    """Insert a group as a peer without an address or a route; one that is there is not changed."""
    database.execute(
        "INSERT INTO peers (node, name, pin, via, is_group)"
        " VALUES (?, ?, ?, NULL, 1) ON CONFLICT (node) DO NOTHING",
        (node, name, pin),
    )
    _keep_keys(database, node, certificate, sealing_key)


def set_addresses(database: Database, peer: str, addresses: list[str], commsport: int) -> None:
    """Store the addresses of a peer and make its retries due now; call it inside a transaction.

    Its agreement is deleted, because the addresses in it would be tried first.
    """
    before = database.row("SELECT addresses, commsport FROM peers WHERE node = ?", (peer,))
    if before == (json.dumps(addresses), commsport):
        return
    database.execute(
        "UPDATE peers SET addresses = ?, commsport = ? WHERE node = ?",
        (json.dumps(addresses), commsport, peer),
    )
    database.execute("DELETE FROM sysinfo WHERE node = ?", (peer,))
    try_now(database, peer)


def try_now_by(database: Database, way: str) -> None:
    """Make every retry with the peers that have this way due now, in its own transaction."""
    found = "SELECT p.node FROM peers p, json_each(p.addresses) w WHERE w.value = ?"
    nodes = [str(node) for (node,) in database.rows(found, (way,))]
    if nodes:
        with database.transaction():
            for node in nodes:
                try_now(database, node)


def try_now(database: Database, peer: str) -> None:
    """Make every retry with a peer due now, whatever its backoff; call it inside a transaction."""
    database.execute(
        "UPDATE messages SET due_s = 0 WHERE state = 'S-5' AND destination = ? AND due_s > 0",
        (peer,),
    )
    database.execute("UPDATE connections SET due_s = 0 WHERE peer = ?", (peer,))
    database.execute("SELECT wake('initial_sender'), wake('processor_s')")
