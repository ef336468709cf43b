"""Keys for singles: one for each destination, replaced after a time, a count, and when unknown."""

import pytest

from netrelay.transfer import single_keys
from netrelay.transfer.single_keys import SingleKeys


def test_there_is_no_key_before_use() -> None:
    keys = SingleKeys()
    assert keys.current("a", 0.0) is None
    key = keys.draw()
    assert keys.current("a", 0.0) is None
    keys.use("a", key, 0.0)
    assert keys.current("a", 1.0) == keys.current("a", 2.0) == key
    assert keys.current("b", 1.0) is None


def test_a_key_is_used_for_a_day() -> None:
    keys = SingleKeys()
    keys.use("a", keys.draw(), 100.0)
    assert keys.current("a", 100.0 + 86_400) is not None
    assert keys.current("a", 101.0 + 86_400) is None


def test_a_key_is_used_for_a_number_of_singles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(single_keys, "_MOST_SINGLES", 3)
    keys = SingleKeys()
    for _ in range(2):
        keys.use("a", keys.draw(), 0.0)
        assert [keys.current("a", 0.0) is None for _ in range(5)] == [False] * 3 + [True] * 2


def test_a_forgotten_key_is_not_used_again() -> None:
    keys = SingleKeys()
    keys.use("a", keys.draw(), 0.0)
    keys.use("b", keys.draw(), 0.0)
    keys.forget("a")
    keys.forget("never had one")
    assert keys.current("a", 0.0) is None
    assert keys.current("b", 0.0) is not None


def test_keys_are_random() -> None:
    drawn = [SingleKeys.draw() for _ in range(100)]
    assert len({key.key_id for key in drawn}) == len({key.content_key for key in drawn}) == 100
    assert {(len(key.key_id), len(key.content_key)) for key in drawn} == {(8, 32)}
