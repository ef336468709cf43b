"""The machine as it is stored in a database: triggers, views, and the rows of the text files.

It holds no data of a node, so it belongs to the code that runs: a newer netrelay replaces the
machine that an older one laid, and an older one that is installed again replaces it in turn, as
long as the tables are the same. A migration of the tables replaces it too.
"""

import apsw
from blake3 import blake3

from netrelay.store.schema import (
    backoffs,
    machine_script,
    refusals,
    rows_text,
    schema_version,
    transitions,
)

# The tables that hold rows of the machine, filled from text files.
_ROW_TABLES = ("transitions", "refusals", "backoffs")


def machine_digest() -> str:
    """Return the digest of this netrelay's machine; another machine has another one."""
    return blake3((machine_script() + rows_text()).encode()).hexdigest()


def laid_digest(connection: apsw.Connection) -> str | None:
    """Return the digest of the machine in a database; None if there is none, or none with one."""
    is_named = "SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'machine'"
    if connection.execute(is_named).fetchone() is None:
        return None
    row = connection.execute("SELECT digest FROM machine").fetchone()
    return None if row is None else str(row[0])


def remove_machine(connection: apsw.Connection) -> None:
    """Remove all triggers, all views and the machine's rows; inside a transaction.

    What remains are tables and indexes, which no trigger guards.
    """
    # Dropping a view drops its triggers. Drop guards first, or the DELETE below is refused.
    for kind in ("view", "trigger"):
        laid = connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
        for (name,) in laid.fetchall():
            connection.execute(f'DROP {kind} "{name}"')
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for table in _ROW_TABLES:
        # An older schema does not have all of them.
        if (table,) in tables:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608


def lay_machine(connection: apsw.Connection) -> None:
    """Store this netrelay's machine in place of the one that is there; inside a transaction."""
    remove_machine(connection)
    # The views for people are those from `versions` on, so this one comes before them.
    connection.execute(
        f"CREATE VIEW machine (digest, schema) AS SELECT '{machine_digest()}', {schema_version()}"
    )
    connection.execute(machine_script())
    connection.executemany("INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?)", transitions())
    connection.executemany("INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?)", refusals())
    connection.executemany("INSERT INTO backoffs VALUES (?, ?, ?, ?)", backoffs())
