"""Files that are claimed and not put away yet."""

from typing import NamedTuple

from netrelay.store.database import ReadOnlyDatabase


class ClaimedSum(NamedTuple):
    """Number and size of the files that are claimed."""

    number: int
    size_bytes: int


def claimed_files(database: ReadOnlyDatabase) -> ClaimedSum:
    """Count the files that wait in the home for a receipt, or to be sent."""
    row = database.row(
        "SELECT count(*), coalesce(sum(size_bytes), 0) FROM files"
        " WHERE closed = 0 AND path IS NOT NULL"
    )
    assert row is not None
    return ClaimedSum(*row)  # type: ignore[arg-type]
