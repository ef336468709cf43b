"""Words about estimates."""

import time

import pytest

from netrelay.cli.wording.estimate_words import when_words


@pytest.mark.parametrize(
    ("earliest_s", "latest_s", "words"),
    [
        (10.5, 80.5, "there in 20 s (between 10 s and 80 s)"),
        (20.1, 20.3, "there in 20 s"),
        (10.5, None, "there in 20 s (between 10 s and more than 366 d)"),
    ],
)
def test_a_range_is_said_where_it_is_one(
    monkeypatch: pytest.MonkeyPatch, earliest_s: float, latest_s: float | None, words: str
) -> None:
    now_s = 1_796_000_000.0
    monkeypatch.setattr(time, "time", lambda: now_s)
    latest_unix_s = None if latest_s is None else now_s + latest_s
    assert when_words(now_s + earliest_s, now_s + 20.5, latest_unix_s) == words
