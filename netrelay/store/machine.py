"""The state machine as a database stores it: triggers, views, guards, the rows of sql/*.txt.

It is code and contains no data of the node. Any netrelay, newer or older, therefore replaces the
machine that another version installed, as long as both have the same tables. A migration of the
tables replaces it too.
"""

import apsw
from blake3 import blake3

from netrelay.store.guards import guards_script
from netrelay.store.schema import (
    backoffs,
    machine_script,
    refusals,
    rows_text,
    schema_version,
    transitions,
)

# The tables whose rows are part of the machine; they are filled from the text files.
_ROW_TABLES = ("transitions", "refusals", "backoffs")


def machine_digest() -> str:
    """Return the digest of this netrelay's machine: of its triggers, guards, views and rows."""
    return blake3((machine_script() + guards_script() + rows_text()).encode()).hexdigest()


def installed_digest(connection: apsw.Connection) -> str | None:
    """Return the digest of the machine in a database; None without one, or from before digests."""
    is_named = "SELECT 1 FROM sqlite_master WHERE type = 'view' AND name = 'machine'"
    if connection.execute(is_named).fetchone() is None:
        return None
    row = connection.execute("SELECT digest FROM machine").fetchone()
    return None if row is None else str(row[0])


def remove_machine(connection: apsw.Connection) -> None:
    """Remove all triggers, all views and the machine's rows; inside a transaction.

    What remains are tables and indexes, without guards.
    """
    # Dropping a view drops its triggers. Drop guards first, or the DELETE below is refused.
    for kind in ("view", "trigger"):
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
        for (name,) in found.fetchall():
            connection.execute(f'DROP {kind} "{name}"')
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for table in _ROW_TABLES:
        # Tables of an older schema, before its migration: some may be missing.
        if (table,) in tables:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608


def install_machine(connection: apsw.Connection) -> None:
    """Replace the installed machine, if any, by this netrelay's; inside a transaction."""
    remove_machine(connection)
    # Before the views for people, which are those from `versions` on (`views_for_people`).
    connection.execute(
        f"CREATE VIEW machine (digest, schema) AS SELECT '{machine_digest()}', {schema_version()}"
    )
    connection.execute(machine_script())
    connection.execute(guards_script())
    connection.executemany("INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?)", transitions())
    connection.executemany("INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?)", refusals())
    connection.executemany("INSERT INTO backoffs VALUES (?, ?, ?, ?)", backoffs())
