"""Services that are killed, restarted or hang: systemd restarts them, and nothing is lost."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.booted.network import Network
from tests.booted.node import SERVICES, TARGET, BootedNode, BootedPair, expect, send

KIB = 1024
CHECKOUT = Path(__file__).parents[2]
COMMSPORT, DATAPORT = 7411, 7412
NOBODYS_PORT = 7499
RESTARTS = 4
FILES = 30


@contextmanager
def knocking(network: Network, address: str, *ports: int) -> Iterator[Callable[[], dict[str, int]]]:
    """Connect to the ports repeatedly; yield a function that stops it and returns the counts."""
    words = [sys.executable, "-m", "tests.booted.knocking", address, *map(str, ports)]
    knocker = subprocess.Popen(
        network.inside(*words), cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert knocker.stdout is not None
    assert knocker.stdout.readline() == b"knocking\n"

    def finish() -> dict[str, int]:
        said, _ = knocker.communicate(timeout=120)
        total: dict[str, int] = {}
        for counts in json.loads(said).values():
            for result, count in counts.items():
                total[result] = total.get(result, 0) + count
        return total

    try:
        yield finish
    finally:
        knocker.kill()
        knocker.communicate()


def kill(node: BootedNode, unit: str, signal: str) -> None:
    """Send a signal to the main process of a unit."""
    node.machine.run("systemctl", "kill", "--kill-whom=main", f"--signal={signal}", unit)


def came_back(node: BootedNode, unit: str, before: int) -> bool:
    """Return True if another process runs the unit, and is ready."""
    machine = node.machine
    return (
        machine.main_pid(unit) not in (0, before)
        and machine.property_of(unit, "ActiveState") == "active"
    )


@pytest.mark.parametrize("unit", SERVICES)
def test_a_killed_service_is_restarted_and_no_other(ready: BootedPair, unit: str) -> None:
    shelf = ready.shelf
    before, counts = shelf.machine.main_pid(unit), shelf.restarts()
    kill(shelf, unit, "KILL")
    shelf.machine.wait_for(f"another {unit}", lambda: came_back(shelf, unit, before))
    after = shelf.restarts()
    assert {
        each: after[each] - counts[each] for each in SERVICES if after[each] > counts[each]
    } == {unit: 1}
    send(ready.shelf, ready.boat, f"after-{unit}", 20 * KIB)
    send(ready.boat, ready.shelf, f"after-{unit}", 20 * KIB)


def test_no_connection_is_refused_while_the_receivers_restart(
    ready: BootedPair, figures: list[str]
) -> None:
    shelf, boat = ready
    receivers = ("netrelay-receiver.service", "netrelay-initial_receiver.service")
    bodies = {f"load-{number}": os.urandom(64 * KIB) for number in range(FILES)}
    with knocking(boat.machine.network, shelf.address, COMMSPORT, DATAPORT) as finish:
        for number, (name, body) in enumerate(bodies.items()):
            boat.drop("shelf", name, body)
            if number % (FILES // RESTARTS) == 0:
                shelf.machine.run("systemctl", "restart", *receivers)
        for unit in receivers:
            before = shelf.machine.main_pid(unit)
            kill(shelf, unit, "KILL")
            shelf.machine.wait_for(
                f"another {unit}",
                lambda unit=unit, before=before: came_back(shelf, unit, before),  # type: ignore[misc]
            )
        for name, body in bodies.items():
            expect(boat, shelf, name, body)
        seen = finish()
    figures.append(f"knocks while receiver and initial_receiver restarted: {seen}")
    assert set(seen) == {"connected"}, seen
    assert seen["connected"] >= FILES


def test_knocking_detects_a_closed_port(ready: BootedPair) -> None:
    shelf, boat = ready
    with knocking(boat.machine.network, shelf.address, NOBODYS_PORT) as finish:
        assert set(finish()) == {"ConnectionRefusedError"}


@pytest.mark.parametrize("unit", ["netrelay-exporter.service", "netrelay-receiver.service"])
def test_a_hanging_service_is_ended_by_its_watchdog(ready: BootedPair, unit: str) -> None:
    shelf = ready.shelf
    drop_in = shelf.machine.root / "etc/systemd/system" / f"{unit}.d/test.conf"
    drop_in.parent.mkdir()
    # Shorter than the minute of the unit.
    drop_in.write_text("[Service]\nWatchdogSec=5\nTimeoutAbortSec=2\n")
    try:
        shelf.machine.run("systemctl", "daemon-reload")
        shelf.machine.run("systemctl", "restart", unit)
        shelf.wait_until_ready()
        before = shelf.machine.main_pid(unit)
        kill(shelf, unit, "STOP")
        shelf.machine.wait_for(f"another {unit}", lambda: came_back(shelf, unit, before))
        timeouts = shelf.journal(f"UNIT={unit}", "_PID=1")
        assert any("Watchdog timeout" in str(entry["MESSAGE"]) for entry in timeouts), timeouts
        send(ready.boat, shelf, f"after-the-watchdog-of-{unit}", 20 * KIB)
    finally:
        drop_in.unlink()
        drop_in.parent.rmdir()
        shelf.machine.run("systemctl", "daemon-reload")
        shelf.machine.run("systemctl", "restart", unit)


def test_the_target_stops_and_nobody_has_to_be_killed(ready: BootedPair) -> None:
    shelf = ready.shelf
    # As in docs/operating.md: for the target alone, systemctl does not wait for the services.
    shelf.machine.run("systemctl", "stop", TARGET, "netrelay-*")
    for unit in SERVICES:
        assert shelf.machine.property_of(unit, "ActiveState") == "inactive", unit
        assert shelf.machine.property_of(unit, "Result") == "success", unit
    body = os.urandom(KIB)
    ready.boat.drop("shelf", "while-it-was-down", body)
    shelf.machine.run("systemctl", "start", TARGET)
    shelf.wait_until_ready()
    expect(ready.boat, shelf, "while-it-was-down", body)


def test_which_commands_reset_the_count_of_restarts(ready: BootedPair) -> None:
    """RestartSteps= uses this count; `restart` and `reset-failed` reset it."""
    shelf, unit = ready.shelf, "netrelay-importer.service"
    shelf.machine.run("systemctl", "reset-failed", unit)
    # For each command: the count before and after it; each kill adds one.
    counts = []
    for command in (["reset-failed", unit], ["start", unit], ["restart", unit]):
        before = shelf.machine.main_pid(unit)
        kill(shelf, unit, "KILL")
        shelf.machine.wait_for(
            f"another {unit}",
            lambda before=before: came_back(shelf, unit, before),  # type: ignore[misc]
        )
        killed = shelf.restarts()[unit]
        shelf.machine.run("systemctl", *command)
        counts.append((command[0], killed, shelf.restarts()[unit]))
    assert counts == [("reset-failed", 1, 0), ("start", 1, 1), ("restart", 2, 0)]
