"""The clocks: monotonic boot time, boot id, wall clock."""

from netrelay.runtime import clock


def test_boottime_is_monotonic() -> None:
    readings = [clock.boottime_s() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[0] > 0


def test_a_boot_has_one_id() -> None:
    assert clock.boot_id() == clock.boot_id()
    assert len(clock.boot_id()) == 36


def test_unix_s_is_the_wall_clock() -> None:
    assert clock.unix_s() > 1_600_000_000
