"""Nodes behind masquerading routers: they find out that nobody can dial them, and call.

`make routers` runs them with 200 files and the times of a real router, and prints what it took.
"""

import os
import time

import pytest

from tests.story.behind_router import can_route, network, wait_for_call
from tests.story.nodes import KIB, Homes, RunningNode

pytestmark = pytest.mark.skipif(not can_route, reason="needs root, ip(8) and /dev/net/tun")

FILES = int(os.environ.get("NETRELAY_ROUTER_FILES", "20"))
IS_CAMPAIGN = "NETRELAY_ROUTER_FILES" in os.environ
# The longest silence of a new call is 30 s in the product.
KEEPALIVE_S = 30 if IS_CAMPAIGN else 5
IDLE_S = 60.0
IDLE_COUNTED_S = 240.0
# A keepalive probe and its answer: IPv4 and TCP headers, with time stamps.
PROBE_BYTES = 2 * (20 + 32)


def start(*nodes: RunningNode) -> None:
    """Start nodes at once."""
    for node in nodes:
        node.begin()
    for node in nodes:
        node.wait_until_ready()


def exchange(one: RunningNode, other: RunningNode) -> None:
    """Send files both ways, and wait until all are there and confirmed."""
    there = [one.drop(other.name, f"{n}.bin", os.urandom(n * 500)) for n in range(FILES)]
    back = [other.drop(one.name, f"{n}.bin", os.urandom(n * 500)) for n in range(FILES)]
    for each in there:
        other.wait_for_delivery(one.name, each)
    for each in back:
        one.wait_for_delivery(other.name, each)
    for node in (one, other):
        node.wait_until_settled()
    assert len(one.inbox_names(other.name)) == len(other.inbox_names(one.name)) == FILES


def test_files_go_both_ways_through_a_router(homes: Homes) -> None:
    with network(homes) as net:
        hub = net.hub("shelf")
        boat, _ = net.inner("boat", IDLE_S)
        hub.enrol(boat, "deliver")
        boat.enrol(hub, "deliver")
        start(hub, boat)
        exchange(hub, boat)
        assert boat.rows("SELECT call FROM peer_overview") == [("open",)]
        assert hub.rows("SELECT calls FROM peers") == [(1,)]
        assert [node.errors() for node in (hub, boat)] == [[], []]


def test_two_nodes_behind_routers_reach_each_other_over_a_relay(homes: Homes) -> None:
    with network(homes) as net:
        hub = net.hub("shelf")
        boat, _ = net.inner("boat", IDLE_S)
        field, _ = net.inner("field", IDLE_S)
        ends = (boat, field)
        for end, other in (ends, ends[::-1]):
            hub.enrol(end, "relay")
            end.enrol(hub)
            end.enrol(other, "deliver")
            end.line.good("peer", "route", other.name, "--via", "shelf")
            end.line.good("peer", "allow", "shelf", "carry", other.name)
        start(hub, *ends)
        exchange(boat, field)
        for end in ends:
            wait_for_call(end, "shelf")
        assert [node.errors() for node in (hub, *ends)] == [[], [], []]


class Sent:
    """The files that two nodes have sent each other."""

    def __init__(self, one: RunningNode, other: RunningNode) -> None:
        self._nodes = (one, other)
        self._sent: dict[str, list[str]] = {one.name: [], other.name: []}

    def send(self, source: RunningNode, destination: RunningNode) -> None:
        """Send a file, wait until it is there and confirmed, and print how long each took."""
        name = f"{len(self._sent[destination.name])}.bin"
        self._sent[destination.name].append(name)
        began_s = time.monotonic()
        dropped = source.drop(destination.name, name, os.urandom(300 * KIB))
        destination.wait_for_delivery(source.name, dropped)
        there_s = time.monotonic() - began_s
        for node in self._nodes:
            node.wait_until_settled()
        confirmed_s = time.monotonic() - began_s
        print(f"{source.name} to {destination.name}: {there_s:.1f} s, receipt {confirmed_s:.1f} s")

    def assert_complete(self) -> None:
        """Check that nothing is lost, and that nothing came twice."""
        one, other = self._nodes
        assert one.inbox_names(other.name) == sorted(self._sent[one.name])
        assert other.inbox_names(one.name) == sorted(self._sent[other.name])


