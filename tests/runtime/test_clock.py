"""What orders things only rises, and a boot has a name."""

from netrelay.runtime import clock


def test_boottime_never_falls() -> None:
    readings = [clock.boottime_s() for _ in range(1000)]
    assert readings == sorted(readings)
    assert readings[0] > 0


def test_a_boot_has_one_name() -> None:
    assert clock.boot_id() == clock.boot_id()
    assert len(clock.boot_id()) == 36


def test_people_read_the_wall_clock() -> None:
    assert clock.unix_s() > 1_600_000_000
