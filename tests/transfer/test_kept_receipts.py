"""Receipts that ended jobs are kept, once each; nobody fills the disk of a source with others."""

import os

from netrelay.core.content_word import ContentWord, decode_content_word
from netrelay.core.header import EPOCH_BYTES
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict, decode_receipt
from netrelay.core.signed_body import RECEIPT_DOMAIN
from netrelay.seal.public_key import SIGNATURE_BYTES
from netrelay.seal.receipt_file import told_of
from netrelay.seal.signature import verify
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import Pair, TestNode, frame_of, refusals

HASH = bytes(range(32))


def kept(node: TestNode) -> list[bytes]:
    """Return the receipts that a node keeps."""
    rows = node.rows("SELECT signed FROM kept_receipts ORDER BY event")
    return [signed for (signed,) in rows if isinstance(signed, bytes)]


def entries_about(pair: Pair, verdict: ReceiptVerdict, **fields: object) -> list[ReceiptEntry]:
    """Return an entry about each job of the source."""
    rows = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6 ORDER BY id")
    found = [
        ReceiptEntry(pair.destination.id, epoch, sequence, 1, verdict)  # type: ignore[arg-type]
        for epoch, sequence in rows
    ]
    return [each._replace(**fields) for each in found]  # type: ignore[arg-type]


def take(pair: Pair, *entries: ReceiptEntry, sequence: int = 3) -> None:
    """Let the source take a receipt of the destination."""
    receipt = Hostile(pair.destination, pair.source).receipt(*entries, sequence=sequence)
    assert refusals(pair.source.take(pair.destination, [frame_of(receipt)])) == [None]


def sent(pair: Pair, *names: bytes) -> None:
    """Give the source files, and let the destination acknowledge all pieces."""
    for name in names:
        pair.source.drop_file(pair.destination, name, name)
    pair.send()


def test_a_receipt_is_kept_once_for_all_jobs_that_it_ends(pair: Pair) -> None:
    sent(pair, b"a", b"b", b"c")
    pair.finish()
    (signed,) = kept(pair.source)
    data, signature = signed[:-SIGNATURE_BYTES], signed[-SIGNATURE_BYTES:]
    assert verify(pair.destination.identity.certificate_der, RECEIPT_DOMAIN, data, signature)
    rows = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    assert len(rows) == 3
    for epoch, sequence in rows:
        told = told_of(signed, epoch, sequence)  # type: ignore[arg-type]
        assert (told.signer, told.source) == (pair.destination.id, pair.source.id)


def test_the_jobs_of_two_receipts_find_their_own(pair: Pair) -> None:
    sent(pair, b"a")
    pair.finish()
    sent(pair, b"b")
    pair.finish()
    first, second = kept(pair.source)
    spans = pair.source.rows(
        "SELECT e.seq > k.event AND e.seq <= k.last_event FROM kept_receipts k"
        " JOIN events e ON e.event = 'receipted' JOIN messages m ON m.id = e.message AND m.type = 6"
        " ORDER BY k.event, e.seq"
    )
    assert spans == [(1,), (0,), (0,), (1,)]
    assert first != second


def test_what_ends_no_job_is_not_kept(pair: Pair) -> None:
    sent(pair, b"a")
    (missing,) = entries_about(pair, ReceiptVerdict.MISSING, missing=((0, 1),))
    (failed,) = entries_about(pair, ReceiptVerdict.FAILED)
    take(pair, missing._replace(reason="why", missing=((0, 1),)))
    assert kept(pair.source) == []
    take(pair, failed, sequence=4)
    assert pair.source.states(6) == ["D"]
    assert kept(pair.source) == []


def test_a_late_receipt_is_kept_and_its_repeat_is_not(pair: Pair) -> None:
    sent(pair, b"a")
    (complete,) = entries_about(pair, ReceiptVerdict.COMPLETE)
    take(pair, complete._replace(verdict=ReceiptVerdict.FAILED))
    take(pair, complete, sequence=4)
    assert pair.source.states(6) == ["F"]
    assert len(kept(pair.source)) == 1
    take(pair, complete, sequence=5)
    take(pair, complete, sequence=4)
    assert len(kept(pair.source)) == 1


