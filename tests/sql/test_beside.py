"""Ways side by side: which connections are asked for, and what becomes of them."""

import json

import pytest

from netrelay.link.socket_options import TIMEOUT_S
from netrelay.store.outgoing import SILENT
from tests.sql.node import MIB, Node

LAN, WIFI, MODEM = WAYS = ["10.0.0.2", "10.1.0.2", "boat.example.org by wwan0"]
BUDGET = (
    "INSERT INTO budgets (peer, limit_bytes, period, from_unix_s, until_unix_s)"
    " VALUES ('there', 5000000, 'day', 0, 86400)"
)

TWINS = (
    "INSERT INTO named_epochs VALUES ('there', x'01', 1, 0, 1000, '10.0.0.2', NULL),"
    " ('there', x'02', 2, 900, 900, '10.1.0.2', NULL)"
)


@pytest.fixture
def node() -> Node:
    """A node that sends a file in 16 pieces to `there`, which it has reached by the first way."""
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    listed(node, *WAYS)
    node.execute("UPDATE peers SET beside = 2, resumes = 1")
    node.time_s = 1000.0
    job = node.job("there", 16 * MIB)
    node.send(node.pieces(job, 3)[0])
    node.fact(node.pieces(job, 2)[0], "handed", "processor_s")
    reach(node, LAN, 7)
    return node


def listed(node: Node, *ways: str) -> None:
    node.execute("UPDATE peers SET addresses = ?", (json.dumps(ways),))


def reach(node: Node, way: str, handle: int) -> None:
    """Report that the peer was reached."""
    node.execute("INSERT INTO calls VALUES ('there', ?, 0, 2, 0, NULL, 0.5, '::1', '')", (handle,))
    node.execute("INSERT INTO reached_ways VALUES ('there', ?, ?)", (handle, way))


def beside(node: Node, handle: int, way: str = WIFI, verdict: int = -1, why: str = "") -> None:
    """Report what became of a connection beside that one."""
    node.execute(
        "INSERT INTO calls_beside VALUES ('there', ?, ?, ?, 0.5, '::2', ?)",
        (way, handle, verdict, why),
    )


def end(node: Node, verdict: int = -1) -> None:
    """Report that the connection has ended."""
    node.execute(
        "INSERT INTO calls VALUES ('there', -1, ?, 2, 0, 60.0, 0.5, '', 'reset')", (verdict,)
    )


def asked(node: Node) -> list[str]:
    """Return by which ways connections are asked for."""
    return [way for (way,) in node.rows("SELECT way FROM work_beside ORDER BY way")]


def test_one_more_is_asked_for_while_much_waits(node: Node) -> None:
    assert asked(node) == [WIFI]
    beside(node, 8)
    assert asked(node) == []
    assert node.rows("SELECT handle FROM ended_beside") == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE peers SET beside = 1",
        "UPDATE peers SET paused_s = 5",
        "UPDATE peers SET limit_bytes_per_s = 65536",
        "UPDATE peers SET calls = 1",
        "UPDATE peers SET resumes = 0",
        BUDGET,
        "INSERT INTO limit_windows VALUES ('there', '[\"Sat\"]', 65536, 1, NULL, 1)",
        TWINS,
    ],
)
def test_a_peer_that_has_one_way_at_a_time(node: Node, change: str) -> None:
    beside(node, 8)
    node.execute(change)
    assert node.rows("SELECT handle FROM ended_beside") == [(8,)]
    beside(node, -1, verdict=0)
    assert asked(node) == []


def test_a_limit_whose_hours_are_over_is_none(node: Node) -> None:
    node.execute("INSERT INTO limit_windows VALUES ('there', '[\"Sat\"]', 65536, 0, NULL, 1)")
    assert asked(node) == [WIFI]


def test_not_while_little_waits(node: Node) -> None:
    pieces = node.rows("SELECT id FROM messages WHERE type = 2 AND state = 'S-4' ORDER BY id")
    for (piece,) in pieces[6:]:
        node.send(piece)
    assert asked(node) == [WIFI]
    node.send(pieces[0][0])
    assert asked(node) == []


def test_not_before_its_manifest_is_admitted(node: Node) -> None:
    node.execute(
        "INSERT INTO facts SELECT id, 'acked', 'processor_s', NULL, NULL FROM messages"
        " WHERE type = 2 AND state = 'S-4W'"
    )
    assert asked(node) == [], "no piece is under way"


def test_not_while_its_window_is_closed(node: Node) -> None:
    node.execute(
        "INSERT INTO windows (peer, texts, unsynchronised, is_open, until_unix_s)"
        " VALUES ('there', '[\"Sat\"]', 'closed', 0, NULL)"
    )
    assert asked(node) == []


def test_a_way_in_reserve_is_not_used_beside_nor_does_one_go_beside_it(node: Node) -> None:
    beside(node, 8)
    beside(node, -1)
    node.time_s += 5
    assert asked(node) == [WIFI]
    node.execute("INSERT INTO reached_ways VALUES ('there', 7, ?)", (MODEM,))
    assert asked(node) == [], "it is reached by the one in reserve"


