"""A migration that fails at any statement leaves the database unchanged, or migrated."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import apsw
import pytest

from netrelay.store import migration
from netrelay.store.migration import apply_migrations
from tests.store.database_dump import dump
from tests.store.next_schema import NextSchema
from tests.store.node import THERE, OpenNode

# So small that pages of an open transaction are written to the WAL before its end.
_CACHE_PAGES = 10
# The statements that fail, of 300: every ninth, and each one that checks, sets the version or
# commits.
_STRIDE, _LAST = 9, 8


class FaultError(Exception):
    """The error that a test raises in the middle of a migration."""


class Older(NamedTuple):
    """A closed database of the present netrelay, in whose process the next one is installed."""

    path: Path
    schema: NextSchema
    content: list[str]


@pytest.fixture
def older(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Older]:
    """A node with a job that waits and a manifest body."""
    node = OpenNode(tmp_path)
    node.know(THERE)
    node.write("INSERT INTO bodies VALUES (?, x'010203')", node.add_job(5))
    node.close()
    path = tmp_path / "netrelay.db"
    older = Older(path, NextSchema(tmp_path / "sql"), dump(path))
    older.schema.install(monkeypatch)
    yield older


def trace_statements(monkeypatch: pytest.MonkeyPatch, at: Callable[[int, str], None]) -> None:
    """Call `at` with the number and the text of each statement, before it is executed."""
    real = migration._opened

    def opened(path: Path) -> apsw.Connection:
        connection = real(path)
        connection.execute(f"PRAGMA cache_size = {_CACHE_PAGES}")
        count = 0

        def trace(_cursor: apsw.Cursor, statement: str, _values: object) -> bool:
            nonlocal count
            count += 1
            at(count, statement)
            return True

        connection.exec_trace = trace
        return connection

    monkeypatch.setattr(migration, "_opened", opened)


def copied(path: Path, folder: Path) -> Path:
    """Copy the files of an open database: exactly what a killed process leaves."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in (path.name, f"{path.name}-wal"):
        if path.with_name(name).exists():
            shutil.copy(path.with_name(name), folder)
    return folder / path.name


def test_a_process_killed_before_any_statement_leaves_the_database_unchanged(
    older: Older, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: list[str] = []
    last_left = b""
    most_wal_bytes = 0

    def look(_number: int, statement: str) -> None:
        nonlocal last_left, most_wal_bytes
        texts.append(statement)
        log = older.path.with_name(f"{older.path.name}-wal")
        written = log.read_bytes() if log.exists() else b""
        most_wal_bytes = max(most_wal_bytes, len(written))
        written += older.path.read_bytes()
        if written != last_left:
            last_left = written
            assert dump(copied(older.path, tmp_path / "left")) == older.content, statement

    trace_statements(monkeypatch, look)
    apply_migrations(older.path)
    assert texts[-1] == "COMMIT"
    assert len(texts) > 200
    assert most_wal_bytes > 100_000, "no page of the open transaction was in the WAL"
    left = copied(older.path, tmp_path / "left")
    assert dump(left) == dump(older.path) != older.content


def test_an_error_at_a_statement_changes_nothing(
    older: Older, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing = last = 0

    def fail(number: int, statement: str) -> None:
        nonlocal last
        last = number
        if number == failing:
            raise FaultError(statement)

    trace_statements(monkeypatch, fail)
    measured = copied(older.path, tmp_path / "measured")
    apply_migrations(measured)
    for number in {*range(1, last, _STRIDE), *range(last - _LAST, last + 1)}:
        failing = number
        with pytest.raises(FaultError):
            apply_migrations(older.path)
        connection = sqlite3.connect(older.path)
        assert connection.execute("PRAGMA user_version").fetchone() == (older.schema.present,)
        connection.close()
    assert dump(older.path) == older.content
    failing = 0
    apply_migrations(older.path)
    assert dump(older.path) == dump(measured)
