"""`netrelay sql`: tables, JSON and CSV, and queries that are refused."""

import json

import pytest

from tests.cli.command_line import CommandLine, Place
from tests.cli.walks import MIB, walks


@pytest.fixture
def shelf(homes: Place) -> CommandLine:
    line = homes.pair()[0]
    with walks(line) as node:
        node.claim("boat", "film\x1b[2J.mkv", 3 * MIB)
    return line


def test_a_table_a_json_line_and_a_csv_line(shelf: CommandLine) -> None:
    query = "SELECT name, size_bytes, NULL AS empty, x'ff' AS blob FROM queue"
    heading, row = shelf.good("sql", query).splitlines()
    assert heading.split() == ["name", "size_bytes", "empty", "blob"]
    assert row.split() == ["film\\x1b[2J.mkv", str(3 * MIB), "ff"]
    found = json.loads(shelf.good("sql", query, "--json"))
    assert (found["schema"], found["kind"]) == (1, "row")
    assert found["row"] == {
        "name": "film\x1b[2J.mkv",
        "size_bytes": 3 * MIB,
        "empty": None,
        "blob": "ff",
    }
    assert shelf.good("sql", "SELECT 1 AS a, 'x,y' AS b", "--csv") == 'a,b\n1,"x,y"\n'


def test_no_row_is_a_heading_alone(shelf: CommandLine) -> None:
    assert shelf.good("sql", "SELECT name FROM deliveries") == "name\n"
    assert shelf.good("sql", "SELECT name FROM deliveries", "--json") == ""


def test_without_a_query_it_says_what_there_is(shelf: CommandLine) -> None:
    out = shelf.good("sql")
    assert out.startswith("views version 1, database schema ")
    for words in ("\nqueue\n  job, kind, ", "\nstuck\n", "\npeer_overview\n", "docs/sql.md"):
        assert words in out
    assert "work_send" not in out


def test_the_processes_views_can_be_asked_too(shelf: CommandLine) -> None:
    assert "boat" in shelf.good("sql", "SELECT name FROM work_initial_sender, next_due")


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("SELECT * FROM qeue", 64, "did you mean queue?"),
        ("SELECT nam FROM queue", 64, "did you mean name?"),
        ("SELEKT 1", 64, 'near "SELEKT": syntax error'),
        ("SELECT 1; SELECT 2, 3", 64, "one at a time"),
        ("SELECT ?", 64, "netrelay sql"),
        ("DELETE FROM logs", 77, "only read here"),
        ("PRAGMA user_version = 9", 77, "only read here"),
        ("UPDATE peers SET via = NULL", 77, "only read here"),
        ("PRAGMA query_only = 0; DELETE FROM logs", 77, "only read here"),
    ],
)
def test_what_cannot_be_asked(shelf: CommandLine, query: str, code: int, words: str) -> None:
    found, line = shelf.bad("sql", query)
    assert (found, words in line) == (code, True), line
