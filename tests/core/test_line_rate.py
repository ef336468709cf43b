"""The rate that a line can be expected to have."""

import pytest

from netrelay.core.line_rate import (
    ASSUMED_BYTES_PER_S,
    Basis,
    MeasuredHour,
    RateRange,
    expected_rate,
)

KIB = 1024


def hour(rate: float, ago_h: float = 0.0, limit: int = 0, busy_s: float = 100.0) -> MeasuredHour:
    """Return an hour with so many bytes a second."""
    return MeasuredHour(ago_h, limit, int(rate * busy_s), busy_s)


def test_nothing_measured_is_a_wide_assumption() -> None:
    assert expected_rate([], None) == RateRange(*ASSUMED_BYTES_PER_S, Basis.ASSUMED)


def test_nothing_measured_under_a_limit_is_the_limit() -> None:
    found = expected_rate([], 100 * KIB)
    assert found.basis is Basis.LIMIT
    assert found.low < 0.6 * found.high
    assert found.likely < found.high == 100 * KIB


def test_one_hour_is_no_precise_figure() -> None:
    found = expected_rate([hour(1000)], None)
    assert found == RateRange(750, 1000, 1250, Basis.MEASURED, 1)


def test_a_newer_hour_counts_more() -> None:
    assert expected_rate([hour(1000, 0), hour(2000, 48)], None).likely == pytest.approx(1200)
    assert expected_rate([hour(1000, 48), hour(2000, 0)], None).likely == pytest.approx(1800)


def test_hours_that_differ_give_a_wide_range() -> None:
    hours = [hour(rate) for rate in (100, 500, 1000, 1500, 2000)]
    found = expected_rate(hours, None)
    assert (found.low, found.high, found.hours) == (500, 1500, 5)
    equal = expected_rate([hour(1000)] * 5, None)
    assert equal.low == pytest.approx(850)
    assert equal.high == pytest.approx(1150)


@pytest.mark.parametrize(
    ("measured", "limit", "basis", "likely"),
    [
        # The line does not fill the limit, so this is the line's own rate.
        (hour(500, limit=1000), None, Basis.MEASURED, 500),
        (hour(500, limit=1000), 800, Basis.MEASURED, 500),
        # It fills the limit: the line may be faster.
        (hour(990, limit=1000), None, Basis.LEAST, 990),
        (hour(990, limit=1000), 1000, Basis.MEASURED, 970),
        (hour(990, limit=1000), 4000, Basis.LIMIT, 3880),
        # The limit is lower than the line is fast.
        (hour(5000), 1000, Basis.MEASURED, 970),
    ],
)
def test_a_limit_bounds_the_rate(
    measured: MeasuredHour, limit: int | None, basis: Basis, likely: float
) -> None:
    found = expected_rate([measured], limit)
    assert found.basis == basis
    assert found.likely == pytest.approx(likely)
    assert found.low <= found.likely <= found.high <= (limit or found.high)


def test_a_peer_that_was_sent_nothing_for_years_has_the_rate_of_then() -> None:
    """The weight of 1,100 days, a half for each, is less than any number above 0."""
    found = expected_rate([hour(1000.0, ago_h=26_400.0), hour(3000.0, ago_h=26_424.0)], None)
    assert found.basis is Basis.MEASURED
    assert found.likely == pytest.approx((1000 + 3000 / 2) / 1.5)
