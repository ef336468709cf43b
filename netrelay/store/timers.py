"""Timers: the facts that a process has to report because of time, and its next wake-up."""

from netrelay.store.database import Database


def due_timers(database: Database, limit: int) -> list[tuple[int, str]]:
    """Return (message, event) of each message whose lifetime, attempts or wait is over."""
    due = []
    for message, event in database.rows(
        "SELECT id, event FROM work_timer WHERE actor = ? LIMIT ?", (database.process, limit)
    ):
        assert isinstance(message, int)
        due.append((message, str(event)))
    return due


def next_due_s(database: Database) -> float | None:
    """Return the seconds until this process has work without a bell, at least 0; None: never."""
    # One view for each process: the others read what the question is not about.
    due_s = database.value(f"SELECT due_s FROM next_due_of_{database.process}")  # noqa: S608
    if due_s is None:
        return None
    assert isinstance(due_s, (int, float))
    return max(float(due_s) - database.now_s(), 0.0)
