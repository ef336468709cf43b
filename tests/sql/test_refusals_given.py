"""The door `refusal_reports`: what peers were refused here, counted until it is no longer true."""

import pytest

from netrelay.core.words import Refusal
from netrelay.store.schema import refusals
from tests.sql.node import Node

GIVEN = "SELECT peer, code, missing, subject, messages, first_s, last_s, reason FROM refusals_given"


@pytest.fixture(name="node")
def _node() -> Node:
    """Return a node that knows two peers, at a time of its own."""
    node = Node("here")
    node.know("far")
    node.know("other")
    node.time_s = 100.0
    return node


def report(
    node: Node,
    refusal: Refusal = Refusal.NOT_PERMITTED,
    missing: str = "deliver",
    subject: str = "far",
    messages: int = 1,
    peer: str = "far",
    reason: str = "why",
) -> None:
    node.execute(
        "INSERT INTO refusal_reports VALUES (?, ?, ?, ?, ?, ?)",
        (peer, int(refusal), missing, subject, messages, reason),
    )


def subjects(node: Node) -> list[str]:
    return [row[3] for row in node.rows(GIVEN)]


def test_refusals_of_one_cause_are_one_row(node: Node) -> None:
    report(node, messages=3)
    node.time_s += 50
    report(node, messages=4, reason="why now")
    assert node.rows(GIVEN) == [("far", 6, "deliver", "far", 7, 100.0, 150.0, "why now")]
    report(node, missing="relay")
    report(node, Refusal.QUOTA, "bytes")
    report(node, peer="other")
    assert len(node.rows(GIVEN)) == 4


@pytest.mark.parametrize("row", refusals(), ids=lambda row: row.name)
def test_what_ends_by_itself_is_not_counted(node: Node, row: object) -> None:
    report(node, Refusal[row.name])  # type: ignore[attr-defined]
    assert len(node.rows(GIVEN)) == (row.ended_by != "itself")  # type: ignore[attr-defined]


def test_a_peer_fills_no_table_with_names(node: Node) -> None:
    for number in range(1000):
        report(node, subject=f"subject {number}")
        report(node, missing="carry", subject=f"subject {number}")
    found = node.rows(GIVEN)
    assert len(found) == 32 + 2
    assert sum(row[4] for row in found) == 2000
    assert subjects(node).count("") == 2
    report(node, peer="other")
    assert node.rows(GIVEN + " WHERE peer = 'other'") != []


def test_nobody_is_counted_who_is_no_peer(node: Node) -> None:
    report(node, peer="stranger")
    assert node.rows(GIVEN) == []


def test_a_right_ends_what_it_permits(node: Node) -> None:
    report(node)
    report(node, missing="carry", subject="third", peer="other")
    report(node, missing="deliver", subject="other", peer="other")
    report(node, Refusal.QUOTA, "bytes")
    report(node, Refusal.MALFORMED, "")
    node.execute("INSERT INTO rights VALUES ('far', 'deliver', '')")
    assert [row[:4] for row in node.rows(GIVEN)] == [
        ("far", Refusal.QUOTA, "bytes", "far"),
        ("far", Refusal.MALFORMED, "", "far"),
        ("other", Refusal.NOT_PERMITTED, "carry", "third"),
        ("other", Refusal.NOT_PERMITTED, "deliver", "other"),
    ]
    node.execute("INSERT INTO rights VALUES ('other', 'carry', 'third')")
    assert node.rows(GIVEN + " WHERE missing = 'carry'") == []


def test_a_quota_a_route_and_an_enrolment_end_what_they_permit(node: Node) -> None:
    report(node, Refusal.QUOTA, "bytes")
    node.execute("UPDATE peers SET quota_bytes = 10 WHERE node = 'other'")
    assert len(node.rows(GIVEN)) == 1
    node.execute("UPDATE peers SET quota_bytes = 10 WHERE node = 'far'")
    assert node.rows(GIVEN) == []
    report(node, Refusal.NO_ROUTE, "other-route", "other")
    node.execute("UPDATE peers SET via = 'far' WHERE node = 'other'")
    assert node.rows(GIVEN) == []
    report(node, missing="peer", subject="third")
    report(node, Refusal.NO_ROUTE, "route", "third")
    node.know("third")
    assert node.rows(GIVEN) == []


def test_a_row_goes_with_its_peer(node: Node) -> None:
    report(node)
    report(node, peer="other")
    node.execute("DELETE FROM peers WHERE node = 'far'")
    assert [row[0] for row in node.rows(GIVEN)] == ["other"]


def test_what_processors_drop_a_connection_for_is_a_column() -> None:
    """By hand: what a person at the refusing node changes with a command."""
    named = {row.name for row in refusals() if row.ended_by in ("right", "route", "quota")}
    assert named == {"NOT_PERMITTED", "NO_ROUTE", "QUOTA"}
