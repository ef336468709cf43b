"""The files of the room `sql`, from which a database is created."""

from pathlib import Path

import pytest

from netrelay.core.header import PRIORITY_DEFAULT, PRIORITY_MAX
from netrelay.store import schema


def test_the_room_is_found_in_a_checkout() -> None:
    assert {"tables.sql", "engine.sql", "work.sql", "transitions.txt"} <= {
        path.name for path in schema.sql_directory().iterdir()
    }


def test_the_priorities_of_the_tables_are_those_of_the_header() -> None:
    columns = [
        line.split("--")[0].split()
        for line in schema.tables_script().splitlines()
        if line.startswith("  priority ")
    ]
    allowed = ["CHECK", "(priority", "BETWEEN", "0", "AND", f"{PRIORITY_MAX}),"]
    assert [words[-6:] for words in columns] == [allowed, allowed]
    assert ["DEFAULT", str(PRIORITY_DEFAULT)] == columns[1][4:6]


def test_each_type_of_a_row_is_a_transition() -> None:
    rows = schema.transitions()
    handed = [row for row in rows if row.from_state == "S-4" and row.event == "handed"]
    assert [row.type for row in handed] == [1, 2, 3, 7]
    assert {(row.to_state, row.effect, row.actor) for row in handed} == {
        ("S-4W", None, "processor_s")
    }
    assert len({(row.from_state, row.event, row.type, row.actor) for row in rows}) == len(rows)


@pytest.mark.parametrize(
    "line", ["S-4 handed 1237 S-4W - processor_s", "S-4 handed 8 S-4W - processor_s why", "S-4"]
)
def test_a_malformed_row_is_named_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    (tmp_path / "transitions.txt").write_text(f"# comment\n\n{line}\n")
    monkeypatch.setattr(schema, "sql_directory", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"txt line 3: .*(is not from, event|are no types)"):
        schema.transitions()


@pytest.mark.parametrize("line", ["seen netrelay netrelay somebody why", "seen netrelay", "x"])
def test_what_is_no_guard_is_named_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    (tmp_path / "guards.txt").write_text(f"# comment\n{line}\n")
    monkeypatch.setattr(schema, "sql_directory", lambda: tmp_path)
    with pytest.raises(ValueError, match=r"guards.txt line 2: .*(is not table|allowed: netrelay)"):
        schema.guards()
