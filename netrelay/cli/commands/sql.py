"""`netrelay sql`: queries a person types, and the views for them."""

import csv
import json
import sys
from collections.abc import Iterable, Sequence

import apsw

from netrelay.cli.arguments import CommandParser
from netrelay.cli.errors import CommandError, Exit, nearest
from netrelay.cli.opening import reading
from netrelay.cli.queries.this_node import versions
from netrelay.cli.text import JSON_SCHEMA, table
from netrelay.core.printable import printable
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase, Row, Value

# The functions that guards and triggers of the tables call first.
_WRITERS = tuple(
    f"no such function: {function}" for function in ("only_netrelay_writes_here", "wake", "refuse")
)
_MISSING = ("no such table: ", "no such column: ")


def parser() -> CommandParser:
    """Return the argument parser."""
    made = CommandParser(
        "sql",
        "Ask the database. Nothing can be changed here, and nothing that runs is disturbed."
        "\nWithout a query: the views that are made for people, and their columns.",
        epilog='example: netrelay sql "SELECT name, cause, waits_for FROM queue"',
    )
    made.add_argument("query", metavar="QUERY", nargs="?", help="one SELECT; - reads it from stdin")
    form = made.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON object for each row")
    form.add_argument("--csv", action="store_true", help="comma-separated, with a heading")
    return made


def main(arguments: Sequence[str], home: Home) -> int:
    """Run one query and print its rows; blobs are shown in hex."""
    options = parser().read(arguments)
    query = sys.stdin.read() if options.query == "-" else options.query
    with reading(home) as database:
        if query is None:
            print("\n".join(_describe(database)))
            return Exit.OK
        try:
            names, rows = database.ask(query)
            if options.json:
                _print_json(names, rows)
            elif options.csv:
                writer = csv.writer(sys.stdout, lineterminator="\n")
                writer.writerow(names)
                writer.writerows([_plain(value) for value in row] for row in rows)
            else:
                cells = [[_cell(value) for value in row] for row in rows]
                if names:
                    print("\n".join(table(names, cells)))
        except apsw.Error as error:
            raise _explain(error, database) from error
    return Exit.OK


def _describe(database: ReadOnlyDatabase) -> list[str]:
    found = versions(database)
    lines = [f"views version {found.views}, database schema {found.schema}"]
    for name, columns in database.views_for_people():
        lines += ["", name, f"  {', '.join(columns)}"]
    return [
        *lines,
        "",
        "Tables and more: SELECT name, sql FROM sqlite_master. docs/sql.md explains.",
    ]


def _print_json(names: Sequence[str], rows: Iterable[Row]) -> None:
    for row in rows:
        fields = {name: _plain(value) for name, value in zip(names, row, strict=True)}
        print(json.dumps({"schema": JSON_SCHEMA, "kind": "row", "row": fields}))


def _plain(value: Value) -> str | int | float | None:
    return value.hex() if isinstance(value, bytes) else value


def _cell(value: Value) -> str:
    return "" if value is None else printable(str(_plain(value)))


def _explain(error: apsw.Error, database: ReadOnlyDatabase) -> CommandError:
    text = str(error)
    if isinstance(error, apsw.ReadOnlyError) or text.startswith(_WRITERS):
        return CommandError(
            Exit.NOT_PERMITTED, "the database is only read here: `netrelay` commands change a node"
        )
    if not isinstance(error, apsw.SQLError | apsw.BindingsError | apsw.ConstraintError):
        return CommandError(Exit.INPUT_OUTPUT, text)
    for beginning in _MISSING:
        if text.startswith(beginning):
            text += nearest(
                text.removeprefix(beginning).rpartition(".")[2], database.schema_names()
            )
    return CommandError(Exit.USAGE, f"{text} (`netrelay sql` shows what there is)")
