"""What two neighbours bring of one source: neither takes the place or the quota of the other."""

import os
from collections.abc import Iterator

import pytest

from netrelay.core.header import Hop, encode_hop
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.segments import sealed_bytes
from netrelay.core.words import MessageType, Refusal
from netrelay.store.carried import CarriedWhole, spool_name, whole_of_spool
from netrelay.transfer import admission
from netrelay.transfer.spool import is_spool_name
from tests.transfer.carried_row import CAPACITY, Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import (
    SEGMENT,
    Message,
    TestNode,
    frame_of,
    messages_of,
    refusals,
    rehashed,
    with_header,
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


def garbage(real: Message, offset: int, size_bytes: int, total_bytes: int) -> Message:
    """Return a piece with a real header, a hash that is right, and a body that opens nowhere."""
    hop = Hop(offset, size_bytes, os.urandom(16), bytes(32), 0, 1)
    real = with_header(real, total_size_bytes=total_bytes)
    return rehashed(Message(real.end_to_end, encode_hop(hop), os.urandom(sealed_bytes(size_bytes))))


def pieces(row: Row, content: bytes) -> tuple[Message, list[Message]]:
    manifest, *chunks = messages_of(row.sealed(content))
    return manifest, chunks


@pytest.mark.parametrize(
    ("offset", "size_bytes", "total_bytes"),
    [
        (0, 2 * CAPACITY, 2 * CAPACITY),
        (0, CAPACITY, 2 * CAPACITY),
        (CAPACITY - SEGMENT, 2 * SEGMENT, 2 * CAPACITY),
        (0, SEGMENT, 9 * CAPACITY),
    ],
    ids=["all-of-it", "a-piece", "across-two", "another-size"],
)
def test_true_pieces_pass_beside_garbage_of_a_carrier(
    row: Row, dover: TestNode, offset: int, size_bytes: int, total_bytes: int
) -> None:
    content = os.urandom(2 * CAPACITY)
    manifest, chunks = pieces(row, content)
    if size_bytes > CAPACITY:
        row.brno.agree(dover, size_bytes)
    false = garbage(chunks[0], offset, size_bytes, total_bytes)
    assert refusals(row.brno.take(dover, [frame_of(false)])) == [None]
    assert row.give([frame_of(manifest, *chunks)]) == [None] * 3
    row.second_hop()
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": content}
    # The file of the true pieces is not needed any more. What does not open is tried again; what
    # contradicts its manifest ends.
    row.brno.inbound.sweep()
    left = [whole_of_spool(name).brought_by for name in row.spooled()]
    assert left == [dover.id] * (total_bytes == len(content))


def test_garbage_after_a_true_piece_changes_nothing_of_it(row: Row, dover: TestNode) -> None:
    content = os.urandom(CAPACITY)
    manifest, (chunk,) = pieces(row, content)
    assert row.give([frame_of(manifest, chunk)]) == [None] * 2
    false = garbage(chunk, 0, CAPACITY, CAPACITY)
    assert refusals(row.brno.take(dover, [frame_of(false)])) == [None]
    row.second_hop()
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": content}


def test_what_a_carrier_brings_takes_nothing_of_the_quota_of_its_source(
    row: Row, dover: TestNode
) -> None:
    row.brno.write("UPDATE peers SET quota_bytes = ? WHERE node = ?", 3 * CAPACITY, row.alba.id)
    row.brno.refresh()
    manifest, chunks = pieces(row, os.urandom(2 * CAPACITY))
    answers = [
        refusal
        for number in range(1, 20)
        for refusal in refusals(
            row.brno.take(
                dover,
                [
                    frame_of(
                        with_header(
                            garbage(chunks[0], 0, SEGMENT, SEGMENT), sequence=1_000 + number
                        )
                    )
                ],
            )
        )
    ]
    taken = answers.count(None)
    assert 0 < taken < len(answers)
    assert set(answers[taken:]) == {Refusal.QUOTA}
    assert row.brno.value(
        "SELECT sum(size_bytes) <= ? FROM kept_wholes WHERE brought_by = ?",
        3 * CAPACITY,
        dover.id,
    )
    assert row.give([frame_of(manifest, *chunks)]) == [None] * 3


def test_a_relay_that_passes_a_file_on_has_an_own_place_for_it(row: Row, dover: TestNode) -> None:
    """Sealed anew by the source, it comes over two ways; both go on."""
    content = os.urandom(CAPACITY)
    manifest, (chunk,) = pieces(row, content)
    row.alba.write("INSERT INTO facts SELECT id, 'repeat', 'engine', NULL, NULL"
                   " FROM messages WHERE type = 2")  # fmt: skip
    (again,) = messages_of(row.sealed())[-1:]
    assert row.give([frame_of(manifest, chunk)]) == [None] * 2
    assert refusals(row.brno.take(dover, [frame_of(again)])) == [None]
    assert len(row.spooled()) == 2
    row.second_hop()
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": content}
    row.brno.inbound.sweep()
    assert row.spooled() == []


def test_a_spool_of_an_earlier_version_gets_its_names(row: Row, dover: TestNode) -> None:
    manifest, (chunk,) = pieces(row, os.urandom(CAPACITY))
    assert refusals(row.brno.take(dover, [frame_of(chunk)])) == [None]
    (name,) = row.spooled()
    whole = whole_of_spool(name)
    assert whole.brought_by == dover.id
    spool = row.brno.home.spool
    shared = spool_name(CarriedWhole(whole.identity, row.alba.id))
    (spool / name).rename(spool / shared)
    row.brno.start()
    row.brno.refresh()
    row.brno.inbound.sweep()
    assert row.spooled() == [name]
    assert row.give([frame_of(manifest)]) == [None]
    assert set(row.second_hop()) == {None}


def test_names_of_what_a_neighbour_brings() -> None:
    name = f"{'a' * 32}-{'b' * 32}-{'00' * 8}-7-1-{'c' * 32}"
    assert is_spool_name(name)
    assert whole_of_spool(name).brought_by == "c" * 32
    # Its source has no second name for what it brings itself.
    assert not is_spool_name(name.replace("c", "a"))
    assert not is_spool_name(f"{name}-more")


def test_a_destination_opens_what_comes_and_counts_it_for_its_source(row: Row) -> None:
    hostile = Hostile(row.alba, row.cork)
    manifest = hostile.manifest(2 * SEGMENT)
    true = hostile.chunk(0, bytes(SEGMENT), 2 * SEGMENT)
    false = garbage(true, 0, SEGMENT, 2 * SEGMENT)
    row.cork.agree(row.brno, CAPACITY)
    answers = refusals(row.cork.take(row.brno, [frame_of(manifest, false, true)]))
    assert answers == [None, Refusal.CANNOT_OPEN, None]
    assert row.cork.rows("SELECT brought_by FROM kept_wholes") == [(row.alba.id,)]


@pytest.mark.parametrize("kind", [MessageType.MANIFEST, MessageType.RECEIPT])
def test_what_a_carrier_brings_once_more_takes_nothing_of_the_share_of_its_source(
    row: Row, dover: TestNode, monkeypatch: pytest.MonkeyPatch, kind: MessageType
) -> None:
    """The signatures are true: dover has carried these before."""
    monkeypatch.setitem(admission.SIGNED_MAX, kind, 3)
    hostile = Hostile(row.alba, row.cork)

    def signed(sequence: int) -> Message:
        if kind is MessageType.MANIFEST:
            return hostile.manifest(9 * CAPACITY, sequence=sequence)
        about = ReceiptEntry(row.alba.id, b"an epoch", 1, 1, ReceiptVerdict.COMPLETE)
        return hostile.receipt(about, sequence=sequence)

    old, new = ([signed(number) for number in range(first, first + 4)] for first in (1, 11))
    for giver, brought in ((dover, old), (row.alba, new)):
        answers = refusals(row.brno.take(giver, [frame_of(*brought)]))
        assert answers == [None, None, None, Refusal.QUOTA]
