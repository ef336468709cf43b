"""Presence: the first running process of a home is detected."""

import os
import threading
from pathlib import Path

import pytest

from netrelay.runtime.presence import mark_running


def test_only_the_first_calls_first(tmp_path: Path) -> None:
    first: list[str] = []
    present = [mark_running(tmp_path, lambda name=name: first.append(name)) for name in "abc"]  # type: ignore[misc]
    assert first == ["a"]
    os.close(present[0])
    os.close(mark_running(tmp_path, lambda: first.append("d")))
    assert first == ["a"], "two of the three still run"
    for descriptor in present[1:]:
        os.close(descriptor)
    os.close(mark_running(tmp_path, lambda: first.append("e")))
    assert first == ["a", "e"]


def test_the_others_wait_until_the_first_is_done(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        os.close(mark_running(tmp_path, lambda: order.append("never")))
        order.append("second")

    thread = threading.Thread(target=second)

    def first() -> None:
        thread.start()
        # A blocked thread is not observable: it must not have returned before `first` does.
        thread.join(0.05)
        order.append("first")

    held = mark_running(tmp_path, first)
    thread.join()
    os.close(held)
    assert order == ["first", "second"]


def test_a_process_whose_first_raises_is_not_running(tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        mark_running(tmp_path, fail)
    first: list[str] = []
    os.close(mark_running(tmp_path, lambda: first.append("next")))
    assert first == ["next"]
