"""The door `delivery_troubles`: why a file cannot be put into the inbox, and when it is tried."""

import pytest

from netrelay.core.words import State
from netrelay.store.schema import backoffs
from tests.sql.node import MIB, Node
from tests.sql.test_every_move import TYPES, Board, board

__all__ = ["board"]
DELAYS = [row.most_s for row in backoffs() if row.policy == "delivery"]
CLEAR = (None, None, None, 0, 0.0)
# Each way in which a message that waits for exporter ends, and who reports it.
ENDS = {
    "exported": "exporter",
    "expired": "exporter",
    "undeliverable": "exporter",
    "cancelled": "person",
}
WHY = "No space left on device"


@pytest.fixture
def node() -> Node:
    """A node that knows one peer, at a time of its own."""
    node = Node("here")
    node.know("far")
    node.time_s = 100.0
    return node


def arrive(node: Node, sequence: int = 1, attempt: int = 1) -> int:
    """Let a file of `far` arrive whole; its row has the number of its sequence."""
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s) VALUES (?1, 'far', 'here', x'00', ?1, 'name', 5, 0, 0) ON CONFLICT DO NOTHING",
        (sequence,),
    )
    return node.arrived(
        1, "far", sequence=sequence, attempt=attempt, size_bytes=5, total_bytes=5, file=sequence
    )


def fail(node: Node, message: int, code: str = "disk-full", reason: str = WHY) -> None:
    node.execute("INSERT INTO delivery_troubles VALUES (?, ?, ?)", (message, code, reason))


def trouble(node: Node, file: int = 1) -> tuple[object, ...]:
    return node.row(
        "SELECT trouble, trouble_reason, trouble_s, failures, due_s FROM files WHERE id = ?",
        (file,),
    )


def work(node: Node) -> list[int]:
    return [message for (message,) in node.rows("SELECT id FROM work_exporter")]


def next_due_s(node: Node) -> float | None:
    due_s: float | None = node.value("SELECT due_s FROM next_due WHERE process = 'exporter'")
    return due_s


def test_it_waits_longer_after_each_failure_and_is_due_again(node: Node) -> None:
    message = arrive(node)
    assert work(node) == [message]
    assert DELAYS == [10, 20, 40, 60]
    for failures, delay_s in enumerate([*DELAYS, DELAYS[-1]], 1):
        fail(node, message)
        assert trouble(node) == ("disk-full", WHY, 100.0, failures, node.time_s + delay_s)
        assert work(node) == []
        assert next_due_s(node) == node.time_s + delay_s
        node.time_s += delay_s
        assert work(node) == [message]


def test_others_do_not_wait_for_it(node: Node) -> None:
    first, second = arrive(node, 1), arrive(node, 2)
    fail(node, first)
    assert work(node) == [second]
    assert trouble(node, 2) == CLEAR


def test_several_reports_of_one_try_are_one_failure(node: Node) -> None:
    first, second = arrive(node), arrive(node, attempt=2)
    fail(node, first)
    fail(node, second, "disk-error", "another one")
    assert trouble(node) == ("disk-full", WHY, 100.0, 1, 110.0)
    assert work(node) == []


def test_the_last_trouble_counts_since_the_first(node: Node) -> None:
    message = arrive(node)
    fail(node, message)
    node.time_s = 110.0
    fail(node, message, "not-permitted", "Permission denied")
    assert trouble(node) == ("not-permitted", "Permission denied", 100.0, 2, 130.0)


@pytest.mark.parametrize("event", ENDS)
def test_it_ends_with_its_message(node: Node, event: str) -> None:
    message = arrive(node)
    fail(node, message)
    node.fact(message, event, ENDS[event])
    assert trouble(node) == CLEAR
    assert node.rows("SELECT * FROM next_due WHERE process = 'exporter' AND due_s > 0") == []


def test_it_ends_when_its_source_withdraws_the_file(node: Node) -> None:
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s) VALUES (1, 'far', 'here', x'00', 1, 'name', 5, 0, 0)"
    )
    manifest = node.arrived(3, "far", total_bytes=MIB, file=1, info='{"kind": "file"}')
    node.execute("INSERT INTO covered VALUES (?, 0, ?)", (manifest, MIB))
    fail(node, manifest)
    assert work(node) == []
    node.fact(manifest, "withdrawn", "engine")
    assert trouble(node) == CLEAR


def test_a_file_that_comes_again_begins_without_it(node: Node) -> None:
    message = arrive(node)
    fail(node, message)
    node.fact(message, "cancelled", "person")
    node.fact(message, "again", "processor_r")
    assert work(node) == [message]


def test_what_expires_says_why_it_was_not_delivered(node: Node) -> None:
    message, other = arrive(node, 1), arrive(node, 2)
    fail(node, message)
    for each in (message, other):
        node.fact(each, "expired", "exporter")
    assert node.rows("SELECT reason FROM receipts_due ORDER BY sequence") == [
        (f"lifetime used up; it could not be put into the inbox: {WHY}",),
        ("lifetime used up",),
    ]
    assert node.value("SELECT reason FROM messages WHERE id = ?", (message,)).endswith(WHY)


def test_only_what_waits_for_exporter_can_be_in_trouble(board: Board) -> None:
    """Every state and type: a report of any other message is refused and changes nothing."""
    node = board.node
    report = "INSERT INTO delivery_troubles VALUES (?, 'disk-full', 'why')"
    for state in ("-", *State):
        for type_ in TYPES:
            message = board.ids[state, type_]
            assert node.expect_refusal(report, (message,)) == (
                f"no such delivery: message {message} in {state} of type {type_}"
            )
    assert node.rows("SELECT id FROM files WHERE due_s > 0") == []
    assert "(there is none)" in node.expect_refusal(report, (1_000_000,))
    node.execute(
        "INSERT INTO files (id, source, destination, epoch, sequence, name, size_bytes, mtime_ns,"
        " unix_s) VALUES (1, 'there', 'here', x'00', 1, 'name', 5, 0, 0)"
    )
    for (state, type_), message in board.ids.items():
        if type_ not in (1, 3) or state in ("-", "N-0"):
            continue
        node.execute("UPDATE messages SET file = 1 WHERE id = ?", (message,))
        if state == "N-4":
            node.execute(report, (message,))
        else:
            assert "no such delivery" in node.expect_refusal(report, (message,))
    assert node.rows("SELECT trouble, failures FROM files") == [("disk-full", 1)]
