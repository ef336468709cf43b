"""Every change of a field that processes cache of a peer increases the revision."""

import pytest

from netrelay.store.peers import Peer, peer_revision, read_peers
from tests.store.node import OpenNode

# Nothing changes them while the peer is enrolled (sql/guards.txt).
KEYS = {"certificate", "sealing_key"}
# A change of each other field of `Peer`.
CHANGES = {
    "name": "name = 'other'",
    "pin": "pin = zeroblob(32)",
    "addresses": "addresses = '[\"10.0.0.1\"]'",
    "commsport": "commsport = 1",
    "via": "via = NULL",
    "quota_bytes": "quota_bytes = 1",
    "limit_bytes_per_s": "limit_bytes_per_s = 4096",
    "calls": "calls = 1",
    "resumes": "resumes = 1",
    "takes_packed": "takes_packed = 1",
    "both_ways": "both_ways = 1",
    "is_group": "is_group = 1",
}
BUDGET = (
    "INSERT INTO budgets (peer, limit_bytes, period, from_unix_s, until_unix_s)"
    " VALUES ('there', 5000000, 'day', 0, 86400)"
)


def test_every_field_has_a_change() -> None:
    assert set(CHANGES) == set(Peer._fields) - {"node", "is_metered"} - KEYS


@pytest.mark.parametrize("field", CHANGES)
def test_a_change_of_a_field_is_counted(node: OpenNode, field: str) -> None:
    node.know("there")
    database = node.open("processor_s")
    before, peers = peer_revision(database), read_peers(database)
    node.write(f"UPDATE peers SET {CHANGES[field]}")
    assert peer_revision(database) != before
    assert read_peers(database) != peers


def test_a_budget_that_is_given_or_lifted_is_counted(node: OpenNode) -> None:
    node.know("there")
    database = node.open("processor_s")
    found = []
    for sql in ("SELECT 1", BUDGET, "DELETE FROM budgets"):
        node.write(sql)
        found.append((peer_revision(database), read_peers(database)["there"].is_metered))
    assert [metered for _, metered in found] == [False, True, False]
    assert len({revision for revision, _ in found}) == 3


def test_an_added_and_a_removed_peer_are_counted(node: OpenNode) -> None:
    database = node.open("processor_s")
    numbers = [peer_revision(database)]
    node.know("there")
    numbers.append(peer_revision(database))
    node.write("DELETE FROM peers")
    numbers.append(peer_revision(database))
    assert len(set(numbers)) == 3


def test_a_change_of_other_columns_is_not_counted(node: OpenNode) -> None:
    node.know("there")
    database = node.open("processor_s")
    before = peer_revision(database)
    node.write("UPDATE peers SET seen_address = '10.0.0.1', last_agreement = 7")
    assert peer_revision(database) == before
