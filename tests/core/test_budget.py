"""Budgets as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.budget import (
    Budget,
    read_budget,
    trickle_bytes,
    wire_estimate_bytes,
    with_reserve,
)
from netrelay.core.calendar import Period

MIB = 1 << 20


@pytest.mark.parametrize(
    ("text", "limit_bytes", "period"),
    [
        ("500M/month", 500 * MIB, Period.MONTH),
        ("1.5GiB/week", 1536 * MIB, Period.WEEK),
        ("1M/day", MIB, Period.DAY),
    ],
)
def test_a_budget_is_a_size_and_a_period(text: str, limit_bytes: int, period: Period) -> None:
    assert read_budget(text) == Budget(limit_bytes, period, 0)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("500M", "'500M' is no budget; allowed: a size of 1M or more and a period"),
        ("0/month", "a budget of 0 is not allowed: 1M to 1048576T; `netrelay pause` sends nothing"),
        ("1023K/day", "a budget of 1023K is not allowed"),
        ("9999999T/day", "a budget of 9999999T is not allowed"),
        ("500M/year", "'year' in '500M/year' is no period; allowed: day, week, month"),
        ("lots/day", "'lots' is no size"),
        ("-5M/day", "'-5M' is no size"),
    ],
)
def test_what_is_no_budget_is_named_with_what_is_allowed(text: str, named: str) -> None:
    with pytest.raises(ValueError, match=r".*") as error:
        read_budget(text)
    assert str(error.value).startswith(named)


def test_a_reserve_leaves_something_for_other_data() -> None:
    budget = read_budget("100M/week")
    most_bytes = 99 * MIB - 1
    assert with_reserve(budget, most_bytes).reserve_bytes == most_bytes
    with pytest.raises(ValueError, match=r"a reserve of 99 MiB leaves nothing of 100 MiB"):
        with_reserve(budget, most_bytes + 1)


@given(st.integers(0, 16 << 20))
def test_the_estimate_covers_records_segments_and_their_answers(frame_bytes: int) -> None:
    records = -(-frame_bytes // 16384) or 1
    crossed = frame_bytes + 22 * records
    segments = -(-crossed // 1220)
    assert wire_estimate_bytes(frame_bytes) >= crossed + 80 * segments + 80 * -(-segments // 2)
    assert trickle_bytes(100 * frame_bytes) == frame_bytes


def test_a_period_may_be_written_large() -> None:
    assert read_budget("500M/Month") == read_budget("500M/month")
