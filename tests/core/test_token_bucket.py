"""The token bucket: the rate is never exceeded, fully usable, and never a busy loop."""

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
def test_the_rate_is_never_exceeded(rate: int, turns: list[tuple[float, float]]) -> None:
    """At any times, and for any part of the allowance that is sent."""
    bucket = TokenBucket(rate, 0.0)
    now_s, sent_bytes = 0.0, 0
    for pause_s, share in turns:
        now_s += pause_s
        count_bytes = int(bucket.allowed_bytes(now_s) * share)
        bucket.spend(count_bytes)
        sent_bytes += count_bytes
        most_bytes = rate * now_s + bucket.burst_bytes + bucket.piece_bytes
        assert sent_bytes <= most_bytes * (1 + 1e-9)


@given(rates)
def test_a_sender_that_waits_until_due_uses_the_whole_rate(rate: int) -> None:
    bucket = TokenBucket(rate, 0.0)
    now_s, sent_bytes, turns = 0.0, 0, 0
    while sent_bytes < 20 * (bucket.piece_bytes + bucket.burst_bytes):
        allowed_bytes = bucket.allowed_bytes(now_s)
        bucket.spend(allowed_bytes)
        sent_bytes += allowed_bytes
        now_s = max(now_s, bucket.due_s)
        turns += 1
    assert sent_bytes >= rate * now_s
    # Pieces are large enough for at most about twenty wake-ups per second.
    assert now_s >= (turns - 8) * 0.049


def test_small_writes_leave_at_once_and_large_ones_are_paid_off() -> None:
    bucket = TokenBucket(64 * 1024, 100.0)
    assert bucket.allowed_bytes(100.0) == 16384
    bucket.spend(300)
    assert bucket.allowed_bytes(100.0) == 16384
    assert bucket.due_s <= 100.0
    bucket.spend(16384 + 16384)
    assert bucket.allowed_bytes(100.0) == 0
    assert bucket.due_s == pytest.approx(100.25 + 300 / 65536)
    assert bucket.allowed_bytes(bucket.due_s + 1e-6) == 16384


def test_idle_time_earns_a_burst_of_a_quarter_of_a_second() -> None:
    bucket = TokenBucket(1 << 20, 0.0)
    bucket.allowed_bytes(3600.0)
    sent_bytes = 0
    while allowed_bytes := bucket.allowed_bytes(3600.0):
        bucket.spend(allowed_bytes)
        sent_bytes += allowed_bytes
    assert sent_bytes <= (1 << 18) + bucket.piece_bytes


def test_a_stopped_clock_earns_nothing() -> None:
    bucket = TokenBucket(4096, 50.0)
    bucket.spend(1 << 20)
    assert bucket.allowed_bytes(50.0) == bucket.allowed_bytes(49.0) == 0
    assert bucket.due_s > 300.0


def test_the_slowest_limit_meets_the_deadline_of_the_largest_frame() -> None:
    assert frame_deadline_s(CAPACITY_MAX_BYTES) >= CAPACITY_MAX_BYTES / SLOWEST_RATE_BYTES_PER_S * 4
