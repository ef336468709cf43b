"""The table of docs/architecture.md with the mission's words names what exists."""

import re

import apsw
import pytest

from netrelay.core.words import MessageType
from netrelay.store.schema import sql_directory
from tests.house.source_tree import CHECKOUT

_HEADING = "## The words of the mission"
_SQL_NAME = re.compile(r"`([a-z_]+)(?:\.([a-z_]+))?`")
# Code spans that are no names in SQL.
_OTHERS = {"post_receive", "on_alarm"}
# The words of the task, which the first column has to have.
_FIXED = [
    "hash table of address",
    "descriptor",
    "serial number",
    "parent id",
    "user program",
    *(f"N-{number}" for number in range(5)),
    *(f"S-{number}" for number in range(1, 6)),
    "types 1, 2, 3, 4, 5, 6",
]


def rows() -> list[list[str]]:
    text = (CHECKOUT / "docs" / "architecture.md").read_text(encoding="utf-8")
    section = text.split(_HEADING)[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")][1:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def schema() -> apsw.Connection:
    connection = apsw.Connection(":memory:")
    for name in ("clock", "wake", "only_netrelay_writes_here"):
        connection.create_scalar_function(name, lambda *_: 0)
    for name in ("tables.sql", "views.sql"):
        connection.execute((sql_directory() / name).read_text(encoding="utf-8"))
    return connection


def states() -> set[str]:
    text = (sql_directory() / "transitions.txt").read_text(encoding="utf-8")
    return set(re.findall(r"\b(?:N-\d|S-\dW?)(?!\w)", text)) | {"D", "F", "N-0"}


@pytest.mark.parametrize("word", _FIXED)
def test_a_word_of_the_mission_has_its_row(word: str) -> None:
    assert any(word in row[0] for row in rows())


def test_each_table_and_column_exists() -> None:
    named = {
        match.groups()
        for row in rows()
        for match in _SQL_NAME.finditer(row[1])
        if match[1] not in _OTHERS
    }
    assert {table for table, _ in named} >= {"messages", "sysinfo", "selfinfo", "connections"}
    assert named >= {("connections", "handle"), ("connections", "address")}
    connection = schema()
    for table, column in named:
        columns = [str(row[1]) for row in connection.execute(f"PRAGMA table_info({table})")]
        assert columns, table
        assert column is None or column in columns, f"{table}.{column}"


def test_each_state_exists() -> None:
    same = [row for row in rows() if row[1].startswith("the same states")]
    cells = " ".join([*(row[0] for row in same), *(row[1] for row in rows())])
    named = set(re.findall(r"\b[NS]-\d\w?", cells)) - {"S-3"}
    assert named <= states()
    assert named >= {"N-1", "N-2", "N-3", "N-4", "S-1", "S-2", "S-2W", "S-4", "S-4W", "S-5"}
    assert "S-3" not in states()


def test_each_type_has_its_number() -> None:
    (row,) = (row for row in rows() if row[0].startswith("types 1"))
    names = [MessageType(number).name.lower().replace("_", " ") for number in range(1, 7)]
    assert row[1].split(", ") == names
