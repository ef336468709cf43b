"""What a process writes, by cause, in its counters."""

from pathlib import Path

import pytest

from netrelay.core.words import PROCESSES
from netrelay.ring.counters import CounterPage
from netrelay.runtime import storage_counts
from netrelay.runtime.storage_counts import StorageCounts, with_device, written_by_node


class _Counts:
    """What the kernel says of a process, its transactions and its log."""

    written_bytes = 0


def test_each_cause_grows_by_its_own_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database, log, process = _Counts(), _Counts(), _Counts()
    monkeypatch.setattr(storage_counts, "process_written_bytes", lambda: process.written_bytes)
    page = CounterPage.open(tmp_path)
    counts = StorageCounts(
        database,  # type: ignore[arg-type]
        log,  # type: ignore[arg-type]
        page.writer("exporter"),
    )
    for process_bytes, database_bytes, log_bytes in ((100, 60, 10), (100, 60, 10), (150, 80, 20)):
        process.written_bytes = process_bytes
        database.written_bytes = database_bytes
        log.written_bytes = log_bytes
        counts.note()
    # A process that starts again adds to what the page has.
    again = StorageCounts(database, log, page.writer("exporter"))  # type: ignore[arg-type]
    again.note()
    found = written_by_node(page.snapshot())
    assert found == {"database": 120, "log": 40, "files": 140}
    assert with_device(found, 900) == (900, 120, 40, 140)
    assert set(page.snapshot()) == set(PROCESSES)
