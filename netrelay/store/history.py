"""Deletion of rows that are no longer needed, in small batches, oldest first.

Deduplication does not depend on them: it uses `seen` and `sequences`, which are kept. A receipt
that ended several jobs goes with the last of them.
"""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.database import Database, Value, Work

# Bounds a transaction to a few milliseconds of the write lock.
_PIECES_A_BATCH = 512
# Kept: a message whose file is not put away, is kept in sent/ for a time, or waits for the
# post-receive program; and the message of the newest event (see `prune`). The condition on the
# state is spelled twice: as in the index messages_over, and for one state.
_PRUNABLE = """
SELECT m.id, m.file, e.at_s FROM messages m JOIN events e ON e.seq = m.last_event
  LEFT JOIN files f ON f.id = m.file
 WHERE m.parent = 0 AND m.state IN ('F', 'D') AND m.state = ?3 AND m.id > 0
   AND m.id NOT IN (SELECT CASE n.parent WHEN 0 THEN n.id ELSE n.parent END
     FROM (SELECT message FROM events ORDER BY seq DESC LIMIT 1) x
     JOIN messages n ON n.id = x.message)
   AND NOT (f.path IS NOT NULL AND f.closed = 0) AND (?1 OR f.kept_s IS NULL)
   AND NOT EXISTS (SELECT 1 FROM hooks h WHERE h.file = f.id AND h.exit_status IS NULL)
 ORDER BY m.last_event LIMIT ?2
"""
# A job of this node, a file or text for it. What is relayed has no name here, and what arrives
# damaged is no job. A name of more than 255 characters has bytes that are not UTF-8, each escaped
# by four: the row has its beginning.
FORMER_NAME_CHARACTERS = 255
_LEAVE_ROW = f"""
INSERT OR REPLACE INTO pruned_jobs
SELECT m.id, substr(f.name, 1, {FORMER_NAME_CHARACTERS}),
       CASE s.node WHEN m.source THEN 'out' ELSE 'in' END,
       CASE s.node WHEN m.source THEN m.destination ELSE m.source END,
       coalesce(f.size_bytes, m.total_bytes), m.state, ?2
  FROM messages m JOIN selfinfo s LEFT JOIN files f ON f.id = m.file
 WHERE m.id = ?1 AND (m.source = s.node OR m.destination IN (SELECT node FROM own_nodes))
   AND m.hash IS m.found AND (m.type = 6 OR m.file IS NOT NULL OR m.type = 1)
"""  # noqa: S608 -- a number

# The receipt that ended a job, or an older one; it goes when no job that it ended is there.
_RECEIPT_OF = """
SELECT max(event) FROM kept_receipts
 WHERE event < (SELECT seq FROM events WHERE message = ? AND event = 'receipted' LIMIT 1)
"""
_DELETE_RECEIPT = """
DELETE FROM kept_receipts WHERE event = ? AND NOT EXISTS (
  SELECT 1 FROM events e WHERE e.seq > kept_receipts.event AND e.seq <= last_event
     AND e.event = 'receipted')
"""


def count_messages(database: Database) -> int:
    """Return the number of rows of `messages`; reads a whole index, so call it rarely."""
    return _integer(database.value("SELECT count(*) FROM messages"))


def newest_message(database: Database) -> int:
    """Return the largest id of a message: a cheap measure of the number of inserts."""
    return _integer(database.value("SELECT max(id) FROM messages"))


def prune(
    database: Database, before_s: float, surplus_rows: int, keeps_sent: bool, limit: int
) -> int:
    """Delete messages that ended before a node time, or are surplus; return the rows deleted.

    A surplus of finished ones goes first, and leaves a row of `pruned_jobs` for each job; dead ones
    go only where no finished one can. One transaction; a message is deleted with its pieces.
    keeps_sent means that files in sent/ are kept forever, so their rows need not be. The newest
    event is kept at any age: after a boot, the node's clock continues from it.
    """
    for state in ("F", "D"):
        found = [
            _Over(_integer(message), file, float(str(at_s)))
            for message, file, at_s in database.rows(_PRUNABLE, (keeps_sent, limit, state))
        ]
        if found and (found[0].at_s < before_s or surplus_rows > 0):
            return _prune(database, found, before_s, surplus_rows)
    return 0


class _Over(NamedTuple):
    """A message that can be deleted, its file, and the node time of its last event."""

    message: int
    file: Value
    at_s: float