def test_a_receipt_that_is_full_of_other_entries_has_its_effect_and_is_not_kept(pair: Pair) -> None:
    sent(pair, b"a", b"b")
    first, second = entries_about(pair, ReceiptVerdict.COMPLETE)
    others = [
        first._replace(epoch=os.urandom(EPOCH_BYTES), sequence=2**62 + number)
        for number in range(90)
    ]
    take(pair, first, *others)
    assert pair.source.states(6) == ["F", "S-2W"]
    assert kept(pair.source) == [], "4,096 bytes for each job that it ends"
    take(pair, *others[:60], second, sequence=4)
    assert pair.source.states(6) == ["F", "F"]
    assert [len(signed) < 4096 for signed in kept(pair.source)] == [True]


def test_a_destination_says_the_content_that_exporter_has_put_there(pair: Pair) -> None:
    sent(pair, b"a", b"b")
    pair.destination.deliver()
    pair.destination.write("UPDATE files SET content_hash = ? WHERE name = 'b'", HASH)
    pair.answer()
    (signed,) = kept(pair.source)
    rows = pair.source.rows(
        "SELECT f.name, m.epoch, m.sequence FROM messages m JOIN files f ON f.id = m.file"
        " WHERE m.type = 6"
    )
    said = {name: told_of(signed, epoch, sequence).content for name, epoch, sequence in rows}  # type: ignore[arg-type]
    assert said["a"] is None
    assert said["b"] is not None
    assert said["b"].content_hash == HASH


def test_a_clock_that_nothing_has_set_is_not_said(pair: Pair) -> None:
    sent(pair, b"a")
    pair.destination.deliver()
    pair.destination.write("UPDATE files SET content_hash = ?", HASH)
    database = pair.destination.databases["processor_s"]
    said = []
    for is_set in (False, True):
        clock = database._node_clock._clock
        database._node_clock._clock = clock._replace(unix_s=lambda: 1.8e9, is_set=lambda: is_set)  # noqa: B023
        with database.transaction():
            made = pair.destination.own.make_receipt(pair.source.id)
        assert made is not None
        (body,) = pair.destination.rows("SELECT body FROM bodies WHERE message = ?", made.id)[0]
        said.append(body)
        pair.destination.write("DELETE FROM receipts_due")
        pair.destination.write(
            "INSERT INTO receipts_due SELECT source, destination, epoch, sequence, attempt, 1, id,"
            " '' FROM messages WHERE type = 1 AND destination = (SELECT node FROM selfinfo)"
        )
    words = [reason for body in said for reason in _reasons(body)]  # type: ignore[arg-type]
    assert words == [ContentWord(HASH, 0), ContentWord(HASH, 1_800_000_000)]


def _reasons(body: bytes) -> list[ContentWord | None]:
    return [decode_content_word(each.reason) for each in decode_receipt(body[:-SIGNATURE_BYTES])]


def test_a_destination_that_owes_much_else_says_the_end_of_a_job_alone(pair: Pair) -> None:
    sent(pair, b"a")
    pair.destination.deliver()
    for number in range(60):
        pair.destination.write(
            "INSERT INTO receipts_due VALUES (?, ?, x'0102030405060708', ?, 1, 3, 0, ?)",
            *(pair.source.id, pair.destination.id, number, "why" * 66),
        )
    pair.answer()
    assert pair.source.states(6) == ["F"]
    (signed,) = kept(pair.source)
    assert len(signed) < 400
    owed = pair.destination.rows("SELECT state FROM messages WHERE type = 7 AND birth = 'made'")
    assert owed == [("F",), ("F",)]
    assert pair.destination.rows("SELECT 1 FROM receipts_due") == []
