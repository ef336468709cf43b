"""What is over, and how it is forgotten: in small batches, the oldest first.

Nothing that uniqueness of delivery rests on is here: that is `seen` and `sequences`, which stay.
"""

from netrelay.store.database import Database, Value

# So much goes in one transaction: a few milliseconds of the write lock.
_PIECES_A_BATCH = 512
# A root whose file still has to be put away, or kept for a time, or told of, stays.
_PRUNABLE = """
SELECT m.id, m.file, e.at_s FROM messages m JOIN events e ON e.seq = m.last_event
  LEFT JOIN files f ON f.id = m.file
 WHERE m.parent = 0 AND m.state IN ('F', 'D') AND m.id > 0
   AND m.id NOT IN (SELECT CASE n.parent WHEN 0 THEN n.id ELSE n.parent END
     FROM (SELECT message FROM events ORDER BY seq DESC LIMIT 1) x
     JOIN messages n ON n.id = x.message)
   AND NOT (f.path IS NOT NULL AND f.closed = 0) AND (?1 OR f.kept_s IS NULL)
   AND NOT EXISTS (SELECT 1 FROM hooks h WHERE h.file = f.id AND h.exit_status IS NULL)
 ORDER BY m.last_event LIMIT ?2
"""


def count_messages(database: Database) -> int:
    """Count all rows of `messages`; reads a whole index, so not for every step."""
    return _integer(database.value("SELECT count(*) FROM messages"))


def newest_message(database: Database) -> int:
    """Give the highest number of a message: a cheap sign of how much has come since."""
    return _integer(database.value("SELECT max(id) FROM messages"))


def prune(
    database: Database, before_s: float, surplus_rows: int, keeps_sent: bool, limit: int
) -> int:
    """Remove whole messages that ended before a node time, or are too many; gives how many rows.

    One transaction. keeps_sent: files in sent/ are kept without end, so their rows need not outlast
    them. The newest event stays whatever its age: the node's clock goes on from it after a boot.
    """
    found = [
        (_integer(message), file, float(str(at_s)))
        for message, file, at_s in database.rows(_PRUNABLE, (keeps_sent, limit))
    ]
    rows = 0
    if not found or (found[0][2] >= before_s and surplus_rows <= 0):
        return rows
    with database.transaction():
        for message, file, at_s in found:
            if (at_s >= before_s and rows >= surplus_rows) or rows >= _PIECES_A_BATCH:
                break
            removed, is_whole = _remove(database, message, file)
            rows += removed
            if not is_whole:
                break
    return rows


def _remove(database: Database, message: int, file: Value) -> tuple[int, bool]:
    """Remove one message, its pieces first; False when some of them are left for the next batch."""
    pieces = database.rows(
        "SELECT id FROM messages WHERE parent = ? AND parent > 0 LIMIT ?",
        (message, _PIECES_A_BATCH),
    )
    for (piece,) in pieces:
        database.execute("DELETE FROM events WHERE message = ?", (piece,))
        database.execute("DELETE FROM messages WHERE id = ?", (piece,))
    if len(pieces) == _PIECES_A_BATCH:
        return len(pieces), False
    database.execute("DELETE FROM events WHERE message = ?", (message,))
    database.execute("DELETE FROM messages WHERE id = ?", (message,))
    if file is not None:
        database.execute(
            "DELETE FROM hooks WHERE file = ?1"
            " AND NOT EXISTS (SELECT 1 FROM messages WHERE file = ?1)",
            (file,),
        )
        database.execute(
            "DELETE FROM files WHERE id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM messages WHERE file = ?1)",
            (file,),
        )
    return len(pieces) + 1, True


def prune_keys(database: Database, before_s: float) -> None:
    """Remove keys for singles that came before a node time, but each source's newest.

    A source whose key is gone here is told "cannot open", and seals anew. Inside a transaction.
    """
    database.execute(
        "DELETE FROM keys WHERE born_s < ? AND EXISTS"
        " (SELECT 1 FROM keys n WHERE n.source = keys.source AND n.born_s > keys.born_s)",
        (before_s,),
    )


def forget_texts(database: Database, last: int) -> int:
    """Remove the texts that came, up to this number; gives how many. Inside a transaction."""
    database.execute("DELETE FROM texts WHERE id <= ?", (last,))
    return database.changes()


def outdated_sent(database: Database, before_s: float, limit: int) -> list[tuple[int, bytes]]:
    """Give files in sent/ that were put there before a node time: row and place."""
    rows = database.rows(
        "SELECT id, kept FROM files WHERE kept_s IS NOT NULL AND kept_s < ? AND kept IS NOT NULL"
        " ORDER BY kept_s LIMIT ?",
        (before_s, limit),
    )
    return [(_integer(file), bytes(place)) for file, place in rows if isinstance(place, bytes)]


def forget_sent(database: Database, files: list[int]) -> None:
    """Note that files of sent/ were removed; call it inside a transaction."""
    database.execute_many(
        "UPDATE files SET kept = NULL, kept_s = NULL WHERE id = ?", ((file,) for file in files)
    )


def _integer(value: Value) -> int:
    assert isinstance(value, int)
    return value
