"""Outbound: the frames with which the next connection goes on, and what becomes of their rows."""

import os

import pytest

from netrelay.core.budget import Budget, wire_estimate_bytes
from netrelay.core.calendar import Period, Span
from netrelay.core.message_frames import messages_frame_limit_bytes
from netrelay.store.budgets import set_budget
from netrelay.store.outgoing import Neighbour
from netrelay.transfer.flight import Flight
from netrelay.transfer.frame_filler import Slot
from netrelay.transfer.outbound import Outbound
from tests.transfer.linked_pair import SIZE, Pair, Sent, TestNode

CHUNK = 2
MIB = 1 << 20
NEXT_HANDLE = 77


@pytest.fixture(name="outbound")
def _outbound(pair: Pair) -> Outbound:
    """Return the sending half of the source."""
    return pair.source.outbound


def store(node: TestNode) -> None:
    """Commit the reported events, without a fill."""
    node.outbound.commit([], node.time_s)


def two_chunks_sent(pair: Pair) -> list[Sent]:
    """Drop a file of two chunks, send its manifest, then both on one connection."""
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    (manifest,) = pair.source.fill_once(pair.destination, slots=1)
    pair.source.outbound.decided(manifest.handle, 1, pair.source.time_s)
    store(pair.source)
    sent = pair.source.fill_once(pair.destination, slots=2)
    assert [each.number for each in sent] == [1, 2]
    assert pair.source.states(CHUNK) == ["S-4W", "S-4W"]
    return sent


def send_next(pair: Pair) -> list[tuple[int, int]]:
    """Send what is ready on the next connection; return (frame number, message) of each."""

    def take_slot(flight: Flight) -> Slot | None:
        memory = memoryview(bytearray(messages_frame_limit_bytes(SIZE)))
        return Slot(0, memory) if flight.handle == NEXT_HANDLE else None

    fills = pair.source.outbound.fill(take_slot, pair.source.time_s)
    frames = pair.source.outbound.commit(fills, pair.source.time_s).frames
    laid = [frame for _, filled in fills for frame in filled.frames]
    return [(frame.number, each.messages[0].id) for frame, each in zip(frames, laid, strict=True)]


def open_again(pair: Pair, resumed: int) -> None:
    """Report that the next connection is open, and goes on up to this frame."""
    to = pair.destination
    neighbour = Neighbour(to.id, to.name, (), (), 2, SIZE)
    pair.source.outbound.call_answered(
        neighbour, NEXT_HANDLE, 0, 0, "", "", pair.source.time_s, resumed
    )


def test_frames_that_were_begun_are_in_flight_again(pair: Pair, outbound: Outbound) -> None:
    sent = two_chunks_sent(pair)
    outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=1)
    store(pair.source)
    assert pair.source.states(CHUNK) == ["S-4", "S-4"]
    open_again(pair, resumed=1)
    # Before the rows say so, too, the message is not sent a second time.
    assert send_next(pair) == [(2, sent[1].messages[0].id)]
    assert pair.source.states(CHUNK) == ["S-4W", "S-4W"]
    outbound.decided(NEXT_HANDLE, 2, pair.source.time_s)
    store(pair.source)
    assert pair.source.states(CHUNK) == ["F", "F"]


def test_end_opening_and_decision_may_come_at_once(pair: Pair, outbound: Outbound) -> None:
    sent = two_chunks_sent(pair)
    outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
    open_again(pair, resumed=2)
    outbound.decided(NEXT_HANDLE, 1, pair.source.time_s)
    outbound.ended(NEXT_HANDLE, "reset again", pair.source.time_s, begun=2)
    store(pair.source)
    assert pair.source.states(CHUNK) == ["F", "S-4"]


def test_what_the_peer_does_not_know_is_sent_anew(pair: Pair, outbound: Outbound) -> None:
    sent = two_chunks_sent(pair)
    outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
    open_again(pair, resumed=0)
    store(pair.source)
    assert pair.source.states(CHUNK) == ["S-4", "S-4"]
    assert [number for number, _ in send_next(pair)] == [1, 2]


def test_a_message_that_was_begun_anew_meanwhile_is_not_decided_by_the_old_frame(
    pair: Pair, outbound: Outbound
) -> None:
    sent = two_chunks_sent(pair)
    outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
    store(pair.source)
    changed = sent[0].messages[0].id
    pair.source.write("UPDATE messages SET attempt = 2 WHERE id = ?", changed)
    open_again(pair, resumed=2)
    outbound.decided(NEXT_HANDLE, 2, pair.source.time_s)
    store(pair.source)
    state = "SELECT state FROM messages WHERE id = ?"
    assert pair.source.value(state, changed) == "S-4"
    assert pair.source.value(state, sent[1].messages[0].id) == "F"


