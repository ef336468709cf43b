"""What a peer can make a node store, whatever it sends: counted before anything is stored."""

import os

import pytest

from netrelay.core.manifest import MANIFEST_BODY_MAX_BYTES
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.signed_body import MANIFEST_DOMAIN, SIGNATURE_BYTES
from netrelay.core.single import SingleHeader, SingleKind, encode_single_header
from netrelay.core.words import MessageType, Refusal
from netrelay.transfer import admission
from netrelay.transfer.opener import Opener
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


@pytest.mark.parametrize("verdict", list(ReceiptVerdict))
def test_no_word_about_a_finished_job_leaves_anything(pair: Pair, verdict: ReceiptVerdict) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(3 * SIZE))
    pair.finish()
    assert pair.source.states(6) == ["F"]
    ((epoch, sequence),) = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    before = pair.source.rows(STORED)
    missing = ((0, SIZE),) if verdict is ReceiptVerdict.MISSING else ()
    about = entry(pair.destination.id, epoch, sequence, verdict=verdict, missing=missing)
    receipt = Hostile(pair.destination, pair.source).receipt(about, epoch=os.urandom(8))
    assert take(pair.source, pair.destination, [receipt]) == {None}
    assert pair.source.rows(STORED) == before


def test_a_withdrawal_of_what_has_ended_leaves_nothing(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    about = entry(pair.destination.id, b"an epoch", 1, verdict=ReceiptVerdict.WITHDRAWN)
    assert take(pair.destination, pair.source, [hostile.manifest(3 * SIZE)]) == {None}
    assert take(pair.destination, pair.source, [hostile.receipt(about)]) == {None}
    assert pair.destination.states(3) == ["D"]
    before = pair.destination.rows(STORED)
    for number in range(10, 20):
        receipt = hostile.receipt(about, sequence=number, epoch=os.urandom(8))
        assert take(pair.destination, pair.source, [receipt]) == {None}
    assert pair.destination.rows(STORED) == before


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


def test_each_attempt_counts_with_its_own_size(pair: Pair) -> None:
    pair.destination.write("UPDATE peers SET quota_bytes = ?", 3 * SIZE)
    pair.destination.refresh()
    hostile = Hostile(pair.source, pair.destination)
    single = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0)) + b"small"
    small = [hostile.key(), hostile.single(single)]
    assert take(pair.destination, pair.source, small) == {None}
    for attempt, expected in ((2, None), (3, Refusal.QUOTA)):
        manifest = hostile.manifest(2 * SIZE, sequence=2, attempt=attempt)
        assert take(pair.destination, pair.source, [manifest]) == {expected}


def test_what_is_left_of_a_delivered_file_ends_with_its_delivery(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    single = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0)) + b"small"
    messages = [
        hostile.key(sequence=7),
        hostile.single(single),
        hostile.manifest(2 * SIZE, sequence=2, attempt=2),
        hostile.chunk(0, bytes(SIZE), 2 * SIZE, sequence=2, attempt=2),
    ]
    assert take(pair.destination, pair.source, messages) == {None}
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == {"name": b"small"}
    left = "SELECT state, reason FROM messages WHERE type = 3 AND sequence = 2"
    assert pair.destination.rows(left) == [("D", "another attempt of it was delivered")]
    assert pair.destination.rows("SELECT * FROM kept_wholes") == []


def test_repeats_of_what_is_finished_wait_for_eight_receipts(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    single = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0)) + b"small"
    assert take(pair.destination, pair.source, [hostile.key(), hostile.single(single)]) == {None}
    pair.destination.deliver()
    for _ in range(30):
        assert take(pair.destination, pair.source, [hostile.single(single)]) == {None}
        pair.destination.time_s += 10.0
        pair.destination.outbound.commit([], pair.destination.time_s)
    receipts = "SELECT count(*) FROM messages WHERE type = 7"
    assert pair.destination.rows(receipts) == [(8,)]


REPEATED_ROWS = (
    "SELECT (SELECT count(*) FROM events) + (SELECT count(*) FROM messages)"
    " + (SELECT count(*) FROM receipts_due)"
)


def test_repeats_of_what_is_finished_leave_a_row_each_ten_seconds(pair: Pair) -> None:
    """Each answer is sent at once, so none of them waits; before, each repeat left five rows."""
    hostile = Hostile(pair.source, pair.destination)
    single = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0)) + b"small"
    assert take(pair.destination, pair.source, [hostile.key(), hostile.single(single)]) == {None}
    pair.destination.deliver()
    pair.answer()

    def repeat(times: int, seconds: float) -> int:
        before = pair.destination.value(REPEATED_ROWS)
        for _ in range(times):
            again = [hostile.single(single), hostile.key()]
            assert take(pair.destination, pair.source, again) == {None}
            pair.answer()
            pair.destination.time_s += seconds / times
        return int(str(pair.destination.value(REPEATED_ROWS))) - int(str(before))

    first = repeat(10, 0.0)
    assert repeat(10, 0.0) == 0
    # A receipt of both has one row, and three events.
    assert repeat(60, 60.0) <= 6 * 4
    assert 0 < first <= 2 + 2 * 4
    again = "SELECT count(*) FROM events WHERE event = 'again'"
    assert pair.destination.rows(again) == [(2,)]


