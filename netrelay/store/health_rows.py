"""The view `health`: what is wrong with a node or about to be, as far as rows tell."""

from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

ERROR = "error"
WARNING = "warning"


class HealthRow(NamedTuple):
    """A row of the view; there is one for each kind and subject.

    severity: `error` or `warning`. since_at: UTC, with waited_s None where it is not known. help:
    a command in it is one of a node in the default home.
    """

    kind: str
    severity: str
    subject: str
    since_at: str | None
    waited_s: int | None
    words: str
    help: str


def health(database: Database | ReadOnlyDatabase) -> list[HealthRow]:
    """Return all findings, errors first; the number is bounded by peers, folders and processes."""
    rows = database.rows(
        "SELECT kind, severity, subject, since_at, waited_s, words, help FROM health"
        " ORDER BY severity, kind, subject"
    )
    return [HealthRow(*row) for row in rows]  # type: ignore[arg-type]
