"""Fifty light nodes call a hub, deliver and leave; the campaign with thousands is `make hub`."""

import time

from netrelay.seal import identity as identities
from tests.story.hub.contact import Hub
from tests.story.hub.crowd import Crowd, want_all
from tests.story.hub.fleet import LightNode, enrol_fleet, make_fleet
from tests.story.nodes import DEADLINE_S, Homes, RunningNode, wait_for

NODES = 50
AT_ONCE = 16


def deliver(hub: RunningNode, fleet: list[LightNode], number: int) -> Crowd:
    """Have all deliver a file and hear its receipt."""
    crowd = Crowd(Hub(hub.address, identities.load(hub.home.keys)), AT_ONCE)
    want_all(crowd, fleet, 0.1)
    crowd.run(lambda _: number, time.monotonic() + DEADLINE_S)
    assert crowd.is_over, (len(crowd.ended), crowd.reasons, hub.describe())
    crowd.close()
    return crowd


def test_nodes_deliver_and_leave_before_and_after_a_restart(homes: Homes) -> None:
    fleet = make_fleet(homes.folder / "fleet", NODES)
    hub = homes.node("hub")
    enrol_fleet(hub, fleet)
    hub.start()
    first = deliver(hub, fleet, 1)
    assert {ended.node.name for ended in first.ended} == {node.name for node in fleet}
    assert (first.reasons, first.told_s) == ({}, [])
    hub.stop()
    hub.begin()
    # Nobody waits until the hub is up: they dial, and dial again.
    again = deliver(hub, fleet, 2)
    assert len(again.ended) == NODES
    for node in fleet:
        assert hub.inbox_names(node.name) == ["reading-1", "reading-2"]
    # A node that left, in order, is not failing: nothing waits for it.
    wait_for(
        "all connections to have ended",
        lambda: hub.number("SELECT count(*) FROM connections WHERE handle >= 0") == 0,
    )
    failures = "SELECT max(failures) FROM connections"
    assert hub.number(failures) == 0
    assert hub.errors() == []
