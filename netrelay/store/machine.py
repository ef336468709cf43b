"""The state machine as a database stores it: triggers, views, guards, the rows of sql/*.txt.

It is code and contains no data of the node. Any netrelay, newer or older, therefore replaces the
machine that another version installed, as long as both have the same tables. A migration of the
tables replaces it too.
"""

import json

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
from netrelay.store.user_objects import UserObjects, machine_names, quoted, refused_name

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


def remove_machine(connection: apsw.Connection) -> UserObjects:
    """Remove all triggers, all views and the machine's rows; inside a transaction.

    What remains are tables and indexes, without guards. The caller creates the returned objects
    again in the same transaction.
    """
    user_objects = UserObjects(connection)
    # Dropping a view drops its triggers. Drop guards first, or the DELETE below is refused.
    for kind in ("view", "trigger"):
        found = connection.execute("SELECT name FROM sqlite_master WHERE type = ?", (kind,))
        for (name,) in found.fetchall():
            connection.execute(f"DROP {kind} {quoted(str(name))}")
    tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
    for table in _ROW_TABLES:
        # Tables of an older schema, before its migration: some may be missing.
        if (table,) in tables:
            connection.execute(f"DELETE FROM {table}")  # noqa: S608
    return user_objects


def install_machine(connection: apsw.Connection) -> None:
    """Replace the installed machine, if any, by this netrelay's; inside a transaction.

    What a user added is kept; UserObjectError names what does not fit.
    """
    user_objects = remove_machine(connection)
    try:
        _create_machine(connection)
    except apsw.SQLError as error:
        refusal = refused_name(connection, error)
        raise error if refusal is None else refusal from error
    user_objects.create_again(connection)


def _create_machine(connection: apsw.Connection) -> None:
    # Before the views for people, which are those from `versions` on (`views_for_people`).
    connection.execute(
        "CREATE VIEW machine (digest, schema, objects) AS SELECT"
        f" '{machine_digest()}', {schema_version()}, '{json.dumps(machine_names())}'"
    )
    connection.execute(machine_script())
    connection.execute(guards_script())
    connection.executemany("INSERT INTO transitions VALUES (?, ?, ?, ?, ?, ?, ?)", transitions())
    connection.executemany("INSERT INTO refusals VALUES (?, ?, ?, ?, ?, ?, ?)", refusals())
    connection.executemany("INSERT INTO backoffs VALUES (?, ?, ?, ?)", backoffs())
