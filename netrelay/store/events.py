"""The audit of walks, as far as processes read it."""

from netrelay.store.database import Database


def last_event(database: Database) -> int:
    """Return the number of the newest event, 0 when there is none."""
    last = database.value("SELECT coalesce(max(seq), 0) FROM events")
    assert isinstance(last, int)
    return last
