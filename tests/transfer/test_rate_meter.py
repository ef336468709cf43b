"""Measured rates: what counts as busy, and how often it is stored."""

import pytest

from netrelay.transfer.rate_meter import MeasuredRate, RateMeter

MIB = 1024 * 1024
BOAT = "boat"


@pytest.fixture
def meter() -> RateMeter:
    return RateMeter()


def send(meter: RateMeter, begin_s: float, end_s: float, count_bytes: int) -> None:
    """Send frames of so many bytes from one time to another, nothing under way around."""
    meter.sent(BOAT, 0, begin_s, was_idle=True)
    meter.decided(BOAT, count_bytes // 2, (begin_s + end_s) / 2, is_idle=False)
    meter.sent(BOAT, 0, (begin_s + end_s) / 2, was_idle=False)
    meter.decided(BOAT, count_bytes - count_bytes // 2, end_s, is_idle=True)


def test_only_the_time_with_frames_under_way_counts(meter: RateMeter) -> None:
    send(meter, 0.0, 2.0, 4 * MIB)
    send(meter, 100.0, 102.0, 4 * MIB)
    assert meter.due(102.0) == [MeasuredRate(BOAT, 8 * MIB, 4.0, 0)]


def test_frames_that_follow_one_another_are_one_transfer(meter: RateMeter) -> None:
    send(meter, 0.0, 1.0, MIB)
    send(meter, 1.25, 2.25, MIB)
    assert meter.due(3.0) == [MeasuredRate(BOAT, 2 * MIB, 2.25, 0)]


def test_little_tells_nothing(meter: RateMeter) -> None:
    for second in range(0, 1000, 10):
        send(meter, second, second + 0.3, 20_000)
    assert meter.due(1000.0) == []


def test_a_short_break_of_the_line_counts_and_a_long_absence_does_not(meter: RateMeter) -> None:
    meter.sent(BOAT, 0, 0.0, was_idle=True)
    meter.decided(BOAT, MIB, 1.0, is_idle=False)
    meter.broken(BOAT)
    meter.sent(BOAT, 0, 21.0, was_idle=True)
    meter.decided(BOAT, MIB, 22.0, is_idle=False)
    meter.broken(BOAT)
    # What goes on with a session is not sent anew.
    meter.decided(BOAT, MIB, 5000.0, is_idle=False)
    meter.sent(BOAT, 0, 5000.0, was_idle=False)
    meter.decided(BOAT, MIB, 5001.0, is_idle=True)
    assert meter.due(5001.0) == [MeasuredRate(BOAT, 4 * MIB, 23.0, 0)]


def test_a_changed_limit_begins_another_row(meter: RateMeter) -> None:
    meter.sent(BOAT, 0, 0.0, was_idle=True)
    meter.decided(BOAT, MIB, 1.0, is_idle=False)
    meter.sent(BOAT, 4096, 1.0, was_idle=False)
    meter.decided(BOAT, MIB, 201.0, is_idle=True)
    assert meter.due(201.0) == [
        MeasuredRate(BOAT, MIB, 1.0, 0),
        MeasuredRate(BOAT, MIB, 200.0, 4096),
    ]


def test_rows_are_written_seldom_and_nothing_is_counted_twice(meter: RateMeter) -> None:
    written = []
    meter.sent(BOAT, 0, 0.0, was_idle=True)
    for second in range(1, 101):
        meter.decided(BOAT, MIB // 10, float(second), is_idle=second == 100)
        due = meter.due(float(second))
        meter.stored(due, float(second))
        written += [(second, each) for each in due]
        meter.sent(BOAT, 0, float(second), was_idle=False)
    assert [second for second, _ in written] == [10, 40, 70, 100]
    assert sum(each.bytes for _, each in written) == 100 * (MIB // 10)
    assert sum(each.busy_s for _, each in written) == 100.0


def test_what_is_decided_before_anything_was_sent_is_not_measured(meter: RateMeter) -> None:
    meter.decided(BOAT, MIB, 1.0, is_idle=True)
    meter.broken(BOAT)
    assert meter.due(1.0) == []
