"""Budgets of bytes, with the use of their present period."""

from typing import NamedTuple

from netrelay.store.database import Database, ReadOnlyDatabase

_OF_ONE = "WHERE b.peer = ?"


class BudgetState(NamedTuple):
    """A budget and what is used of it; closed: as in the view `budget_levels`.

    unsynchronised: `open` if a clock that nothing has set begins new periods too, else `closed`.
    """

    peer: str
    period: str
    limit_bytes: int
    reserve_bytes: int
    receipts_bytes: int
    used_bytes: int
    closed: int
    from_unix_s: int
    until_unix_s: int
    unsynchronised: str


class ClosedLine(NamedTuple):
    """Why data for a peer as the next hop waits, and until when."""

    cause: str
    reason: str
    until_unix_s: int | None


def budget_states(
    database: Database | ReadOnlyDatabase, node: str | None = None
) -> list[BudgetState]:
    """Return the budget of a peer, by node id; with None, all budgets."""
    rows = database.rows(
        "SELECT p.name, b.period, b.limit_bytes, b.reserve_bytes, b.limit_bytes / 100,"  # noqa: S608
        " l.used_bytes, b.closed, b.from_unix_s, b.until_unix_s, b.unsynchronised"
        " FROM budgets b CROSS JOIN peers p ON p.node = b.peer"
        f" JOIN budget_levels l ON l.peer = b.peer {_OF_ONE if node else ''} ORDER BY p.name",
        (node,) if node else (),
    )
    return [BudgetState(*row) for row in rows]  # type: ignore[arg-type]


def closed_line(database: ReadOnlyDatabase, node: str) -> ClosedLine | None:
    """Return why data for a peer, by node id, waits for its line; the cause that ends last."""
    row = database.row(
        "SELECT l.cause, l.reason, l.until_unix_s FROM closed_lines l WHERE l.node = ?"
        " ORDER BY coalesce(l.until_unix_s, 1e12) DESC, l.cause DESC LIMIT 1",
        (node,),
    )
    return None if row is None else ClosedLine(*row)  # type: ignore[arg-type]
