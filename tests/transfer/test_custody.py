"""What a relay signs of what it took and gave on, and what its source keeps of that."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netrelay.core.custody_word import (
    CUSTODY_DOMAIN,
    CustodySubject,
    CustodyWord,
    custody_reason,
    decode_custody,
    encode_custody,
    signed_custody,
    split_custody,
)
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.seal.signature import verify
from netrelay.store.database_errors import DiskFullError
from netrelay.store.relay_custody import GAVE_WAITS_S, ROWS_A_SOURCE, TOOK_WAITS_S
from netrelay.transfer import carriage
from tests.transfer.carried_row import Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import SEGMENT, TestNode, frame_of, refusals

NOTED = "SELECT next_hop, due_s IS NOT NULL FROM custody ORDER BY id"


@pytest.fixture
def asking(tmp_path: Path) -> Iterator[Row]:
    """Three nodes, of which the first one has asked the relay for custody words."""
    row = Row(tmp_path)
    row.alba.wants_custody = True
    row.alba.start()
    row.alba.refresh()
    yield row
    row.close()


def ask(row: Row, content: bytes = b"x", name: bytes = b"name") -> None:
    """Give alba a file and let it ask; what it asks is on its way before the file."""
    row.alba.drop_file(row.cork, name, content)
    row.alba.outbound.commit([], row.alba.time_s)


def pass_time(node: TestNode, seconds: float) -> None:
    """Let a time pass at a node, and sign what is due."""
    node.time_s += seconds
    node.outbound.commit([], node.time_s)


def words(row: Row) -> list[CustodyWord]:
    """Return the words that alba keeps, after it was told everything; they are verified."""
    row.hop(row.brno, row.alba, row.first)
    found = []
    for signed, destination, epoch, sequence in row.alba.rows(
        "SELECT w.signed, m.destination, m.epoch, m.sequence FROM custody_words w"
        " JOIN messages m ON m.id = w.job ORDER BY w.job"
    ):
        assert isinstance(signed, bytes)
        subject = CustodySubject(row.alba.id, destination, epoch, sequence, 1)  # type: ignore[arg-type]
        said, signature = split_custody(signed)
        certificate = row.brno.identity.certificate_der
        assert verify(certificate, CUSTODY_DOMAIN, signed_custody(subject, said), signature)
        word = decode_custody(signed)
        assert word is not None
        found.append(word)
    return found


def test_a_relay_says_once_what_it_took_and_gave_on(asking: Row) -> None:
    content = os.urandom(6 * SEGMENT + 1)
    ask(asking, content)
    assert set(asking.first_hop()) == {None}
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == [(None, 1)]
    assert set(asking.second_hop()) == {None}
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == [(asking.cork.id, 1)]
    assert words(asking) == []
    pass_time(asking.brno, GAVE_WAITS_S + 1)
    (word,) = words(asking)
    assert word[:2] == (len(content), asking.alba.id)
    assert word.next_hop == asking.cork.id
    assert asking.brno.rows(NOTED) == [(asking.cork.id, 0)]
    asking.brno.inbound.sweep()
    pass_time(asking.brno, 1000)
    assert asking.brno.rows(NOTED) == [(asking.cork.id, 0)]


def test_what_is_not_given_on_is_said_after_a_minute_and_later_both(asking: Row) -> None:
    ask(asking)
    asking.first_hop()
    asking.brno.inbound.sweep()
    pass_time(asking.brno, TOOK_WAITS_S - 1)
    assert words(asking) == []
    pass_time(asking.brno, 2)
    assert [word.next_hop for word in words(asking)] == [None]
    asking.second_hop()
    asking.brno.inbound.sweep()
    pass_time(asking.brno, GAVE_WAITS_S + 1)
    assert [word.next_hop for word in words(asking)] == [asking.cork.id]


def test_nothing_is_said_before_the_last_byte_is_here_or_was_acknowledged(asking: Row) -> None:
    ask(asking, os.urandom(6 * SEGMENT))
    frames = asking.alba.give_away(asking.brno, asking.first)
    asking.give([each.payload for each in frames[:-1]])
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == []
    asking.give([frames[-1].payload])
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == [(None, 1)]
    # Sent, and not decided by the next hop.
    *others, last = asking.brno.fill(asking.cork, asking.second)
    for each in others:
        asking.hand_over(asking.brno, asking.cork, each)
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == [(None, 1)]
    asking.hand_over(asking.brno, asking.cork, last)
    asking.second_hop()
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == [(asking.cork.id, 1)]


def test_it_is_noted_after_a_crash_between_commit_and_note(asking: Row) -> None:
    ask(asking, os.urandom(2 * SEGMENT))
    asking.first_hop()
    asking.brno.start_destination()
    asking.brno.refresh()
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == [(None, 1)]


def test_a_word_is_few_bytes_where_many_share_a_receipt(asking: Row) -> None:
    for number in range(50):
        ask(asking, b"x", b"%d" % number)
    asking.first_hop()
    asking.second_hop()
    asking.brno.inbound.sweep()
    pass_time(asking.brno, GAVE_WAITS_S + 1)
    ((receipts, size_bytes),) = asking.brno.rows(
        "SELECT count(*), sum(length(body)) FROM bodies JOIN messages m ON m.id = message"
        " WHERE m.type = 7 AND m.source = ?",
        asking.brno.id,
    )
    assert receipts == 1
    assert 190 * 50 < size_bytes < 210 * 50  # type: ignore[operator]
    assert len(words(asking)) == 50


def test_a_full_disk_keeps_no_file_in_the_spool_and_loses_no_word(
    asking: Row, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(asking)
    asking.first_hop()
    asking.second_hop()

    def full(*_: object) -> None:
        raise DiskFullError

    with monkeypatch.context() as patch:
        patch.setattr(carriage, "note_custody", full)
        asking.brno.inbound.sweep()
    assert asking.spooled() == []
    asking.brno.inbound.sweep()
    assert asking.brno.rows(NOTED) == [(asking.cork.id, 1)]


def test_who_does_not_ask_is_told_nothing(row: Row) -> None:
    row.alba.drop_file(row.cork, b"name", os.urandom(2 * SEGMENT))
    row.first_hop()
    row.second_hop()
    row.brno.inbound.sweep()
    pass_time(row.brno, 1000)
    assert row.brno.rows(NOTED) == []
    assert row.brno.rows("SELECT 1 FROM messages WHERE type = 7 AND source = ?", row.brno.id) == []


def test_who_asks_no_more_is_forgotten(asking: Row) -> None:
    ask(asking)
    asking.first_hop()
    asking.brno.inbound.sweep()
    assert len(asking.brno.rows(NOTED)) == 1
    asking.alba.wants_custody = False
    asking.alba.start()
    asking.alba.refresh()
    asking.alba.write(
        "INSERT INTO receipts_due VALUES (?, ?, x'0102030405060708', 1, 1, 1, 0, '')",
        *(asking.cork.id, asking.alba.id),
    )
    asking.alba.outbound.commit([], asking.alba.time_s)
    asking.first_hop()
    assert asking.brno.rows("SELECT 1 FROM custody_wishes") == []
    assert asking.brno.rows(NOTED) == []


def test_a_repeat_of_an_older_receipt_takes_no_wish_back(row: Row) -> None:
    """Who passes receipts on may keep one, and would leave no word of what came later."""
    row.alba.write(
        "INSERT INTO receipts_due VALUES (?, ?, x'0102030405060708', 1, 1, 1, 0, '')",
        *(row.cork.id, row.alba.id),
    )
    row.alba.outbound.commit([], row.alba.time_s)
    older = row.sealed()
    assert row.give([sent.payload for sent in older]) == [None]
    row.second_hop()
    row.alba.wants_custody = True
    row.alba.start()
    row.alba.refresh()
    ask(row)
    row.first_hop()
    row.brno.inbound.sweep()
    assert row.brno.rows(NOTED) == [(None, 1)]
    assert row.give([sent.payload for sent in older]) == [None]
    assert row.brno.rows(NOTED) == [(None, 1)]


def test_the_rows_of_a_source_are_bounded(asking: Row) -> None:
    ask(asking)
    asking.first_hop()
    asking.brno.write(
        "INSERT INTO custody (source, destination, epoch, sequence, attempt, previous_hop,"
        " total_bytes, took_unix_s, due_s, noted_s) WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL"
        " SELECT i + 1 FROM n WHERE i < ?3) SELECT ?1, ?2, x'00', i, 1, ?1, 1, 0, 1e9, i FROM n",
        *(asking.alba.id, asking.cork.id, ROWS_A_SOURCE),
    )
    asking.brno.inbound.sweep()
    assert asking.brno.value("SELECT count(*) FROM custody") == ROWS_A_SOURCE
    # What was told makes room.
    asking.brno.write("UPDATE custody SET due_s = NULL WHERE noted_s <= 300")
    asking.brno.start_destination()
    asking.brno.refresh()
    asking.brno.inbound.sweep()
    assert asking.brno.value("SELECT count(*) FROM custody") == ROWS_A_SOURCE - 255


def forged(row: Row, relay: TestNode, word: CustodyWord, **about: Any) -> ReceiptEntry:
    """Return an entry with a word that a node has signed, about alba's job."""
    ((destination, epoch, sequence),) = row.alba.rows(
        "SELECT destination, epoch, sequence FROM messages WHERE type = 6"
    )
    subject = CustodySubject(row.alba.id, destination, epoch, sequence, 1)  # type: ignore[arg-type]
    packed = encode_custody(word)
    signed = relay.identity.sign(CUSTODY_DOMAIN, signed_custody(subject, packed))
    reason = custody_reason(packed + signed)
    fields = subject._replace(**about)
    return ReceiptEntry(*fields[1:], ReceiptVerdict.COMPLETE, reason=reason)


