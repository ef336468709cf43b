"""The first process of a home is told from those that come while it is there."""

import os
import threading
from pathlib import Path

import pytest

from netrelay.runtime.presence import enter


def test_only_the_first_is_first(tmp_path: Path) -> None:
    first: list[str] = []
    present = [enter(tmp_path, lambda word=word: first.append(word)) for word in "abc"]  # type: ignore[misc]
    assert first == ["a"]
    os.close(present[0])
    os.close(enter(tmp_path, lambda: first.append("d")))
    assert first == ["a"], "two of the three are still there"
    for descriptor in present[1:]:
        os.close(descriptor)
    os.close(enter(tmp_path, lambda: first.append("e")))
    assert first == ["a", "e"]


def test_the_others_wait_until_the_first_is_done(tmp_path: Path) -> None:
    order: list[str] = []

    def second() -> None:
        os.close(enter(tmp_path, lambda: order.append("never")))
        order.append("second")

    thread = threading.Thread(target=second)

    def first() -> None:
        thread.start()
        # It has no way to tell us that it waits: it must not be through while we are at it.
        thread.join(0.05)
        order.append("first")

    held = enter(tmp_path, first)
    thread.join()
    os.close(held)
    assert order == ["first", "second"]


def test_who_fails_is_not_there(tmp_path: Path) -> None:
    def fail() -> None:
        raise RuntimeError

    with pytest.raises(RuntimeError):
        enter(tmp_path, fail)
    first: list[str] = []
    os.close(enter(tmp_path, lambda: first.append("next")))
    assert first == ["next"]
