"""The counters page: one writer per process, any reader, kept over a restart."""

import os
import stat
from pathlib import Path

import pytest

from netrelay.core.words import PROCESSES
from netrelay.ring.counters import COUNTER_NAMES, GAUGE_NAMES, CounterPage
from netrelay.ring.layout import COUNTERS_A_PROCESS


def test_a_reader_sees_counters_by_process_and_name(directory: Path) -> None:
    writer = CounterPage.open(directory).writer("sender")
    reader = CounterPage.open_for_reading(directory)
    writer.add("messages_out")
    writer.add("wire_bytes_out", 5 << 40)
    writer.set("connections_open", 3)
    snapshot = reader.snapshot()
    assert snapshot["sender"]["messages_out"] == 1
    assert snapshot["sender"]["wire_bytes_out"] == 5 << 40
    assert snapshot["sender"]["connections_open"] == 3
    del snapshot["sender"]
    assert {value for counts in snapshot.values() for value in counts.values()} == {0}


def test_every_process_and_name_has_its_own_place(directory: Path) -> None:
    page = CounterPage.open(directory)
    expected: dict[str, dict[str, int]] = {}
    for process in PROCESSES:
        writer = page.writer(process)
        expected[process] = {name: len(expected) * 1000 + i for i, name in enumerate(COUNTER_NAMES)}
        for name, value in expected[process].items():
            writer.set(name, value)
    assert CounterPage.open(directory).snapshot() == expected


def test_a_restart_keeps_counters_and_resets_gauges(directory: Path) -> None:
    writer = CounterPage.open(directory).writer("sender")
    writer.add("messages_out", 7)
    for name in GAUGE_NAMES:
        writer.set(name, 5)
    CounterPage.open(directory).writer("sender")
    counts = CounterPage.open_for_reading(directory).snapshot()["sender"]
    assert counts["messages_out"] == 7
    assert counts["starts"] == 2
    assert all(counts[name] == 0 for name in GAUGE_NAMES)


def test_names_are_unique_and_fit_and_include_the_gauges() -> None:
    assert len(set(COUNTER_NAMES)) == len(COUNTER_NAMES) <= COUNTERS_A_PROCESS
    assert set(COUNTER_NAMES) >= GAUGE_NAMES


def test_unknown_names_and_values_below_zero_are_refused(directory: Path) -> None:
    page = CounterPage.open(directory)
    writer = page.writer("sender")
    with pytest.raises(ValueError, match="counter mesages_out: must be one of"):
        writer.add("mesages_out")
    with pytest.raises(ValueError, match="process postman: must be one of"):
        page.writer("postman")
    with pytest.raises(ValueError):
        writer.add("connections_open", -1)
    assert page.snapshot()["sender"]["connections_open"] == 0


def test_a_page_opened_for_reading_cannot_be_written(directory: Path) -> None:
    CounterPage.open(directory)
    with pytest.raises(TypeError):
        CounterPage.open_for_reading(directory).writer("sender")


def test_a_missing_page_and_another_file_raise_different_errors(directory: Path) -> None:
    with pytest.raises(FileNotFoundError):
        CounterPage.open_for_reading(directory)
    (directory / "counters").write_bytes(b"x")
    for opener in (CounterPage.open, CounterPage.open_for_reading):
        with pytest.raises(ValueError, match="1 bytes, must be 4096"):
            opener(directory)


def test_only_its_group_may_read_the_page_whatever_the_umask_is(directory: Path) -> None:
    before = os.umask(0o077)
    try:
        CounterPage.open(directory)
    finally:
        os.umask(before)
    assert stat.S_IMODE((directory / "counters").stat().st_mode) == 0o640
