"""What is added between two readings of the counters of a disk."""

import pytest

from netrelay.core.device_reading import NOTHING, Added, DeviceReading, Written, added, day_of

BEFORE = DeviceReading("card", "boot", 1_000.0, Written(5_000, 100, 20, 3_000))


def test_what_has_grown_in_one_boot() -> None:
    now = BEFORE._replace(boot_s=1_060.0, counters=Written(5_900, 150, 20, 3_600))
    assert added(BEFORE, now) == Added(60.0, Written(900, 50, 0, 600))


def test_after_a_boot_all_since_then() -> None:
    """Larger than before, too: the kernel's counter began at 0."""
    now = DeviceReading("card", "next boot", 40.0, Written(7_000, 30, 0, 10))
    assert added(BEFORE, now) == Added(40.0, Written(7_000, 30, 0, 10))


def test_the_counters_of_the_node_outlive_a_boot_where_its_runtime_folder_does() -> None:
    now = DeviceReading("card", "next boot", 40.0, Written(70, 130, 20, 3_010))
    assert added(BEFORE, now) == Added(40.0, Written(70, 30, 0, 10))


def test_a_counter_that_went_down_began_anew() -> None:
    now = BEFORE._replace(boot_s=1_060.0, counters=Written(70, 150, 20, 3_600))
    assert added(BEFORE, now) == Added(60.0, Written(70, 50, 0, 600))


def test_an_older_reading_adds_nothing() -> None:
    older = BEFORE._replace(boot_s=999.0, counters=Written(4_000, 90, 10, 0))
    assert added(BEFORE, older) == Added(0.0, NOTHING)


@pytest.mark.parametrize("before", [None, BEFORE._replace(device="another")])
def test_of_a_first_reading_nothing_is_known(before: DeviceReading | None) -> None:
    assert added(before, BEFORE) is None


def test_the_rest_is_what_this_node_does_not_count() -> None:
    assert Written(1_000, 100, 20, 300).other_bytes == 580
    # Pages count when they change: the disk writes them later, or never.
    assert Written(100, 100, 20, 300).other_bytes == 0
    assert NOTHING.plus(BEFORE.counters) == BEFORE.counters


def test_days_without_a_clock_are_days_of_the_node() -> None:
    assert day_of(86_400.0 * 20_000 + 5, 0.0) == 20_000
    assert [day_of(None, at_s) for at_s in (0.0, 86_399.0, 86_400.0)] == [-1, -1, -2]
