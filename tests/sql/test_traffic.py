"""Hours of traffic: what is counted, what waits, and how many hours are kept."""

from tests.sql.node import MIB, Node

HOUR_S = 3600


def hours(node: Node) -> list[tuple[int, ...]]:
    return node.rows("SELECT * FROM traffic_hours ORDER BY hour")


def node_with_peer() -> Node:
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    return node


def test_a_job_waits_until_it_is_delivered_and_counts_once() -> None:
    node = node_with_peer()
    first, second = (node.job("there", 256, sequence=number) for number in (1, 2))
    assert hours(node) == [(0, 0, 0, 0, 0, 2, 2)]
    node.time_s = 3 * HOUR_S
    node.fact(first, "receipted", "engine")
    assert hours(node)[1:] == [(3, 1, 256, 0, 0, 1, 2)]
    node.fact(second, "cancelled", "person")
    assert hours(node)[1:] == [(3, 1, 256, 0, 0, 0, 2)]
    node.fact(second, "retry", "person")
    assert hours(node)[1:] == [(3, 1, 256, 0, 0, 1, 2)]


def test_what_comes_counts_and_does_not_wait() -> None:
    node = node_with_peer()
    node.fact(node.arrived(1, "there", size_bytes=5, total_bytes=5), "exported", "exporter")
    assert hours(node) == [(0, 0, 0, 1, 5, 0, 0)]


def test_an_hour_in_which_nothing_changes_has_no_row_and_720_are_kept() -> None:
    node = node_with_peer()
    for hour in (*range(0, 800, 2), 2000):
        node.time_s = hour * HOUR_S
        node.job("there", 256, sequence=hour + 1)
        assert len(hours(node)) <= 360
    assert hours(node) == [(2000, 0, 0, 0, 0, 401, 401)]
