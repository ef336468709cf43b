"""What a peer can make a node store, whatever it sends: counted before anything is stored."""

import os

import pytest

from netrelay.core.manifest import MANIFEST_BODY_MAX_BYTES
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.signed_body import MANIFEST_DOMAIN, SIGNATURE_BYTES
from netrelay.core.words import MessageType, Refusal
from netrelay.transfer import admission
from tests.transfer.carried_row import Row
from tests.transfer.hostile import EPOCH, Hostile
from tests.transfer.linked_pair import (
    SEGMENT,
    SIZE,
    Message,
    Pair,
    TestNode,
    frame_of,
    info_words,
    refusals,
    rehashed,
)

STORED = "SELECT (SELECT count(*) FROM messages WHERE id > 0), (SELECT count(*) FROM seen)"


def entry(destination: str, epoch: bytes, sequence: int, **fields: object) -> ReceiptEntry:
    """Return a long entry of a receipt."""
    found = ReceiptEntry(destination, epoch, sequence, 1, ReceiptVerdict.FAILED, (), "x" * 200)
    return found._replace(**fields)  # type: ignore[arg-type]


def forged(message: Message) -> Message:
    """Return a message with another signature, and a hash that says so."""
    return rehashed(message._replace(body=message.body[:-1] + bytes([message.body[-1] ^ 1])))


def take(taker: TestNode, giver: TestNode, messages: list[Message]) -> set[Refusal | None]:
    """Let a node take messages, in one frame; return what became of them."""
    return set(refusals(taker.take(giver, [frame_of(*messages)])))


# Receipts: they need no right.


def test_receipts_about_nothing_here_leave_no_row(pair: Pair) -> None:
    stranger = Hostile(pair.destination, pair.source)
    before = pair.source.rows(STORED)
    for number in range(1, 50):
        entries = [entry(pair.destination.id, os.urandom(8), each) for each in range(200)]
        receipt = stranger.receipt(*entries, sequence=number, epoch=os.urandom(8))
        assert take(pair.source, pair.destination, [receipt]) == {None}
    assert pair.source.rows(STORED) == before


