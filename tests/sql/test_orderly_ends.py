"""A connection that its peer closes in order, or has no room for, is no failure."""

import pytest

from tests.sql.node import MIB, Node

OPENED = "INSERT INTO calls VALUES ('there', 7, 0, 3, 0, NULL, 0.5, '10.0.0.9', '')"
ENDED = "INSERT INTO calls VALUES ('there', -1, ?, 3, 0, 9.0, 0.5, '', 'why')"
BROKEN, RESTED, CLOSED_BY_PEER = -1, 0, -2
FAR_S = 900.0


@pytest.fixture
def node() -> Node:
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    node.time_s = 100.0
    node.execute(OPENED)
    return node


@pytest.mark.parametrize(
    ("how", "failures", "unreached"),
    [(BROKEN, 1, True), (RESTED, 0, False), (CLOSED_BY_PEER, 0, False)],
)
def test_an_end_in_order_is_no_failure(
    node: Node, how: int, failures: int, unreached: bool
) -> None:
    node.execute("UPDATE sysinfo SET agreement_number = 3")
    node.execute(ENDED, (how,))
    found = node.row("SELECT handle, failures, unreached_s IS NOT NULL FROM connections")
    assert found == (-1, failures, unreached)
    assert node.value("SELECT due_s FROM connections") <= node.time_s + 1


@pytest.mark.parametrize(
    ("how", "is_due"), [(BROKEN, True), (RESTED, False), (CLOSED_BY_PEER, True)]
)
def test_what_the_peer_refused_is_tried_again_where_the_peer_has_closed(
    node: Node, how: int, is_due: bool
) -> None:
    """It may have closed because it would now take what it refused."""
    (piece,) = node.pieces(node.job("there", 5))
    node.execute("UPDATE messages SET due_s = ? WHERE id = ?", (FAR_S, piece))
    node.execute(ENDED, (how,))
    assert (node.value("SELECT due_s FROM messages WHERE id = ?", (piece,)) < FAR_S) is is_due


def test_who_is_told_to_wait_waits_as_long_as_it_was_told(node: Node) -> None:
    """However often: the listener knows how many wait."""
    node.execute(ENDED, (CLOSED_BY_PEER,))
    for _ in range(12):
        node.execute("INSERT INTO calls VALUES ('there', -1, 3, 3, 7, NULL, 0.9, '', 'busy')")
        assert node.value("SELECT due_s FROM connections") == node.time_s + 7
        node.time_s += 7
