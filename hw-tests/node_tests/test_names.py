"""A node is found by its name in .local, over IPv6 too, whatever its addresses do."""

import pytest

from rig.fleet import SECOND_ADDRESS_OF_B, Fleet
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

FOUND_S = 300.0
CHANGES = 40


def assert_found(fleet: Fleet, family: str) -> None:
    """Let a look for the name of b."""
    try:
        found = wait_for(
            lambda: fleet["a"].ask(f"getent {family} b.local")[0],
            f"{family} of b.local",
            within_s=FOUND_S,
        )
    except AssertionError:
        for name in "ab":
            print(fleet[name].ask("ip -brief address; journalctl --unit avahi-daemon.service")[0])
        raise
    assert (":" in found.split()[0]) == (family == "ahostsv6")


@pytest.mark.parametrize("family", ["ahostsv4", "ahostsv6"])
def test_the_neighbour_has_a_name(fleet: Fleet, family: str) -> None:
    assert_found(fleet, family)


def test_a_name_is_found_after_the_neighbour_was_restarted(fleet: Fleet) -> None:
    fleet["b"].reboot()
    fleet.start("b")
    for family in ("ahostsv4", "ahostsv6"):
        assert_found(fleet, family)


def test_a_changing_address_costs_no_name(fleet: Fleet) -> None:
    """Avahi takes an announcement of its own for another machine's, and renames itself."""
    b = fleet["b"]
    socket = b.run("ls /sys/class/net | grep -E '^(e|usb)' | sort | sed -n 2p")
    if not socket:
        pytest.skip("b has one socket, which leads to a")
    count = "journalctl --unit avahi-daemon.service | grep --count 'retrying with' || true"
    before = b.run(count)
    for _ in range(CHANGES):
        b.run(f"ip address flush dev {socket} scope global")
        b.run(f"ip address add {SECOND_ADDRESS_OF_B}/24 dev {socket}")
        if b.run(count) != before:
            break
    else:
        pytest.skip(f"avahi has not renamed itself in {CHANGES} changes")
    # a may remember the name.
    fleet["a"].run("systemctl restart avahi-daemon.service")
    for family in ("ahostsv4", "ahostsv6"):
        assert_found(fleet, family)
