"""What a relay does with what it carries when the source says that it gave it up."""

import pytest

from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from tests.transfer.carried_row import CAPACITY, Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import SEGMENT, TestNode, frame_of, refusals

CARRIED = "SELECT type, state FROM messages WHERE source = ? AND type < 7 ORDER BY type, id"


def carried(row: Row) -> list[tuple[object, ...]]:
    return row.brno.rows(CARRIED, row.alba.id)


def cancel(row: Row) -> None:
    ((job,),) = row.alba.rows("SELECT id FROM messages WHERE type = 6")
    row.alba.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', 'not wanted', NULL)", job)  # type: ignore[arg-type]
    row.alba.say_receipts()


def word(row: Row, **fields: object) -> ReceiptEntry:
    ((epoch, sequence),) = row.alba.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    entry = ReceiptEntry(row.cork.id, epoch, sequence, 1, ReceiptVerdict.WITHDRAWN)  # type: ignore[arg-type]
    return entry._replace(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("content", [b"small", b"x" * (4 * SEGMENT)], ids=["single", "chunks"])
def test_what_its_source_gave_up_is_carried_no_further(row: Row, content: bytes) -> None:
    row.alba.drop_file(row.cork, b"name", content)
    row.first_hop()
    assert row.spooled() != []
    cancel(row)
    assert row.first_hop() == [None]
    # A key for singles is nothing that could be given up.
    assert {state for type_, state in carried(row) if type_ != 3} == {"D"}
    row.brno.inbound.sweep()
    assert row.spooled() == []
    reasons = row.brno.rows("SELECT DISTINCT reason FROM messages WHERE state = 'D' AND parent = 0")
    assert reasons == [("alba gave it up: not wanted",)]
    # Nobody is told of what is wanted no longer; the word itself goes on.
    assert row.brno.rows("SELECT * FROM receipts_due") == []
    assert row.brno.states(7) == ["S-4"]
    assert set(row.second_hop()) == {None}
    # It is about nothing that is there, and leaves no row.
    assert row.cork.states(7) == []
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {}


def test_pieces_that_the_relay_has_cut_end_with_it(row: Row) -> None:
    row.alba.drop_file(row.cork, b"name", b"x" * CAPACITY)
    row.first_hop()
    # One of them is on its way already.
    assert row.brno.fill_once(row.cork, size_bytes=row.second)
    cancel(row)
    row.first_hop()
    over = "SELECT count(*) FROM messages WHERE type = 2 AND state NOT IN ('F', 'D')"
    assert row.brno.rows(over) == [(0,)]
    row.brno.inbound.sweep()
    assert row.spooled() == []


def test_a_new_attempt_passes(row: Row) -> None:
    content = b"x" * (4 * SEGMENT)
    row.alba.drop_file(row.cork, b"name", content)
    row.first_hop()
    cancel(row)
    ((job,),) = row.alba.rows("SELECT id FROM messages WHERE type = 6")
    row.alba.write("INSERT INTO facts VALUES (?, 'retry', 'person', NULL, NULL)", job)  # type: ignore[arg-type]
    row.first_hop()
    row.second_hop()
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": content}


@pytest.mark.parametrize(
    "said",
    ["another node", "another destination", "another attempt", "another verdict"],
)
def test_only_its_source_can_end_it(row: Row, said: str) -> None:
    row.alba.drop_file(row.cork, b"name", b"x" * (4 * SEGMENT))
    row.first_hop()
    before = carried(row)
    fields: dict[str, object] = {
        "another destination": {"destination": row.brno.id},
        "another attempt": {"attempt": 2},
        "another verdict": {"verdict": ReceiptVerdict.FAILED},
    }.get(said, {})  # type: ignore[assignment]
    third = TestNode(row.alba.home.path.parent, "dover")
    try:
        for node in row.nodes:
            node.know(third)
        row.brno.allow(third, "relay")
        row.brno.allow(row.alba, "carry", third.id)
        signer = third if said == "another node" else row.alba
        message = Hostile(signer, row.cork).receipt(word(row, **fields))
        assert refusals(row.brno.take(row.alba, [frame_of(message)])) == [None]
        # It is carried on for its destination to judge.
        assert row.brno.rows("SELECT count(*) FROM messages WHERE type = 7") == [(1,)]
        assert carried(row) == before
    finally:
        third.close()


def test_a_receipt_that_names_a_whole_twice_ends_it_once_and_goes_on(row: Row) -> None:
    """It was refused with HELD at every try, until its lifetime was over."""
    row.alba.drop_file(row.cork, b"name", b"x" * (4 * SEGMENT))
    row.first_hop()
    twice = Hostile(row.alba, row.cork).receipt(word(row), word(row), sequence=99)
    assert refusals(row.brno.take(row.alba, [frame_of(twice)])) == [None]
    assert {state for type_, state in carried(row)} == {"D"}
    assert row.brno.states(7) == ["S-4"]
