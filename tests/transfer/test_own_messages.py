"""Messages that a node creates itself: keys for singles, and receipts."""

import os
from collections.abc import Callable

import pytest

from netrelay.core.receipt import ReceiptVerdict, decode_receipt
from netrelay.core.signed_body import RECEIPT_DOMAIN, signed_data, split_body
from netrelay.seal.signature import verify
from netrelay.store.outgoing import Ready, read_body
from tests.transfer.linked_pair import Pair, TestNode


def owe(node: TestNode, source: TestNode, sequence: int, verdict: int, reason: str = "") -> None:
    """Add a receipt entry that a node has to send."""
    node.write(
        "INSERT INTO receipts_due VALUES (?, ?, x'0102030405060708', ?, 1, ?, 0, ?)",
        *(source.id, node.id, sequence, verdict, reason),
    )


def make_receipt(node: TestNode, source: TestNode) -> Ready | None:
    """Create one receipt and commit it."""
    with node.databases["processor_s"].transaction():
        return node.own.make_receipt(source.id)


def make_key(node: TestNode, other: TestNode) -> int:
    """Create a key for singles and commit it; return its row."""
    with node.databases["processor_s"].transaction():
        node.own.make_key(node.outbound.peers[other.id])
    message = node.value("SELECT max(id) FROM messages WHERE type = 3")
    assert isinstance(message, int)
    return message


def test_a_receipt_contains_the_due_entries_signed_and_once(pair: Pair) -> None:
    node, source = pair.destination, pair.source
    owe(node, source, 7, 1)
    owe(node, source, 9, 3, "its lifetime is over")
    assert node.own.owed_nodes() == [source.id]
    made = make_receipt(node, source)
    assert made is not None
    body = read_body(node.databases["processor_s"], made.id)
    assert body is not None
    payload, signature = split_body(body)
    data = signed_data(node.sealer.end_to_end(made), payload)
    assert verify(node.identity.certificate_der, RECEIPT_DOMAIN, data, signature)
    words = [(word.sequence, word.verdict, word.reason) for word in decode_receipt(payload)]
    assert words == [
        (7, ReceiptVerdict.COMPLETE, ""),
        (9, ReceiptVerdict.FAILED, "its lifetime is over"),
    ]
    assert node.own.owed_nodes() == []
    assert make_receipt(node, source) is None


def receipt_row(node: TestNode, source: TestNode) -> int:
    """Add a due entry and create its receipt."""
    owe(node, source, 7, 1)
    made = make_receipt(node, source)
    assert made is not None
    return made.id


@pytest.mark.parametrize("make", [receipt_row, make_key])
def test_the_body_is_stored_for_the_message_that_was_made(
    pair: Pair, make: Callable[[TestNode, TestNode], int]
) -> None:
    """Without an agreement a trigger also inserts a hello, which is then the newest row."""
    node, other = pair.destination, pair.source
    node.write("DELETE FROM sysinfo")
    message = make(node, other)
    assert node.value("SELECT type FROM messages ORDER BY id DESC LIMIT 1") == 4
    assert node.rows("SELECT message FROM bodies") == [(message,)]
    node.agree(other, number=50)
    (sent,) = node.fill(other)
    assert [each.id for each in sent.messages] == [message]


@pytest.mark.parametrize("reason", ["x" * 500, "é" * 500, "🦀" * 500, "\n\x00" * 100])
def test_a_full_receipt_of_long_reasons_fits(pair: Pair, reason: str) -> None:
    node, source = pair.destination, pair.source
    for sequence in range(300):
        owe(node, source, 2**62 + sequence, 3, reason)
    said = 0
    while True:
        made = make_receipt(node, source)
        if made is None:
            break
        body = read_body(node.databases["processor_s"], made.id)
        assert body is not None
        said += len(decode_receipt(split_body(body)[0]))
    assert said == 300


def test_no_key_occurs_twice(pair: Pair) -> None:
    with pair.source.databases["processor_s"].transaction():
        peer = pair.source.outbound.peers[pair.destination.id]
        keys = {pair.source.own.make_key(peer) for _ in range(3)}
    assert len({key.key_id for key in keys}) == len({key.content_key for key in keys}) == 3


def test_a_restarted_source_goes_on_with_its_key_and_the_same_content_keys(pair: Pair) -> None:
    source, destination = pair.source, pair.destination
    content = os.urandom(3 * pair.size_bytes)
    source.drop_file(destination, b"large", content)
    (manifest,) = source.fill_once(destination, slots=1)
    pair.destination.take(source, [manifest.payload])
    # A power cut: messages in flight are lost, and another process seals them again.
    source.start()
    source.refresh()
    source.lose([manifest])
    assert pair.finish() == []
    assert destination.inbox(source) == {"large": content}
    source.drop_file(destination, b"small", b"small")
    assert pair.finish() == []
    source.start()
    source.refresh()
    source.drop_file(destination, b"small", b"small too")
    assert pair.finish() == []
    assert destination.inbox(source) == {
        "large": content,
        "small": b"small",
        "small (2)": b"small too",
    }
    keys = "SELECT count(*) FROM messages WHERE type = 3 AND parent = 0"
    assert source.value(keys) == 1
    # A key of ten runs is not used any more.
    for _ in range(9):
        source.start()
    source.refresh()
    source.drop_file(destination, b"last", b"last")
    assert pair.finish() == []
    assert source.value(keys) == 2
