"""Views, triggers and indexes that a user added to the database; an upgrade keeps them.

Views and triggers are removed together with the state machine, because SQLite changes no table that
a view or trigger mentions, and are created again after it. An index is created again where a
migration rebuilt its table.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import apsw

from netrelay.store.database_errors import UserObjectError
from netrelay.store.guards import GUARD_PREFIX, guards_script
from netrelay.store.schema import machine_script, migrations, tables_script

_CREATED = re.compile(r"^CREATE (?:VIEW|TRIGGER) (\w+)", re.MULTILINE)
# Of netrelays whose view `machine` has no column `objects`; guards are found by their prefix.
_FORMER_NAMES = frozenset({"machine", "carried_manifest_died", "hint_owed"})
_TAKEN = re.compile(
    r"(table|index|view) (.+) already exists|there is already an? (table|index) named (.+)"
)
_OBJECTS = (
    "SELECT type, name, tbl_name, sql FROM sqlite_master"
    " WHERE type IN ('view', 'trigger', 'index') AND sql IS NOT NULL ORDER BY rowid"
)


class UserObject(NamedTuple):
    """A row of sqlite_master; kind: view, trigger or index."""

    kind: str
    name: str
    table: str
    sql: str


class UserObjects:
    """The user's objects of a database as they are now, to be created again after a change.

    Create it and call `create_again` in one transaction.
    """

    def __init__(self, connection: apsw.Connection) -> None:
        self._objects = list(_found(connection))
        triggers = {entry.table for entry in self._objects if entry.kind == "trigger"}
        self._compiled = {table: _compiled(connection, table) for table in triggers}

    def create_again(self, connection: apsw.Connection) -> None:
        """Create what is missing of them; UserObjectError names one that no longer fits.

        A view is created even if it names a column that is gone: only its own queries fail. A
        trigger then fails every write to its table.
        """
        present = {(kind, name) for kind, name, _, _ in connection.execute(_OBJECTS)}
        for entry in self._objects:
            if entry[:2] in present:
                continue
            try:
                connection.execute(entry.sql)
            except apsw.SQLError as error:
                raise _refused(connection, entry, str(error)) from error
            if entry.kind == "trigger":
                self._check_writes(connection, entry)

    def _check_writes(self, connection: apsw.Connection, trigger: UserObject) -> None:
        now = _compiled(connection, trigger.table)
        for operation, fault in self._compiled[trigger.table].items():
            if fault is None and now[operation] is not None:
                raise _refused(connection, trigger, str(now[operation]))


def quoted(name: str) -> str:
    """Return a name as SQL takes any name."""
    return '"' + name.replace('"', '""') + '"'


def machine_names() -> list[str]:
    """Return the names of all views and triggers of this netrelay's state machine."""
    return ["machine", *_CREATED.findall(machine_script() + "\n" + guards_script())]


def refused_name(connection: apsw.Connection, error: apsw.Error) -> UserObjectError | None:
    """Return the refusal of a user's object whose name netrelay needs; None for another error."""
    found = _TAKEN.fullmatch(str(error))
    if found is None:
        return None
    kind, name = (text for text in found.groups() if text is not None)
    return UserObjectError(
        f"{connection.filename}: the {kind} {name} is not netrelay's, and this netrelay needs the"
        " name. Nothing has changed: while the node is stopped, rename or drop it, and start again"
    )


def _found(connection: apsw.Connection) -> Iterator[UserObject]:
    names = _installed_names(connection)
    words = words_of_tables()
    for row in connection.execute(_OBJECTS).fetchall():
        entry = UserObject(*(str(field) for field in row))
        is_netrelays = entry.name in words if entry.kind == "index" else entry.name in names
        if not is_netrelays:
            yield entry


def _installed_names(connection: apsw.Connection) -> set[str]:
    """Return the names of the views and triggers of the installed machine."""
    columns = {
        name for (name,) in connection.execute("SELECT name FROM pragma_table_info('machine')")
    }
    if "objects" in columns:
        rows = connection.execute("SELECT value FROM machine, json_each(machine.objects)")
        return {str(name) for (name,) in rows}
    rows = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('view', 'trigger')")
    return {name for (name,) in rows if name.startswith(GUARD_PREFIX)}.union(
        _FORMER_NAMES, machine_names()
    )


def words_of_tables() -> set[str]:
    """Return every word of the scripts that create netrelay's tables, now and formerly."""
    scripts = [tables_script(), *(migration.script for migration in migrations())]
    return {word for script in scripts for word in re.findall(r"\w+", script)}


def _compiled(connection: apsw.Connection, table: str) -> dict[str, str | None]:
    """Return for each operation on a table why SQLite cannot compile it; None if it can."""
    columns = connection.execute(
        "SELECT name FROM pragma_table_xinfo(?) WHERE hidden = 0 ORDER BY cid", (table,)
    ).fetchall()
    changes = ", ".join(f"{quoted(str(name))} = NULL" for (name,) in columns) or "a = NULL"
    return {
        "INSERT": _fault(connection, f"INSERT INTO {quoted(table)} DEFAULT VALUES"),
        "UPDATE": _fault(connection, f"UPDATE {quoted(table)} SET {changes}"),  # noqa: S608
        "DELETE": _fault(connection, f"DELETE FROM {quoted(table)}"),  # noqa: S608
    }


def _fault(connection: apsw.Connection, statement: str) -> str | None:
    try:
        connection.execute(f"EXPLAIN {statement}").close()
    except apsw.SQLError as error:
        return str(error)
    return None


def _refused(connection: apsw.Connection, entry: UserObject, why: str) -> UserObjectError:
    return UserObjectError(
        f"{connection.filename}: your {entry.kind} {entry.name} does not fit this netrelay: {why}."
        f" Nothing has changed: while the node is stopped, drop it"
        f" (DROP {entry.kind.upper()} {quoted(entry.name)}) or change it, and start again"
    )
