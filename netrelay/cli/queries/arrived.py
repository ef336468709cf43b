"""Texts and files that arrived for this node."""

from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase


class ArrivedText(NamedTuple):
    """A text; written_unix_s: by its source's clock, unix_s: when it arrived here."""

    number: int
    message: int
    source: str
    written_unix_s: int
    unix_s: int
    text: str


class ArrivedFile(NamedTuple):
    """A file that was delivered to the inbox; folder and name: its place there.

    job: None where the history has forgotten it. unix_s: when it began to arrive. delivered_unix_s:
    when it was put into the inbox. delivery: rises with each file that is put there.
    """

    job: int | None
    source: str
    unix_s: int
    folder: str
    name: str
    size_bytes: int
    delivered_unix_s: int
    delivery: int


class WantedArrivals(NamedTuple):
    """The arrivals that are asked for: at most `most` of each kind, the newest; None: all.

    since_unix_s: not before. text, delivery: only newer ones.
    """

    most: int | None
    since_unix_s: float = 0.0
    text: int = 0
    delivery: int = -1


_TEXTS = (
    "SELECT t.id, t.message, coalesce(p.name, t.source), t.written_unix_s, t.unix_s, t.text"
    " FROM texts t LEFT JOIN peers p ON p.node = t.source"
)
_FILES = (
    "SELECT m.id, coalesce(p.name, f.source), f.unix_s, coalesce(o.name, p.name, f.source),"
    " f.inbox_name, f.size_bytes,"
    " coalesce(CAST(e.at_s + c.unix_offset_s AS INTEGER), f.unix_s) AS delivered_unix_s,"
    " coalesce(e.seq, 0) AS delivery"
    " FROM files f LEFT JOIN peers p ON p.node = f.source"
    " LEFT JOIN old_folders o ON o.node = f.source AND o.parent = 'inbox'"
    " LEFT JOIN messages m ON m.file = f.id AND m.parent = 0 AND m.type IN (1, 3)"
    " LEFT JOIN events e ON e.seq = m.last_event LEFT JOIN clock c"
    " WHERE f.path IS NULL AND f.closed = 1 AND f.inbox_name IS NOT NULL"
)

Arrived = ArrivedText | ArrivedFile


def arrived(database: ReadOnlyDatabase, wanted: WantedArrivals) -> list[Arrived]:
    """Return texts and files, oldest first."""
    limit = -1 if wanted.most is None else wanted.most
    texts = [
        ArrivedText(*row)  # type: ignore[arg-type]
        for row in database.rows(
            f"{_TEXTS} WHERE t.id > ? AND t.unix_s >= ? ORDER BY t.id DESC LIMIT ?",
            (wanted.text, wanted.since_unix_s, limit),
        )
    ]
    files = [
        ArrivedFile(*row)  # type: ignore[arg-type]
        for row in database.rows(
            f"{_FILES} AND delivered_unix_s >= ? AND delivery > ? ORDER BY f.id DESC LIMIT ?",
            (wanted.since_unix_s, wanted.delivery, limit),
        )
    ]
    both: list[Arrived] = [*reversed(texts), *reversed(files)]
    found = sorted(both, key=lambda each: each.unix_s)
    return found if wanted.most is None else found[-wanted.most :]


def after(wanted: WantedArrivals, found: list[Arrived]) -> WantedArrivals:
    """Return what asks for the arrivals after those that were asked for and found."""
    texts = [each.number for each in found if isinstance(each, ArrivedText)]
    files = [each.delivery for each in found if isinstance(each, ArrivedFile)]
    return WantedArrivals(
        None, text=max([wanted.text, *texts]), delivery=max([wanted.delivery, *files])
    )


def newest_arrivals(database: ReadOnlyDatabase) -> WantedArrivals:
    """Return what asks for the arrivals after all that are here now."""
    text = database.value("SELECT coalesce(max(id), 0) FROM texts")
    last = database.value("SELECT coalesce(max(seq), 0) FROM events")
    return WantedArrivals(None, text=int(str(text)), delivery=int(str(last)))


def find_text(database: ReadOnlyDatabase, number: int) -> ArrivedText | None:
    """Return the text of this number, or None."""
    row = database.row(f"{_TEXTS} WHERE t.id = ?", (number,))
    return None if row is None else ArrivedText(*row)  # type: ignore[arg-type]