def _prune(database: Database, found: Iterable[_Over], before_s: float, surplus_rows: int) -> int:
    rows = 0
    with database.transaction():
        for message, file, at_s in found:
            is_surplus = at_s >= before_s
            if (is_surplus and rows >= surplus_rows) or rows >= _PIECES_A_BATCH:
                break
            if is_surplus:
                database.execute(_LEAVE_ROW, (message, at_s))
            removed, is_whole = _remove(database, message, file)
            rows += removed
            if not is_whole:
                break
    return rows


def count_former_jobs(database: Database) -> int:
    """Return the number of rows of `pruned_jobs`; reads the whole table, so call it rarely."""
    return _integer(database.value("SELECT count(*) FROM pruned_jobs"))


def prune_former_jobs(database: Database, before_s: float, surplus_rows: int) -> int:
    """Delete rows of `pruned_jobs` that ended before a node time, or are surplus, oldest first.

    Return the rows deleted; one transaction, or none when there is nothing to delete.
    """
    rows = database.rows(
        "SELECT job, ended_s FROM pruned_jobs ORDER BY job LIMIT ?", (_PIECES_A_BATCH,)
    )
    over = [
        (job,)
        for place, (job, ended_s) in enumerate(rows)
        if place < surplus_rows or float(str(ended_s)) < before_s
    ]
    if over:
        with database.transaction():
            database.execute_many("DELETE FROM pruned_jobs WHERE job = ?", over)
    return len(over)


def _remove(database: Database, message: int, file: Value) -> tuple[int, bool]:
    """Delete one message, its pieces first.

    Return the number of deleted rows, and False if some pieces remain for the next batch.
    """
    pieces = database.rows(
        "SELECT id FROM messages WHERE parent = ? AND parent > 0 LIMIT ?",
        (message, _PIECES_A_BATCH),
    )
    for (piece,) in pieces:
        database.execute("DELETE FROM events WHERE message = ?", (piece,))
        database.execute("DELETE FROM messages WHERE id = ?", (piece,))
    if len(pieces) == _PIECES_A_BATCH:
        return len(pieces), False
    receipt = database.value(_RECEIPT_OF, (message,))
    database.execute("DELETE FROM events WHERE message = ?", (message,))
    database.execute("DELETE FROM messages WHERE id = ?", (message,))
    if receipt is not None:
        database.execute(_DELETE_RECEIPT, (receipt,))
    if file is not None:
        database.execute(
            "DELETE FROM hooks WHERE file = ?1"
            " AND NOT EXISTS (SELECT 1 FROM messages WHERE file = ?1)",
            (file,),
        )
        database.execute(
            "DELETE FROM landings WHERE file = ?1"
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
    """Delete keys for singles that arrived before a node time, except each source's newest.

    A source that still uses a deleted key gets the verdict "cannot open" and seals again. Call it
    inside a transaction.
    """
    database.execute(
        "DELETE FROM keys WHERE born_s < ? AND EXISTS"
        " (SELECT 1 FROM keys n WHERE n.source = keys.source AND n.born_s > keys.born_s)",
        (before_s,),
    )


def prune_refusals(database: Database, before_s: float) -> None:
    """Delete the counts of refusals of which the last one was before a node time.

    One transaction, or none when there is nothing to delete.
    """
    outdated = "FROM refusals_given WHERE last_s < ?"
    database.store_found(
        Work(
            lambda: database.row(f"SELECT 1 {outdated}", (before_s,)) is not None,
            lambda _: database.execute(f"DELETE {outdated}", (before_s,)),
        )
    )


def forget_texts(database: Database, last: int) -> int:
    """Delete received texts up to an id and return how many; call it inside a transaction."""
    database.execute("DELETE FROM texts WHERE id <= ?", (last,))
    return database.changes()


def outdated_sent(database: Database, before_s: float, limit: int) -> list[tuple[int, bytes]]:
    """Return (row, path) of files that were put into sent/ before a node time, oldest first."""
    rows = database.rows(
        "SELECT id, kept FROM files WHERE kept_s IS NOT NULL AND kept_s < ? AND kept IS NOT NULL"
        " ORDER BY kept_s LIMIT ?",
        (before_s, limit),
    )
    return [(_integer(file), bytes(place)) for file, place in rows if isinstance(place, bytes)]


def forget_sent(database: Database, files: list[tuple[int, bytes]]) -> None:
    """Mark files of sent/, each (row, path), as deleted; call it inside a transaction.

    A file whose folder was renamed in the meantime keeps its row.
    """
    database.execute_many(
        "UPDATE files SET kept = NULL, kept_s = NULL WHERE id = ? AND kept = ?", files
    )


def _integer(value: Value) -> int:
    assert isinstance(value, int)
    return value
