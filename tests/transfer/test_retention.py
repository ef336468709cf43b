"""Retention: one batch a call, a minute between checks, and sent/ emptied after its days."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from netrelay.cli.main import main
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_node
from netrelay.store.database import Database
from netrelay.store.lock import WriteLock
from netrelay.store.node_clock import Clock
from netrelay.transfer.retention import Retention
from tests.store.foreign_program import foreign_program

DAY_S = 86_400.0


class Kept(NamedTuple):
    """A node with a clock that the test moves, and its retention."""

    node: Node
    retention: Retention
    offset_s: list[float]


@pytest.fixture
def kept(short_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(short_path / "run"))
    home = Home(short_path / "shelf")
    assert main(["init", "shelf", "--home", str(home.path)]) == 0
    node = open_node("exporter", home)
    offset_s = [1_000.0]
    node.database.close()
    lock = WriteLock(home.runtime / "database.lock", "exporter")
    clock = Clock(lambda: offset_s[0], "boot", lambda: offset_s[0])
    database = Database(home.database, "exporter", lock, clock)
    config = node.config._replace(keep_sent_days=2, history_days=5, history_rows=1_000)
    config = config._replace(former_jobs=600)
    node = node._replace(database=database, config=config)
    yield Kept(node, Retention(node), offset_s)
    database.close()


def sent(kept: Kept, name: bytes, is_tree: bool = False) -> Path:
    """Put a file into sent/, with the row of a delivery at the present time."""
    path = kept.node.home.sent / "boat" / os.fsdecode(name)
    path.parent.mkdir(exist_ok=True)
    if is_tree:
        path.mkdir()
        (path / "leaf").write_bytes(b"leaf")
    else:
        path.write_bytes(b"content")
    with kept.node.database.transaction():
        kept.node.database.execute(
            "INSERT INTO files (source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
            " path, unix_s, closed, kept, kept_s) VALUES ('a', 'b', x'00', ?, 'n', 0, 0, x'00', 0,"
            " 1, ?, clock())",
            (kept.node.database.value("SELECT count(*) FROM files"), b"sent/boat/" + name),
        )
    return path


def test_sent_files_are_deleted_after_their_days_with_power(kept: Kept) -> None:
    old, tree = sent(kept, b"\xff\n"), sent(kept, b"tree", is_tree=True)
    kept.offset_s[0] += 1.5 * DAY_S
    young = sent(kept, b"young")
    assert kept.retention.advance() == 60.0
    assert old.exists()
    kept.offset_s[0] += DAY_S
    kept.retention.advance()
    assert [path.exists() for path in (old, tree, young)] == [False, False, True]
    assert kept.node.database.value("SELECT count(*) FROM files WHERE kept IS NULL") == 2


def test_without_a_limit_they_are_kept(kept: Kept) -> None:
    path = sent(kept, b"a")
    retention = Retention(kept.node._replace(config=kept.node.config._replace(keep_sent_days=0)))
    kept.offset_s[0] += 9_999 * DAY_S
    retention.advance()
    assert path.exists()


def test_a_failed_removal_is_repeated(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    path = sent(kept, b"a")
    kept.offset_s[0] += 3 * DAY_S

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "unlink", refuse)
    kept.retention.advance()
    monkeypatch.undo()
    assert path.exists()
    kept.offset_s[0] += 61
    kept.retention.advance()
    assert not path.exists()


def test_surplus_rows_are_deleted_down_to_the_limit(kept: Kept) -> None:
    with kept.node.database.transaction():
        for sequence in range(1_500):
            kept.node.database.execute(
                "INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor,"
                " hash, found) VALUES (1, 'far', (SELECT node FROM selfinfo), x'00', ?, 'arrived',"
                " 'processor_r', x'00', x'01')",
                (sequence,),
            )
    assert kept.retention.advance() == 0.0
    calls = 1
    while kept.retention.advance() == 0.0:
        calls += 1
    assert calls > 3
    assert kept.node.database.value("SELECT count(*) FROM messages") == 1_000
    assert kept.node.database.value("SELECT min(sequence) FROM messages WHERE id > 0") == 501
    # What arrived damaged was no job.
    assert kept.node.database.value("SELECT count(*) FROM former_jobs") == 0
    # Nothing is due before the next check.
    assert 0 < kept.retention.advance() <= 60.0


def test_what_a_peer_was_refused_goes_a_week_after_the_last_time(kept: Kept) -> None:
    database = kept.node.database
    with database.transaction():
        database.execute("INSERT INTO peers (node, name, pin) VALUES ('far', 'far', zeroblob(32))")
    for subject in ("a", "b"):
        with database.transaction():
            database.execute(
                "INSERT INTO refusal_reports VALUES ('far', 6, 'carry', ?, 1, 'why')", (subject,)
            )
        kept.offset_s[0] += 4 * DAY_S
    kept.retention.advance()
    assert database.rows("SELECT subject FROM refusals_given") == [("b",)]


def test_a_log_that_a_reader_made_large_is_cut_within_a_minute(kept: Kept) -> None:
    database = kept.node.database
    log = database.path.with_name(f"{database.path.name}-wal")
    with foreign_program(database.path, "BEGIN", "SELECT * FROM selfinfo"):
        for number in range(16):
            with database.transaction():
                database.execute(
                    "INSERT INTO keys VALUES (?, x'', x'', x'', zeroblob(1048576), 0)", (number,)
                )
        assert kept.retention.advance() == 60.0
        assert log.stat().st_size > 16 << 20
    kept.offset_s[0] += 60.0
    assert kept.retention.advance() == 60.0
    assert log.stat().st_size == 0


def test_former_jobs_are_bounded_by_number_and_by_days(kept: Kept) -> None:
    with kept.node.database.transaction():
        kept.node.database.execute_many(
            "INSERT INTO pruned_jobs VALUES (?, 'a', 'out', 'far', 0, 'F', clock())",
            ((job,) for job in range(1, 1_301)),
        )
    while kept.retention.advance() == 0.0:
        pass
    (row,) = kept.node.database.rows("SELECT count(*), min(job), max(job) FROM former_jobs")
    assert row == (600, 701, 1_300)
    kept.offset_s[0] += 5 * DAY_S + 1
    while kept.retention.advance() == 0.0:
        pass
    assert kept.node.database.value("SELECT count(*) FROM former_jobs") == 0
