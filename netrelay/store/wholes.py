"""Wholes by their identity: which of several no row needs any more."""

import json
from collections.abc import Iterable

from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database


def without_row(
    database: Database, identities: Iterable[MessageIdentity], condition: str
) -> list[MessageIdentity]:
    """Return the wholes of which no row of `messages` meets an SQL condition of ours."""
    asked = list(identities)
    if not asked:
        return []
    query = (
        "SELECT q.key FROM json_each(?) q WHERE NOT EXISTS (SELECT 1 FROM messages"  # noqa: S608 -- ours
        " WHERE source = q.value ->> 0 AND destination = q.value ->> 1"
        " AND epoch = unhex(q.value ->> 2) AND sequence = q.value ->> 3"
        f" AND attempt = q.value ->> 4 AND {condition})"
    )
    rows = database.rows(
        query,
        (json.dumps([(*each[:2], each.epoch.hex(), *each[3:]) for each in asked]),),
    )
    return [asked[int(str(place))] for (place,) in rows]