def test_of_a_receipt_only_what_is_about_something_here_is_stored(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    pair.source.fill(pair.destination)
    ((epoch, sequence),) = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    about = entry(pair.destination.id, epoch, sequence, reason="no")
    others = [entry(pair.destination.id, epoch, sequence + each) for each in range(1, 200)]
    receipt = Hostile(pair.destination, pair.source).receipt(*others, about)
    assert take(pair.source, pair.destination, [receipt]) == {None}
    assert [word[2] for word in info_words(pair.source)] == [sequence]  # type: ignore[index]
    assert pair.source.states(6) == ["D"]


def test_a_finished_job_is_not_written_about_again(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", b"content")
    pair.finish()
    assert pair.source.states(6) == ["F"]
    ((epoch, sequence),) = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    before = pair.source.rows(STORED)
    for number in range(2, 20):
        again = entry(pair.destination.id, epoch, sequence, verdict=ReceiptVerdict.COMPLETE)
        receipt = Hostile(pair.destination, pair.source).receipt(again, sequence=number)
        assert take(pair.source, pair.destination, [receipt]) == {None}
    assert pair.source.rows(STORED) == before


# A relay.


def test_a_relay_takes_only_what_its_source_signed(row: Row) -> None:
    hostile = Hostile(row.alba, row.cork)
    manifest = hostile.manifest(3 * SIZE)
    receipt = hostile.receipt(entry(row.cork.id, b"an epoch", 1))
    messages = [forged(manifest), forged(receipt)]
    assert take(row.brno, row.alba, messages) == {Refusal.MALFORMED}
    assert row.brno.rows("SELECT id FROM messages WHERE id > 0") == []
    assert take(row.brno, row.alba, [manifest, receipt]) == {None}


def test_a_manifest_that_no_manifest_is_as_long_as_is_refused(row: Row) -> None:
    hostile = Hostile(row.alba, row.cork)
    header = hostile.header(MessageType.MANIFEST, 3 * SIZE)
    longest = MANIFEST_BODY_MAX_BYTES - SIGNATURE_BYTES
    for length, expected in ((longest + 1, Refusal.MALFORMED), (longest, None)):
        manifest = hostile.signed(header, MANIFEST_DOMAIN, bytes(length))
        assert take(row.brno, row.alba, [manifest]) == {expected}


@pytest.mark.parametrize("kind", [MessageType.MANIFEST, MessageType.RECEIPT])
def test_so_many_signed_messages_of_one_source_wait_at_a_relay(
    row: Row, monkeypatch: pytest.MonkeyPatch, kind: MessageType
) -> None:
    monkeypatch.setitem(admission.SIGNED_MAX, kind, 5)
    hostile = Hostile(row.alba, row.cork)

    def signed(sequence: int) -> Message:
        if kind is MessageType.MANIFEST:
            return hostile.manifest(3 * SIZE, sequence=sequence)
        return hostile.receipt(entry(row.cork.id, b"an epoch", 1), sequence=sequence)

    found = refusals(row.brno.take(row.alba, [frame_of(*(signed(each) for each in range(1, 8)))]))
    assert found == [None] * 5 + [Refusal.QUOTA] * 2
    assert take(row.brno, row.alba, [signed(9)]) == {Refusal.QUOTA}
    # Another source has its own share.
    other = Hostile(row.cork, row.alba).receipt(entry(row.alba.id, b"an epoch", 1))
    assert take(row.brno, row.cork, [other]) == {None}
    assert set(row.second_hop()) == {None}
    assert take(row.brno, row.alba, [signed(9)]) == {None}


@pytest.mark.parametrize("kind", [MessageType.MANIFEST, MessageType.RECEIPT])
def test_a_repeat_of_what_waits_at_a_relay_is_not_counted_again(
    row: Row, monkeypatch: pytest.MonkeyPatch, kind: MessageType
) -> None:
    monkeypatch.setitem(admission.SIGNED_MAX, kind, 2)
    hostile = Hostile(row.alba, row.cork)
    signed = [
        hostile.manifest(3 * SIZE, sequence=each)
        if kind is MessageType.MANIFEST
        else hostile.receipt(entry(row.cork.id, b"an epoch", 1), sequence=each)
        for each in (1, 2, 3)
    ]
    first, second, third = signed
    frame = frame_of(first, first, second, first, third)
    found = refusals(row.brno.take(row.alba, [frame]))
    assert found == [None, None, None, None, Refusal.QUOTA]
    assert refusals(row.brno.take(row.alba, [frame_of(*signed)])) == [None, None, Refusal.QUOTA]


def test_tiny_messages_count_as_the_blocks_that_they_take(row: Row) -> None:
    """Each of one byte counted 17 bytes, and took 4,900 of the disk."""
    row.brno.write("UPDATE peers SET quota_bytes = ? WHERE node = ?", 100_000, row.alba.id)
    row.brno.refresh()
    hostile = Hostile(row.alba, row.cork)
    singles = [hostile.single(b"x", sequence=each) for each in range(1, 21)]
    found = refusals(row.brno.take(row.alba, [frame_of(*singles[:10]), frame_of(*singles[10:])]))
    assert found == [None] * 12 + [Refusal.QUOTA] * 8
    assert take(row.brno, row.alba, singles[12:]) == {Refusal.QUOTA}
    blocks = sum(path.stat().st_blocks * 512 for path in row.brno.home.spool.iterdir())
    assert blocks <= 100_000


def test_what_lives_again_counts_as_it_comes_now(row: Row) -> None:
    """A chunk that was withdrawn comes again, and says that its whole is larger."""
    row.brno.write("UPDATE peers SET quota_bytes = ? WHERE node = ?", 10 * SIZE, row.alba.id)
    row.brno.refresh()
    hostile = Hostile(row.alba, row.cork)
    for sequence in (1, 2):
        small = hostile.chunk(0, bytes(SEGMENT), SEGMENT, sequence=sequence)
        withdrawal = ReceiptEntry(row.cork.id, EPOCH, sequence, 1, ReceiptVerdict.WITHDRAWN)
        receipt = hostile.receipt(withdrawal, sequence=9 + sequence)
        assert take(row.brno, row.alba, [small, receipt]) == {None}
    assert row.brno.states(2) == ["D", "D"]
    fields = {"lifetime_s": 500, "priority": 7}
    large = [hostile.chunk(0, bytes(SEGMENT), 8 * SIZE, sequence=each, **fields) for each in (1, 2)]
    found = refusals(row.brno.take(row.alba, [frame_of(each) for each in large]))
    assert found == [None, Refusal.QUOTA]
    assert take(row.brno, row.alba, [large[1]]) == {Refusal.QUOTA}
    revived = row.brno.rows(
        "SELECT total_bytes, lifetime_s, priority, expires_s - born_s FROM messages"
        " WHERE type = 2 AND state <> 'D'"
    )
    assert revived == [(8 * SIZE, 500, 7, 500.0)]


# A destination.


def test_so_many_files_of_one_source_are_open_at_once(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(admission.SIGNED_MAX, MessageType.MANIFEST, 3)
    hostile = Hostile(pair.source, pair.destination)
    manifests = [hostile.manifest(3 * SIZE, sequence=each) for each in range(1, 6)]
    found = refusals(pair.destination.take(pair.source, [frame_of(*manifests)]))
    assert found == [None] * 3 + [Refusal.QUOTA] * 2


def test_a_source_without_a_quota_may_keep_a_quarter_of_the_disk(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    total, used = pair.destination.inbound._admission._disk_bytes()
    assert 0 < used < total
    monkeypatch.setattr(
        pair.destination.inbound._admission, "_disk_bytes", lambda: (16 * SIZE, 16 * SIZE)
    )
    hostile = Hostile(pair.source, pair.destination)
    three, two, one = (hostile.manifest(count * SIZE, sequence=count) for count in (3, 2, 1))
    assert take(pair.destination, pair.source, [three]) == {None}
    assert take(pair.destination, pair.source, [two]) == {Refusal.QUOTA}
    assert take(pair.destination, pair.source, [one]) == {None}


def test_what_a_source_stores_already_counts_on_a_disk_that_is_nearly_empty(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile = Hostile(pair.source, pair.destination)
    assert take(pair.destination, pair.source, [hostile.manifest(2 * SIZE)]) == {None}
    # A quarter of it are four files; two are used, all of them by this source.
    monkeypatch.setattr(
        pair.destination.inbound._admission, "_disk_bytes", lambda: (16 * SIZE, 2 * SIZE)
    )
    for count, expected in ((3, Refusal.QUOTA), (2, None)):
        manifest = hostile.manifest(count * SIZE, sequence=count)
        assert take(pair.destination, pair.source, [manifest]) == {expected}


def test_each_attempt_of_a_file_counts(pair: Pair) -> None:
    pair.destination.write("UPDATE peers SET quota_bytes = ?", 3 * SIZE)
    pair.destination.refresh()
    hostile = Hostile(pair.source, pair.destination)
    attempts = [hostile.manifest(2 * SIZE, attempt=number) for number in (1, 2)]
    # In one batch, and against what is there.
    found = refusals(pair.destination.take(pair.source, [frame_of(*attempts)]))
    assert found == [None, Refusal.QUOTA]
    assert take(pair.destination, pair.source, [attempts[1]]) == {Refusal.QUOTA}
    assert len(list(pair.destination.home.staging.iterdir())) == 1


def test_a_person_may_give_more_than_a_quarter(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        pair.destination.inbound._admission, "_disk_bytes", lambda: (16 * SIZE, 16 * SIZE)
    )
    pair.destination.write("UPDATE peers SET quota_bytes = ?", 6 * SIZE)
    pair.destination.refresh()
    hostile = Hostile(pair.source, pair.destination)
    assert take(pair.destination, pair.source, [hostile.manifest(6 * SIZE)]) == {None}


def test_damaged_messages_leave_64_rows_of_a_previous_hop(pair: Pair) -> None:
    receipt = Hostile(pair.source, pair.destination).receipt(
        entry(pair.destination.id, b"an epoch", 1)
    )
    for _ in range(10):
        damaged = [receipt._replace(body=os.urandom(len(receipt.body))) for _ in range(10)]
        assert take(pair.destination, pair.source, damaged) == {Refusal.BAD_HASH}
    assert pair.destination.states(7) == ["D"] * 64


def test_64_keys_of_a_source_are_kept_and_the_newest_is_one(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    for number in range(1, 80):
        key = hostile.key(number.to_bytes(8, "big"), sequence=number)
        assert take(pair.destination, pair.source, [key]) == {None}
        pair.destination.time_s += 1
    kept = [
        int.from_bytes(key, "big")  # type: ignore[arg-type]
        for (key,) in pair.destination.rows("SELECT key_id FROM keys ORDER BY key_id")
    ]
    assert kept == list(range(16, 80))
