"""The machine as it lies in a database: triggers, views and the rows of `transitions`.

It holds nothing of a node's own, so it belongs to the code that runs: a newer netrelay lays its
machine over the tables as an older one left them, and an older one that is put back lays its own.
"""

import apsw
from blake3 import blake3

from netrelay.store.schema import machine_script, transitions, transitions_text


def machine_digest() -> str:
    """Name the machine of this netrelay; another machine has another name."""
    return blake3((machine_script() + transitions_text()).encode()).hexdigest()


def laid_digest(connection: apsw.Connection) -> str | None:
    """Name the machine that lies in a database; None where none, or one without a name, does."""
    is_named = "SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'machine'"
    if connection.execute(is_named).fetchone() is None:
        return None
    row = connection.execute("SELECT digest FROM machine").fetchone()
    return None if row is None else str(row[0])


def lay_machine(connection: apsw.Connection) -> None:
    """Put this netrelay's machine in the place of the one that is there; inside a transaction."""
    # With a view go the triggers on it. Guards would not let the rows go.
    for kind in ("view", "trigger"):
        laid = connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
        for (name,) in laid.fetchall():
            connection.execute(f'DROP {kind} "{name}"')
    connection.execute("DELETE FROM transitions")
    # Before the others: those from `versions` on are for people.
    connection.execute(f"CREATE VIEW machine (digest) AS SELECT '{machine_digest()}'")
    connection.execute(machine_script())
    connection.executemany("INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?)", transitions())
