"""Deliveries that wait, as rows: what was reported, what is refused, and when exporter wakes."""

import pytest

from netrelay.store.coming_files import complete_files
from netrelay.store.delivery_troubles import stored_trouble
from netrelay.store.facts import Facts
from netrelay.store.timers import next_due_s
from tests.store.node import OpenNode, file_of


def arrive(node: OpenNode, sequence: int) -> tuple[int, int]:
    """Let a file arrive whole; return its message and its row."""
    message = node.arrive(1, sequence, **file_of("name"))
    file = node.value("SELECT file FROM messages WHERE id = ?", message)
    assert isinstance(file, int)
    return message, file


def report(node: OpenNode, *troubles: tuple[int, str, str]) -> list[str]:
    """Report troubles as exporter; return what was refused."""
    refused: list[str] = []
    database = node.open("exporter")
    with database.transaction():
        Facts(database, refused.append).report_delivery_troubles(troubles)
    return refused


def test_what_was_reported_is_stored_until_the_message_ends(node: OpenNode) -> None:
    message, file = arrive(node, 1)
    exporter = node.open("exporter")
    assert stored_trouble(exporter, file) == (None, None)
    assert report(node, (message, "disk-full", "full")) == []
    assert stored_trouble(exporter, file) == ("disk-full", "full")
    assert complete_files(exporter, 10) == []
    node.time_s += 10
    assert [each.message for each in complete_files(exporter, 10)] == [message]
    node.fact(message, "exported", "exporter")
    assert stored_trouble(exporter, file) == (None, None)


def test_exporter_wakes_when_the_first_is_due(node: OpenNode) -> None:
    first, _ = arrive(node, 1)
    report(node, (first, "disk-full", "full"))
    node.time_s += 4
    second, _ = arrive(node, 2)
    report(node, (second, "disk-full", "full"))
    assert next_due_s(node.open("exporter")) == pytest.approx(6)
    node.fact(first, "cancelled", "person")
    assert next_due_s(node.open("exporter")) == pytest.approx(10)


def test_one_that_is_refused_leaves_the_others(node: OpenNode) -> None:
    (gone, _), (message, file) = arrive(node, 1), arrive(node, 2)
    node.fact(gone, "cancelled", "person")
    (refused,) = report(node, (gone, "disk-full", "full"), (message, "disk-full", "full"))
    assert refused == f"no such delivery: message {gone} in D of type 1"
    assert stored_trouble(node.open("exporter"), file) == ("disk-full", "full")


def test_a_file_without_a_row_has_none(node: OpenNode) -> None:
    assert stored_trouble(node.open("exporter"), 7) == (None, None)
