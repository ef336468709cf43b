"""Rows of budgets: set, counted, and begun anew with their period."""

from collections.abc import Mapping
from typing import NamedTuple

from netrelay.core.budget import Budget
from netrelay.core.calendar import Period, Span
from netrelay.core.words import MessageType
from netrelay.store.database import Database

# Data of this priority and less urgent data does not use the reserve.
LEAST_ORDINARY_PRIORITY = 3
# Periods that are kept for each peer, besides the present one.
_PERIODS_KEPT = 60


class BudgetLeft(NamedTuple):
    """The bytes that a peer may still be sent; 0 or negative where nothing is left.

    ordinary: for data of priority 3 to 9. urgent: for data of priority 0 to 2. receipts: for these.
    """

    ordinary_bytes: int
    urgent_bytes: int
    receipts_bytes: int

    def for_message(self, type_: int, priority: int) -> int:
        """Return what is left for messages of a type and priority."""
        if type_ == MessageType.RECEIPT:
            return self.receipts_bytes
        return self.ordinary_bytes if priority >= LEAST_ORDINARY_PRIORITY else self.urgent_bytes


class CountedPeriod(NamedTuple):
    """The period that a budget counts now; trusts_clock: whatever the clock, it begins another."""

    peer: str
    period: Period
    span: Span
    trusts_clock: bool


class NearlyUsed(NamedTuple):
    """A budget of which four fifths are used."""

    peer: str
    name: str
    period: Period
    used_bytes: int
    limit_bytes: int


def set_budget(
    database: Database, peer: str, budget: Budget, span: Span, unsynchronised: str
) -> None:
    """Set the budget of a peer; inside a transaction. What its present period has used stays.

    span: the present period; where a budget of the same period is, that one's goes on.
    unsynchronised: `open` or `closed`, as in the table.
    """
    database.execute(
        "INSERT INTO budgets (peer, limit_bytes, period, reserve_bytes, unsynchronised,"
        " from_unix_s, until_unix_s) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (peer) DO UPDATE SET limit_bytes = excluded.limit_bytes,"
        " period = excluded.period, reserve_bytes = excluded.reserve_bytes,"
        " unsynchronised = excluded.unsynchronised,"
        " from_unix_s = iif(period = excluded.period, from_unix_s, excluded.from_unix_s),"
        " until_unix_s = iif(period = excluded.period, until_unix_s, excluded.until_unix_s)",
        (peer, budget.limit_bytes, budget.period, budget.reserve_bytes, unsynchronised, *span),
    )


def lift_budget(database: Database, peer: str) -> None:
    """Remove the budget of a peer; inside a transaction. What it used is kept for another one."""
    database.execute("DELETE FROM budgets WHERE peer = ?", (peer,))


def counted_periods(database: Database) -> list[CountedPeriod]:
    """Return the period that each budget counts."""
    rows = database.rows(
        "SELECT peer, period, from_unix_s, until_unix_s, unsynchronised = 'open' FROM budgets"
    )
    return [
        CountedPeriod(str(peer), Period(str(period)), Span(int(str(begin)), int(str(end))), bool(t))
        for peer, period, begin, end, t in rows
    ]


def begin_period(database: Database, peer: str, period: Period, span: Span) -> None:
    """Count another period of a budget from now on; inside a transaction.

    One that was begun before, as a clock that is set back finds it, goes on with its use.
    """
    database.execute(
        "UPDATE budgets SET from_unix_s = ?, until_unix_s = ? WHERE peer = ?", (*span, peer)
    )
    database.execute(
        "DELETE FROM budget_use WHERE peer = ?1 AND period = ?2 AND from_unix_s <= coalesce(("
        "SELECT from_unix_s FROM budget_use WHERE peer = ?1 AND period = ?2 AND from_unix_s < ?3"
        " ORDER BY from_unix_s DESC LIMIT 1 OFFSET ?4), -1)",
        (peer, period, span.from_unix_s, _PERIODS_KEPT),
    )


def budget_left(database: Database, peer: str) -> BudgetLeft | None:
    """Return what is left of the budget of a peer; None without one."""
    row = database.row(
        "SELECT data_left_bytes, urgent_left_bytes, receipts_left_bytes FROM budget_levels"
        " WHERE peer = ?",
        (peer,),
    )
    return None if row is None else BudgetLeft(*row)  # type: ignore[arg-type]


def report_wire_bytes(database: Database, carried: Mapping[str, int]) -> None:
    """Count bytes that were on the wire, by peer; inside a transaction."""
    database.execute_many("INSERT INTO wire_reports VALUES (?, ?)", list(carried.items()))


def hold_bytes(database: Database, held: Mapping[str, int]) -> None:
    """Store how much of each budget is held for frames that sender has; inside a transaction."""
    database.execute_many(
        "UPDATE budgets SET held_bytes = ?2 WHERE peer = ?1 AND held_bytes <> ?2",
        list(held.items()),
    )


def use_held_bytes(database: Database) -> None:
    """Count all that is held as used: nobody will say what of it was on the wire.

    Call it inside a transaction.
    """
    rows = database.rows("SELECT peer, held_bytes FROM budgets WHERE held_bytes > 0")
    report_wire_bytes(database, {str(peer): int(str(held)) for peer, held in rows})
    database.execute("UPDATE budgets SET held_bytes = 0 WHERE held_bytes > 0")


def nearly_used_budgets(database: Database) -> list[NearlyUsed]:
    """Return the budgets of which four fifths are used, and which were not named for it yet."""
    rows = database.rows(
        "SELECT b.peer, p.name, b.period, l.used_bytes, l.limit_bytes FROM budgets b"
        " JOIN budget_levels l ON l.peer = b.peer JOIN peers p ON p.node = b.peer"
        " WHERE b.warned_unix_s <> b.from_unix_s AND l.used_bytes >= l.limit_bytes / 5 * 4"
    )
    return [
        NearlyUsed(str(peer), str(name), Period(str(period)), int(str(used)), int(str(limit)))
        for peer, name, period, used, limit in rows
    ]


def note_warned(database: Database, peer: str) -> None:
    """Store that the budget of a peer was named for its period; inside a transaction."""
    database.execute("UPDATE budgets SET warned_unix_s = from_unix_s WHERE peer = ?", (peer,))


class HeldPeer(NamedTuple):
    """A peer whose data may not come now; is_all: nothing of it may, receipts included."""

    node: str
    is_all: bool


def held_peers(database: Database) -> list[HeldPeer]:
    """Return the peers of which data may not come, since their budget is used up."""
    rows = database.rows("SELECT peer, closed = 3 FROM budgets WHERE closed > 0")
    return [HeldPeer(str(peer), bool(is_all)) for peer, is_all in rows]
