"""The page, acting on it and metrics: switched on by the card's file, asked over the network."""

import json
import shlex
from typing import Any

import pytest

from rig.fleet import ADDRESSES, METRICS_PORT, PAGE_PASSWORDS, PAGE_PORT, VISIT, Fleet
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

SOCKETS = ("netrelay-page.socket", "netrelay-control.socket", "netrelay-metrics.socket")
ORIGIN = "http://b.local"
METRICS = f"http://{ADDRESSES['b']}:{METRICS_PORT}/metrics"
OTHER_ADDRESS = "10.77.1.9"
LISTENING_S = 300.0
VISIT_S = 1200.0


def visit(fleet: Fleet, *words: str) -> dict[str, Any]:
    """Let a visit b; it starts what answers."""
    typed = shlex.join(["python3", f"/boot/firmware/{VISIT}", *words])
    found: dict[str, Any] = json.loads(fleet["a"].run(typed, timeout_s=VISIT_S).splitlines()[-1])
    return found


def assert_listening(fleet: Fleet) -> None:
    """Assert that the sockets of b listen, and are switched on for the next start."""
    b = fleet["b"]
    states = f"systemctl is-active {' '.join(SOCKETS)}"
    wait_for(
        lambda: b.ask(states)[0].split() == ["active"] * len(SOCKETS),
        "listening sockets of b",
        within_s=LISTENING_S,
    )
    assert b.run(f"systemctl is-enabled {' '.join(SOCKETS)}").split() == ["enabled"] * len(SOCKETS)
    listening = b.run("ss --listening --tcp --numeric --no-header")
    ports = {line.split()[3].rpartition(":")[2] for line in listening.splitlines()}
    assert {str(PAGE_PORT), str(METRICS_PORT)} <= ports
    assert b.succeeds("test -S /run/netrelay/page-control.sock")


def assert_shown(fleet: Fleet) -> None:
    found = visit(fleet, "look", ORIGIN, PAGE_PASSWORDS[0])
    assert found.pop("title").endswith(" - b")
    assert found == {"stranger": 303, "wrong password": 403, "right password": 303, "page": 200}


def assert_acts(fleet: Fleet) -> None:
    """Pause a peer and resume it, from the other node's browser."""
    for verb, is_paused in (("pause", True), ("resume", False)):
        found = visit(fleet, "act", ORIGIN, *PAGE_PASSWORDS, verb, "a")
        said = found.pop("said")
        assert found == {"by looking": 409, "control password": 303, "act": 200}, said
        assert ("a is paused" in fleet["b"].ask("netrelay why a")[0]) is is_paused
    assert fleet["b"].succeeds("netrelay logs | grep --fixed-strings Anna")


def assert_metrics(fleet: Fleet) -> None:
    """Ask from the address that b's file names, and from another one of the same machine."""
    a = fleet["a"]
    interface = a.run(f"ip -oneline address show | grep -F {ADDRESSES['a']}/ | cut -d' ' -f2")
    a.run(f"ip address replace {OTHER_ADDRESS}/24 dev {interface}")
    named, other = (visit(fleet, "get", METRICS, each) for each in (ADDRESSES["a"], OTHER_ADDRESS))
    assert named["status"] == 200
    assert named["begin"].startswith("# HELP netrelay_")
    assert other == {**other, "status": 403, "lines": 1}
    assert OTHER_ADDRESS in other["begin"]


def test_the_sockets_listen_after_the_first_boot(fleet: Fleet) -> None:
    assert_listening(fleet)


def test_the_page_is_shown_to_who_knows_the_password(fleet: Fleet) -> None:
    assert_shown(fleet)


def test_who_knows_the_second_password_acts(fleet: Fleet) -> None:
    assert_acts(fleet)


def test_metrics_are_for_the_named_address(fleet: Fleet) -> None:
    assert_metrics(fleet)


def test_all_of_it_is_there_after_a_restart_and_no_password_on_the_boot_partition(
    fleet: Fleet,
) -> None:
    b = fleet["b"]
    b.power_off()
    content = b.boot_partition().content()
    assert b"[page]" in content
    assert [password for password in PAGE_PASSWORDS if password.encode() in content] == []
    fleet.start("b")
    assert_listening(fleet)
    assert_shown(fleet)
    assert_acts(fleet)
    assert_metrics(fleet)