def test_a_router_forgets_its_connections_and_changes_its_address(homes: Homes) -> None:
    with network(homes) as net:
        hub = net.hub("shelf")
        boat, router = net.inner("boat", IDLE_S)
        hub.enrol(boat, "deliver")
        boat.enrol(hub, "deliver")
        boat.change(
            f"INSERT INTO placed_calls (peer, keepalive_s) SELECT node, {KEEPALIVE_S} FROM peers"
        )
        start(hub, boat)
        sent = Sent(hub, boat)
        # Without it the first hello would be said a minute later.
        sent.send(boat, hub)
        wait_for_call(boat, "shelf")
        sent.send(hub, boat)
        router.forget()
        sent.send(hub, boat)
        router.move("198.18.1.2")
        sent.send(hub, boat)
        sent.assert_complete()
        assert hub.value("SELECT seen_address FROM peers") == "198.18.1.2"
        assert [node.errors() for node in (hub, boat)] == [[], []]


@pytest.mark.skipif(not IS_CAMPAIGN, reason="make routers has the minutes that it takes")
@pytest.mark.parametrize("idle_s", [IDLE_S, 10 * IDLE_S])
def test_what_an_idle_node_behind_a_router_costs(homes: Homes, idle_s: float) -> None:
    with network(homes) as net:
        hub = net.hub("shelf")
        boat, router = net.inner("boat", idle_s)
        hub.enrol(boat, "deliver")
        boat.enrol(hub, "deliver")
        start(hub, boat)
        wait_for_call(boat, "shelf")
        # What hub dialled in vain before.
        time.sleep(30.0)
        router.count()
        wakes = sum_of_wakes(boat)
        time.sleep(IDLE_COUNTED_S)
        counts = router.count()
        wakes = sum_of_wakes(boat) - wakes
        (silence,) = boat.rows("SELECT keepalive_s, forgets_s FROM placed_calls")
        print(f"idle for {IDLE_COUNTED_S:.0f} s: {counts}, {wakes} wake-ups, {silence}")
        assert wakes < IDLE_COUNTED_S
        if idle_s > IDLE_COUNTED_S:
            assert 0 < counts["bytes"] <= IDLE_COUNTED_S / KEEPALIVE_S * PROBE_BYTES
            assert counts["bytes"] * 2 == counts["packets"] * PROBE_BYTES, "nothing but probes"
        dropped = hub.drop("boat", "after.bin", b"after")
        boat.wait_for_delivery("shelf", dropped)


@pytest.mark.skipif(not IS_CAMPAIGN, reason="make routers has the minutes that it takes")
def test_what_a_call_on_a_schedule_costs(homes: Homes) -> None:
    with network(homes) as net:
        hub = net.hub("shelf")
        boat, router = net.inner("boat", IDLE_S)
        hub.enrol(boat, "deliver")
        boat.enrol(hub, "deliver")
        boat.configure(call_every="1min")
        start(hub, boat)
        rests = "SELECT 1 FROM placed_calls WHERE is_open = 0 AND due_s > clock() + 40"
        boat.wait_for_rows(rests)
        # What hub dialled in vain before.
        time.sleep(30.0)
        router.count()
        wait_for_call(boat, "shelf")
        boat.wait_for_rows(rests)
        time.sleep(5.0)
        print(f"one call on which nothing comes: {router.count()}")
        dropped = hub.drop("boat", "after.bin", b"after")
        boat.wait_for_delivery("shelf", dropped)


def sum_of_wakes(node: RunningNode) -> int:
    """Return how often the processes of a node have given up the processor by themselves."""
    found = 0
    for pid in node.pids():
        with open(f"/proc/{pid}/status") as status:  # noqa: PTH123
            (line,) = [each for each in status if each.startswith("voluntary")]
        found += int(line.split()[1])
    return found
