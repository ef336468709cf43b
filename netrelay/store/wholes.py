"""Wholes by their identity: which of several no row needs any more."""

import json
from collections.abc import Sequence

from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database


def without_row(
    database: Database,
    asked: Sequence[MessageIdentity],
    condition: str,
    subjects: Sequence[str] = (),
) -> list[int]:
    """Return the places of the wholes of which no row of `messages` meets a condition.

    condition: SQL of ours; in it `q.value ->> 5` is the subject at the same place.
    """
    if not asked:
        return []
    query = (
        "SELECT q.key FROM json_each(?) q WHERE NOT EXISTS (SELECT 1 FROM messages"  # noqa: S608 -- ours
        " WHERE source = q.value ->> 0 AND destination = q.value ->> 1"
        " AND epoch = unhex(q.value ->> 2) AND sequence = q.value ->> 3"
        f" AND attempt = q.value ->> 4 AND {condition})"
    )
    subjects = subjects or [""] * len(asked)
    questions = [
        (*each[:2], each.epoch.hex(), *each[3:], subject)
        for each, subject in zip(asked, subjects, strict=True)
    ]
    return [int(str(place)) for (place,) in database.rows(query, (json.dumps(questions),))]
