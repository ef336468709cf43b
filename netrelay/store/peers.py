"""Peers: whom this node trusts, as rows."""

import json
from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase


class Peer(NamedTuple):
    """A peer as the network processes need it; addresses as a person gave them."""

    node: str
    name: str
    certificate: bytes
    pin: bytes
    sealing_key: bytes
    addresses: tuple[str, ...]
    commsport: int
    via: str | None
    quota_bytes: int | None


def read_peers(database: Database | ReadOnlyDatabase) -> dict[str, Peer]:
    """Give all peers by node id."""
    rows = database.rows(
        "SELECT node, name, certificate, pin, sealing_key, addresses, commsport, via,"
        " quota_bytes FROM peers"
    )
    peers: dict[str, Peer] = {}
    for node, name, certificate, pin, sealing_key, addresses, commsport, via, quota in rows:
        assert isinstance(certificate, bytes)
        assert isinstance(pin, bytes)
        assert isinstance(sealing_key, bytes)
        assert isinstance(commsport, int)
        assert quota is None or isinstance(quota, int)
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
        )
    return peers


def permissions(database: Database | ReadOnlyDatabase) -> list[tuple[object, ...]]:
    """Give all that decides whom we refuse something for now: rights, routes, quotas."""
    return [
        *database.rows("SELECT peer, verb, subject FROM rights ORDER BY 1, 2, 3"),
        *database.rows("SELECT node, via, quota_bytes FROM peers ORDER BY 1"),
    ]


def has_right(
    database: Database | ReadOnlyDatabase, peer: str, verb: str, subject: str = ""
) -> bool:
    """Tell whether a peer may do this here; what has no row is not allowed."""
    return (
        database.row(
            "SELECT 1 FROM rights WHERE peer = ? AND verb = ? AND subject = ?",
            (peer, verb, subject),
        )
        is not None
    )
