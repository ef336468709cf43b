"""The command line asks the database in netrelay/cli/queries alone, and writes through store.

A SQL statement outside it would repeat a condition that the queries and the indexes share.
"""

import ast
import re

import pytest

from netrelay.store.schema import sql_directory
from tests.house.source_tree import Module, modules_in, netrelay_modules, reaches

QUERIES = "netrelay.cli.queries"
# A statement begins a text; examples in a help text come after other words.
STATEMENT = re.compile(
    r"\s*(SELECT|WITH|INSERT INTO|INSERT OR|REPLACE INTO|UPDATE|DELETE FROM|PRAGMA|CREATE|DROP)\s"
)
# The methods of a connection that take SQL; `ask` runs what a person typed for `netrelay sql`.
METHODS = frozenset({"execute", "execute_many", "row", "rows", "value"})
# What is not finished: the index and the view that is read through it, spelled alike.
UNFINISHED = "parent = 0 AND (type IN (1, 3) OR type IN (6, 7)) AND state <> 'F'"


def sql_outside_queries(module: Module) -> list[str]:
    """Return the SQL statements and the calls of a connection in a module outside queries/."""
    if reaches(module.name, QUERIES):
        return []
    found = []
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if STATEMENT.match(node.value):
                found.append(f"{module.name}:{node.lineno} holds {node.value.split()[0]} ...")
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in METHODS
        ):
            found.append(f"{module.name}:{node.lineno} calls {node.func.attr}()")
    return found


@pytest.mark.parametrize("module", list(modules_in("cli")), ids=lambda module: module.name)
def test_the_command_line_asks_in_queries_alone(module: Module) -> None:
    assert sql_outside_queries(module) == []


@pytest.mark.parametrize(
    "source",
    [
        'QUERY = "SELECT name FROM peers"',
        'QUERY = """\n  SELECT name\n FROM peers"""',
        'QUERY = f"SELECT name FROM {table}"',
        'QUERY = "UPDATE peers SET via = ?"',
        'QUERY = "WITH RECURSIVE up (id) AS (SELECT 1) SELECT id FROM up"',
        "names = database.rows(NAMES)",
        "found = self.database.value(COUNT, (1,))",
        "with writing(home) as database:\n    database.execute(FORGET)",
    ],
)
def test_sql_outside_queries_is_caught(source: str) -> None:
    assert len(sql_outside_queries(Module("netrelay.cli.commands.top", source))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("netrelay.cli.queries.cases", 'NAMES = database.rows("SELECT name FROM peers")'),
        ("netrelay.cli.commands.sql", "EXAMPLE = 'example: netrelay sql \"SELECT job FROM jobs\"'"),
        ("netrelay.cli.commands.sql", "names, rows = database.ask(query)\nrows.sort()"),
        ("netrelay.cli.commands.show", 'HELP = "Update and select: WITHOUT words"'),
    ],
)
def test_queries_and_help_texts_pass(name: str, source: str) -> None:
    assert sql_outside_queries(Module(name, source)) == []


def test_what_is_unfinished_stands_once() -> None:
    scripts = {path.name: path.read_text() for path in sql_directory().glob("*.sql")}
    found = {name: script.count(UNFINISHED) for name, script in scripts.items()}
    assert {name: count for name, count in found.items() if count} == {
        "tables.sql": 1,
        "work.sql": 1,
    }
    part = "IN (6, 7)"
    assert [module.name for module in netrelay_modules() if part in module.source] == []


# The log tells people what happened; what a decision needs is a row of another table.
LOG_READ = re.compile(r"\b(FROM|JOIN)\s+logs\b")
LOG_READERS = {
    "netrelay.cli.queries.log_lines",
    "netrelay.cli.queries.overview",
    "netrelay.runtime.log",
}


def test_the_log_is_read_to_be_shown_and_by_no_view() -> None:
    scripts = [
        path.name for path in sql_directory().glob("*.sql") if LOG_READ.search(path.read_text())
    ]
    assert scripts == []
    modules = {module.name for module in netrelay_modules() if LOG_READ.search(module.source)}
    assert modules == LOG_READERS


@pytest.mark.parametrize("text", ["(SELECT text FROM logs WHERE id = 1)", "x LEFT JOIN\n  logs l"])
def test_a_query_of_the_log_is_caught(text: str) -> None:
    assert LOG_READ.search(text)
