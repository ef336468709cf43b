"""Custody: what this node took and gave on as a relay, and what relays signed of its own jobs.

A row of `custody` follows from the rows of `messages` after they are durable: what a crash leaves
out is found by the next look. So a relay never signs for a byte of which it has no row.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

from netrelay.core.custody_word import CustodySubject, CustodyWord
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.carried import CarriedWhole, is_carried
from netrelay.store.database import Database

# A source repeats its wish every six hours while it has something to send.
WISH_LASTS_S: Final = 26 * 3600.0
# A whole is mostly given on within seconds: one word then says both. Words of that time share a
# receipt.
TOOK_WAITS_S: Final = 60.0
GAVE_WAITS_S: Final = 5.0
# Of each source. Each row takes about 370 bytes.
ROWS_A_SOURCE: Final = 4096
_ROWS_FORGOTTEN: Final = 256
_SINGLE: Final = 1
_CHUNK: Final = 2
# No more relays are on a way (LOOP, docs/protocol.md, section 10).
_WORDS_A_JOB: Final = 16


def store_wishes(database: Database, wishes: Mapping[str, bool]) -> None:
    """Store which sources want custody words, or want none any more; inside a transaction."""
    for source, is_wanted in wishes.items():
        if is_wanted:
            database.execute(
                "INSERT INTO custody_wishes VALUES (?1, clock() + ?2)"
                " ON CONFLICT (source) DO UPDATE SET until_s = excluded.until_s",
                (source, WISH_LASTS_S),
            )
        else:
            database.execute("DELETE FROM custody_wishes WHERE source = ?", (source,))


def wishing_sources(database: Database) -> set[str]:
    """Return the sources that want custody words of this node."""
    rows = database.rows("SELECT source FROM custody_wishes WHERE until_s > clock()")
    return {str(source) for (source,) in rows}


def prune_custody(database: Database, before_s: float) -> bool:
    """Delete wishes that are over, and what was told before a node time; return whether any was."""
    wishes = "FROM custody_wishes WHERE until_s <= clock()"
    told = "FROM custody WHERE due_s IS NULL AND noted_s < ?"
    if not (database.row(f"SELECT 1 {wishes}") or database.row(f"SELECT 1 {told}", (before_s,))):
        return False
    with database.transaction():
        database.execute(f"DELETE {wishes}")
        database.execute(f"DELETE {told}", (before_s,))
    return True


_ROW = (
    "SELECT next_hop FROM custody WHERE source = ? AND destination = ? AND epoch = ?"
    " AND sequence = ? AND attempt = ? AND previous_hop = ?"
)


def _may_change(database: Database, whole: CarriedWhole) -> bool:
    """Return whether more may be to note than is noted: all rows of a whole are read for that."""
    row = database.row(_ROW, (*whole.identity, whole.brought_by))
    return row is None or (row[0] is None and not is_carried(database, whole))


class _Piece(NamedTuple):
    id: int
    parent: int
    offset: int
    size_bytes: int
    total_bytes: int
    state: str
    next_hop: str | None


class _Held(NamedTuple):
    """A whole that is durable here; next_hop: None until one node has acknowledged all of it."""

    total_bytes: int
    next_hop: str | None


_OF_WHOLE = (
    "source = ?1 AND destination = ?2 AND epoch = ?3 AND sequence = ?4 AND attempt = ?5"
    " AND type = ?7 AND salt IS NOT NULL AND previous_hop = ?6 AND hash IS found AND state <> 'D'"
)
_HAS_END = (
    'SELECT 1 FROM (SELECT "offset" + size_bytes AS last, total_bytes FROM messages'  # noqa: S608
    f' WHERE {_OF_WHOLE} ORDER BY "offset" DESC LIMIT 1) WHERE last >= total_bytes'
)
_PIECES = (
    'SELECT id, parent, "offset", size_bytes, total_bytes, state, next_hop FROM messages'  # noqa: S608
    f' WHERE {_OF_WHOLE} ORDER BY "offset"'
)


def note_custody(database: Database, wholes: Collection[CarriedWhole]) -> None:
    """Note which of these wholes are all here, or were given on, if their source wants to know.

    Call it after the commit of their rows. Without a wish it costs one look.
    """
    wishing = wishing_sources(database) if wholes else set()
    found: dict[str, list[tuple[CarriedWhole, _Held]]] = {}
    for whole in wholes if wishing else ():
        source = whole.identity.source
        if source in wishing and _may_change(database, whole):
            held = _held(database, whole)
            if held is not None:
                found.setdefault(source, []).append((whole, held))
    if found:
        with database.transaction():
            unix_s = int(database.unix_s()) if database.is_clock_set() else 0
            for source, of_source in found.items():
                room = _make_room(database, source, len(of_source))
                for whole, held in of_source[:room]:
                    _note(database, whole, held, unix_s)
            database.execute("SELECT wake('processor_s')")


def _held(database: Database, whole: CarriedWhole) -> _Held | None:
    """Return what is here of a whole, in chunks or as a single; None while a byte is missing."""
    return _held_as(database, whole, _CHUNK) or _held_as(database, whole, _SINGLE)


def _held_as(database: Database, whole: CarriedWhole, type_: int) -> _Held | None:
    asked = (*whole.identity, whole.brought_by, type_)
    # Nearly all wholes come in order: only with the last range all rows are read.
    if database.row(_HAS_END, asked) is None:
        return None
    pieces = [_Piece(*row) for row in database.rows(_PIECES, asked)]  # type: ignore[arg-type]
    arrived = [piece for piece in pieces if piece.parent == 0]
    if not arrived:
        return None
    total_bytes, at = arrived[0].total_bytes, 0
    for piece in arrived:
        if piece.offset > at:
            return None
        at = max(at, piece.offset + piece.size_bytes)
    if at < total_bytes:
        return None
    # A piece that was cut again for the next hop was given on as the pieces it was cut into.
    cut = {piece.parent for piece in pieces}
    ends = [piece for piece in pieces if piece.id not in cut]
    hops = {piece.next_hop for piece in ends}
    is_given = len(hops) == 1 and all(piece.state == "F" for piece in pieces)
    return _Held(total_bytes, next(iter(hops)) if is_given else None)


def _make_room(database: Database, source: str, wanted: int) -> int:
    """Return how many rows of a source may be stored; what was told it makes room."""
    counted = database.value("SELECT count(*) FROM custody WHERE source = ?", (source,))
    assert isinstance(counted, int)
    if counted + wanted > ROWS_A_SOURCE:
        database.execute(
            "DELETE FROM custody WHERE id IN (SELECT id FROM custody WHERE source = ?"
            " AND due_s IS NULL ORDER BY noted_s LIMIT ?)",
            (source, max(_ROWS_FORGOTTEN, wanted)),
        )
        counted -= database.changes()
    return max(ROWS_A_SOURCE - counted, 0)


def _note(database: Database, whole: CarriedWhole, held: _Held, unix_s: int) -> None:
    is_given = held.next_hop is not None
    database.execute(
        "INSERT INTO custody (source, destination, epoch, sequence, attempt, previous_hop,"
        " total_bytes, took_unix_s, next_hop, gave_unix_s, due_s, noted_s)"
        " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, clock() + ?11, clock())"
        " ON CONFLICT (source, destination, epoch, sequence, attempt, previous_hop) DO UPDATE"
        " SET next_hop = excluded.next_hop, gave_unix_s = excluded.gave_unix_s,"
        " due_s = min(excluded.due_s, coalesce(due_s, excluded.due_s))"
        " WHERE excluded.next_hop IS NOT NULL AND custody.next_hop IS NULL",
        (
            *whole.identity,
            whole.brought_by,
            held.total_bytes,
            unix_s,
            held.next_hop,
            unix_s if is_given else 0,
            GAVE_WAITS_S if is_given else TOOK_WAITS_S,
        ),
    )


class DueCustody(NamedTuple):
    """A word that a source is to be told."""

    subject: CustodySubject
    word: CustodyWord


def custody_addressees(database: Database) -> list[str]:
    """Return the sources with words due and a route to them."""
    rows = database.rows("SELECT DISTINCT addressee FROM work_custody WHERE due_s <= clock()")
    return [str(source) for (source,) in rows]


def take_custody(database: Database, source: str, limit: int) -> list[DueCustody]:
    """Mark words as told to a source and return them; call it inside a transaction.

    With those that are due come those that say all there is to say.
    """
    rows = database.rows(
        "SELECT id, destination, epoch, sequence, attempt, total_bytes, previous_hop, took_unix_s,"
        " next_hop, gave_unix_s FROM custody WHERE source = ?1 AND due_s IS NOT NULL"
        " AND (due_s <= clock() OR next_hop IS NOT NULL) ORDER BY due_s LIMIT ?2",
        (source, limit),
    )
    database.execute_many(
        "UPDATE custody SET due_s = NULL WHERE id = ?", ((row[0],) for row in rows)
    )
    return [
        DueCustody(CustodySubject(source, *row[1:5]), CustodyWord(*row[5:]))  # type: ignore[arg-type]
        for row in rows
    ]


class TakenWord(NamedTuple):
    """A word of a relay about a job of this node, as it came in a receipt of that relay.

    The signature is verified.
    """

    relay: str
    identity: MessageIdentity
    signed: bytes
    word: CustodyWord


_JOB = (
    "SELECT id FROM messages WHERE source = ? AND destination = ? AND epoch = ? AND sequence = ?"
    " AND attempt = ? AND type IN (1, 6) AND parent = 0 AND hash IS found"
)
# Whom this node gave the job: the next hops of its pieces, of a text its own.
_GIVEN_TO = (
    "SELECT 1 FROM messages WHERE next_hop = ?2 AND (id = ?1 OR parent = ?1 AND parent > 0) LIMIT 1"
)


def store_words(database: Database, words: Sequence[TakenWord]) -> None:
    """Store what relays signed of jobs of this node; inside a transaction.

    Left out: what is about no job in the history, and the word of a relay that says that this node
    gave it what was never given to it. The later word of a relay takes the place of its earlier
    one: one that names a next hop is the later one, in whatever order and however often they come.
    """
    for relay, identity, signed, word in words:
        job = database.value(_JOB, identity)
        if job is None or _claims_falsely(database, int(str(job)), relay, identity.source, word):
            continue
        database.execute(
            "INSERT INTO custody_words SELECT ?1, ?2, ?3, ?4"
            " WHERE (SELECT count(*) FROM custody_words WHERE job = ?1 AND relay <> ?2) < ?5"
            " ON CONFLICT (job, relay) DO UPDATE"
            " SET attempt = excluded.attempt, signed = excluded.signed"
            " WHERE excluded.attempt <> attempt OR ?6",
            (job, relay, identity.attempt, signed, _WORDS_A_JOB, word.next_hop is not None),
        )


def _claims_falsely(database: Database, job: int, relay: str, own: str, word: CustodyWord) -> bool:
    is_ours = word.previous_hop == own
    return is_ours and database.row(_GIVEN_TO, (job, relay)) is None


def unasked_nodes(database: Database) -> list[str]:
    """Return the nodes behind relays for which something of this node is under way."""
    rows = database.rows(
        "SELECT p.node FROM unfinished_destinations d CROSS JOIN peers p ON p.node = d.node"
        " JOIN selfinfo s WHERE p.via IS NOT NULL AND p.via <> p.node"
        " AND EXISTS (SELECT 1 FROM unfinished u"
        " WHERE u.destination = p.node AND u.source = s.node AND u.type <> 7)"
    )
    return [str(node) for (node,) in rows]
