"""A file that is larger than its source's quota is refused as such, and its source is told."""

import os

from netrelay.core.words import Refusal
from tests.transfer.carried_row import Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import SIZE, Pair, frame_of, refusals

KIB = 1024
CONTENT = os.urandom(900 * KIB)
NEVER = "it can never fit: 900 KiB against the 512 KiB that alba may keep here"
JOB = "SELECT state, hints, reason FROM messages WHERE type = 6"
GIVEN = "SELECT refusal, missing, messages, reason FROM refused_here"


def test_its_destination_says_so(pair: Pair) -> None:
    pair.destination.write("UPDATE peers SET quota_bytes = ?", 512 * KIB)
    pair.destination.refresh()
    pair.source.drop_file(pair.destination, b"name", CONTENT)
    assert pair.send() == [Refusal.QUOTA]
    assert pair.destination.rows(GIVEN) == [("QUOTA", "fits", 1, NEVER)]
    # Not tried again within the hour.
    pair.source.time_s += 3599
    assert pair.send() == []
    assert pair.answer() == []
    assert pair.source.rows(JOB) == [("S-2W", 1, f"brno says: {NEVER}")]
    for _ in range(12):
        pair.source.time_s += 3600
        pair.destination.time_s += 3600
        assert pair.send() == [Refusal.QUOTA]
        pair.answer()
    assert pair.source.rows(JOB) == [("S-2W", 1, f"brno says: {NEVER}")]
    pair.destination.write("UPDATE peers SET quota_bytes = ?", 1024 * KIB)
    assert pair.destination.rows(GIVEN) == []
    assert pair.destination.inbound.handles_to_retry() == [1]
    pair.destination.refresh()
    pair.source.time_s += 3600
    pair.finish()
    assert pair.destination.inbox(pair.source) == {"name": CONTENT}
    assert pair.source.states(6) == ["F"]
    assert pair.source.refused == pair.destination.refused == []


def test_what_may_fit_later_is_refused_as_before(pair: Pair) -> None:
    pair.destination.write("UPDATE peers SET quota_bytes = ?", 1024 * KIB)
    pair.destination.refresh()
    hostile = Hostile(pair.source, pair.destination)
    manifests = [hostile.manifest(5 * SIZE, sequence=each) for each in (1, 2)]
    (taken,) = pair.destination.take(pair.source, [frame_of(*manifests)])
    assert refusals([taken]) == [None, Refusal.QUOTA]
    assert taken[1].refused is not None
    assert taken[1].refused.retry_after_s == 60
    assert pair.destination.rows("SELECT missing FROM refused_here") == [("bytes",)]
    assert pair.destination.rows("SELECT 1 FROM receipts_due") == []


def test_a_relay_says_so(row: Row) -> None:
    row.brno.write("UPDATE peers SET quota_bytes = ?", 512 * KIB)
    row.brno.refresh()
    row.alba.drop_file(row.cork, b"name", CONTENT)
    assert set(row.first_hop()) == {None, Refusal.QUOTA}
    row.brno.say_receipts()
    row.hop(row.brno, row.alba, row.first)
    ((state, hints, reason),) = row.alba.rows(JOB)
    assert (state, hints) == ("S-2W", 1)
    assert str(reason).startswith("brno could not carry it on: it can never fit: 904 KiB against")


def test_many_that_never_fit_are_a_receipt_in_ten_seconds(pair: Pair) -> None:
    pair.destination.write("UPDATE peers SET quota_bytes = ?", 512 * KIB)
    pair.destination.refresh()
    hostile = Hostile(pair.source, pair.destination)
    for batch in range(10):
        messages = [hostile.manifest(9 * SIZE, sequence=100 * batch + each) for each in range(40)]
        pair.destination.take(pair.source, [frame_of(*messages)])
        pair.destination.time_s += 0.5
    # The first batch at once; of the others, when the ten seconds are over, 256.
    assert pair.destination.rows("SELECT count(*) FROM receipts_due") == [(40,)]
    pair.destination.time_s += 10
    pair.destination.inbound.store_refusals()
    ((owed,),) = pair.destination.rows("SELECT count(*) FROM receipts_due")
    assert owed == 256
