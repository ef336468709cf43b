"""What a full ring does not take waits in order, and a channel that is closed keeps nothing."""

from pathlib import Path

import pytest

from netrelay.ring.layout import RING_RECORDS
from netrelay.ring.outbox import Outbox
from netrelay.ring.records import Decided, SlotFree, decode
from tests.ring.pair import Pair, is_readable, linked_pair


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
        outbox = Outbox(pair.listener)
        outbox.put(SlotFree(3))
        assert taken(pair) == []
        outbox.flush()
        assert taken(pair) == [SlotFree(3)]
        outbox.flush()
        assert taken(pair) == []


def test_nothing_is_lost_and_nothing_overtakes_when_the_ring_is_full(
    directory: Path, records: list[Decided]
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        outbox = Outbox(pair.listener)
        for record in records[:-1]:
            outbox.put(record)
        outbox.flush()
        found = taken(pair, 300)
        pair.listener.service()
        # There is room now, but what waits goes first.
        outbox.put(records[-1])
        for _ in range(10):
            pair.listener.service()
            outbox.flush()
            found += taken(pair, 300)
        assert found == records


def test_whoever_has_something_waiting_is_woken_when_there_is_room(
    directory: Path, records: list[Decided]
) -> None:
    with linked_pair(directory) as pair:
        pair.open()
        outbox = Outbox(pair.listener)
        for record in records:
            outbox.put(record)
        outbox.flush()
        pair.listener.service()
        assert not is_readable(pair.listener.filenos())
        taken(pair)
        assert is_readable(pair.listener.filenos())


def test_a_channel_that_is_not_open_keeps_nothing_back_for_the_next(directory: Path) -> None:
    with linked_pair(directory) as pair:
        outbox = Outbox(pair.listener)
        outbox.put(SlotFree(1))
        outbox.flush()
        # As every process does when a generation begins.
        outbox.clear()
        pair.open()
        outbox.put(SlotFree(2))
        outbox.flush()
        assert taken(pair) == [SlotFree(2)]
