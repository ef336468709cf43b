"""Rows of tried_ways: what each address of a peer did."""

from netrelay.store.tried_ways import report_ways
from tests.store.node import THERE, OpenNode


def report(node: OpenNode, **tried: str) -> None:
    """Report ways in a transaction of their own."""
    database = node.open("processor_s")
    with database.transaction():
        report_ways(database, THERE, tried)


def test_a_way_keeps_its_last_success_and_its_last_failure(node: OpenNode) -> None:
    node.know(THERE)
    report(node, lan="no route to host", public="")
    node.time_s += 60
    report(node, lan="timed out")
    assert node.rows("SELECT way, reached_s, failures, reason FROM tried_ways ORDER BY way") == [
        ("lan", None, 2, "timed out"),
        ("public", node.value("SELECT clock() - 60"), 0, ""),
    ]
    node.time_s += 60
    report(node, lan="")
    assert node.rows(
        "SELECT clock() - reached_s, clock() - failed_s, failures FROM tried_ways WHERE way = 'lan'"
    ) == [(0, 60, 0)]


def test_sixteen_ways_of_a_peer_are_kept_those_that_were_tried_last(node: OpenNode) -> None:
    node.know(THERE)
    for number in range(20):
        node.time_s += 1
        report(node, **{f"w{number:02}": "refused"})
    kept = [way for (way,) in node.rows("SELECT way FROM tried_ways ORDER BY way")]
    assert kept == [f"w{number:02}" for number in range(4, 20)]


def test_rows_go_with_their_peer_and_of_a_stranger_there_is_none(node: OpenNode) -> None:
    report(node, lan="refused")
    assert node.rows("SELECT * FROM tried_ways") == []
    node.know(THERE)
    report(node, lan="refused")
    node.write("DELETE FROM peers WHERE node = ?", THERE)
    assert node.rows("SELECT * FROM tried_ways") == []
