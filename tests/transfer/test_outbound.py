"""The sending half without rings: the events that it stores, and when."""

import os

import pytest

from netrelay.core.frames import RefusedMessage
from netrelay.core.words import Refusal
from netrelay.store.outgoing import NO_CONNECTION, Neighbour
from netrelay.transfer.flight import Flight
from netrelay.transfer.outbound import Committed, Outbound
from tests.transfer.linked_pair import SIZE, Pair, Sent, TestNode

MANIFEST, CHUNK = 3, 2


@pytest.fixture(name="outbound")
def _outbound(pair: Pair) -> Outbound:
    """Return the sending half of the source."""
    return pair.source.outbound


def no_slot(_flight: Flight) -> None:
    """Return no slot for any connection."""


def store(node: TestNode) -> Committed:
    """Commit the reported events, without a fill."""
    return node.outbound.commit([], node.time_s)


def send_manifest(pair: Pair) -> Sent:
    """Drop a file of two chunks and send its manifest."""
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    (sent,) = pair.source.fill_once(pair.destination, slots=1)
    assert [message.type for message in sent.messages] == [MANIFEST]
    return sent


def neighbour(pair: Pair) -> Neighbour:
    """Return the destination as a next hop."""
    return Neighbour(pair.destination.id, pair.destination.name, (), (), 2, SIZE)


