"""A node that nobody can dial: it asks, receives its replies and its data on what it dials."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from tests.story.cutting_proxy import cutting_proxy
from tests.story.nodes import MIB, Homes, NodePair, RunningNode, free_address
from tests.story.relays import row_of


def pair_that_calls(homes: Homes) -> NodePair:
    """Create a hub and a boat that cannot be dialled; the hub knows no address of the boat."""
    pair = homes.pair()
    pair.boat.configure(can_be_dialled=False)
    return pair


def wait_for_call(caller: RunningNode) -> None:
    """Block until a call of this node is open."""
    caller.wait_for_rows("SELECT 1 FROM placed_calls WHERE is_open = 1")


def assert_nothing_was_dialled(hub: RunningNode, boat: RunningNode) -> None:
    """Check that the hub sent no hello, and that every reply went back on a connection of it."""
    assert (
        hub.rows(
            "SELECT 1 FROM messages WHERE type = 4 AND source <> destination AND birth = 'made'"
        )
        == []
    )
    assert {step.actor for step in hub.audit(5) if step.event == "sent"} == {"initial_receiver"}
    assert {step.actor for step in boat.audit(5) if step.event == "arrived"} == {"initial_sender"}


def test_files_go_both_ways_to_a_node_that_only_dials(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    pair.start()
    wait_for_call(boat)
    there = [hub.drop("boat", f"{n}.bin", os.urandom(n * 1000)) for n in range(20)]
    back = [boat.drop("shelf", f"{n}.bin", os.urandom(n * 1000)) for n in range(20)]
    large = hub.drop("boat", "large.bin", os.urandom(5 * MIB + 3))
    hub.line.good("message", "--to", "boat", "a text")
    for each in (*there, large):
        boat.wait_for_delivery("shelf", each)
    for each in back:
        hub.wait_for_delivery("boat", each)
    boat.wait_for_rows("SELECT 1 FROM texts WHERE text = 'a text'")
    pair.wait_until_settled()
    assert_nothing_was_dialled(hub, boat)
    assert [node.errors() for node in pair] == [[], []]


def test_a_node_calls_on_a_schedule_and_hangs_up(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    boat.configure(call_every="15min")
    pair.start()
    wait_for_call(boat)
    first = hub.drop("boat", "first.bin", os.urandom(MIB))
    boat.wait_for_delivery("shelf", first)
    is_over = "SELECT 1 FROM peer_overview WHERE call = 'resting' AND connection = 'none'"
    boat.wait_for_rows(is_over)
    assert "calls shelf every 15 min" in (said := boat.line.good("why", "shelf")), said
    assert "the next call is at" in said
    assert "next one is at" in boat.line.good("status")
    hub.wait_for_rows("SELECT 1 FROM connections WHERE handle = -1")
    second = hub.drop("boat", "second.bin", b"second")
    hub.wait_for_rows("SELECT 1 FROM queue WHERE cause = 'no-call'")
    assert "its last call ended" in hub.line.good("jobs")
    # What it sends itself has the call placed: the receipt comes on it, and what waits.
    back = boat.drop("shelf", "back.bin", b"back")
    hub.wait_for_delivery("boat", back)
    boat.wait_for_delivery("shelf", second)
    boat.wait_for_rows(is_over)
    boat.change("UPDATE placed_calls SET due_s = clock() + 1", "SELECT wake('processor_r')")
    wait_for_call(boat)
    boat.wait_for_rows(is_over)
    pair.wait_until_settled()
    assert_nothing_was_dialled(hub, boat)
    assert [node.errors() for node in pair] == [[], []]


@contextmanager
def router(here: str, there: RunningNode) -> Iterator[None]:
    """Forward both ports of a node, as a router does that hides who dials; then forget all."""
    with ExitStack() as ports:
        for port in (7411, 7412):
            ports.enter_context(cutting_proxy((here, port), (there.address, port), ()))
        yield


def test_a_node_behind_a_router_that_only_lets_out(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    outside = free_address()
    # All that the hub knows of the boat is the address of the router, where nobody answers.
    hub.line.good("peer", "address", "boat", free_address())
    boat.line.good("peer", "address", "shelf", outside)
    sent = []
    with router(outside, hub):
        pair.start()
        wait_for_call(boat)
        sent.append(hub.drop("boat", "first.bin", os.urandom(3 * MIB + 1)))
        back = boat.drop("shelf", "back.bin", os.urandom(MIB + 1))
        boat.wait_for_delivery("shelf", sent[-1])
        hub.wait_for_delivery("boat", back)
        assert hub.value("SELECT seen_address FROM peers") == "127.0.0.1"
        sent.append(hub.drop("boat", "second.bin", os.urandom(8 * MIB)))
        boat.wait_for_rows("SELECT 1 FROM ranges")
    # The router has forgotten every connection.
    with router(outside, hub):
        boat.wait_for_delivery("shelf", sent[-1])
        sent.append(hub.drop("boat", "third.bin", os.urandom(MIB)))
        boat.wait_for_delivery("shelf", sent[-1])
        pair.wait_until_settled()
    assert boat.inbox_names("shelf") == sorted(each.name.decode() for each in sent)
    assert_nothing_was_dialled(hub, boat)


def test_a_relay_carries_on_what_is_for_a_node_that_only_dials(homes: Homes) -> None:
    row = row_of(homes, "alba", "brno", "cork")
    source, destination = row.source, row.destination
    source.configure(can_be_dialled=False)
    destination.configure(can_be_dialled=False)
    source.line.good("peer", "allow", "cork", "deliver")
    source.line.good("peer", "allow", "brno", "carry", "cork")
    row.start()
    there = source.drop("cork", "there.bin", os.urandom(2 * MIB + 5))
    small = source.drop("cork", "small.txt", b"small")
    back = destination.drop("alba", "back.bin", os.urandom(MIB + 5))
    for each in (there, small):
        destination.wait_for_delivery("alba", each)
    source.wait_for_delivery("cork", back)
    row.wait_until_settled()
    for end in (source, destination):
        # None where the relay was the first to say hello: the own hello is spared then.
        assert {step.actor for step in end.audit(5) if step.event == "arrived"} <= {
            "initial_sender"
        }
    assert [node.errors() for node in row] == [[]] * len(row)


def test_each_side_is_killed_and_restarted_while_files_flow(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    pair.start()
    wait_for_call(boat)
    sent = []
    for number, (node, process) in enumerate(
        (
            (hub, "sender"),
            (hub, "receiver"),
            (hub, "processor_s"),
            (boat, "receiver"),
            (boat, "processor_r"),
            (boat, "initial_sender"),
        )
    ):
        sent.append(hub.drop("boat", f"{number}.bin", os.urandom(MIB + number)))
        node.kill(process)
        boat.wait_for_delivery("shelf", sent[-1])
    for number, node in enumerate((hub, boat, hub), 10):
        sent.append(hub.drop("boat", f"{number}.bin", os.urandom(MIB + number)))
        node.stop()
        node.start()
        boat.wait_for_delivery("shelf", sent[-1])
    pair.wait_until_settled()
    assert boat.inbox_names("shelf") == sorted(each.name.decode() for each in sent)
    assert_nothing_was_dialled(hub, boat)


def test_a_hub_that_forgot_the_agreement_is_greeted_by_its_caller(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    pair.start()
    wait_for_call(boat)
    before = boat.number("SELECT agreement_number FROM sysinfo")
    hub.stop()
    # Its configuration has changed: every agreement ends, and it cannot say so to the boat.
    hub.configure(capacity=MIB // 4)
    hub.start()
    dropped = hub.drop("boat", "after.bin", os.urandom(2 * MIB))
    boat.wait_for_delivery("shelf", dropped)
    assert boat.number("SELECT agreement_number FROM sysinfo") > before
    assert boat.number("SELECT message_size FROM sysinfo") == MIB // 4
    pair.wait_until_settled()
    assert_nothing_was_dialled(hub, boat)


def test_either_side_loses_its_database(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    pair.start()
    wait_for_call(boat)
    first = hub.drop("boat", "first.bin", os.urandom(MIB))
    boat.wait_for_delivery("shelf", first)
    for lost, other in ((boat, hub), (hub, boat)):
        lost.stop()
        lost.lose_database()
        lost.enrol(other, "deliver")
        lost.start()
        dropped = hub.drop("boat", f"after-{lost.name}.bin", os.urandom(MIB))
        boat.wait_for_delivery("shelf", dropped)


def test_the_hub_moves_and_a_person_tells_its_caller(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    pair.start()
    wait_for_call(boat)
    hub.stop()
    hub.move()
    hub.start()
    dropped = hub.drop("boat", "moved.bin", os.urandom(MIB))
    boat.line.good("peer", "address", "shelf", hub.address)
    boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    assert_nothing_was_dialled(hub, boat)


def test_what_waits_for_a_call_says_so(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    pair.start()
    wait_for_call(boat)
    boat.stop()
    dropped = hub.drop("boat", "waits.bin", b"waits")
    hub.wait_for_rows("SELECT 1 FROM queue WHERE cause = 'no-call' AND waits_for = 'boat'")
    assert hub.rows("SELECT name, cause FROM stuck") == [("waits.bin", "no-call")]
    assert "waits for a call of boat" in hub.line.good("why", "waits.bin")
    boat.start()
    boat.wait_for_delivery("shelf", dropped)
    hub.wait_for_rows("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM stuck)")


def test_a_node_can_be_dialled_again(homes: Homes) -> None:
    hub, boat = pair = pair_that_calls(homes)
    pair.start()
    wait_for_call(boat)
    boat.stop()
    boat.configure(can_be_dialled=True)
    boat.start()
    dropped = hub.drop("boat", "dialled.bin", os.urandom(MIB))
    boat.wait_for_delivery("shelf", dropped)
    assert hub.number("SELECT calls FROM peers") == 0
    boat.wait_for_rows(
        "SELECT 1 FROM messages WHERE type = 5 AND actor = 'initial_receiver' AND birth = 'arrived'"
    )
