"""Rows of measured rates: how fast each next hop took what was sent to it."""

from collections.abc import Iterable

from netrelay.store.database import Database


def report_rates(database: Database, measured: Iterable[tuple[str, int, float, int]]) -> None:
    """Add to the hours of peers; inside a transaction.

    measured: peer, bytes of frames, busy seconds, and the rate limit meanwhile (0: none).
    """
    database.execute_many("INSERT INTO rate_reports VALUES (?, ?, ?, ?)", measured)
