"""Manifests that are stored as they came: of files that are coming, and of keys for singles."""

from typing import NamedTuple

from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database


def open_manifest(database: Database, identity: MessageIdentity) -> tuple[bytes, bytes] | None:
    """Return end-to-end header and body of a manifest that waits for its chunks, else None."""
    row = database.row(
        "SELECT m.envelope, b.body FROM messages m JOIN bodies b ON b.message = m.id"
        " WHERE m.source = ? AND m.destination = ? AND m.epoch = ? AND m.sequence = ?"
        " AND m.attempt = ? AND m.type = 3 AND m.hash IS m.found AND m.state = 'N-4'",
        tuple(identity),
    )
    return None if row is None else _two_bytes(row)


def find_key(database: Database, source: str, key_id: bytes) -> tuple[bytes, bytes] | None:
    """Return end-to-end header and body of a key's manifest; None when it never came."""
    row = database.row(
        "SELECT envelope, body FROM keys WHERE source = ? AND key_id = ?", (source, key_id)
    )
    return None if row is None else _two_bytes(row)


def keep_single_key(database: Database, destination: str, key_id: bytes) -> None:
    """Store which key singles for a destination are sealed under; inside a transaction."""
    database.execute(
        "INSERT OR REPLACE INTO single_keys (destination, key_id, born_s) VALUES (?, ?, clock())",
        (destination, key_id),
    )


class KeptKey(NamedTuple):
    """A key for singles of an earlier run; starts: how many starts have gone on with it."""

    destination: str
    key_id: bytes
    born_s: float
    starts: int


def kept_single_keys(database: Database) -> list[KeptKey]:
    """Return the keys of earlier runs, and count this start of each; inside a transaction."""
    database.execute("UPDATE single_keys SET starts = starts + 1")
    rows = database.rows("SELECT destination, key_id, born_s, starts FROM single_keys")
    return [KeptKey(*row) for row in rows]  # type: ignore[arg-type]


def _two_bytes(row: tuple[object, ...]) -> tuple[bytes, bytes]:
    envelope, body = row
    assert isinstance(envelope, bytes)
    assert isinstance(body, bytes)
    return envelope, body
