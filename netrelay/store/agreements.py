"""The agreements in force, as rows."""

import json
from collections.abc import Iterable

from netrelay.store.database import Database


def agreements(
    database: Database, nodes: Iterable[str] | None = None
) -> dict[str, tuple[int, int]]:
    """Return number and message size (bytes) of the agreements in force: all, or of `nodes`."""
    chosen = "" if nodes is None else " WHERE node IN (SELECT value FROM json_each(?))"
    question = f"SELECT * FROM work_processor_r{chosen}"  # noqa: S608
    values = () if nodes is None else (json.dumps(sorted(nodes)),)
    agreed = {}
    for node, number, size_bytes in database.rows(question, values):
        assert isinstance(number, int)
        assert isinstance(size_bytes, int)
        agreed[str(node)] = (number, size_bytes)
    return agreed
