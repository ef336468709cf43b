"""A destination that lost its database: who can bring what it had confirmed once more."""

import os

import pytest

from netrelay.core.words import Refusal
from netrelay.store.database_file import SelfInfo, create_database
from tests.transfer.carried_row import CAPACITY, Row
from tests.transfer.linked_pair import LIFETIME_S, SEGMENT, Pair, TestNode, refusals

CONTENT = bytes(range(256)) * 10


def lose_database(node: TestNode) -> None:
    """Make an empty database for the keys of a node, as `netrelay init` does."""
    node.close()
    for path in node.home.path.glob(f"{node.home.database.name}*"):
        path.unlink()
    for path in (node.home.inbox, node.home.staging):
        for file in path.rglob("*"):
            if file.is_file():
                file.unlink()
    own = (node.id, node.name, "127.0.0.1", 7411, "[7412]", node.capacity_bytes, LIFETIME_S)
    create_database(node.home.database, SelfInfo(*own, os.urandom(8)))
    node.start()


@pytest.fixture
def recording(row: Row) -> list[bytes]:
    """What brno passed on to cork of a file of alba, which is confirmed; cork has lost it all."""
    row.alba.drop_file(row.cork, b"name", CONTENT)
    row.first_hop()
    frames = row.brno.fill(row.cork, row.second)
    for sent in frames:
        assert set(row.hand_over(row.brno, row.cork, sent)) == {None}
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": CONTENT}
    lose_database(row.cork)
    for other in (row.alba, row.brno):
        row.cork.know(other)
        row.cork.agree(other, SEGMENT)
    row.cork.allow(row.alba, "deliver")
    row.cork.refresh()
    return [sent.payload for sent in frames]


def test_until_a_person_lets_the_relay_carry_again_nothing_comes(
    row: Row, recording: list[bytes]
) -> None:
    assert set(refusals(row.cork.take(row.brno, recording))) == {Refusal.NOT_PERMITTED}
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {}


def test_a_relay_that_may_carry_and_kept_it_can_bring_it_once_more(
    row: Row, recording: list[bytes]
) -> None:
    row.cork.allow(row.brno, "carry", row.alba.id)
    for _ in range(2):
        assert set(refusals(row.cork.take(row.brno, recording))) == {None}
        row.cork.deliver()
        assert row.cork.inbox(row.alba) == {"name": CONTENT}


def test_what_is_below_the_low_water_of_its_source_is_not_delivered(
    row: Row, recording: list[bytes]
) -> None:
    row.cork.allow(row.brno, "carry", row.alba.id)
    job = row.alba.job()
    row.alba.write("INSERT INTO facts VALUES (?, 'receipted', 'engine', NULL, NULL)", job)
    row.alba.drop_file(row.cork, b"later", os.urandom(2 * CAPACITY))
    row.first_hop()
    row.second_hop()
    row.cork.deliver()
    assert list(row.cork.inbox(row.alba)) == ["later"]
    row.cork.take(row.brno, recording)
    row.cork.deliver()
    assert list(row.cork.inbox(row.alba)) == ["later"]


def test_what_its_source_brings_itself_needs_no_question(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", CONTENT)
    pair.send()
    lose_database(pair.destination)
    pair.destination.know(pair.source, "deliver")
    pair.destination.agree(pair.source, pair.size_bytes)
    job = pair.source.job()
    pair.source.write("INSERT INTO facts VALUES (?, 'repeat', 'processor_s', NULL, NULL)", job)
    # The key for singles is lost too: its source seals it anew.
    assert pair.finish() == [Refusal.CANNOT_OPEN]
    pair.source.time_s += 2
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": CONTENT}
    assert pair.source.states(6) == ["F"]
