"""Rows of tried_ways: what each address of a peer did when it was dialled."""

from collections.abc import Mapping

from netrelay.store.database import Database


def report_ways(database: Database, peer: str, tried: Mapping[str, str]) -> None:
    """Store what the ways of a peer did: by way, why it failed, "" if it was reached.

    Call it inside a transaction. At most 16 rows of a peer are kept, those that were tried last.
    """
    database.execute_many(
        "INSERT INTO way_reports VALUES (?, ?, ?)",
        [(peer, way, reason) for way, reason in tried.items()],
    )
