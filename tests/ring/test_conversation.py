"""What a full ring does not take waits in order, and a channel that is closed keeps nothing."""

from pathlib import Path

import pytest

from netrelay.ring.conversation import Conversation
from netrelay.ring.layout import RING_RECORDS
from netrelay.ring.records import Decided, SlotFree, decode
from tests.ring.pair import Pair, is_readable, linked_pair, make_connector


@pytest.fixture
def records() -> list[Decided]:
    return [Decided(1, frame) for frame in range(RING_RECORDS * 2 + 10)]


def taken(pair: Pair, limit: int = RING_RECORDS) -> list[object]:
    pair.connector.service()
    found = [decode(payload) for payload in pair.connector.take(limit)]
    pair.connector.flush()
    return list(found)


def test_a_record_arrives_after_a_flush(directory: Path) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        talk = Conversation(pair.listener)
        talk.put(SlotFree(3))
        assert taken(pair) == []
        talk.flush()
        assert taken(pair) == [SlotFree(3)]
        talk.flush()
        assert taken(pair) == []


def test_nothing_is_lost_and_nothing_overtakes_when_the_ring_is_full(
    directory: Path, records: list[Decided]
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        talk = Conversation(pair.listener)
        for record in records[:-1]:
            talk.put(record)
        talk.flush()
        found = taken(pair, 300)
        pair.listener.service()
        # There is room now, but what waits goes first.
        talk.put(records[-1])
        for _ in range(10):
            pair.listener.service()
            talk.flush()
            found += taken(pair, 300)
        assert found == records


def test_whoever_has_something_waiting_is_woken_when_there_is_room(
    directory: Path, records: list[Decided]
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        talk = Conversation(pair.listener)
        for record in records:
            talk.put(record)
        talk.flush()
        pair.listener.service()
        assert not is_readable(pair.listener.filenos())
        taken(pair)
        assert is_readable(pair.listener.filenos())


def test_what_waits_is_for_one_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        talk = Conversation(pair.listener)
        talk.put(SlotFree(1))
        talk.flush()
        pair.connector.connect()
        assert talk.turned()
        pair.connector.service()
        talk.put(SlotFree(2))
        talk.flush()
        assert taken(pair) == [SlotFree(2)]


def test_both_ends_hear_when_a_generation_begins_and_ends(directory: Path) -> None:
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        assert not here.turned()
        # The connector's end connects by itself.
        there.turned()
        assert here.turned()
        assert there.turned()
        assert not here.turned()
        assert not there.turned()
        here.put(SlotFree(7))
        here.flush()
        assert not there.turned()
        assert list(there.hear(8)) == [SlotFree(7)]
        pair.connector.close()
        assert here.turned()


def test_every_descriptor_is_watched_once(directory: Path) -> None:
    with linked_pair(directory) as pair:
        watched: list[int] = []
        Conversation(pair.listener, watched.append)
        assert tuple(watched) == pair.listener.filenos()


def test_what_was_told_before_the_end_is_heard_once_and_nothing_else(directory: Path) -> None:
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        pair.open()
        here.put(SlotFree(1))
        here.flush()
        assert not there.turned()
        assert list(there.hear(8)) == [SlotFree(1)]
        here.put(Decided(1, 2))
        here.put(Decided(1, 3))
        assert not here.is_all_told
        here.flush()
        assert here.is_all_told
        # Never told: the same as never said.
        here.put(Decided(1, 4))
        pair.listener.close()
        assert there.turned()
        assert list(there.last_words()) == [Decided(1, 2), Decided(1, 3)]
        assert list(there.last_words()) == []


def test_last_words_are_heard_from_who_went_without_listening(directory: Path) -> None:
    """The kernel then says ECONNRESET before it gives the packets that are still there."""
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        pair.open()
        there.put(SlotFree(1))
        there.flush()
        here.put(Decided(1, 2))
        here.flush()
        pair.listener.close()
        assert there.turned()
        assert list(there.last_words()) == [Decided(1, 2)]


def test_last_words_are_those_of_one_generation(directory: Path) -> None:
    with linked_pair(directory) as pair:
        here, there = Conversation(pair.listener), Conversation(pair.connector)
        pair.open()
        there.put(Decided(1, 2))
        there.flush()
        pair.connector.close()
        assert here.turned()
        other = make_connector(directory)
        try:
            assert other.connect()
            assert here.turned()
            assert list(here.last_words()) == []
        finally:
            other.close()
