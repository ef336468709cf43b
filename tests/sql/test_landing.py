"""Files that land in a store: exporter does not get them before the store has acknowledged them."""

from typing import Any

import pytest

from netrelay.core.words import DeliveryTrouble
from tests.sql.node import Node

HASH = bytes(range(32))
KEY = "far/here/00/1"


@pytest.fixture
def node() -> Node:
    """A node where all that comes lands."""
    node = Node("here")
    node.know("far")
    node.know("near")
    node.time_s = 100.0
    land(node, "[]")
    return node


def land(node: Node, peers: str | None, keeps_inbox: int = 1) -> None:
    node.execute("UPDATE selfinfo SET lands = ?, keeps_inbox = ?", (peers, keeps_inbox))


def arrive(node: Node, sequence: int = 1, attempt: int = 1, source: str = "far") -> int:
    """Let a file arrive whole; its row has the number of its sequence."""
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s) VALUES (?1, ?2, 'here', x'00', ?1, 'name', 5, 0, 0) ON CONFLICT DO NOTHING",
        (sequence, source),
    )
    return node.arrived(
        1, source, sequence=sequence, attempt=attempt, size_bytes=5, total_bytes=5, file=sequence
    )


def exporters(node: Node) -> list[tuple[Any, ...]]:
    return node.rows("SELECT id, is_to_land, is_only_landed FROM work_exporter ORDER BY id")


def landers(node: Node) -> list[int]:
    return [message for (message,) in node.rows("SELECT message FROM work_lander ORDER BY 1")]


def hand_over(node: Node, message: int, file: int = 1) -> None:
    node.execute("INSERT INTO owed_landings VALUES (?, ?, ?)", (file, message, HASH))


def landed(node: Node, file: int = 1) -> None:
    node.execute("INSERT INTO landed VALUES (?, 'boats', ?, 7)", (file, KEY))


def test_a_file_goes_from_exporter_to_lander_and_back(node: Node) -> None:
    message = arrive(node)
    assert exporters(node) == [(message, 1, 0)]
    assert landers(node) == []
    node.woken.clear()
    hand_over(node, message)
    assert node.woken == {"lander"}
    assert (exporters(node), landers(node)) == ([], [message])
    node.woken.clear()
    landed(node)
    assert node.woken == {"exporter"}
    assert (exporters(node), landers(node)) == ([(message, 0, 0)], [])
    row = node.row("SELECT bucket, object, landed_unix_s, content_hash FROM landings")
    assert row == ("boats", KEY, 7, HASH)
    # Its receipt says the hash, whether or not it gets a name in the inbox.
    assert node.value("SELECT content_hash FROM files") == HASH
    assert node.rows("SELECT * FROM receipts_due") == []
    node.fact(message, "exported", "exporter")
    assert node.row("SELECT verdict, message FROM receipts_due") == (1, message)


def test_what_stays_in_the_store_alone_is_told_so(node: Node) -> None:
    land(node, "[]", keeps_inbox=0)
    message = arrive(node)
    hand_over(node, message)
    landed(node)
    assert exporters(node) == [(message, 0, 1)]
    # It had its name before that was configured: it may be there.
    node.execute("UPDATE files SET inbox_name = 'name'")
    assert exporters(node) == [(message, 0, 0)]


def test_what_may_be_in_the_inbox_already_does_not_land(node: Node) -> None:
    """exporter had named it before landing was configured, and may have linked it."""
    message = arrive(node)
    node.execute("UPDATE files SET inbox_name = 'name'")
    assert exporters(node) == [(message, 0, 0)]


def test_only_files_of_named_peers_land(node: Node) -> None:
    land(node, '["near"]')
    first, second = arrive(node, 1), arrive(node, 2, source="near")
    assert exporters(node) == [(first, 0, 0), (second, 1, 0)]


def test_what_waits_for_a_store_that_is_no_longer_configured_goes_to_the_inbox(node: Node) -> None:
    message = arrive(node)
    hand_over(node, message)
    land(node, None)
    assert (exporters(node), landers(node)) == ([(message, 0, 0)], [])
    land(node, "[]")
    assert (exporters(node), landers(node)) == ([], [message])


