"""Rows of the alarms: what the program on_alarm is to be told of the view `health`."""

from typing import NamedTuple

from netrelay.store.database import Database, Value, Work
from netrelay.store.health_rows import HealthRow, health

# Told by `check` alone: the program cannot be told that it fails.
_OWN_KIND = "alarm-program"
# More findings than a node of two hundred peers has; the errors come first.
_MOST = 256


class OwedAlarm(NamedTuple):
    """A change that the program is to be told now; change: `raised`, `worse` or `gone`."""

    kind: str
    subject: str
    change: str
    severity: str
    words: str
    help: str
    since_at: str


def look_at_health(database: Database) -> None:
    """Store which findings have come, are worse, or have gone; no transaction without a change.

    The view is read before the lock is taken: nobody else writes these rows.
    """
    found = {(row.kind, row.subject): row for row in health(database) if row.kind != _OWN_KIND}
    known = {
        (str(kind), str(subject)): (str(severity), is_clear == 1)
        for kind, subject, severity, is_clear in database.rows(
            "SELECT kind, subject, severity, clear_s IS NOT NULL FROM alarms"
        )
    }
    news = [row for key, row in found.items() if key not in known]
    seen = [
        row for key, row in found.items() if key in known and known[key] != (row.severity, False)
    ]
    seen += news[: max(0, _MOST - len(known))]
    cleared = [key for key, (_, is_clear) in known.items() if key not in found and not is_clear]
    if seen or cleared:
        with database.transaction():
            _store(database, seen, cleared)


def _store(database: Database, seen: list[HealthRow], cleared: list[tuple[str, str]]) -> None:
    now_s = database.now_s()
    database.execute_many(
        "INSERT INTO alarm_seen VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (row.kind, row.subject, row.severity, row.words, row.help, row.since_at or "", now_s)
            for row in seen
        ],
    )
    database.execute_many(
        "INSERT INTO alarm_cleared VALUES (?, ?, ?)", [(*key, now_s) for key in cleared]
    )


def owed_alarm(database: Database) -> OwedAlarm | None:
    """Return the change that has been due for longest; None if none is due."""
    row = database.row(
        "SELECT c.kind, c.subject, c.change, c.severity, a.words, a.help, a.since_at"
        " FROM alarm_changes c JOIN alarms a ON a.kind = c.kind AND a.subject = c.subject"
        " WHERE c.due_s <= clock() ORDER BY c.severity, c.due_s, c.kind, c.subject LIMIT 1"
    )
    return None if row is None else OwedAlarm(*row)  # type: ignore[arg-type]


def next_alarm_s(database: Database) -> float | None:
    """Return the seconds until a change is owed that has to last for a while; None: none has."""
    return _seconds(database.value("SELECT min(due_s) - clock() FROM alarm_changes"))


def next_edge_s(database: Database) -> float | None:
    """Return the seconds until time alone changes the view `health`; None: it does not."""
    found = "SELECT min(due_s) - (SELECT now_s FROM node_time) FROM health_edges"
    return _seconds(database.value(found))


def _seconds(value: Value) -> float | None:
    return None if value is None else max(float(str(value)), 0.0)


def end_alarm(database: Database, alarm: OwedAlarm, exit_status: int, output: str) -> None:
    """Store the result of a run; call it inside a transaction."""
    database.execute(
        "INSERT INTO alarm_runs VALUES (?, ?, ?, ?, ?, ?, clock())",
        (alarm.kind, alarm.subject, alarm.change, alarm.severity, exit_status, output),
    )


def forget_alarms(database: Database) -> None:
    """Delete what is known of alarms, where no program is configured any more."""
    database.store_found(
        Work(
            lambda: database.value(
                "SELECT EXISTS (SELECT 1 FROM alarms) OR EXISTS (SELECT 1 FROM alarm_program)"
            ),
            lambda _: _forget(database),
        )
    )


def _forget(database: Database) -> None:
    database.execute("DELETE FROM alarms")
    database.execute("DELETE FROM alarm_program")
