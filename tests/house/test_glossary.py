"""docs/glossary.md has every state, type, table and process."""

import re

import pytest

from netrelay.core.words import PROCESSES
from netrelay.store.schema import sql_directory
from tests.house.source_tree import CHECKOUT

GLOSSARY = (CHECKOUT / "docs" / "glossary.md").read_text(encoding="utf-8")


def first_cells() -> str:
    """The terms: the first cell of each row."""
    return "\n".join(re.findall(r"^\| ([^|]+) \|", GLOSSARY, re.MULTILINE))


def tables() -> list[str]:
    """The tables of a node."""
    text = (sql_directory() / "tables.sql").read_text(encoding="utf-8")
    return re.findall(r"^CREATE TABLE (\w+)", text, re.MULTILINE)


def states() -> list[str]:
    """The states of the machine."""
    text = (sql_directory() / "transitions.txt").read_text(encoding="utf-8")
    return sorted(set(re.findall(r"\b(?:N-\d|S-\dW?)(?!\w)", text)) | {"D", "F"})


@pytest.mark.parametrize("table", tables())
def test_a_table_is_in_it(table: str) -> None:
    assert f"`{table}`" in first_cells()


@pytest.mark.parametrize("state", states())
def test_a_state_is_in_it(state: str) -> None:
    assert re.search(rf"(^|, ){state}($|, )", first_cells(), re.MULTILINE)


@pytest.mark.parametrize("number", range(1, 8))
def test_a_type_is_in_it(number: int) -> None:
    assert f"(type {number})" in first_cells()


def test_the_eight_processes_are_in_it() -> None:
    assert all(process in GLOSSARY for process in PROCESSES)


def test_no_term_is_in_it_twice() -> None:
    terms = [term for cell in first_cells().splitlines() for term in cell.split(", ")]
    headings = {"term", "state", "table"}
    assert sorted({t for t in terms if terms.count(t) > 1} - headings) == []
