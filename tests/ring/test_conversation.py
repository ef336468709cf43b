"""Conversations: records wait in order for a full ring, and are discarded with their generation."""

from pathlib import Path

import pytest

from netrelay.ring.conversation import Conversation
from netrelay.ring.layout import BELL_PACKET, COUNTS, RING_RECORDS
from netrelay.ring.records import Decided, SlotFree, decode
from tests.ring.pair import Pair, is_readable, linked_pair, make_connector


@pytest.fixture
def records() -> list[Decided]:
    return [Decided(1, frame) for frame in range(RING_RECORDS * 2 + 10)]


def received(pair: Pair, limit: int = RING_RECORDS) -> list[object]:
    pair.connector.service()
    found = [decode(payload) for payload in pair.connector.take(limit)]
    pair.connector.flush()
    return list(found)


def test_a_record_arrives_after_the_flush(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        conversation = Conversation(pair.listener)
        conversation.put(SlotFree(3))
        assert received(pair) == []
        conversation.flush()
        assert received(pair) == [SlotFree(3)]
        conversation.flush()
        assert received(pair) == []


def test_a_full_ring_neither_loses_nor_reorders_records(
    directory: Path, records: list[Decided]
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        conversation = Conversation(pair.listener)
        for record in records[:-1]:
            conversation.put(record)
        conversation.flush()
        found = received(pair, 300)
        pair.listener.service()
        # There is room now, but waiting records go first.
        conversation.put(records[-1])
        for _ in range(10):
            pair.listener.service()
            conversation.flush()
            found += received(pair, 300)
        assert found == records


def test_a_writer_with_waiting_records_is_woken_when_there_is_room(
    directory: Path, records: list[Decided]
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        conversation = Conversation(pair.listener)
        for record in records:
            conversation.put(record)
        conversation.flush()
        pair.listener.service()
        assert not is_readable(pair.listener.filenos())
        received(pair)
        assert is_readable(pair.listener.filenos())


def test_waiting_records_are_discarded_with_their_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        conversation = Conversation(pair.listener)
        conversation.put(SlotFree(1))
        conversation.flush()
        pair.connector.connect()
        assert conversation.service()
        pair.connector.service()
        conversation.put(SlotFree(2))
        conversation.flush()
        assert received(pair) == [SlotFree(2)]


def test_service_reports_begin_and_end_of_a_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        assert not here.service()
        # The connector connects within service().
        there.service()
        assert here.service()
        assert there.service()
        assert not here.service()
        assert not there.service()
        here.put(SlotFree(7))
        here.flush()
        assert not there.service()
        assert list(there.receive(8)) == [SlotFree(7)]
        pair.connector.close()
        assert here.service()


def test_each_descriptor_is_watched_once(directory: Path) -> None:
    with linked_pair(directory) as pair:
        watched: list[int] = []
        Conversation(pair.listener, watched.append)
        assert tuple(watched) == pair.listener.filenos()


def test_published_records_are_received_once_after_the_end(directory: Path) -> None:
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        pair.open()
        here.put(SlotFree(1))
        here.flush()
        assert not there.service()
        assert list(there.receive(8)) == [SlotFree(1)]
        here.put(Decided(1, 2))
        here.put(Decided(1, 3))
        assert not here.is_all_published
        here.flush()
        assert here.is_all_published
        # Appended without a flush: never published.
        here.put(Decided(1, 4))
        pair.listener.close()
        assert there.service()
        assert list(there.receive_unread()) == [Decided(1, 2), Decided(1, 3)]
        assert list(there.receive_unread()) == []


def test_unread_records_survive_a_peer_that_closed_with_packets_unread(directory: Path) -> None:
    """Linux then reports ECONNRESET once, before the packets that are still queued."""
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        pair.open()
        there.put(SlotFree(1))
        there.flush()
        here.put(Decided(1, 2))
        here.flush()
        pair.listener.close()
        assert there.service()
        assert list(there.receive_unread()) == [Decided(1, 2)]


def test_unread_records_belong_to_one_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        pair.open()
        there.put(Decided(1, 2))
        there.flush()
        pair.connector.close()
        assert here.service()
        other = make_connector(directory)
        try:
            assert other.connect()
            assert here.service()
            assert list(here.receive_unread()) == []
        finally:
            other.close()


def test_records_published_since_service_are_received_in_the_same_step(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        conversation, other = Conversation(pair.listener), Conversation(pair.connector)
        assert not conversation.service()
        for number in range(2):
            other.put(SlotFree(number))
            other.flush()
        assert list(conversation.receive(9)) == []
        assert list(conversation.receive_more(1)) == [SlotFree(0)]
        assert list(conversation.receive_more(9)) == [SlotFree(1)]


def test_a_generation_ends_in_service_only(directory: Path) -> None:
    """What was put after its end would be sent in the next one."""
    with linked_pair(directory) as pair:
        pair.open()
        conversation, other = Conversation(pair.listener), Conversation(pair.connector)
        other.put(SlotFree(1))
        other.flush()
        pair.connector.close()
        assert list(conversation.receive_more(9)) == [SlotFree(1)]
        assert list(conversation.receive_more(9)) == []
        assert pair.listener.is_open
        assert conversation.service()


def test_a_count_that_cannot_be_true_ends_the_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        conversation = Conversation(pair.listener)
        bell = pair.connector._bell
        assert bell is not None
        bell.send(BELL_PACKET.pack(COUNTS, RING_RECORDS + 1, 0))
        assert list(conversation.receive_more(9)) == []
        assert conversation.service()
        assert "published count" in pair.listener.close_reason