def test_a_serial_line_is_no_way_beside(node: Node) -> None:
    listed(node, LAN, "serial:/dev/ttyUSB0,115200")
    node.execute("UPDATE peers SET beside = 2")
    assert asked(node) == []


def test_one_that_fails_is_tried_less_and_less(node: Node) -> None:
    dues = []
    for _ in range(4):
        beside(node, -1, why="refused")
        assert asked(node) == []
        due_s = node.value("SELECT due_s FROM connections_beside")
        dues.append(due_s - node.time_s)
        assert node.value("SELECT due_s FROM next_due_of_processor_s") <= due_s
        node.time_s = due_s
        assert asked(node) == [WIFI]
    assert dues == sorted(dues)
    assert dues[0] < dues[-1]


def test_one_that_opens_and_breaks_at_once_is_tried_less_and_less_too(node: Node) -> None:
    for failures in (1, 2, 3):
        beside(node, 8)
        beside(node, -1, why="reset")
        assert node.value("SELECT failures FROM connections_beside") == failures
    beside(node, 8)
    node.time_s += 10
    beside(node, -1, why="reset")
    assert node.value("SELECT failures FROM connections_beside") == 1


def test_what_a_peer_may_still_hold_is_not_opened_again_before_it_does_not(node: Node) -> None:
    assert node.value("SELECT held_s FROM beside_bounds") == TIMEOUT_S
    beside(node, 8)
    beside(node, -1, verdict=SILENT)
    node.time_s += TIMEOUT_S - 1
    assert asked(node) == []
    node.time_s += 1
    assert asked(node) == [WIFI]


def test_nor_is_that_of_one_that_has_given_its_place(node: Node) -> None:
    beside(node, 8)
    end(node, SILENT)
    assert node.row("SELECT handle, failures FROM connections") == (8, 0)
    node.time_s += TIMEOUT_S - 1
    assert asked(node) == []
    node.time_s += 1
    assert asked(node) == [LAN]


def test_nor_is_that_of_one_that_had_taken_a_place(node: Node) -> None:
    """It has no session either."""
    beside(node, 8)
    end(node)
    end(node, SILENT)
    assert node.row("SELECT handle, failures FROM connections") == (-1, 1)
    reach(node, LAN, 9)
    assert asked(node) == []
    node.time_s += TIMEOUT_S
    assert asked(node) == [WIFI]


def test_the_silent_end_of_one_whose_peer_was_removed_changes_nothing(node: Node) -> None:
    node.execute(
        "INSERT INTO calls_beside VALUES ('gone', ?, -1, ?, 0.5, '', 'reset')", (WIFI, SILENT)
    )
    node.execute("INSERT INTO silent_ways VALUES ('gone', ?)", (WIFI,))
    assert node.value("SELECT count(*) FROM connections_beside") == 0


def test_a_peer_without_several_connections_has_no_rows_of_them(node: Node) -> None:
    end(node, SILENT)
    assert node.value("SELECT count(*) FROM connections_beside") == 0


def test_one_that_has_ended_since_nothing_was_left_is_no_failure(node: Node) -> None:
    beside(node, 8)
    beside(node, -1, verdict=0)
    assert node.row("SELECT failures, due_s FROM connections_beside") == (0, 0.0)


def test_it_takes_the_place_of_one_that_has_ended(node: Node) -> None:
    beside(node, 8)
    end(node)
    assert node.row("SELECT handle, way, address, down_s FROM connections") == (
        *(8, WIFI, "::2", None),
    )
    assert node.value("SELECT handle FROM connections_beside") == -1
    assert asked(node) == [LAN], "now the first way is beside it"
    end(node)
    assert node.value("SELECT handle FROM connections") == -1


def test_it_ends_where_the_other_one_moves_to_its_way(node: Node) -> None:
    beside(node, 8)
    node.execute("INSERT INTO reached_ways VALUES ('there', 7, ?)", (WIFI,))
    assert node.rows("SELECT handle FROM ended_beside") == [(8,)]


def test_one_that_opens_after_the_other_has_ended_ends(node: Node) -> None:
    end(node)
    beside(node, 8)
    assert node.rows("SELECT handle FROM ended_beside") == [(8,)]


@pytest.mark.parametrize(
    ("after", "count"),
    [
        ([WIFI, LAN, MODEM], 2),
        ([LAN, WIFI], 2),
        ([LAN, WIFI, "third", MODEM], 2),
        ([WIFI, MODEM], 1),
        ([MODEM, LAN, WIFI], 1),
        ([LAN], 1),
    ],
)
def test_another_list_is_named_anew(node: Node, after: list[str], count: int) -> None:
    listed(node, *after)
    assert node.value("SELECT beside FROM peers") == count


def test_what_is_no_address_any_more_is_forgotten(node: Node) -> None:
    beside(node, 8)
    listed(node, LAN)
    beside(node, -1)
    assert node.rows("SELECT way FROM connections_beside") == []
