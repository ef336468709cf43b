"""Rows of the alarms: what is to be told of the view `health`, to the program and the overseer."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from netrelay.store.database import Database, Value, Work
from netrelay.store.health_rows import HealthRow, health

PROGRAM: Final = "program"
OVERSEER: Final = "overseer"
# Told by `check` and to the overseer: the program cannot be told that it fails.
_OF_PROGRAM = "alarm-program"
# More findings than a node of two hundred peers has. Warnings leave room for errors.
_MOST_WARNINGS = 256
_MOST = 512


class OwedAlarm(NamedTuple):
    """A change that is to be told now; change: `raised`, `worse` or `gone`."""

    kind: str
    subject: str
    change: str
    severity: str
    words: str
    help: str
    since_at: str


class NamedOverseer(NamedTuple):
    """A peer that is told by texts."""

    node: str
    name: str


def look_at_health(database: Database, has_program: bool, overseer: NamedOverseer | None) -> None:
    """Store which findings have come, are worse, or have gone; no transaction without a change.

    The view is read before the lock is taken: nobody else writes these rows.
    """
    rows = health(database)
    if has_program:
        _follow(database, PROGRAM, [row for row in rows if row.kind != _OF_PROGRAM])
    if overseer is not None:
        ways = {kind for (kind,) in database.rows("SELECT kind FROM findings_of_ways")}
        told = [row for row in rows if row.subject != overseer.name or row.kind not in ways]
        _follow(database, OVERSEER, told)


def _follow(database: Database, teller: str, rows: Sequence[HealthRow]) -> None:
    found = {(row.kind, row.subject): row for row in rows}
    known = _known(database, teller)
    if len(known.keys() | found.keys()) > _MOST_WARNINGS and _forget_over(database, teller):
        known = _known(database, teller)
    news = [row for key, row in found.items() if key not in known]
    seen = [
        row for key, row in found.items() if key in known and known[key] != (row.severity, False)
    ]
    errors = [row for row in news if row.severity == "error"][: max(0, _MOST - len(known))]
    warnings = [row for row in news if row.severity != "error"]
    seen += errors + warnings[: max(0, _MOST_WARNINGS - len(known) - len(errors))]
    cleared = [key for key, (_, is_clear) in known.items() if key not in found and not is_clear]
    if seen or cleared:
        with database.transaction():
            _store(database, teller, seen, cleared)


def _known(database: Database, teller: str) -> dict[tuple[str, str], tuple[str, bool]]:
    """Return severity and whether it was gone at the last look, by kind and subject."""
    rows = database.rows(
        "SELECT kind, subject, severity, clear_s IS NOT NULL FROM alarms WHERE teller = ?",
        (teller,),
    )
    return {
        (str(kind), str(subject)): (str(severity), is_clear == 1)
        for kind, subject, severity, is_clear in rows
    }


def _forget_over(database: Database, teller: str) -> bool:
    """Delete rows that tell of nothing any more: they took the place of what is found now."""
    over = (
        "FROM alarms WHERE teller = ? AND told IS NULL AND telling IS NULL"
        " AND clear_s IS NOT NULL AND hour_s + 3600 <= clock()"
    )
    if database.row(f"SELECT 1 {over} LIMIT 1", (teller,)) is None:
        return False
    with database.transaction():
        database.execute(f"DELETE {over}", (teller,))
    return True


def _store(
    database: Database, teller: str, seen: list[HealthRow], cleared: list[tuple[str, str]]
) -> None:
    now_s = database.now_s()
    database.execute_many(
        "INSERT INTO alarm_seen VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(teller, row.kind, row.subject, row.severity, row.words, row.help),
                *(row.since_at or "", now_s),
            )
            for row in seen
        ],
    )
    database.execute_many(
        "INSERT INTO alarm_cleared VALUES (?, ?, ?, ?)", [(teller, *key, now_s) for key in cleared]
    )


def owed_alarms(database: Database, teller: str, limit: int) -> list[OwedAlarm]:
    """Return changes that are due, errors first, then those that have been due for longest."""
    rows = database.rows(
        "SELECT c.kind, c.subject, c.change, c.severity, a.words, a.help, a.since_at"
        " FROM alarm_changes c JOIN alarms a"
        " ON a.teller = c.teller AND a.kind = c.kind AND a.subject = c.subject"
        " WHERE c.teller = ? AND c.due_s <= clock()"
        " ORDER BY c.severity, c.due_s, c.kind, c.subject LIMIT ?",
        (teller, limit),
    )
    return [OwedAlarm(*row) for row in rows]  # type: ignore[arg-type]


def next_alarm_s(database: Database, teller: str) -> float | None:
    """Return the seconds until a change is owed that has to last for a while; None: none has."""
    found = "SELECT min(due_s) - clock() FROM alarm_changes WHERE teller = ?"
    return _seconds(database.value(found, (teller,)))


def next_edge_s(database: Database) -> float | None:
    """Return the seconds until time alone changes the view `health`; None: it does not."""
    found = "SELECT min(due_s) - (SELECT now_s FROM node_time) FROM health_edges"
    return _seconds(database.value(found))


def _seconds(value: Value) -> float | None:
    return None if value is None else max(float(str(value)), 0.0)


def end_alarm(database: Database, alarm: OwedAlarm, exit_status: int, output: str) -> None:
    """Store the result of a run of the program; call it inside a transaction."""
    database.execute(
        "INSERT INTO alarm_runs VALUES (?, ?, ?, ?, ?, ?, clock())",
        (alarm.kind, alarm.subject, alarm.change, alarm.severity, exit_status, output),
    )


def forget_program(database: Database) -> None:
    """Delete what is known of the alarms of a program, where none is configured any more."""
    database.store_found(
        Work(
            lambda: database.value(
                "SELECT EXISTS (SELECT 1 FROM alarms WHERE teller = ?1)"
                " OR EXISTS (SELECT 1 FROM alarm_tellers WHERE teller = ?1)",
                (PROGRAM,),
            ),
            lambda _: _forget_program(database),
        )
    )


def _forget_program(database: Database) -> None:
    database.execute("DELETE FROM alarms WHERE teller = ?", (PROGRAM,))
    database.execute("DELETE FROM alarm_tellers WHERE teller = ?", (PROGRAM,))


def settle_overseer(database: Database, name: str) -> NamedOverseer | None:
    """Return the peer that is called so, and note who it is; None for "" and for no peer.

    Another one than before is told of everything anew.
    """
    node = database.value("SELECT node FROM peers WHERE name = ?", (name,)) if name else None
    noted = database.value("SELECT peer FROM alarm_tellers WHERE teller = ?", (OVERSEER,))
    if node != noted:
        with database.transaction():
            database.execute("INSERT INTO alarm_overseers VALUES (?)", (node,))
    return None if node is None else NamedOverseer(str(node), name)


def note_alarm_text(database: Database, told: Sequence[OwedAlarm], message: int) -> None:
    """Store what a text for the overseer tells; call it inside the transaction that makes it."""
    database.execute_many(
        "INSERT INTO alarm_texts VALUES (?, ?, ?, ?)",
        [
            (each.kind, each.subject, "gone" if each.change == "gone" else each.severity, message)
            for each in told
        ],
    )


def ended_alarm_text(database: Database) -> tuple[int, str] | None:
    """Return 0 and "" if the text on its way was delivered, 1 and why if it is dead; else None.

    One that is so old that its row has gone was delivered, or nobody knows better.
    """
    row = database.row(
        "SELECT m.state, m.reason FROM alarm_tellers t LEFT JOIN messages m ON m.id = t.message"
        " WHERE t.teller = ? AND t.message IS NOT NULL AND coalesce(m.state, 'F') IN ('F', 'D')",
        (OVERSEER,),
    )
    if row is None:
        return None
    return (1, str(row[1] or "")) if row[0] == "D" else (0, "")


def end_alarm_text(database: Database, exit_status: int, output: str) -> None:
    """Store how the text has ended; call it inside a transaction."""
    database.execute(
        "INSERT INTO alarm_ends VALUES (?, ?, ?, clock())", (OVERSEER, exit_status, output)
    )
