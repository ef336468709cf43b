"""Rows of receipt entries that this node has to send to other nodes."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from netrelay.core.hello import UNPACKS
from netrelay.store.database import Database

_MISSING: Final = 2


class Owed(NamedTuple):
    """One entry of a receipt.

    missing holds ascending (offset, length) ranges, for verdict 2 only. The destination is that of
    the message. If it is another node, the entry is a hint of a relay or a withdrawal by the source
    (docs/protocol.md, section 9). content_hash: BLAKE3 of the file, for verdict 1, where known.
    """

    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    verdict: int
    missing: tuple[tuple[int, int], ...]
    reason: str
    content_hash: bytes | None = None


def relevant_words(
    database: Database, signer: str, words: Sequence[Sequence[object]]
) -> list[list[object]]:
    """Return the entries of a receipt that change something here (sql/receipts.sql).

    An entry is [destination, epoch in hex, sequence, attempt, verdict, missing, reason].
    """
    subjects = [word[:3] for word in words]
    about = _numbers(database, "SELECT number FROM receipt_subjects", signer, subjects)
    open_words = [list(words[place]) for place in about]
    # Of a file with a million chunks an entry may name them all: the first is enough.
    changing = [
        word for word in open_words if word[4] == _MISSING and _moves(database, signer, word)
    ]
    others = [word for word in open_words if word[4] != _MISSING]
    if others:
        moves = "SELECT DISTINCT number FROM receipt_moves"
        changing += [others[place] for place in _numbers(database, moves, signer, others)]
    return changing


def _moves(database: Database, signer: str, word: Sequence[object]) -> bool:
    """Return whether an entry changes something here."""
    return bool(
        database.value(
            "SELECT EXISTS (SELECT 1 FROM receipt_moves WHERE questions = ?)",
            (json.dumps({"signer": signer, "words": [word]}),),
        )
    )


def _numbers(
    database: Database, query: str, signer: str, words: Sequence[Sequence[object]]
) -> list[int]:
    rows = database.rows(
        f"{query} WHERE questions = ? ORDER BY number",
        (json.dumps({"signer": signer, "words": words}),),
    )
    return [int(str(place)) for (place,) in rows]


def owed_nodes(database: Database, unsigned: Collection[str] = ()) -> list[str]:
    """Return the nodes with entries due and a route to them.

    unsigned: groups whose entries cannot be signed now, and do not count.
    """
    return [
        str(node)
        for (node,) in database.rows(
            "SELECT w.addressee FROM work_receipts w WHERE ?1 = '[]' OR EXISTS ("
            " SELECT 1 FROM receipts_due r WHERE r.addressee = w.addressee"
            "  AND r.destination NOT IN (SELECT value FROM json_each(?1)))",
            (json.dumps(sorted(unsigned)),),
        )
    ]


def is_far(database: Database, node: str) -> bool:
    """Return whether a node is reached through another one."""
    return bool(
        database.value(
            "SELECT 1 FROM peers WHERE node = ?1 AND via IS NOT NULL AND via <> ?1", (node,)
        )
    )


def store_features(database: Database, features: Mapping[str, int]) -> None:
    """Store the features that far nodes said in receipts, by node; inside a transaction."""
    database.execute_many(
        "UPDATE peers SET unpacks = ?1 WHERE node = ?2 AND unpacks <> ?1",
        ((int(bool(bits & UNPACKS)), node) for node, bits in features.items()),
    )


def unrouted_nodes(database: Database) -> list[str]:
    """Return the nodes with entries due and no route to them."""
    rows = database.rows(
        "SELECT o.node FROM owed_nodes o WHERE NOT EXISTS"
        " (SELECT 1 FROM peers p WHERE p.node = o.node AND p.via IS NOT NULL)"
    )
    return [str(node) for (node,) in rows]


def owing_groups(database: Database, addressee: str) -> list[str]:
    """Return the groups that owe a node entries: their members sign them with their keys."""
    rows = database.rows(
        "SELECT g.node FROM held_groups g WHERE EXISTS (SELECT 1 FROM receipts_due r"
        " WHERE r.addressee = ? AND r.destination = g.node)",
        (addressee,),
    )
    return [str(group) for (group,) in rows]


def take_owed(
    database: Database, addressee: str, limit: int, most_ranges: int, group: str | None = None
) -> list[Owed]:
    """Delete and return the first entries due to a node; call it inside a transaction.

    Those of a group, or those that this node signs itself. An entry with verdict 2 and no missing
    range is dropped: the file is complete and waits for exporter, whose verdict follows.
    """
    owed = []
    own = group or database.value("SELECT node FROM selfinfo")
    signed = (
        "destination NOT IN (SELECT node FROM held_groups) AND ?2 IS NULL"
        if group is None
        else "destination = ?2"
    )
    taken = database.rows(
        "SELECT r.destination, r.epoch, r.sequence, r.attempt, r.verdict, r.message, r.reason,"  # noqa: S608 -- ours
        " f.content_hash FROM receipts_due r LEFT JOIN files f ON r.verdict = 1"
        " AND f.source = r.addressee AND f.destination = r.destination AND f.epoch = r.epoch"
        f" AND f.sequence = r.sequence WHERE r.addressee = ?1 AND r.{signed}"
        " ORDER BY r.destination, r.epoch, r.sequence, r.attempt LIMIT ?3",
        (addressee, group, limit),
    )
    if taken:
        database.execute(
            "DELETE FROM receipts_due"  # noqa: S608 -- ours
            f" WHERE addressee = ?1 AND {signed}"
            " AND (destination, epoch, sequence, attempt) <= (?3, ?4, ?5, ?6)",
            (addressee, group, *taken[-1][:4]),
        )
    for destination, epoch, sequence, attempt, verdict, message, reason, content_hash in taken:
        assert isinstance(epoch, bytes)
        assert isinstance(sequence, int)
        assert isinstance(attempt, int)
        assert isinstance(verdict, int)
        assert isinstance(message, int)
        missing: tuple[tuple[int, int], ...] = ()
        if verdict == 2 and message == 0:
            # Nothing of it is here (the view `misfits`).
            missing = ((0, 1),)
        elif verdict == 2 and destination == own:
            missing = missing_ranges(database, message, most_ranges)
        elif verdict == 2:
            missing = _range_of(database, message)
        if verdict != 2 or missing:
            about = str(destination), epoch, sequence, attempt
            said = content_hash if isinstance(content_hash, bytes) else None
            owed.append(Owed(*about, verdict, missing, str(reason), said))
    return owed


def _range_of(database: Database, message: int) -> tuple[tuple[int, int], ...]:
    row = database.row('SELECT "offset", size_bytes FROM messages WHERE id = ?', (message,))
    return () if row is None else (row,)  # type: ignore[return-value]


def missing_ranges(database: Database, message: int, limit: int) -> tuple[tuple[int, int], ...]:
    """Return the first (offset, length) ranges of an incoming file that are not durable."""
    row = database.row("SELECT total_bytes FROM messages WHERE id = ? AND type = 3", (message,))
    if row is None:
        return ()
    (total_bytes,) = row
    assert isinstance(total_bytes, int)
    missing = []
    at = 0
    for first, last in database.rows(
        "SELECT first, last FROM ranges WHERE message = ? ORDER BY first LIMIT ?",
        (message, limit + 1),
    ):
        assert isinstance(first, int)
        assert isinstance(last, int)
        if first > at:
            missing.append((at, first - at))
        at = last
    if at < total_bytes:
        missing.append((at, total_bytes - at))
    return tuple(missing[:limit])
