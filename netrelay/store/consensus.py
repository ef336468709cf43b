"""Rows of consensus messages: those that have to be sent, and those that arrived."""

import json
from collections.abc import Iterable
from typing import NamedTuple

from netrelay.core.hello import (
    ANSWERS_CALLS,
    BOTH_WAYS,
    CALLS,
    HEARS_REPLY,
    IDENTITY_TWICE,
    RESUMES,
    TAKES_PACKED,
    UNPACKS,
    Hello,
)
from netrelay.core.host import is_wildcard
from netrelay.core.words import MessageType
from netrelay.store.arrivals import Arrival, store_arrivals
from netrelay.store.contacts import hosts_of
from netrelay.store.database import Database, Work

_LIFETIME_S = 600  # of a hello that arrived: it is acted on at once
_FIRST_LOOKED_AT = 128
_DUE_HELLOS = (
    "SELECT id, type, destination, name, sequence, seen_address, addresses,"
    " commsport, info, in_vain, coalesce(expires_s <= clock(), 0)"
    " FROM (SELECT *, row_number() OVER (PARTITION BY destination ORDER BY type DESC, due_s)"
    "   AS place FROM work_initial_sender"
    "   WHERE destination NOT IN (SELECT value FROM json_each(?))"
    "   AND id IN (SELECT id FROM messages"
    "     WHERE state = 'S-5' AND due_s <= clock() ORDER BY due_s LIMIT ?))"
    " WHERE place = 1 ORDER BY due_s LIMIT ?"
)


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
    """A hello or hello reply from a pinned peer; features: as in `Hello`."""

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
    features: int = 0


def due_hellos(database: Database, busy: Iterable[str], limit: int) -> list[DueHello]:
    """Return consensus messages that are due now, one for each peer that is not busy.

    A reply comes before a hello: its peer called just now, and said where it is. The peers that
    have waited longest come first, at most `limit`.
    """
    listed = json.dumps(list(busy))
    looked_at = _FIRST_LOOKED_AT
    while True:
        # A start has a hello for each peer: of thousands the first are enough, unless they are of
        # peers that are busy, or wait for something else.
        rows = database.rows(_DUE_HELLOS, (listed, looked_at, limit))
        if len(rows) >= limit or looked_at > _due_count(database, looked_at):
            return [_due_hello(row) for row in rows]
        looked_at *= 8


def _due_count(database: Database, most: int) -> int:
    """Return how many consensus messages are due, at most so many."""
    count = database.value(
        "SELECT count(*) FROM (SELECT 1 FROM messages"
        " WHERE state = 'S-5' AND due_s <= clock() LIMIT ?)",
        (most,),
    )
    return _integer(count)


def _due_hello(row: tuple[object, ...]) -> DueHello:
    message, type_, peer, name, number, seen, addresses, commsport, *rest = row
    info, in_vain, expired = rest
    reply = json.loads(str(info)) if info else {}
    return DueHello(
        _integer(message),
        _integer(type_),
        str(peer),
        str(name),
        _integer(number),
        hosts_of(str(seen), str(addresses), is_seen_first=True),
        _integer(commsport),
        bytes.fromhex(reply.get("echo", "")),
        int(reply.get("size", 0)),
        bool(in_vain),
        bool(expired),
    )


def is_awaited(database: Database, peer: str) -> bool:
    """Return True if an agreement with a peer is waited for, or is there and has to be renewed."""
    return bool(
        database.value(
            "SELECT EXISTS (SELECT 1 FROM sysinfo WHERE node = ?1)"
            " OR EXISTS (SELECT 1 FROM messages WHERE state = 'S-1' AND next_hop = ?1)",
            (peer,),
        )
    )


def reply_here(database: Database, peer: str, number: int) -> DueHello | None:
    """Return the reply that goes back on the connection of this hello; None if it is dialled."""
    row = database.row(
        "SELECT m.id, p.name, m.info FROM messages m JOIN peers p ON p.node = m.destination"
        " WHERE m.state = 'S-5' AND m.type = 5 AND m.destination = ? AND m.sequence = ?"
        " AND (p.calls = 1 OR m.info ->> 'here' = 1) AND m.epoch = (SELECT epoch FROM selfinfo)",
        (peer, number),
    )
    if row is None:
        return None
    message, name, info = row
    reply = json.loads(str(info))
    return DueHello(
        message=_integer(message),
        type=int(MessageType.HELLO_REPLY),
        peer=peer,
        peer_name=str(name),
        number=number,
        hosts=(),
        commsport=0,
        echoed_epoch=bytes.fromhex(reply["echo"]),
        agreed_size_bytes=int(reply["size"]),
        in_vain=False,
        expired=False,
    )


def superseded_hellos(database: Database, messages: Iterable[int]) -> list[int]:
    """Return which of these consensus messages need not be sent now.

    They have ended meanwhile, or are hellos to a peer that waits for a reply: its own hello said
    where it is now.
    """
    rows = database.rows(
        "SELECT m.id FROM json_each(?) j JOIN messages m ON m.id = j.value"
        " WHERE m.state <> 'S-5' OR m.type = 4 AND EXISTS (SELECT 1 FROM work_initial_sender r"
        "   WHERE r.type = 5 AND r.destination = m.destination)",
        (json.dumps(list(messages)),),
    )
    return [_integer(message) for (message,) in rows]


