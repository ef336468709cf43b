"""Figures as people read them."""

import pytest

from netrelay.cli.text import counted


@pytest.mark.parametrize(
    ("count", "noun", "shown"),
    [
        (1, "hello reply", "1 hello reply"),
        (3, "hello reply", "3 hello replies"),
        (5, "way", "5 ways"),
        (0, "file", "0 files"),
        (2, "file", "2 files"),
    ],
)
def test_nouns_follow_their_number(count: int, noun: str, shown: str) -> None:
    assert counted(count, noun) == shown
