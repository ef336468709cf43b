"""A node is found by its name in .local, over IPv6 too, whatever its addresses do."""

import pytest

from rig.fleet import Fleet
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

FOUND_S = 300.0
AVAHI = "busctl call org.freedesktop.Avahi / org.freedesktop.Avahi.Server"


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


def test_a_name_that_avahi_gave_up_without_need_comes_back(fleet: Fleet) -> None:
    """Avahi takes announcements of its own for another machine's when an address changes."""
    b = fleet["b"]
    count = "journalctl --unit card-name.service | grep --count 'has the name again' || true"
    before = b.run(count)
    b.run(f"{AVAHI} SetHostName s b-2")
    wait_for(lambda: b.run(count) != before, "name of b taken back", within_s=FOUND_S)
    # a may remember the name.
    fleet["a"].run("systemctl restart avahi-daemon.service")
    for family in ("ahostsv4", "ahostsv6"):
        assert_found(fleet, family)


def test_a_name_of_another_machine_is_not_taken(fleet: Fleet) -> None:
    a = fleet["a"]
    taken = f"until {AVAHI} GetHostName | grep -F b-; do {AVAHI} SetHostName s b; sleep 5; done"
    a.run(taken)
    looks = "env NETRELAY_CARD_NAME=b RUNTIME_DIRECTORY=/tmp /usr/lib/netrelay-card/keep-name"
    assert "b.local is another machine" in a.run(looks)
    assert "b-" in a.run(f"{AVAHI} GetHostName")
    a.run("systemctl restart avahi-daemon.service")
    assert_found(fleet, "ahostsv4")
