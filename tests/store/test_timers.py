"""Timers: the facts of each process that time makes due, and how long it may sleep."""

import pytest

from netrelay.store.outgoing import Call, report_call
from netrelay.store.timers import due_timers, next_due_s
from tests.store.node import THERE, OpenNode, file_of


def sleep_s(node: OpenNode, process: str = "processor_s") -> float | None:
    """Return how long a process may sleep."""
    return next_due_s(node.open(process))


def due(node: OpenNode, process: str = "processor_s") -> list[tuple[int, str]]:
    """Return the expired timers of a process."""
    return due_timers(node.open(process), 10)


@pytest.mark.parametrize(
    "process", ["processor_s", "processor_r", "exporter", "initial_sender", "lander"]
)
def test_without_work_a_process_has_no_deadline(node: OpenNode, process: str) -> None:
    assert sleep_s(node, process) is None
    assert due(node, process) == []


def test_a_lifetime_ends(node: OpenNode) -> None:
    job = node.add_job(10)  # waits for a route
    assert sleep_s(node) == pytest.approx(3_600)
    assert due(node) == []
    node.time_s += 3_600
    assert sleep_s(node) == 0
    assert due(node) == [(job, "expired")]
    node.fact(job, "expired")
    assert due(node) == []
    assert sleep_s(node) is None


def test_a_message_without_a_receipt_is_repeated(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    job = node.add_job(10)
    single = node.value("SELECT id FROM messages WHERE type = 1")
    assert isinstance(single, int)
    node.fact(single, "handed")
    node.fact(single, "acked")
    assert sleep_s(node) == pytest.approx(30)
    node.time_s += 30
    assert due(node) == [(job, "repeat")]
    node.fact(job, "repeat")
    node.fact(single, "handed")
    node.fact(single, "acked")
    assert sleep_s(node) == pytest.approx(60)


def test_the_cutting_of_a_file_continues_after_a_batch(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    job = node.add_job(300 * 65_536)
    assert due(node) == []
    manifest = node.value("SELECT id FROM messages WHERE type = 3")
    assert isinstance(manifest, int)
    node.fact(manifest, "handed")
    node.fact(manifest, "acked")
    assert due(node) == [(job, "cut-on")]
    node.fact(job, "cut-on")
    assert due(node) == []


def test_a_message_that_is_refused_too_often_is_given_up(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    node.add_job(10)
    single = node.value("SELECT id FROM messages WHERE type = 1")
    assert isinstance(single, int)
    for _ in range(12):
        assert due(node) == []
        node.fact(single, "handed")
        node.fact(single, "nacked")
    assert due(node) == [(single, "exhausted")]


def test_a_postponed_message_and_a_failed_connection_wake_in_time(node: OpenNode) -> None:
    node.know(THERE)
    node.agree(THERE)
    node.add_job(10)
    database = node.open("processor_s")
    with database.transaction():
        report_call(database, Call(THERE, -1, -1, 2, 17, None, 0.0, "", "refused"))
    assert sleep_s(node) == pytest.approx(17)


def test_an_incomplete_file_expires_by_exporter(node: OpenNode) -> None:
    message = node.arrive(
        *(3, 5), size_bytes=0, info='{"kind": "file"}', age_s=600, **file_of("name")
    )
    assert sleep_s(node, "exporter") == pytest.approx(3_000)
    node.time_s += 3_000
    assert due(node, "exporter") == [(message, "expired")]
    assert due(node) == []
    assert sleep_s(node) is None  # else processor_s would spin until exporter has ended it


def test_a_batch_is_limited(node: OpenNode) -> None:
    for number in range(5):
        node.add_job(10, str(number))
    node.time_s += 3_600
    assert len(due_timers(node.open("processor_s"), 3)) == 3