def take(row: Row, relay: TestNode, entry: ReceiptEntry) -> list[tuple[object, ...]]:
    """Let alba take a receipt of a node; return the words that it keeps."""
    receipt = Hostile(relay, row.alba).receipt(entry)
    assert refusals(row.alba.take(row.brno, [frame_of(receipt)])) == [None]
    return row.alba.rows("SELECT relay FROM custody_words")


def test_a_word_counts_only_of_whom_it_was_given_to_and_as_it_was_signed(
    asking: Row, tmp_path: Path
) -> None:
    ask(asking)
    asking.first_hop()
    alba, brno, cork = asking.nodes
    dove = TestNode(tmp_path, "dove")
    alba.know(dove)
    word = CustodyWord(1, alba.id, 1, None, 0)
    # alba gave it to brno, and dove says that it had it from alba.
    assert take(asking, dove, forged(asking, dove, word)) == []
    # The destination's word is its receipt.
    assert take(asking, cork, forged(asking, cork, word)) == []
    # dove's signature, in a receipt of brno.
    assert take(asking, brno, forged(asking, dove, word)) == []
    # Of another number, and of another attempt.
    assert take(asking, brno, forged(asking, brno, word, sequence=77)) == []
    assert take(asking, brno, forged(asking, brno, word, attempt=2)) == []
    assert take(asking, brno, forged(asking, brno, word)) == [(brno.id,)]
    # An earlier word that comes again, or late, takes back nothing.
    given_on = forged(asking, brno, word._replace(next_hop=cork.id))
    for entry in (given_on, forged(asking, brno, word)):
        take(asking, brno, entry)
        ((signed,),) = alba.rows("SELECT signed FROM custody_words")
        kept = decode_custody(signed)  # type: ignore[arg-type]
        assert kept is not None
        assert kept.next_hop == cork.id
    dove.close()


def test_a_source_that_did_not_ask_keeps_nothing(row: Row) -> None:
    row.alba.drop_file(row.cork, b"name", b"x")
    row.first_hop()
    word = CustodyWord(1, row.alba.id, 1, None, 0)
    assert take(row, row.brno, forged(row, row.brno, word)) == []
