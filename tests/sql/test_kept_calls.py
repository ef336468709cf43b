"""How long a call may be silent, and when it is doubted."""

from typing import Any

import pytest

from tests.sql.node import Node
from tests.sql.test_calls import boat, hub, report, settle

__all__ = ["boat", "hub"]  # fixtures


def keepalive_s(node: Node) -> Any:
    return node.value("SELECT keepalive_s FROM placed_calls")


def test_the_silence_grows_by_steps_until_a_router_forgets(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    report(boat, "open")
    seen = [keepalive_s(boat)]
    for _ in range(4):
        report(boat, "kept")
        seen.append(keepalive_s(boat))
    assert seen == [30, 45, 60, 75, 90]
    report(boat, "silent", silence_s=90)
    assert boat.value("SELECT due_s FROM work_call") <= boat.time_s + 1, "called again at once"
    report(boat, "open")
    assert keepalive_s(boat) == 75
    report(boat, "kept")
    assert keepalive_s(boat) == 75, "90 were too long"
    boat.time_s += 86_400
    report(boat, "kept")
    assert keepalive_s(boat) == 90, "tried again after a day"


def test_the_silence_stays_within_its_bounds(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    report(boat, "open")
    for _ in range(100):
        report(boat, "kept")
    assert keepalive_s(boat) == 900
    for _ in range(100):
        report(boat, "silent", silence_s=900)
        report(boat, "open")
    assert keepalive_s(boat) == 15


@pytest.mark.parametrize(
    "events", [[("ended", 0)], [("silent", 45), ("unreached", 0)], [("silent", 0)]]
)
def test_an_end_that_is_no_fault_of_a_router_teaches_nothing(
    boat: Node, hub: Node, events: list[tuple[str, int]]
) -> None:
    settle(boat, hub)
    report(boat, "open")
    report(boat, "kept")
    for event, silence_s in events:
        report(boat, event, silence_s=silence_s)
    report(boat, "open")
    report(boat, "kept")
    assert keepalive_s(boat) == 60


def test_a_router_that_loses_its_table_leaves_the_longest_silence(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    report(boat, "open")
    for _ in range(10):
        report(boat, "kept")
    for _ in range(2):
        report(boat, "silent", silence_s=30)
        report(boat, "open")
        assert keepalive_s(boat) == 180
        assert boat.value("SELECT forgets_s FROM placed_calls") is None
        report(boat, "kept")
        assert keepalive_s(boat) == 195, "the longest is borne as before"
        boat.execute("UPDATE placed_calls SET keepalive_s = 180")


def test_another_router_that_forgets_sooner_is_found_out(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    report(boat, "open")
    for _ in range(10):
        report(boat, "kept")
    seen = []
    for silence_s in (60, 60, 60):
        report(boat, "silent", silence_s=silence_s)
        report(boat, "open")
        seen.append(keepalive_s(boat))
    assert seen == [180, 60, 45]
    assert boat.value("SELECT forgets_s FROM placed_calls") == 60


def test_a_dead_call_has_the_calls_to_other_peers_probed(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    report(boat, "open")
    boat.know("port")
    boat.execute("INSERT INTO placed_calls (peer, is_open) VALUES ('port', 1)")
    doubted = "SELECT peer FROM placed_calls WHERE is_doubted = 1"
    report(boat, "ended")
    assert boat.rows(doubted) == []
    report(boat, "open")
    report(boat, "silent")
    assert boat.rows(doubted) == [("port",)], "they go by the same router"


def test_a_call_is_doubted_when_the_connection_the_other_way_changes(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    boat.execute("INSERT INTO connections (peer) VALUES ('hub')")
    boat.execute("UPDATE connections SET handle = 6")
    doubted = "SELECT is_doubted FROM placed_calls"
    assert boat.rows(doubted) == []
    report(boat, "open")
    boat.woken.clear()
    boat.execute("UPDATE connections SET handle = 6")
    assert (boat.rows(doubted), boat.woken) == ([(0,)], set())
    boat.execute("UPDATE connections SET handle = -1")
    assert boat.rows(doubted) == [(1,)]
    assert "processor_r" in boat.woken
    report(boat, "ended")
    report(boat, "open")
    assert boat.rows(doubted) == [(0,)]


def test_a_dead_call_has_the_connection_beside_it_dialled_anew(boat: Node, hub: Node) -> None:
    settle(boat, hub)
    opened = "INSERT INTO calls VALUES ('hub', ?, 0, 3, 0, NULL, 0.5, '', '')"
    forgotten = "SELECT handle FROM forgotten_connections"
    boat.execute(opened, (6,))
    boat.time_s += 10
    report(boat, "open")
    boat.time_s += 10
    report(boat, "ended")
    assert boat.rows(forgotten) == [], "the hub may have been restarted"
    report(boat, "open")
    boat.time_s += 10
    boat.woken.clear()
    report(boat, "silent")
    assert boat.rows(forgotten) == [(6,)]
    assert "processor_s" in boat.woken
    boat.time_s += 1
    boat.execute(opened, (7,))
    assert boat.rows(forgotten) == [], "it was dialled since"


def test_a_connection_that_has_moved_has_its_address_and_the_call_probed(
    boat: Node, hub: Node
) -> None:
    settle(boat, hub)
    boat.execute("INSERT INTO calls VALUES ('hub', 6, 0, 3, 0, NULL, 0.5, '10.0.0.9', '')")
    report(boat, "open")
    addresses = "SELECT address, reached_address, handle FROM connections"
    doubted = "SELECT is_doubted FROM placed_calls"
    for peer, handle, address in (("hub", 6, ""), ("hub", 5, "192.168.1.20")):
        boat.execute("UPDATE placed_calls SET is_doubted = 0")
        boat.execute("INSERT INTO moves VALUES (?, ?, ?)", (peer, handle, address))
        assert boat.rows(addresses) == [("10.0.0.9", "10.0.0.9", 6)]
    boat.execute("UPDATE placed_calls SET is_doubted = 0")
    boat.woken.clear()
    boat.execute("INSERT INTO moves VALUES ('hub', 6, '192.168.1.20')")
    assert boat.rows(addresses) == [("192.168.1.20", "192.168.1.20", 6)]
    assert boat.rows(doubted) == [(1,)]
    assert "processor_r" in boat.woken
