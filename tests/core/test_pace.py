"""The pace of retries: it grows, it is capped, and it is never a busy loop."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.pace import (
    CONNECT_DEADLINE_S,
    FIRST_DELAY_S,
    LONGEST_DELAY_S,
    SHORTEST_DELAY_S,
    UNKNOWN_PLACES,
    frame_deadline_s,
    redial_delay_s,
    retry_delay_s,
    unknown_deadline_s,
)

fractions = st.floats(0, 1)


@given(st.integers(1, 10**9), fractions)
def test_a_delay_is_within_its_bounds(failures: int, fraction: float) -> None:
    assert SHORTEST_DELAY_S <= retry_delay_s(failures, fraction) <= LONGEST_DELAY_S


@given(st.integers(1, 100), fractions)
def test_one_more_failure_never_shortens_it(failures: int, fraction: float) -> None:
    assert retry_delay_s(failures, fraction) <= retry_delay_s(failures + 1, fraction)


def test_it_doubles_to_the_cap() -> None:
    longest = [retry_delay_s(failures, 1.0) for failures in range(12)]
    assert longest == [0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


@given(st.floats(0, 10**9), fractions)
def test_what_ended_is_dialled_again_at_once_but_not_twice_a_second(
    open_s: float, fraction: float
) -> None:
    delay_s = redial_delay_s(open_s, fraction)
    assert delay_s >= SHORTEST_DELAY_S
    assert open_s + delay_s >= FIRST_DELAY_S - 1e-9
    assert delay_s <= 0.3 or open_s + delay_s <= FIRST_DELAY_S + 1e-9


def test_it_spreads_evenly() -> None:
    assert [retry_delay_s(5, n / 4) for n in range(5)] == [SHORTEST_DELAY_S, 4, 8, 12, 16]


@pytest.mark.parametrize("fraction", [-0.1, 1.1, float("nan")])
def test_a_fraction_out_of_bounds_is_named(fraction: float) -> None:
    with pytest.raises(ValueError, match=f"random fraction {fraction}"):
        retry_delay_s(1, fraction)


def test_a_frame_has_a_minute_and_a_second_for_each_kibibyte() -> None:
    assert frame_deadline_s(0) == 60
    assert frame_deadline_s(1024 * 1024) == 60 + 1024


def test_strangers_have_the_time_of_a_slow_link_until_half_of_the_places_are_taken() -> None:
    waits = [unknown_deadline_s(unknown) for unknown in range(UNKNOWN_PLACES)]
    half = UNKNOWN_PLACES // 2
    assert waits[:half] == [CONNECT_DEADLINE_S] * half
    assert len(set(waits[half:])) == 1
    assert waits[-1] < CONNECT_DEADLINE_S / 5
