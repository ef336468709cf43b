"""How many receipt entries a peer can make a node keep for it, while it takes no receipt."""

from collections.abc import Iterator

import pytest

from tests.transfer.carried_row import Row
from tests.transfer.hostile import EPOCH, Hostile
from tests.transfer.linked_pair import Message, TestNode, frame_of, refusals

BOUND = 4_096
OWED = "SELECT count(*) FROM receipts_due"


@pytest.fixture
def nearly_full(row: Row) -> Iterator[Row]:
    """A relay and a destination that owe alba all entries but one that they may owe it."""
    for node in (row.brno, row.cork):
        node.write(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)"
            " INSERT INTO receipts_due SELECT ?, 'elsewhere', x'00', i, 1, 3, 0, '' FROM n",
            *(BOUND - 1, row.alba.id),
        )
    yield row


def take(taker: TestNode, giver: TestNode, messages: list[Message]) -> None:
    """Let a node take messages, none of which it refuses."""
    assert set(refusals(taker.take(giver, [frame_of(*messages)]))) == {None}


def test_what_dies_at_a_relay_owes_its_source_so_many_hints(nearly_full: Row) -> None:
    """Each single of one byte and one second left a row for ever: 6,000 of 6,000."""
    row = nearly_full
    row.brno.write("UPDATE peers SET via = NULL WHERE node = ?", row.alba.id)
    hostile = Hostile(row.alba, row.cork)
    take(row.brno, row.alba, [hostile.single(b"x", sequence=n, lifetime_s=1) for n in range(9)])
    row.brno.time_s += 2
    row.brno.outbound.commit([], row.brno.time_s)
    assert row.brno.states(1) == ["D"] * 9
    assert row.brno.value(OWED) == BOUND


@pytest.mark.parametrize("event", ["expired", "undeliverable"])
def test_what_dies_at_a_destination_owes_its_source_so_many_words(
    nearly_full: Row, event: str
) -> None:
    row = nearly_full
    hostile = Hostile(row.alba, row.cork)
    take(row.cork, row.brno, [hostile.manifest(9, sequence=n) for n in range(9)])
    row.cork.write(
        "INSERT INTO facts SELECT id, ?, 'exporter', 'why', NULL FROM messages WHERE type = 3",
        event,
    )
    assert row.cork.states(3) == ["D"] * 9
    assert row.cork.value(OWED) == BOUND


def test_what_is_complete_is_owed_always(nearly_full: Row) -> None:
    row = nearly_full
    for verdict in (2, 3, 4, 1):
        row.cork.write(
            "INSERT OR REPLACE INTO receipts_due VALUES (?, ?, x'0102', ?, 1, ?, 0, '')",
            *(row.alba.id, row.cork.id, verdict, verdict),
        )
    verdicts = "SELECT verdict FROM receipts_due WHERE epoch = x'0102' ORDER BY 1"
    assert row.cork.rows(verdicts) == [(1,), (2,)]


def test_so_many_entries_wait_about_what_is_finished_and_has_no_row(nearly_full: Row) -> None:
    row = nearly_full
    hostile = Hostile(row.alba, row.cork)
    row.cork.write("INSERT INTO seen VALUES (?, ?, ?, 0, 100)", row.alba.id, row.cork.id, EPOCH)
    take(row.cork, row.brno, [hostile.manifest(9, sequence=n) for n in range(9)])
    assert row.cork.rows(OWED + " WHERE verdict = 1") == [(1,)]
    assert row.cork.value(OWED) == BOUND


def test_another_source_is_owed_what_it_is(nearly_full: Row) -> None:
    row = nearly_full
    for sequence in range(3):
        row.brno.write(
            "INSERT INTO receipts_due VALUES (?, 'elsewhere', x'00', ?, 1, 3, 0, '')",
            *(row.cork.id, sequence),
        )
    assert row.brno.value(OWED) == BOUND - 1 + 3
