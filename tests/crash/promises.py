"""The promises of a node before a power cut, which its disk has to keep afterwards.

The promise, the role of the node that made it, and what its disk must have before it is started:

    acknowledgement ("acked")         next hop     the row; the bytes while it waits
    the same, of a receipt for it     source       its jobs are finished (a receipt that is about
                                                   nothing unfinished leaves no row)
    receipt (the job is F)            destination  the complete file in the inbox
    any message of its own            source       the row: no number is used twice
    dropped file, flushed with folder source       the file, once
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from netrelay.store.database import Value
from tests.crash.image import Image
from tests.story.nodes import RunningNode
from tests.story.relays import NodeRow

_COLUMNS = 'm.type, m.source, m.destination, m.epoch, m.sequence, m.attempt, m."offset"'


class Message(NamedTuple):
    """Identity of a message on two nodes; signed messages have size 0 here."""

    type: int
    source: str
    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    offset: int
    size_bytes: int


class Told(NamedTuple):
    """The promises of the victim, as recorded by the other nodes.

    sent: its own messages that they have. begun: (epoch, sequence, name) of its files at the
    destination. received: names of files whose receipts the source has. confirmed: (epoch,
    sequence) of its files of which it has acknowledged the receipt.
    """

    acknowledged: set[Message]
    sent: set[Message]
    begun: set[tuple[Value, ...]]
    received: set[str]
    confirmed: set[tuple[Value, ...]]


def node_id(node: RunningNode) -> str:
    """Return the id of a node, from its database."""
    return str(node.value("SELECT node FROM selfinfo"))


def told_by(victim: RunningNode, victim_id: str, row: NodeRow) -> Told:
    """Return what the other nodes have recorded of the victim."""
    told = Told(set(), set(), set(), set(), set())
    for node in row:
        if node is victim:
            continue
        told.acknowledged.update(
            _messages(
                node,
                "m.next_hop = ? AND (m.type IN (1, 2, 3)"
                " OR m.type = 7 AND m.destination <> m.next_hop) AND EXISTS"
                " (SELECT 1 FROM events e WHERE e.message = m.id AND e.event = 'acked')",
                victim_id,
            )
        )
        told.sent.update(_messages(node, "m.source = ? AND m.hash IS m.found", victim_id))
    if victim is row.source:
        told.confirmed.update(_confirmed(victim_id, row))
    if victim is not row.destination:
        told.begun.update(
            row.destination.rows("SELECT epoch, sequence, name FROM files WHERE path IS NULL")
        )
    if victim is not row.source:
        told.received.update(
            str(name)
            for (name,) in row.source.rows(
                "SELECT f.name FROM messages m JOIN files f ON f.id = m.file"
                " WHERE m.type = 6 AND m.state = 'F'"
            )
        )
    return told


def _confirmed(victim_id: str, row: NodeRow) -> set[tuple[Value, ...]]:
    """Return the finished files whose receipts the source has acknowledged, by no doubt.

    While a receipt waits at the destination or the relay it may be that of any file: then none.
    """
    waiting = "SELECT 1 FROM messages r WHERE r.type = 7 AND r.destination = ? AND r.state <> 'F'"
    # The destination first: what it has passed on by then is at the relay, or beyond.
    finished = row.destination.rows(
        "SELECT m.epoch, m.sequence FROM messages m WHERE m.source = ? AND m.type IN (1, 3)"
        " AND m.state = 'F' AND m.file IS NOT NULL AND NOT EXISTS (SELECT 1 FROM receipts_due d"
        " WHERE d.addressee = m.source AND d.epoch = m.epoch AND d.sequence = m.sequence)"
        f" AND NOT EXISTS ({waiting})",
        *(victim_id, victim_id),
    )
    if any(relay.rows(waiting, victim_id) for relay in row.relays):
        return set()
    return set(finished)


def _messages(node: RunningNode, condition: str, victim_id: str) -> set[Message]:
    return {
        Message(*row)  # type: ignore[arg-type]
        for row in node.rows(
            f"SELECT {_COLUMNS}, CASE WHEN m.type IN (3, 7) THEN 0 ELSE m.size_bytes END"
            f" FROM messages m WHERE m.id > 0 AND m.type IN (1, 2, 3, 7) AND {condition}",
            victim_id,
        )
    }


def broken_promises(
    told: Told, image: Image, victim: RunningNode, row: NodeRow, given: Mapping[str, bytes]
) -> list[str]:
    """Return the broken promises; given: the dropped files with their content."""
    here = {
        Message(*each)  # type: ignore[arg-type]
        for each in image.rows(
            f"SELECT {_COLUMNS}, CASE WHEN m.type IN (3, 7) THEN 0 ELSE m.size_bytes END"
            " FROM messages m WHERE m.hash IS m.found"
        )
    }
    found = [f"database: {text}" for text in image.broken()]
    found += [f"acknowledged and lost: {each}" for each in sorted(told.acknowledged - here)]
    found += [f"sent and forgotten: {each}" for each in sorted(told.sent - here)]
    found += [f"body: {text}" for text in image.missing_bodies()]
    if victim is row.destination:
        found += _wrong_in_inbox(told, image, row, given)
    if victim is row.source:
        known = set(image.rows("SELECT epoch, sequence, name FROM files"))
        found += [
            f"known there, not here: {each!r}" for each in sorted(told.begun - known, key=repr)
        ]
        over = set(
            image.rows("SELECT epoch, sequence FROM messages WHERE type = 6 AND state = 'F'")
        )
        found += [f"acknowledged and lost: the receipt of {each}" for each in told.confirmed - over]
        found += _lost_at_source(image, row, given)
    return found


def _wrong_in_inbox(
    told: Told, image: Image, row: NodeRow, given: Mapping[str, bytes]
) -> Iterator[str]:
    folder = image.home.inbox / row.source.name
    exported = {
        str(name)
        for (name,) in image.rows(
            "SELECT f.name FROM messages m JOIN files f ON f.id = m.file"
            " WHERE m.type IN (1, 3) AND m.state = 'F' AND f.path IS NULL"
        )
    }
    for name in sorted((told.received | exported) & given.keys()):
        path = folder / name
        who = "receipted" if name in told.received else "exported"
        if not path.exists():
            yield f"{who} and lost: {name}"
        elif path.read_bytes() != given[name]:
            yield f"{who} and not what was given: {name}"


def _lost_at_source(image: Image, row: NodeRow, given: Mapping[str, bytes]) -> Iterator[str]:
    destination = row.destination.name
    folders: Iterable[Path] = (
        image.home.drop / destination,
        image.home.sent / destination,
        *(image.home.claims / destination).glob("*"),
    )
    for name, content in sorted(given.items()):
        paths = [folder / name for folder in folders if (folder / name).exists()]
        if len(paths) != 1:
            yield f"given and there {len(paths)} times: {name}"
        elif paths[0].read_bytes() != content:
            yield f"given and not what it was: {name}"
