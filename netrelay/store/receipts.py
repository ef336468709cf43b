"""Words owed to other nodes, as rows."""

from typing import NamedTuple

from netrelay.store.database import Database


class Owed(NamedTuple):
    """One word: missing holds (offset, length) ranges for the verdict 2, ascending.

    destination: of the message it is about. Another node's: we could not carry it on, or we gave up
    what we had for it ourselves.
    """

    destination: str
    epoch: bytes
    sequence: int
    attempt: int
    verdict: int
    missing: tuple[tuple[int, int], ...]
    reason: str


def owed_nodes(database: Database) -> list[str]:
    """Give the nodes we owe a word and have a way to."""
    return [str(node) for (node,) in database.rows("SELECT addressee FROM work_receipts")]


def unrouted_nodes(database: Database) -> list[str]:
    """Give the nodes we owe a word and have no way to."""
    # From node to node, not from word to word: there may be many of them.
    rows = database.rows(
        "WITH RECURSIVE owed (node) AS (SELECT min(addressee) FROM receipts_due UNION ALL"
        " SELECT (SELECT min(addressee) FROM receipts_due WHERE addressee > owed.node) FROM owed"
        " WHERE node IS NOT NULL)"
        " SELECT node FROM owed WHERE node IS NOT NULL AND node NOT IN"
        " (SELECT node FROM peers WHERE via IS NOT NULL)"
    )
    return [str(node) for (node,) in rows]


def take_owed(database: Database, addressee: str, limit: int, most_ranges: int) -> list[Owed]:
    """Take words owed to a node out of the table; call it inside a transaction.

    Nothing is missing of a file that only waits for exporter: that word is dropped, for the better
    one follows.
    """
    owed = []
    own = database.value("SELECT node FROM selfinfo")
    taken = database.rows(
        "SELECT destination, epoch, sequence, attempt, verdict, message, reason FROM receipts_due"
        " WHERE addressee = ? ORDER BY destination, epoch, sequence, attempt LIMIT ?",
        (addressee, limit),
    )
    if taken:
        database.execute(
            "DELETE FROM receipts_due"
            " WHERE addressee = ? AND (destination, epoch, sequence, attempt) <= (?, ?, ?, ?)",
            (addressee, *taken[-1][:4]),
        )
    for destination, epoch, sequence, attempt, verdict, message, reason in taken:
        assert isinstance(epoch, bytes)
        assert isinstance(sequence, int)
        assert isinstance(attempt, int)
        assert isinstance(verdict, int)
        assert isinstance(message, int)
        missing: tuple[tuple[int, int], ...] = ()
        if verdict == 2 and destination == own:
            missing = missing_ranges(database, message, most_ranges)
        elif verdict == 2:
            missing = _range_of(database, message)
        if verdict != 2 or missing:
            owed.append(
                Owed(str(destination), epoch, sequence, attempt, verdict, missing, str(reason))
            )
    return owed


def _range_of(database: Database, message: int) -> tuple[tuple[int, int], ...]:
    row = database.row('SELECT "offset", size_bytes FROM messages WHERE id = ?', (message,))
    return () if row is None else (row,)  # type: ignore[return-value]


def missing_ranges(database: Database, message: int, limit: int) -> tuple[tuple[int, int], ...]:
    """Give the first ranges of a coming file that are not durable yet, as (offset, length)."""
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