def test_a_frame_is_returned_only_after_its_messages_are_committed(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    handle = pair.source.connect(pair.destination)
    assert pair.source.outbound.fill(no_slot, pair.source.time_s)[0][0].handle == handle
    assert pair.source.states(MANIFEST) == ["S-4"]
    pair.source.fill_once(pair.destination, slots=1)
    assert pair.source.states(MANIFEST) == ["S-4W"]


def test_decisions_are_stored_by_the_next_commit(pair: Pair, outbound: Outbound) -> None:
    sent = send_manifest(pair)
    assert not outbound.is_idle
    outbound.decided(sent.handle, sent.number, pair.source.time_s)
    assert outbound.is_idle
    assert pair.source.states(MANIFEST) == ["S-4W"]
    store(pair.source)
    assert pair.source.states(MANIFEST) == ["F"]


def test_the_end_of_a_connection_loses_undecided_messages(pair: Pair, outbound: Outbound) -> None:
    sent = send_manifest(pair)
    outbound.ended(sent.handle, "reset", pair.source.time_s)
    store(pair.source)
    assert pair.source.states(MANIFEST) == ["S-4"]
    assert pair.destination.id not in outbound.connected
    (line,) = pair.source.logged
    assert "reset" in line
    outbound.ended(sent.handle, "twice", pair.source.time_s)
    assert not store(pair.source).is_busy


def test_a_new_generation_stores_reported_outcomes_and_loses_the_rest(
    pair: Pair, outbound: Outbound
) -> None:
    sent = send_manifest(pair)
    outbound.decided(sent.handle, sent.number, pair.source.time_s)
    pair.source.outbound.commit([], pair.source.time_s)
    chunks = pair.source.fill_once(pair.destination, slots=2)
    assert pair.source.states(CHUNK) == ["S-4W", "S-4W"]
    outbound.decided(chunks[0].handle, chunks[0].number, pair.source.time_s)
    outbound.start_anew()
    assert pair.source.states(CHUNK) == ["F", "S-4"]
    assert outbound.connected == set()


@pytest.mark.parametrize(
    ("verdict", "due_after_s"), [(3, 60), (-1, 1)], ids=["busy", "unreachable"]
)
def test_a_failed_call_is_not_repeated_at_once(
    pair: Pair, outbound: Outbound, verdict: int, due_after_s: int
) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    assert [each.node for each in outbound.neighbours_to_call()] == [pair.destination.id]
    wait_s = due_after_s if verdict == 3 else 0
    now_s = pair.source.time_s
    outbound.call_answered(neighbour(pair), NO_CONNECTION, verdict, wait_s, "", "no", now_s)
    store(pair.source)
    assert outbound.connected == set()
    assert outbound.neighbours_to_call() == []
    pair.source.time_s += due_after_s
    assert [each.node for each in outbound.neighbours_to_call()] == [pair.destination.id]


def test_a_connection_is_outdated_when_its_agreement_is_replaced(
    pair: Pair, outbound: Outbound
) -> None:
    handle = pair.source.connect(pair.destination)
    assert outbound.outdated_handles() == []
    pair.source.agree(pair.destination, SIZE, number=4)
    assert outbound.outdated_handles() == [handle]


def test_a_single_that_cannot_be_opened_is_sealed_under_another_key(
    pair: Pair, outbound: Outbound
) -> None:
    pair.source.drop_file(pair.destination, b"name", b"small")
    first, *_ = pair.source.fill(pair.destination)
    index = [message.type for message in first.messages].index(1)
    refused = RefusedMessage(first.number, index, Refusal.CANNOT_OPEN, 1)
    outbound.refused(first.handle, refused)
    outbound.decided(first.handle, first.number, pair.source.time_s)
    store(pair.source)
    (again,) = pair.source.fill(pair.destination)
    assert [message.type for message in again.messages] == [MANIFEST, 1]
    (judged,) = pair.destination.take(pair.source, [again.payload])
    assert [each.refused for each in judged] == [None, None]


def test_a_timer_that_an_acknowledgement_ends_is_not_reported(
    pair: Pair, outbound: Outbound
) -> None:
    """In one commit the manifest is acknowledged and its lifetime is over."""
    sent = send_manifest(pair)
    pair.source.write("UPDATE messages SET expires_s = 0 WHERE type = 3")
    outbound.decided(sent.handle, sent.number, pair.source.time_s)
    store(pair.source)
    assert pair.source.states(MANIFEST) == ["F"]
    assert pair.source.refused == []


def test_a_receipt_is_made_in_the_commit_that_finds_its_entries(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", b"small")
    pair.send()
    pair.destination.deliver()
    assert store(pair.destination).is_busy
    assert pair.destination.states(7) == ["S-4"]
    assert not store(pair.destination).is_busy


STALL = "SELECT handle >= 0, stalled_s IS NOT NULL, stall_reason FROM connections"


def test_a_stall_is_a_row_until_something_arrives_again(pair: Pair, outbound: Outbound) -> None:
    sent = send_manifest(pair)
    outbound.call_answered(neighbour(pair), sent.handle, 0, 0, "", "", pair.source.time_s)
    outbound.stalled(sent.handle, 11, "dialled beside")
    store(pair.source)
    assert pair.source.rows(STALL) == [(1, 1, "dialled beside")]
    since = pair.source.value("SELECT clock() - stalled_s FROM connections")
    assert since == pytest.approx(11, abs=1)
    outbound.stalled(sent.handle, None, "")
    store(pair.source)
    assert pair.source.rows(STALL) == [(1, 0, "")]
    outbound.stalled(99, 11, "an unknown handle")
    assert not store(pair.source).is_busy
    assert pair.source.rows(STALL) == [(1, 0, "")]


@pytest.mark.parametrize("ends", ["ended", "anew", "opened"])
def test_a_stall_ends_with_its_connection(pair: Pair, outbound: Outbound, ends: str) -> None:
    sent = send_manifest(pair)
    outbound.call_answered(neighbour(pair), sent.handle, 0, 0, "", "", pair.source.time_s)
    outbound.stalled(sent.handle, 11, "dialled beside")
    store(pair.source)
    if ends == "ended":
        outbound.ended(sent.handle, "reset", pair.source.time_s)
    elif ends == "anew":
        outbound.start_anew()
    else:
        outbound.call_answered(neighbour(pair), 8, 0, 0, "", "", pair.source.time_s)
    store(pair.source)
    assert pair.source.rows(STALL) == [(int(ends == "opened"), 0, "")]


UNSAID = "it has not said with which frame to go on"


@pytest.mark.parametrize("handle", [8, -1])
def test_a_peer_that_was_reached_and_does_not_answer_is_a_row(
    pair: Pair, outbound: Outbound, handle: int
) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    outbound.unanswered(pair.destination.id, 11, UNSAID)
    store(pair.source)
    assert pair.source.rows(STALL) == [(0, 1, UNSAID)]
    assert pair.source.rows("SELECT cause, reason FROM causes") == [("stalled", UNSAID)]
    verdict = 0 if handle >= 0 else -1
    outbound.call_answered(neighbour(pair), handle, verdict, 0, "", "why", pair.source.time_s)
    store(pair.source)
    assert pair.source.rows(STALL) == [(int(handle >= 0), 0, "")]


def test_what_was_dialled_beside_a_connection_is_stored(pair: Pair, outbound: Outbound) -> None:
    sent = send_manifest(pair)
    outbound.call_answered(neighbour(pair), sent.handle, 0, 0, "10.0.0.9", "", pair.source.time_s)
    outbound.moved(sent.handle, "", {"192.168.1.20": "refused"})
    store(pair.source)
    ways = "SELECT way, reached_s IS NOT NULL, reason FROM tried_ways ORDER BY way"
    assert pair.source.rows(ways) == [("192.168.1.20", 0, "refused")]
    assert pair.source.rows("SELECT address FROM connections") == [("10.0.0.9",)]
    outbound.moved(sent.handle, "192.168.1.20", {"192.168.1.20": ""})
    outbound.moved(99, "192.168.1.21", {"192.168.1.21": ""})
    store(pair.source)
    assert pair.source.rows(ways) == [("192.168.1.20", 1, "refused")]
    assert pair.source.rows("SELECT address FROM connections") == [("192.168.1.20",)]
