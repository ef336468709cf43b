"""A node is found by its name in .local, over IPv6 too."""

import pytest

from rig.fleet import Fleet
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

FOUND_S = 300.0


@pytest.mark.parametrize("family", ["ahostsv4", "ahostsv6"])
def test_the_neighbour_has_a_name(fleet: Fleet, family: str) -> None:
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
