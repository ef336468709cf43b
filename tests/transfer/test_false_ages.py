"""Age and relays passed are the word of who brings a message: a carrier ends nothing with them."""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from netrelay.core.header import HOPS_MAX, decode_end_to_end, decode_hop, encode_hop
from tests.transfer.carried_row import CAPACITY, Row
from tests.transfer.linked_pair import Message, TestNode, frame_of, messages_of, refusals

DUE = (
    "INSERT INTO facts SELECT id, event, actor, NULL, NULL FROM work_timer WHERE actor = 'exporter'"
)


@pytest.fixture
def dover(row: Row) -> Iterator[TestNode]:
    """A hostile neighbour of brno, which may bring what alba sends."""
    node = TestNode(row.alba.home.path.parent, "dover")
    row.brno.know(node)
    row.brno.agree(node, CAPACITY)
    row.brno.allow(node, "carry", row.alba.id)
    yield node
    node.close()


def changed(message: Message, **fields: Any) -> Message:
    """Return a message with other words in its hop header."""
    return message._replace(hop=encode_hop(decode_hop(message.hop)._replace(**fields)))


def nearly_dead(message: Message) -> Message:
    """Return a message that is said to have one second left."""
    return changed(message, age_s=decode_end_to_end(message.end_to_end).lifetime_s - 1)


def take(taker: TestNode, giver: TestNode, *messages: Message) -> None:
    """Let a node take messages, none of which it refuses."""
    assert set(refusals(taker.take(giver, [frame_of(*messages)]))) == {None}


def let_expire(node: TestNode) -> None:
    """Let five seconds pass, and exporter and processor_s end what is over."""
    node.time_s += 5
    with node.databases["exporter"].transaction():
        node.databases["exporter"].execute(DUE)
    node.outbound.commit([], node.time_s)


def sealed(row: Row) -> tuple[Message, list[Message]]:
    """Return manifest and chunks of a file; cork takes them as they leave alba."""
    row.cork.agree(row.brno, CAPACITY)
    manifest, *chunks = messages_of(row.sealed(os.urandom(2 * CAPACITY)))
    return manifest, chunks


def answer(row: Row) -> None:
    """Carry what cork says back to alba."""
    row.cork.say_receipts()
    row.hop(row.cork, row.brno, CAPACITY)
    row.hop(row.brno, row.alba, row.first)


def test_a_relay_that_makes_a_manifest_old_ends_no_job(row: Row) -> None:
    manifest, chunks = sealed(row)
    take(row.cork, row.brno, nearly_dead(manifest))
    let_expire(row.cork)
    assert row.cork.states(3) == ["D"]
    answer(row)
    ((state, reason),) = row.alba.rows("SELECT state, reason FROM messages WHERE type = 6")
    assert (state, reason) == ("S-2W", "cork says: lifetime used up")
    # Its source repeats it, with its true age.
    take(row.cork, row.brno, manifest, *chunks)
    row.cork.deliver()
    answer(row)
    assert row.alba.states(6) == ["F"]


def test_of_two_copies_the_younger_counts_at_the_destination(row: Row) -> None:
    manifest, chunks = sealed(row)
    take(row.cork, row.brno, nearly_dead(manifest))
    take(row.cork, row.brno, manifest)
    take(row.cork, row.brno, nearly_dead(manifest))
    let_expire(row.cork)
    assert row.cork.states(3) == ["N-4"]
    take(row.cork, row.brno, *chunks)
    assert list(row.cork.deliver()) == ["name"]


def test_of_two_copies_the_younger_counts_at_a_relay(row: Row, dover: TestNode) -> None:
    manifest, chunks = sealed(row)
    take(row.brno, dover, changed(nearly_dead(manifest), hops=HOPS_MAX))
    take(row.brno, row.alba, manifest, *chunks)
    let_expire(row.brno)
    assert set(row.second_hop()) == {None}
    assert list(row.cork.deliver()) == ["name"]


def test_an_age_of_nothing_keeps_a_message_no_longer_than_it_lives(row: Row) -> None:
    manifest, _ = sealed(row)
    row.cork.write("UPDATE selfinfo SET incoming_lifetime_s = 1000000000")
    lifetime_s = decode_end_to_end(manifest.end_to_end).lifetime_s
    expiry = "SELECT expires_s - born_s FROM messages WHERE type = 2 OR type = 3 AND parent = 0"
    take(row.brno, row.alba, changed(manifest, age_s=lifetime_s // 2))
    assert row.brno.value(expiry) == lifetime_s - lifetime_s // 2
    for _ in range(3):
        row.brno.time_s += 10
        take(row.brno, row.alba, changed(manifest, age_s=0))
        assert row.brno.value(expiry) == lifetime_s


def test_an_honest_repeat_writes_nothing(row: Row) -> None:
    manifest, _ = sealed(row)
    take(row.brno, row.alba, changed(manifest, age_s=10))
    before = row.brno.rows("SELECT * FROM messages")
    row.brno.time_s += 7.5
    take(row.brno, row.alba, changed(manifest, age_s=17))
    assert row.brno.rows("SELECT * FROM messages") == before