def test_a_repeated_manifest_of_a_file_that_is_coming_leaves_one_event(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    for _ in range(50):
        assert take(pair.destination, pair.source, [hostile.manifest(SEGMENT)]) == {None}
    events = "SELECT event, count(*) FROM events WHERE message > 0 GROUP BY event"
    assert pair.destination.rows(events) == [("again", 1), ("arrived", 1)]


def test_what_a_relay_carries_again_and_again_keeps_256_events(row: Row) -> None:
    assert set(row.give([each.payload for each in row.sealed(b"a single")])) == {None}
    row.second_hop()
    single = int(str(row.brno.value("SELECT id FROM messages WHERE type = 1")))
    for _ in range(100):
        for event, actor in (
            ("carry", "processor_r"),
            ("handed", "processor_s"),
            ("acked", "processor_s"),
        ):
            row.brno.write("INSERT INTO facts VALUES (?, ?, ?, NULL, NULL)", single, event, actor)
    kept = "SELECT count(*), min(event = 'arrived') FROM events WHERE message = ?"
    assert row.brno.rows(kept, single) == [(256, 0)]
    first = "SELECT event FROM events WHERE message = ? ORDER BY seq LIMIT 1"
    assert row.brno.rows(first, single) == [("arrived",)]
    last = "SELECT event FROM events WHERE message = ? ORDER BY seq DESC LIMIT 3"
    assert row.brno.rows(last, single) == [("acked",), ("handed",), ("carry",)]


def test_a_file_without_room_is_refused_before_it_is_opened(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    def opened(*_: object) -> None:
        raise AssertionError("opened")

    monkeypatch.setattr(Opener, "open_manifest", opened)
    hostile = Hostile(pair.source, pair.destination)
    assert take(pair.destination, pair.source, [hostile.manifest(1 << 50)]) == {Refusal.QUOTA}


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


# What a source says of its epochs.


def small_bounds(node: TestNode, figures: str) -> None:
    """Let a node keep less of the epochs of a source: figures of the view `seen_bounds`."""
    node.write("DROP VIEW seen_bounds")
    node.write(
        "CREATE VIEW seen_bounds (epochs_a_day, epochs, ranges_an_epoch, ranges) AS"
        f" SELECT {figures}"
    )


def key_of(pair: Pair, epoch: int, sequence: int = 1) -> Message:
    """Return a message that leaves a row of `seen` in an epoch, and nothing else for long."""
    return Hostile(pair.source, pair.destination).key(
        os.urandom(8), sequence=sequence, epoch=bytes([1, *bytes(6), epoch])
    )


def epochs_of(pair: Pair) -> set[int]:
    """Return the epochs of the source in which something was finished."""
    rows = pair.destination.rows("SELECT epoch FROM seen WHERE source = ?", pair.source.id)
    return {epoch[-1] for (epoch,) in rows}  # type: ignore[index]


def test_a_source_begins_so_many_epochs_a_day(pair: Pair) -> None:
    small_bounds(pair.destination, "4, 16384, 65536, 131072")
    # In one batch the door decides: what it refuses is judged anew later.
    found = refusals(
        pair.destination.take(pair.source, [frame_of(*(key_of(pair, n) for n in range(6)))])
    )
    assert found == [None] * 4 + [Refusal.QUOTA] * 2
    assert take(pair.destination, pair.source, [key_of(pair, 5)]) == {Refusal.QUOTA}
    assert "alba begins too many epochs" in pair.destination.logged[-1]
    assert epochs_of(pair) == {0, 1, 2, 3}
    # One that is known goes on, and a day later there is room for others.
    assert take(pair.destination, pair.source, [key_of(pair, 3, sequence=2)]) == {None}
    pair.destination.time_s += 86_401
    assert take(pair.destination, pair.source, [key_of(pair, 5)]) == {None}


def test_the_bound_of_one_source_is_not_that_of_another(row: Row) -> None:
    small_bounds(row.brno, "1, 16384, 65536, 131072")
    for node in (row.alba, row.cork):
        row.brno.allow(node, "deliver")
        assert take(row.brno, node, [Hostile(node, row.brno).key(os.urandom(8))]) == {None}


def test_of_too_many_epochs_those_heard_first_are_forgotten(pair: Pair) -> None:
    small_bounds(pair.destination, "256, 3, 65536, 131072")
    for number in range(6):
        pair.destination.time_s += 1
        assert take(pair.destination, pair.source, [key_of(pair, number)]) == {None}
    assert epochs_of(pair) == {3, 4, 5}


def test_epochs_with_many_gaps_are_forgotten_before_the_one_of_now(pair: Pair) -> None:
    small_bounds(pair.destination, "256, 16384, 65536, 4")
    for epoch, count in ((0, 2), (1, 3), (2, 4), (3, 1)):
        pair.destination.time_s += 1
        for sequence in range(count):
            message = key_of(pair, epoch, sequence=10 * sequence)
            assert take(pair.destination, pair.source, [message]) == {None}
    assert epochs_of(pair) == {2, 3}


def test_gaps_are_bounded_and_can_be_filled(pair: Pair) -> None:
    small_bounds(pair.destination, "256, 16384, 3, 131072")
    for sequence, expected in (
        (10, None),
        (20, None),
        (30, None),
        (40, Refusal.QUOTA),
        (31, None),
        (29, None),
        (19, None),
        *((each, None) for each in range(21, 29)),
        (40, None),
        (50, Refusal.QUOTA),
    ):
        message = key_of(pair, 0, sequence=sequence)
        assert take(pair.destination, pair.source, [message]) == {expected}, sequence


def test_a_peer_with_rights_begins_256_epochs_in_a_day(pair: Pair) -> None:
    keys = [
        Hostile(pair.source, pair.destination).key(os.urandom(8), epoch=os.urandom(8))
        for _ in range(400)
    ]
    for begin in range(0, 400, 50):
        pair.destination.take(pair.source, [frame_of(*keys[begin : begin + 50])])
    assert pair.destination.value("SELECT count(DISTINCT epoch) FROM seen") == 256
