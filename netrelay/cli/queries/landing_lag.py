"""Files that wait for the store in which they land."""

from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase


class LandingLag(NamedTuple):
    """The files that wait for the store; reason: why, if a try failed."""

    waiting: int
    oldest_s: float
    reason: str | None


def landing_lag(database: ReadOnlyDatabase) -> LandingLag:
    """Return what waits for the store now."""
    row = database.row(
        "SELECT count(*), coalesce((SELECT now_s FROM node_time) - min(w.born_s), 0),"
        " max(f.trouble_reason) FROM open_landings w JOIN files f ON f.id = w.file"
    )
    waiting, oldest_s, reason = row or (0, 0, None)
    return LandingLag(
        int(str(waiting)), float(str(oldest_s)), None if reason is None else str(reason)
    )
