"""Rows of consensus messages: those initial_sender has to send, those initial_receiver stores."""

import json
from typing import NamedTuple

from netrelay.store.contacts import hosts_of
from netrelay.store.database import Database


class DueHello(NamedTuple):
    """A consensus message in S-5 that is due; hosts are the addresses to try, in order.

    in_vain marks a hello whose reply is no longer needed.
    """

    message: int
    type: int
    peer: str
    peer_name: str
    number: int
    hosts: tuple[str, ...]
    commsport: int
    echoed_epoch: bytes
    agreed_size_bytes: int
    in_vain: bool
    expired: bool


class OwnHello(NamedTuple):
    """The properties of this node that it sends in a hello."""

    ipaddress: str
    commsport: int
    dataports: tuple[int, ...]
    capacity_bytes: int
    epoch: bytes


class ArrivedHello(NamedTuple):
    """A hello or hello reply from a pinned peer."""

    type: int
    peer: str
    epoch: bytes
    number: int
    capacity_bytes: int
    agreed_size_bytes: int
    echoed_epoch: bytes
    addresses: tuple[str, ...]
    commsport: int
    dataports: tuple[int, ...]


def due_hellos(database: Database, limit: int) -> list[DueHello]:
    """Return the consensus messages that are due now."""
    due = []
    for row in database.rows(
        "SELECT id, type, destination, name, sequence, said_addresses, seen_address, addresses,"
        " commsport, info, in_vain, coalesce(expires_s <= clock(), 0)"
        " FROM work_initial_sender LIMIT ?",
        (limit,),
    ):
        message, type_, peer, name, number, said, seen, addresses, commsport, *rest = row
        info, in_vain, expired = rest
        reply = json.loads(str(info)) if info else {}
        due.append(
            DueHello(
                _integer(message),
                _integer(type_),
                str(peer),
                str(name),
                _integer(number),
                hosts_of(str(said), str(seen), str(addresses)),
                _integer(commsport),
                bytes.fromhex(reply.get("echo", "")),
                int(reply.get("size", 0)),
                bool(in_vain),
                bool(expired),
            )
        )
    return due


def own_hello(database: Database) -> OwnHello:
    """Return the properties of this node for a hello."""
    row = database.row("SELECT ipaddress, commsport, dataports, capacity, epoch FROM selfinfo")
    assert row is not None
    ipaddress, commsport, dataports, capacity, epoch = row
    assert isinstance(epoch, bytes)
    return OwnHello(
        str(ipaddress),
        _integer(commsport),
        tuple(json.loads(str(dataports))),
        _integer(capacity),
        epoch,
    )


def add_hello(database: Database, hello: ArrivedHello) -> tuple[int, bool]:
    """Store a hello that arrived; give its row, and whether it is new or a repeat.

    Call it inside a transaction; the engine settles or adopts a new one at once.
    """
    info = {
        "addresses": hello.addresses,
        "commsport": hello.commsport,
        "dataports": hello.dataports,
        "capacity": hello.capacity_bytes,
        "size": hello.agreed_size_bytes,
        "echo": hello.echoed_epoch.hex().upper(),
    }
    database.execute(
        "INSERT INTO messages (type, source, destination, epoch, sequence, previous_hop, birth,"
        " actor, lifetime_s, info)"
        " SELECT ?1, ?2, node, ?3, ?4, ?2, 'arrived', 'initial_receiver', 600, ?5 FROM selfinfo"
        " WHERE true ON CONFLICT DO NOTHING",
        (hello.type, hello.peer, hello.epoch, hello.number, json.dumps(info)),
    )
    is_new = database.changes() > 0
    row = database.value(
        "SELECT m.id FROM messages m JOIN selfinfo s ON s.node = m.destination"
        " WHERE m.source = ? AND m.epoch = ? AND m.sequence = ? AND m.attempt = 1"
        " AND m.type = ? AND m.hash IS m.found",
        (hello.peer, hello.epoch, hello.number, hello.type),
    )
    return _integer(row), is_new


def refresh_hello(database: Database, message: int, hello: ArrivedHello) -> None:
    """Let the row of a repeated hello say what the repeat says; inside a transaction."""
    database.execute(
        "UPDATE messages SET info = json_set(info, '$.addresses', json(?), '$.commsport', ?,"
        " '$.dataports', json(?), '$.capacity', ?, '$.size', ?, '$.echo', ?) WHERE id = ?",
        (
            json.dumps(hello.addresses),
            hello.commsport,
            json.dumps(hello.dataports),
            hello.capacity_bytes,
            hello.agreed_size_bytes,
            hello.echoed_epoch.hex().upper(),
            message,
        ),
    )


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value
