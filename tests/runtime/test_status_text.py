"""The status line of a process."""

from pathlib import Path

import pytest

from netrelay.core.words import PROCESSES
from netrelay.ring.counters import CounterPage
from netrelay.runtime.status_text import status_text


@pytest.mark.parametrize("process", PROCESSES)
def test_a_status_is_one_line_or_empty(process: str, tmp_path: Path) -> None:
    text = status_text(process, CounterPage.open(tmp_path).writer(process))
    assert "\n" not in text
    assert "{" not in text


def test_it_follows_the_counter(tmp_path: Path) -> None:
    counters = CounterPage.open(tmp_path).writer("receiver")
    counters.set("connections_open", 1234)
    assert status_text("receiver", counters) == "1,234 connections from others"
