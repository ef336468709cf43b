"""Commands about peers on running nodes: removing, pausing, pinging."""

from netrelay.ring.counters import CounterPage
from tests.story.nodes import Homes, RunningNode, wait_for


def connections_open(node: RunningNode, process: str) -> int:
    """Return the number of open connections of one process."""
    with node.line.environment():
        return CounterPage.open_for_reading(node.home.runtime).snapshot()[process][
            "connections_open"
        ]


def connected(homes: Homes) -> tuple[RunningNode, RunningNode]:
    """Yield two nodes with a connection from shelf to boat, after a delivered file."""
    pair = homes.pair()
    pair.start()
    pair.boat.wait_for_delivery("shelf", pair.shelf.drop("boat", "first.txt", b"first"))
    pair.wait_until_settled()
    wait_for("a connection", lambda: connections_open(pair.shelf, "sender") == 1)
    return pair.shelf, pair.boat


def test_removing_a_peer_closes_its_connections(homes: Homes) -> None:
    """At the sending and the receiving node; afterwards a ping explains the failure."""
    shelf, boat = connected(homes)
    assert "it lets this one in" in shelf.line.good("peer", "ping", "boat")
    boat.line.good("peer", "rm", "shelf")
    wait_for("boat to hang up", lambda: connections_open(boat, "receiver") == 0)
    wait_for("shelf to notice", lambda: connections_open(shelf, "sender") == 0)
    outcome = shelf.line("peer", "ping", "boat")
    assert outcome.code == 69
    assert "it does not know this node" in outcome.out, outcome
    assert not boat.errors()


def test_removing_a_next_hop_closes_its_connections(homes: Homes) -> None:
    shelf, boat = connected(homes)
    shelf.line.good("peer", "rm", "boat")
    wait_for("shelf to hang up", lambda: connections_open(shelf, "sender") == 0)
    wait_for("boat to notice", lambda: connections_open(boat, "receiver") == 0)
    assert not shelf.errors()


def test_a_ping_leaves_no_line_in_the_log(homes: Homes) -> None:
    shelf, boat = connected(homes)
    shelf.line.good("peer", "ping", "boat")
    shelf.line.good("peer", "ping", "boat")
    assert boat.rows("SELECT * FROM logs WHERE event = 'hello-refused'") == []


def test_nothing_is_sent_to_a_paused_peer_until_it_is_resumed(homes: Homes) -> None:
    shelf, boat = connected(homes)
    shelf.line.good("pause", "boat")
    waiting = shelf.drop("boat", "second.txt", b"second")
    shelf.wait_for_rows("SELECT 1 FROM causes WHERE cause = 'paused'")
    boat_file = boat.drop("shelf", "back.txt", b"back")
    shelf.wait_for_delivery("boat", boat_file)
    assert shelf.rows("SELECT 1 FROM messages WHERE state = 'S-4W'") == []
    assert boat.inbox_names("shelf") == ["first.txt"]
    assert "is paused" in shelf.line.good("why", "second.txt")
    shelf.line.good("resume", "boat")
    boat.wait_for_delivery("shelf", waiting)


def test_a_peer_that_is_removed_and_enrolled_again_is_sent_to(homes: Homes) -> None:
    """Its agreement numbers go on: the hellos of before are still rows."""
    shelf, boat = connected(homes)
    shelf.line.good("peer", "rm", "boat")
    shelf.enrol(boat, "deliver")
    again = shelf.drop("boat", "again.txt", b"again")
    boat.wait_for_delivery("shelf", again)
    back = boat.drop("shelf", "back.txt", b"back")
    shelf.wait_for_delivery("boat", back)
    for node in (shelf, boat):
        node.wait_until_settled()
        assert node.errors() == []
