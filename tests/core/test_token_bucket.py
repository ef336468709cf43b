"""The arithmetic of a limit: never more than the rate, nothing left unused, no busy loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.pace import frame_deadline_s
from netrelay.core.segments import CAPACITY_MAX_BYTES
from netrelay.core.token_bucket import (
    FASTEST_RATE_BYTES_PER_S,
    SLOWEST_RATE_BYTES_PER_S,
    TokenBucket,
)

rates = st.integers(SLOWEST_RATE_BYTES_PER_S, FASTEST_RATE_BYTES_PER_S)


@given(rates, st.lists(st.tuples(st.floats(0, 10), st.floats(0, 1)), max_size=60))
def test_never_more_than_the_rate(rate: int, turns: list[tuple[float, float]]) -> None:
    """Whenever it is asked, and however much of what it allows then goes."""
    bucket = TokenBucket(rate, 0.0)
    now_s, gone_bytes = 0.0, 0
    for pause_s, share in turns:
        now_s += pause_s
        count_bytes = int(bucket.allowed_bytes(now_s) * share)
        bucket.spend(count_bytes)
        gone_bytes += count_bytes
        most_bytes = rate * now_s + bucket.burst_bytes + bucket.piece_bytes
        assert gone_bytes <= most_bytes * (1 + 1e-9)


@given(rates)
def test_who_waits_until_it_is_due_gets_all_of_the_rate(rate: int) -> None:
    bucket = TokenBucket(rate, 0.0)
    now_s, gone_bytes, turns = 0.0, 0, 0
    while gone_bytes < 20 * (bucket.piece_bytes + bucket.burst_bytes):
        allowed_bytes = bucket.allowed_bytes(now_s)
        bucket.spend(allowed_bytes)
        gone_bytes += allowed_bytes
        now_s = max(now_s, bucket.due_s)
        turns += 1
    assert gone_bytes >= rate * now_s
    # The pieces are large enough that it wakes no more than twenty times a second.
    assert now_s >= (turns - 8) * 0.049


def test_what_is_small_goes_at_once_and_what_is_large_is_paid_off_after() -> None:
    bucket = TokenBucket(64 * 1024, 100.0)
    assert bucket.allowed_bytes(100.0) == 16384
    bucket.spend(300)
    assert bucket.allowed_bytes(100.0) == 16384
    assert bucket.due_s <= 100.0
    bucket.spend(16384 + 16384)
    assert bucket.allowed_bytes(100.0) == 0
    assert bucket.due_s == pytest.approx(100.25 + 300 / 65536)
    assert bucket.allowed_bytes(bucket.due_s + 1e-6) == 16384


def test_time_without_traffic_is_worth_a_quarter_of_a_second() -> None:
    bucket = TokenBucket(1 << 20, 0.0)
    bucket.allowed_bytes(3600.0)
    went_bytes = 0
    while allowed_bytes := bucket.allowed_bytes(3600.0):
        bucket.spend(allowed_bytes)
        went_bytes += allowed_bytes
    assert went_bytes <= (1 << 18) + bucket.piece_bytes


def test_a_clock_that_stands_still_gives_nothing() -> None:
    bucket = TokenBucket(4096, 50.0)
    bucket.spend(1 << 20)
    assert bucket.allowed_bytes(50.0) == bucket.allowed_bytes(49.0) == 0
    assert bucket.due_s > 300.0


def test_the_slowest_limit_keeps_the_deadline_of_the_largest_frame() -> None:
    assert frame_deadline_s(CAPACITY_MAX_BYTES) >= CAPACITY_MAX_BYTES / SLOWEST_RATE_BYTES_PER_S * 4
