"""The walk of a file, from the audit log: its messages, and the events of each."""

from typing import NamedTuple

from netrelay.cli.queries.cases import is_message_number, root_of
from netrelay.store.database import ReadOnlyDatabase

# A file of 16 TiB in pieces of 64 KiB has more; the oldest events are shown.
_STEPS_LIMIT = 200_000
_WHOLES_LIMIT = 20
# As many as are kept of one message (docs/decisions/0156).
_OWN_STEPS_LIMIT = 256


class Whole(NamedTuple):
    """A file: a job of this node, or a single or manifest that arrived."""

    message: int
    type: int
    name: str
    size_bytes: int
    source: str
    destination: str
    sequence: int
    attempt: int
    state: str
    reason: str | None
    inbox_name: str | None
    path: str | None
    closed: int


class Step(NamedTuple):
    """One event of one message; at_s: seconds since the first event of the whole.

    serial, pieces: of a piece, the how manieth of how many it is; None where the size of the others
    is not known here.
    """

    at_s: float
    message: int
    type: int
    offset: int
    serial: int | None
    pieces: int | None
    event: str
    walk: str
    effect: str | None
    actor: str
    reason: str | None


def find_wholes(database: ReadOnlyDatabase, word: str) -> list[Whole]:
    """Return the file of this job number or of this piece's number, or those of this name.

    Newest first; a word of digits is a number if there is such a message, else a name.
    """
    if is_message_number(word):
        found = _wholes(database, "m.id = ?", root_of(database, int(word)))
        if found:
            return found
    return _wholes(
        database, "m.file IN (SELECT id FROM files WHERE name = ?) AND m.parent = 0", word
    )


def _wholes(database: ReadOnlyDatabase, condition: str, value: int | str) -> list[Whole]:
    rows = database.rows(
        "SELECT m.id, m.type, coalesce(f.name, ''), coalesce(f.size_bytes, m.total_bytes),"  # noqa: S608
        " coalesce(a.name, o.name, m.source),"
        " coalesce(b.name, p.name, h.name, m.destination), m.sequence, m.attempt, m.state,"
        " m.reason, f.inbox_name, f.path, coalesce(f.closed, 0)"
        " FROM messages m LEFT JOIN files f ON f.id = m.file"
        " LEFT JOIN peers a ON a.node = m.source LEFT JOIN peers b ON b.node = m.destination"
        " LEFT JOIN selfinfo o ON o.node = m.source LEFT JOIN selfinfo p ON p.node = m.destination"
        " LEFT JOIN held_groups h ON h.node = m.destination"
        f" WHERE m.id > 0 AND {condition} ORDER BY m.id DESC LIMIT ?",
        (value, _WHOLES_LIMIT),
    )
    return [
        Whole(*row[:11], _path(row[11]), row[12])  # type: ignore[arg-type, call-arg]
        for row in rows
    ]


def _path(value: object) -> str | None:
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else None


def own_steps(database: ReadOnlyDatabase, message: int) -> list[Step]:
    """Return the newest events of one message without its pieces, oldest first."""
    rows = database.rows(
        'SELECT e.at_s, m.id, m.type, m."offset", NULL, NULL,'
        " e.event, e.walk, e.effect, e.actor, e.reason"
        " FROM messages m CROSS JOIN events e ON e.message = m.id"
        " WHERE m.id = ? ORDER BY e.seq DESC LIMIT ?",
        (message, _OWN_STEPS_LIMIT),
    )
    start_s = float(str(rows[-1][0])) if rows else 0.0
    return [
        Step(float(str(at_s)) - start_s, *rest)  # type: ignore[arg-type]
        for at_s, *rest in reversed(rows)
    ]


def steps_of(database: ReadOnlyDatabase, whole: int, limit: int = _STEPS_LIMIT) -> list[Step]:
    """Return every event of a message and of all its pieces, in the order in which they happened.

    A relayed file has no row for the whole: all of its messages are included. limit: at most so
    many, the oldest.
    """
    rows = database.rows(
        "WITH RECURSIVE family (id) AS ("
        " SELECT ?1 UNION SELECT s.id FROM messages w JOIN messages s ON s.source = w.source"
        "  AND s.destination = w.destination AND s.epoch = w.epoch AND s.sequence = w.sequence"
        "  AND s.attempt = w.attempt AND s.hash IS s.found"
        "  WHERE w.id = ?1 AND w.envelope IS NOT NULL"
        "  AND w.destination NOT IN (SELECT node FROM own_nodes)"
        " UNION SELECT m.id FROM family JOIN messages m ON m.parent = family.id"
        "  WHERE m.parent > 0),"
        # Pieces have one size; only the last one is shorter. Parts that a relay cut have the number
        # of the piece that they were cut from.
        " piece (most_bytes) AS (SELECT max(m.size_bytes) FROM family CROSS JOIN messages m"
        "  ON m.id = family.id"
        '  WHERE m.type = 2 AND (m."offset" = 0 OR m."offset" + m.size_bytes < m.total_bytes))'
        ' SELECT e.at_s, m.id, m.type, m."offset",'
        ' iif(m.type = 2, m."offset" / most_bytes + 1, NULL),'
        " iif(m.type = 2, (m.total_bytes + most_bytes - 1) / most_bytes, NULL),"
        " e.event, e.walk, e.effect, e.actor, e.reason"
        " FROM piece CROSS JOIN family CROSS JOIN messages m ON m.id = family.id"
        " CROSS JOIN events e ON e.message = m.id ORDER BY e.seq LIMIT ?2",
        (whole, limit),
    )
    start_s = float(str(rows[0][0])) if rows else 0.0
    return [
        Step(float(str(at_s)) - start_s, *rest)  # type: ignore[arg-type]
        for at_s, *rest in rows
    ]
