"""A clock that is wrong by ten years at one end delays nothing."""

import pytest

from rig.fleet import Fleet

pytestmark = pytest.mark.nodes("a", "b")


@pytest.mark.parametrize("jump", ["+10 years", "-10 years"])
def test_a_file_arrives_after_a_jump_of_the_clock(fleet: Fleet, jump: str) -> None:
    a, b = fleet["a"], fleet["b"]
    year = int(b.run("date +%Y"))
    b.run("systemctl stop systemd-timesyncd.service 2>/dev/null; true")
    b.run(f"date --set '{jump}'")
    assert abs(int(b.run("date +%Y")) - year) == 10
    forth = a.send(f"forth{jump[0]}.bin", 3 << 20, "b")
    b.await_file(forth, "a")
    back = b.send(f"back{jump[0]}.bin", 3 << 20, "a")
    a.await_file(back, "b")
    b.await_delivered(back)
    back_again = "-10 years" if jump.startswith("+") else "+10 years"
    b.run(f"date --set '{back_again}'")


@pytest.mark.lg_feature("qemu")
@pytest.mark.parametrize("clock", ["2036-11-26T10:00:00", "2016-11-26T10:00:00"])
def test_a_node_that_starts_with_a_wrong_clock_works(fleet: Fleet, clock: str) -> None:
    a, b = fleet["a"], fleet["b"]
    b.power_off()
    b.strategy.power.clock = clock
    try:
        fleet.start("b")
        if clock > "2026":
            assert b.run("date +%Y") == clock[:4]
        else:
            # systemd starts with the last saved time, if that is later than the clock.
            assert int(b.run("date +%Y")) >= 2016
        file = a.send(f"clock-{clock[:4]}.bin", 3 << 20, "b")
        b.await_file(file, "a")
        a.await_delivered(file)
    finally:
        b.strategy.power.clock = "utc"
        b.power_off()
        fleet.start("b")