def test_a_message_that_ended_meanwhile_stays_ended(pair: Pair, outbound: Outbound) -> None:
    sent = two_chunks_sent(pair)
    outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
    store(pair.source)
    pair.source.write("UPDATE messages SET next_hop = 'another' WHERE type = 2")
    open_again(pair, resumed=2)
    outbound.ended(NEXT_HANDLE, "reset again", pair.source.time_s, begun=2)
    store(pair.source)
    events = "SELECT count(*) FROM events e JOIN messages m ON m.id = e.message WHERE m.type = 2"
    assert pair.source.value(events + " AND e.event = 'lost'") == 2
    assert pair.source.states(CHUNK) == ["S-4", "S-4"]


def test_a_new_generation_goes_on_with_nothing(pair: Pair, outbound: Outbound) -> None:
    sent = two_chunks_sent(pair)
    outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
    outbound.start_anew()
    open_again(pair, resumed=2)
    store(pair.source)
    assert pair.source.states(CHUNK) == ["S-4", "S-4"]


class TestOfAPeerWithABudget:
    def test_what_may_be_sent_again_is_held_until_it_is_decided(
        self, pair: Pair, outbound: Outbound
    ) -> None:
        sent = two_chunks_sent(pair)
        give_budget(pair)
        outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
        store(pair.source)
        assert held_bytes(pair) == 0
        assert outbound.may_go_on(pair.destination.id)
        again_bytes = sum(wire_estimate_bytes(len(each.payload)) for each in sent)
        assert held_bytes(pair) == pytest.approx(again_bytes, abs=64)
        open_again(pair, resumed=2)
        outbound.decided(NEXT_HANDLE, 1, pair.source.time_s)
        store(pair.source)
        assert held_bytes(pair) >= again_bytes
        outbound.decided(NEXT_HANDLE, 2, pair.source.time_s)
        store(pair.source)
        assert held_bytes(pair) == 0

    def test_a_start_counts_it_as_used(self, pair: Pair, outbound: Outbound) -> None:
        sent = two_chunks_sent(pair)
        give_budget(pair)
        outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
        store(pair.source)
        assert outbound.may_go_on(pair.destination.id)
        held = held_bytes(pair)
        assert held > 2 * SIZE
        outbound.start_anew()
        assert (held_bytes(pair), used_bytes(pair)) == (0, held)

    @pytest.mark.parametrize("outcome", ["not reached", "forgotten there", "broken again"])
    def test_it_is_held_no_more(self, pair: Pair, outbound: Outbound, outcome: str) -> None:
        sent = two_chunks_sent(pair)
        give_budget(pair)
        outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
        store(pair.source)
        assert outbound.may_go_on(pair.destination.id)
        if outcome == "not reached":
            to = Neighbour(pair.destination.id, "", (), (), 2, SIZE)
            outbound.call_answered(to, -1, -1, 0, "", "refused", pair.source.time_s)
        else:
            open_again(pair, resumed=2 if outcome == "broken again" else 0)
        if outcome == "broken again":
            outbound.ended(NEXT_HANDLE, "reset again", pair.source.time_s, begun=2)
        store(pair.source)
        assert held_bytes(pair) == 0

    def test_the_session_ends_if_the_budget_has_not_so_much_left(
        self, pair: Pair, outbound: Outbound
    ) -> None:
        sent = two_chunks_sent(pair)
        give_budget(pair)
        outbound.ended(sent[0].handle, "reset", pair.source.time_s, begun=2)
        store(pair.source)
        pair.source.write(
            "INSERT INTO wire_reports SELECT peer, data_left_bytes - ? FROM budget_levels",
            2 * SIZE - 1,
        )
        assert not outbound.may_go_on(pair.destination.id)
        assert held_bytes(pair) == 0
        open_again(pair, resumed=0)
        store(pair.source)
        assert pair.source.states(CHUNK) == ["S-4", "S-4"]


def give_budget(pair: Pair) -> None:
    database = pair.source.databases["processor_s"]
    span = Span(0, 1 << 40)
    with database.transaction():
        set_budget(
            database, pair.destination.id, Budget(10 * MIB, Period.MONTH, MIB), span, "closed"
        )
    pair.source.refresh()


def held_bytes(pair: Pair) -> int:
    return int(str(pair.source.value("SELECT held_bytes FROM budgets")))


def used_bytes(pair: Pair) -> int:
    return int(str(pair.source.value("SELECT coalesce(sum(used_bytes), 0) FROM budget_use")))
