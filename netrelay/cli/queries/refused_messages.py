"""Queries of what peers were refused here."""

from typing import NamedTuple

from netrelay.core.words import Refusal
from netrelay.store.admissions import Missing
from netrelay.store.database import ReadOnlyDatabase

# A peer that names many subjects does not hide the rows of others.
_ROWS_A_PEER = 3


class RefusedMessages(NamedTuple):
    """Messages of a peer that were refused here for one cause: a row of the view `refused_here`.

    about: the node that is meant, its id where it has no name; None where there are several.
    first_unix_s, last_unix_s: by the wall clock, for people.
    """

    peer: str
    refusal: str
    about: str | None
    messages: int
    first_unix_s: float
    last_unix_s: float
    ended_by: str
    missing: str | None
    reason: str

    @property
    def lacking(self) -> Missing | None:
        """The missing right or route, as in the view `admissions`, with names in place of ids."""
        refusal = Refusal[self.refusal]
        match self.missing:
            case "peer" | "relay" | "deliver":
                return Missing(refusal, self.missing, self.about, None)
            case "carry" | "other-route":
                return Missing(refusal, self.missing, self.peer, self.about)
            case "route":
                return Missing(refusal, self.missing, None, self.about)
        return None


def refused_messages(database: ReadOnlyDatabase, peer: str | None = None) -> list[RefusedMessages]:
    """Return what peers, or one peer, were refused in the last week, three rows for each, latest
    first.
    """
    rows = database.rows(
        "SELECT peer, refusal, about, messages, unixepoch(first_at), unixepoch(last_at), ended_by,"
        " missing, reason FROM (SELECT *, row_number() OVER (PARTITION BY peer ORDER BY last_at"
        " DESC, messages DESC) AS place FROM refused_here WHERE ?1 IS NULL OR peer = ?1)"
        " WHERE place <= ?2 ORDER BY last_at DESC, peer",
        (peer, _ROWS_A_PEER),
    )
    return [RefusedMessages(*row) for row in rows]  # type: ignore[arg-type]
