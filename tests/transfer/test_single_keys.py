"""Keys for singles: one for each destination, replaced after a time, a count, and when unknown."""

import os

import pytest

from netrelay.transfer import single_keys
from netrelay.transfer.single_keys import SingleKey, SingleKeys


def drawn() -> SingleKey:
    return SingleKey(os.urandom(8), os.urandom(32))


def test_there_is_no_key_before_use() -> None:
    keys = SingleKeys()
    assert keys.current("a", 0.0) is None
    key = drawn()
    assert keys.current("a", 0.0) is None
    keys.use("a", key, 0.0)
    assert keys.current("a", 1.0) == keys.current("a", 2.0) == key
    assert keys.current("b", 1.0) is None


def test_a_key_is_used_for_a_day() -> None:
    keys = SingleKeys()
    keys.use("a", drawn(), 100.0)
    assert keys.current("a", 100.0 + 86_400) is not None
    assert keys.current("a", 101.0 + 86_400) is None


def test_a_key_is_used_for_a_number_of_singles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_keys, "_MOST_SINGLES", 3)
    keys = SingleKeys()
    for _ in range(2):
        keys.use("a", drawn(), 0.0)
        assert [keys.current("a", 0.0) is None for _ in range(5)] == [False] * 3 + [True] * 2


def test_a_forgotten_key_is_not_used_again() -> None:
    keys = SingleKeys()
    keys.use("a", drawn(), 0.0)
    keys.use("b", drawn(), 0.0)
    keys.forget("a")
    keys.forget("never had one")
    assert keys.current("a", 0.0) is None
    assert keys.current("b", 0.0) is not None


def test_a_key_of_an_earlier_run_goes_on_until_its_day_is_over_and_for_ten_runs() -> None:
    keys = SingleKeys()
    key = drawn()
    keys.go_on("a", key, born_s=100.0, starts=9)
    assert keys.current("a", 100.0 + 86_400) == key
    assert keys.current("a", 101.0 + 86_400) is None
    keys = SingleKeys()
    keys.go_on("a", key, born_s=100.0, starts=10)
    assert keys.current("a", 100.0) is None
