"""The consequences of refusals, read from the table `refusals`, and the refusals given here."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.arrivals import MessageIdentity
from netrelay.store.database import Database


class RefusalReport(NamedTuple):
    """Messages of a peer that were refused for one cause: a row of the view `refusal_reports`.

    missing, subject: as in the table `refusals_given`. reason: of the last one.
    """

    peer: str
    code: int
    missing: str
    subject: str
    messages: int
    reason: str


def wait_by_code(database: Database) -> dict[int, int]:
    """Return how many seconds a refusing node asks the other to wait, by the refusal's code."""
    waits_s = {}
    for code, wait_s in database.rows("SELECT code, wait_s FROM refusals"):
        assert isinstance(code, int)
        assert isinstance(wait_s, int)
        waits_s[code] = wait_s
    return waits_s


def ended_by_people(database: Database) -> frozenset[int]:
    """Return the codes of the refusals that end when a person changes what is permitted here."""
    rows = database.rows("SELECT code FROM refusals WHERE ended_by IN ('right', 'route', 'quota')")
    return frozenset(int(str(code)) for (code,) in rows)


def counted_codes(database: Database) -> frozenset[int]:
    """Return the codes of the refusals that are counted for people."""
    rows = database.rows("SELECT code FROM refusals WHERE ended_by <> 'itself'")
    return frozenset(int(str(code)) for (code,) in rows)


class Misfit(NamedTuple):
    """A whole that is larger than all that its source may keep here: a row of `misfits`."""

    whole: MessageIdentity
    reason: str


def store_refusals(
    database: Database, reports: Iterable[RefusalReport], misfits: Iterable[Misfit]
) -> None:
    """Add to the refusals given here, and tell the sources of what can never fit.

    Call it inside a transaction.
    """
    database.execute_many("INSERT INTO refusal_reports VALUES (?, ?, ?, ?, ?, ?)", reports)
    database.execute_many(
        "INSERT INTO misfits VALUES (?, ?, ?, ?, ?, ?)",
        ((*misfit.whole, misfit.reason) for misfit in misfits),
    )
