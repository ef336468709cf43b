"""Check of the tables and indexes after a migration, against tables.sql."""

import apsw

from netrelay.store.database_errors import UserObjectError
from netrelay.store.schema import tables_script
from netrelay.store.schema_text import plain_statement
from netrelay.store.user_objects import quoted, words_of_tables

_STATEMENTS = (
    "SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'index') AND sql IS NOT NULL"
    " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
)
_BROKEN_REFERENCES = 'SELECT "table", rowid, parent FROM pragma_foreign_key_check(?)'


def faults_of_tables(connection: apsw.Connection) -> list[str]:
    """Return in words how the tables differ from tables.sql or are inconsistent; none if right.

    Tables and indexes of a user are allowed, and may refer to rows that do not exist.
    UserObjectError when a user added a column to a table of netrelay.
    """
    expected = apsw.Connection(":memory:")
    try:
        expected.execute(tables_script())
        faults = _differences(connection, expected)
        tables = [name for name, (kind, _) in _statements(expected).items() if kind == "table"]
    finally:
        expected.close()
    for table in tables:
        faults += [
            f"row {row} of {child} refers to no row of {parent}"
            for child, row, parent in connection.execute(_BROKEN_REFERENCES, (table,))
        ]
    damage = [str(line) for (line,) in connection.execute("PRAGMA integrity_check(3)")]
    if damage != ["ok"]:
        faults.append(f"the database is damaged: {'; '.join(damage)}")
    return faults


def _differences(connection: apsw.Connection, expected: apsw.Connection) -> list[str]:
    found = _statements(connection)
    faults = []
    for name, (kind, statement) in _statements(expected).items():
        if name not in found:
            faults.append(f"the {kind} {name} is missing")
        elif found[name] != (kind, statement):
            _refuse_added_columns(connection, expected, name)
            faults.append(f"the {kind} {name} is not as in tables.sql")
    return faults


def _refuse_added_columns(
    connection: apsw.Connection, expected: apsw.Connection, table: str
) -> None:
    for column in _columns(connection, table):
        if column not in _columns(expected, table) and column not in words_of_tables():
            raise UserObjectError(
                f"{connection.filename}: the column {column} of the table {table} is not"
                " netrelay's. Nothing has changed: while the node is stopped, drop it (ALTER TABLE"
                f" {table} DROP COLUMN {quoted(column)}), and start again"
            )


def _columns(connection: apsw.Connection, table: str) -> list[str]:
    rows = connection.execute("SELECT name FROM pragma_table_xinfo(?)", (table,))
    return [str(name) for (name,) in rows]


def _statements(connection: apsw.Connection) -> dict[str, tuple[str, str]]:
    """Return for each table and index what it is, and its statement in a comparable form."""
    return {
        str(name): (str(kind), plain_statement(str(sql)))
        for name, kind, sql in connection.execute(_STATEMENTS)
    }