def test_two_attempts_land_once(node: Node) -> None:
    first, second = arrive(node), arrive(node, attempt=2)
    assert exporters(node) == [(first, 1, 0), (second, 1, 0)]
    hand_over(node, first)
    # Not handed over again and again, in turn.
    assert exporters(node) == []
    assert landers(node) == [first]
    landed(node)
    assert exporters(node) == [(first, 0, 0), (second, 0, 0)]


def test_another_attempt_lands_when_the_first_has_died(node: Node) -> None:
    first = arrive(node)
    hand_over(node, first)
    node.fact(first, "cancelled", "person")
    assert landers(node) == []
    second = arrive(node, attempt=2)
    assert exporters(node) == [(second, 1, 0)]
    hand_over(node, second)
    assert landers(node) == [second]
    # The word about the first comes late: it is in the store.
    landed(node)
    assert exporters(node) == [(second, 0, 0)]


def test_what_has_landed_is_not_owed_again(node: Node) -> None:
    message = arrive(node)
    hand_over(node, message)
    landed(node)
    hand_over(node, message)
    assert landers(node) == []
    node.execute("INSERT INTO landed VALUES (1, 'other', 'other', 9)")
    assert node.row("SELECT bucket, object FROM landings") == ("boats", KEY)


def test_a_file_whose_bytes_are_gone_is_exporters_again(node: Node) -> None:
    message = arrive(node)
    hand_over(node, message)
    node.woken.clear()
    node.execute("INSERT INTO returned_landings VALUES (1)")
    assert node.woken == {"exporter"}
    assert exporters(node) == [(message, 1, 0)]
    hand_over(node, message)
    landed(node)
    node.execute("INSERT INTO returned_landings VALUES (1)")
    assert node.value("SELECT object FROM landings") == KEY


def test_a_trouble_of_the_store_waits_shows_and_ends(node: Node) -> None:
    message = arrive(node)
    hand_over(node, message)
    node.execute("INSERT INTO delivery_troubles VALUES (?, 'store-away', 'why')", (message,))
    assert (exporters(node), landers(node)) == ([], [])
    assert node.value("SELECT due_s FROM next_due WHERE process = 'lander'") == 110.0
    cause = node.row("SELECT cause, reason, next_try_s, tries FROM causes")
    assert cause == ("undelivered", "why", 110.0, 1)
    node.time_s = 110.0
    assert landers(node) == [message]
    landed(node)
    assert node.row("SELECT trouble, trouble_s, failures, due_s FROM files") == (None, None, 0, 0)
    assert exporters(node) == [(message, 0, 0)]


def test_its_source_is_told_once_for_each_trouble(node: Node) -> None:
    message = arrive(node)
    hand_over(node, message)

    def told(trouble: str) -> list[tuple[Any, ...]]:
        node.execute("DELETE FROM receipts_due")
        reason = "the store at 192.0.2.7 says no"
        node.execute("INSERT INTO delivery_troubles VALUES (?, ?, ?)", (message, trouble, reason))
        node.time_s += 60
        return node.rows("SELECT verdict, message, reason FROM receipts_due")

    # A verdict that ends nothing there, and no word that tells where the store is.
    away = (2, 0, "it is here, and waits for the store: it cannot be reached")
    assert told("store-away") == [away]
    assert told("store-away") == []
    assert told("store-key") == [(2, 0, "it is here, and waits for the store: it refuses the key")]
    assert told("store-away") == [away]
    # A disk of the inbox is this node's own matter.
    assert told("disk-full") == []


def test_each_trouble_of_the_store_has_words_for_its_source(node: Node) -> None:
    known = {code for (code,) in node.rows("SELECT code FROM store_troubles")}
    assert known == {each for each in DeliveryTrouble if each.startswith("store-")}


def test_what_waits_for_long_is_a_finding(node: Node) -> None:
    message = arrive(node)
    hand_over(node, message)
    query = "SELECT count(*) FROM open_landings"
    assert node.value(query) == 1
    node.fact(message, "cancelled", "person")
    assert node.value(query) == 0
