"""Contacts are stored only if they change something."""

import pytest

from netrelay.store.contacts import greet_unmet, hosts_of, note_contacts, renew_agreements
from tests.store.node import OTHER, THERE, OpenNode


def commits(node: OpenNode) -> list[set[str]]:
    """Return the processes that each commit since the last call woke."""
    rung, node.rung[:] = list(node.rung), []
    return rung


def test_a_contact_that_changes_nothing_is_not_stored(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    database = node.open("processor_r")
    commits(node)
    note_contacts(database, {THERE: "10.0.0.5"})
    assert commits(node) == [{"processor_s", "initial_sender"}]
    for _ in range(3):
        note_contacts(database, {THERE: "10.0.0.5"})
        note_contacts(database, {OTHER: "10.0.0.6"})
        note_contacts(database, {})
    assert commits(node) == []
    node.write("INSERT INTO connections (peer, due_s, changed_s) VALUES (?, 5000, -5)", THERE)
    note_contacts(database, {THERE: "10.0.0.5"})
    assert commits(node) == [{"processor_s", "initial_sender"}]
    assert node.value("SELECT due_s FROM connections") == database.now_s()


@pytest.mark.parametrize(
    ("seen", "given", "hosts"),
    [
        ("", "[]", ()),
        ("10.0.0.5", '["there.local"]', ("there.local", "10.0.0.5")),
        ("", '["10.0.0.5", "a"]', ("10.0.0.5", "a")),
        ("10.0.0.9", '["a", "10.0.0.9", "b"]', ("a", "10.0.0.9", "b")),
        ("10.0.0.9", '["a", "b", "c", "d", "e"]', ("a", "b", "c", "d", "10.0.0.9", "e")),
    ],
)
def test_hosts_are_those_that_were_given_in_their_order_then_where_it_was_seen(
    seen: str, given: str, hosts: tuple[str, ...]
) -> None:
    assert hosts_of(seen, given) == hosts


def test_a_new_agreement_is_requested_from_every_peer_with_one(node: OpenNode) -> None:
    node.know(THERE)
    node.know(OTHER)
    node.agree(THERE)
    for _ in range(2):
        renew_agreements(node.open("initial_sender"))
        assert node.rows("SELECT destination FROM messages WHERE type = 4") == [(THERE,)]
    assert node.value("SELECT count(*) FROM sysinfo") == 1, "it counts until they answer"


def test_direct_peers_without_an_agreement_are_greeted_once(node: OpenNode) -> None:
    node.know(THERE)
    node.know(OTHER)
    database = node.open("initial_sender")
    greeted = "SELECT destination FROM messages WHERE type = 4"
    greet_unmet(database)
    assert node.rows(greeted) == [], "nobody knows where they are"
    node.write("UPDATE peers SET addresses = '[\"10.0.0.7\"]'")
    node.agree(OTHER)
    for _ in range(2):
        greet_unmet(database)
        assert node.rows(greeted) == [(THERE,)]


@pytest.mark.parametrize("change", ["via = NULL", "paused_s = 1"])
def test_peers_to_which_nothing_may_go_are_not_greeted(node: OpenNode, change: str) -> None:
    node.know(THERE)
    node.write(f"UPDATE peers SET addresses = '[\"10.0.0.7\"]', {change}")
    greet_unmet(node.open("initial_sender"))
    assert node.rows("SELECT 1 FROM messages WHERE type = 4") == []
