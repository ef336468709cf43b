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
    """A file that was delivered to the inbox; folder and name: its place there."""

    source: str
    unix_s: int
    folder: str
    name: str
    size_bytes: int


_TEXTS = (
    "SELECT t.id, t.message, coalesce(p.name, t.source), t.written_unix_s, t.unix_s, t.text"
    " FROM texts t LEFT JOIN peers p ON p.node = t.source"
)


def arrived(database: ReadOnlyDatabase, count: int) -> list[ArrivedText | ArrivedFile]:
    """Return the newest texts and files, oldest first."""
    texts = [
        ArrivedText(*row)  # type: ignore[arg-type]
        for row in database.rows(f"{_TEXTS} ORDER BY t.id DESC LIMIT ?", (count,))
    ]
    files = [
        ArrivedFile(str(name), int(str(unix_s)), str(folder), str(inbox_name), int(str(size_bytes)))
        for name, unix_s, folder, inbox_name, size_bytes in database.rows(
            "SELECT coalesce(p.name, f.source), f.unix_s, coalesce(o.name, p.name, f.source),"
            " f.inbox_name, f.size_bytes"
            " FROM files f LEFT JOIN peers p ON p.node = f.source"
            " LEFT JOIN old_folders o ON o.node = f.source AND o.parent = 'inbox'"
            " WHERE f.path IS NULL AND f.closed = 1 AND f.inbox_name IS NOT NULL"
            " ORDER BY f.id DESC LIMIT ?",
            (count,),
        )
    ]
    both: list[ArrivedText | ArrivedFile] = [*reversed(texts), *reversed(files)]
    return sorted(both, key=lambda each: each.unix_s)[-count:]


def find_text(database: ReadOnlyDatabase, number: int) -> ArrivedText | None:
    """Return the text of this number, or None."""
    row = database.row(f"{_TEXTS} WHERE t.id = ?", (number,))
    return None if row is None else ArrivedText(*row)  # type: ignore[arg-type]