def next_hello_s(database: Database, busy: Iterable[str]) -> float | None:
    """Return in how many seconds a hello to a peer that is not busy is due; None: there is none."""
    due_s = database.value(
        "SELECT min(due_s) FROM hellos_due"
        " WHERE destination NOT IN (SELECT value FROM json_each(?))",
        (json.dumps(list(busy)),),
    )
    if due_s is None:
        return None
    assert isinstance(due_s, (int, float))
    return max(float(due_s) - database.now_s(), 0.0)


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


def is_kept_out(database: Database, peer: str) -> bool:
    """Return True if a peer cannot dial this node, as a person says or as was found out."""
    return bool(database.value("SELECT EXISTS (SELECT 1 FROM kept_out WHERE node = ?)", (peer,)))


def note_dialled(database: Database, peers: Iterable[str]) -> None:
    """Store that peers have dialled this node; no transaction if that changes nothing."""
    known = "SELECT peer FROM cannot_dial_here WHERE peer IN (SELECT value FROM json_each(?))"
    listed = json.dumps(list(peers))
    database.store_found(
        Work(
            lambda: database.rows(known, (listed,)),
            lambda found: database.execute_many("INSERT INTO dialled_here VALUES (?)", found),
        )
    )


def composed(database: Database, hello: DueHello) -> Hello:
    """Return the record of a hello or reply, with the properties that this node has now."""
    own = own_hello(database)
    twice = IDENTITY_TWICE if twins(database, [hello.peer]) else 0
    features = twice | ANSWERS_CALLS | RESUMES | UNPACKS | TAKES_PACKED | BOTH_WAYS
    # A netrelay of before replies on a connection to who calls alone, in the long form.
    features |= CALLS if is_kept_out(database, hello.peer) else HEARS_REPLY
    record = Hello(
        MessageType.HELLO,
        own.epoch,
        hello.number,
        own.capacity_bytes,
        own.commsport,
        own.dataports,
        () if is_wildcard(own.ipaddress) else (own.ipaddress,),
        features=features,
    )
    if hello.type == MessageType.HELLO:
        return record
    return record._replace(
        type=MessageType.HELLO_REPLY,
        agreed_size_bytes=min(hello.agreed_size_bytes, own.capacity_bytes),
        echoed_epoch=hello.echoed_epoch,
    )


def twins(database: Database, nodes: Iterable[str]) -> set[str]:
    """Return those of these peers whose identity two machines use (the view `twins`)."""
    rows = database.rows(
        "SELECT node FROM twins WHERE node IN (SELECT value FROM json_each(?))",
        (json.dumps(list(nodes)),),
    )
    return {str(node) for (node,) in rows}


def accusers(database: Database, nodes: Iterable[str]) -> set[str]:
    """Return those of these peers that hear the identity of this node from two machines."""
    rows = database.rows(
        "SELECT node FROM own_twins WHERE node IN (SELECT value FROM json_each(?))",
        (json.dumps(list(nodes)),),
    )
    return {str(node) for (node,) in rows}


def store_hellos(database: Database, hellos: Iterable[ArrivedHello]) -> dict[int, str]:
    """Store hellos and replies that arrived; return why some were refused, by their place.

    Call it inside a transaction. The engine settles or adopts each at once; a repeated hello
    replaces what its row says and is answered again. The process of the database is the actor.
    """
    own = str(database.value("SELECT node FROM selfinfo"))
    refused = store_arrivals(database, [_arrival(database.process, own, hello) for hello in hellos])
    return {place: refusal.reason for place, refusal in refused.items()}


def arrived_hello(peer: str, address: str, hello: Hello) -> ArrivedHello:
    """Return a record that a peer sent; address: where it is, if it names none."""
    return ArrivedHello(
        int(hello.type),
        peer,
        hello.epoch,
        hello.agreement,
        hello.capacity_bytes,
        hello.agreed_size_bytes,
        hello.echoed_epoch,
        hello.addresses or (address,),
        hello.commsport,
        hello.dataports,
        hello.features,
    )


def _arrival(actor: str, own: str, hello: ArrivedHello) -> Arrival:
    info = {
        "addresses": hello.addresses,
        "commsport": hello.commsport,
        "dataports": hello.dataports,
        "capacity": hello.capacity_bytes,
        "size": hello.agreed_size_bytes,
        "echo": hello.echoed_epoch.hex().upper(),
        "twice": bool(hello.features & IDENTITY_TWICE),
        "calls": bool(hello.features & CALLS),
        "answers_calls": bool(hello.features & ANSWERS_CALLS),
        "resumes": bool(hello.features & RESUMES),
        "unpacks": bool(hello.features & UNPACKS),
        "takes_packed": bool(hello.features & TAKES_PACKED),
        "both_ways": bool(hello.features & BOTH_WAYS),
        "hears_reply": bool(hello.features & HEARS_REPLY),
    }
    return Arrival(
        actor=actor,
        type=hello.type,
        source=hello.peer,
        destination=own,
        epoch=hello.epoch,
        sequence=hello.number,
        attempt=1,
        previous_hop=hello.peer,
        lifetime_s=_LIFETIME_S,
        info=json.dumps(info),
        has_body=True,
    )


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value
