"""systemd-analyze on the units, on the release that they are for."""

import re

import pytest

from tests.booted.node import SERVICES, TARGET, BootedPair

# Of 10: exposure of a compromised process, lower is better (systemd-analyze(1)).
NETWORK_LIMIT, LOCAL_LIMIT = 1.5, 0.6
NETWORKED = ("initial_receiver", "initial_sender", "receiver", "sender")


def limit_of(unit: str) -> float:
    """Return the highest allowed score of a unit."""
    process = unit.removeprefix("netrelay-").removesuffix(".service")
    return NETWORK_LIMIT if process in NETWORKED else LOCAL_LIMIT


@pytest.mark.parametrize("unit", SERVICES)
def test_a_unit_can_do_little(pair: BootedPair, unit: str, figures: list[str]) -> None:
    said = pair.shelf.machine.run("systemd-analyze", "security", "--no-pager", unit)
    found = re.search(r"Overall exposure level for \S+: ([\d.]+)", said)
    assert found, said
    figures.append(f"systemd-analyze security {unit}: {found[1]}")
    assert float(found[1]) <= limit_of(unit), said


def test_verify_finds_nothing(pair: BootedPair) -> None:
    machine = pair.shelf.machine
    units = [*SERVICES, TARGET, "netrelay-failed@x.service"]
    paths = [f"/usr/lib/systemd/system/{unit}".replace("@x", "@") for unit in units]
    said = machine.run("sh", "-c", f"systemd-analyze verify --man=no {' '.join(paths)} 2>&1")
    assert said == ""


def test_a_boot_in_order_brings_all_eight(pair: BootedPair, figures: list[str]) -> None:
    shelf = pair.shelf
    shelf.machine.power_off()
    shelf.machine.boot()
    shelf.wait_until_ready()
    assert set(shelf.restarts().values()) == {0}
    started, *ready = (
        int(shelf.machine.property_of(unit, name))
        for unit, name in (
            (None, "UserspaceTimestampMonotonic"),
            *((each, "ActiveEnterTimestampMonotonic") for each in SERVICES),
        )
    )
    assert 0 < started < min(ready)
    figures.append(f"from the start of systemd to all eight ready: {max(ready) - started} us")
    chain = shelf.machine.run("systemd-analyze", "critical-chain", "--no-pager", TARGET)
    assert TARGET in chain
    figures.append(chain.rstrip())


def test_missing_controllers_are_reported(pair: BootedPair, figures: list[str]) -> None:
    machine = pair.shelf.machine
    controllers = (machine.run("cat", "/sys/fs/cgroup/cgroup.controllers")).split()
    missing = sorted({"memory", "pids", "cpu", "io"} - set(controllers))
    figures.append(f"limits that this kernel does not enforce on booted systems: {missing}")
    assert machine.property_of(SERVICES[0], "NoNewPrivileges") == "yes"
