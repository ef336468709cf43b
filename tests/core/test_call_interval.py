"""Intervals of calls as people write them."""

import pytest

from netrelay.core.call_interval import read_interval_s


@pytest.mark.parametrize(
    ("text", "interval_s"),
    [
        ("", None),
        ("60s", 60),
        ("1min", 60),
        ("15min", 900),
        ("15 min", 900),
        ("6h", 21_600),
        ("7d", 604_800),
    ],
)
def test_an_interval_is_read(text: str, interval_s: int | None) -> None:
    assert read_interval_s(text) == interval_s


@pytest.mark.parametrize(
    "text",
    [
        "59s",
        "0min",
        "8d",
        "15",
        "15m",
        "15 minutes",
        "1.5h",
        "-1h",
        "1h9min",
        " 1h",
        "\u0661h",
        900,
    ],
)
def test_anything_else_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"is no interval from 1min to 7d"):
        read_interval_s(text)
