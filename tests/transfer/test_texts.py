"""Texts: durable with their row and deduplicated; malformed ones are refused."""

import pytest

from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.single import (
    TEXT_MAX_BYTES,
    SingleHeader,
    SingleKind,
    encode_single_header,
    encode_text,
)
from netrelay.core.words import Refusal
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import (
    Message,
    Pair,
    frame_of,
    messages_of,
    refusals,
    words_due,
)

WRITTEN_NS = 1_700_000_000_123_456_789


def sent_texts(pair: Pair, *texts: str) -> list[Message]:
    """Send texts; return the messages on the wire: their key, then the texts."""
    pair.source.add_texts(pair.destination, *(encode_text(text, WRITTEN_NS) for text in texts))
    return messages_of(pair.source.give_away(pair.destination))


def take(pair: Pair, *frames: list[Message]) -> list[Refusal | None]:
    """Pass frames to the destination in one commit; return the refusals."""
    payloads = [frame_of(*frame) for frame in frames]
    return refusals(pair.destination.take(pair.source, payloads))


def test_texts_arrive_in_order_and_share_frames_and_receipts(pair: Pair) -> None:
    texts = [f"reading {number}: 21.5 °C" for number in range(300)]
    pair.source.add_texts(pair.destination, *(encode_text(text, WRITTEN_NS) for text in texts))
    frames = pair.source.fill(pair.destination)
    assert [len(frame.messages) for frame in frames] == [301]  # their key goes first
    for frame in frames:
        (judged,) = pair.destination.take(pair.source, [frame.payload])
        pair.source.conclude(frame, judged)
    assert pair.answer() + pair.answer() == []
    assert pair.destination.texts() == texts
    assert set(pair.source.states(1)) == set(pair.destination.states(1)) == {"F"}
    assert len(pair.source.states(7)) == 2
    assert pair.source.rows("SELECT * FROM bodies") == []
    assert pair.destination.rows("SELECT DISTINCT source, written_unix_s FROM texts") == [
        (pair.source.id, 1_700_000_000)
    ]
    # Texts have no file, and no work for exporter.
    assert pair.destination.rows("SELECT * FROM files") == []
    assert pair.destination.deliver() == []
    assert list(pair.destination.home.staging.iterdir()) == []


def test_a_text_that_arrives_repeatedly_is_stored_once(pair: Pair) -> None:
    key, text = sent_texts(pair, "once")
    assert take(pair, [key, text, text], [text]) == [None] * 4
    assert take(pair, [text]) == [None]
    assert pair.destination.texts() == ["once"]
    # A repeat asks for the receipt, which may have been lost.
    assert [words[2] for words in words_due(pair.destination)] == [1]


def test_two_attempts_of_a_text_in_one_commit_are_stored_once(pair: Pair) -> None:
    key, first = sent_texts(pair, "once")
    (message,) = pair.source.rows("SELECT id FROM messages WHERE type = 1")
    pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", *message)  # type: ignore[arg-type]
    pair.source.retry(message[0])  # type: ignore[arg-type]
    (second,) = messages_of(pair.source.give_away(pair.destination))
    assert take(pair, [key, first, second]) == [None] * 3
    assert pair.destination.texts() == ["once"]
    assert [word[1:3] for word in words_due(pair.destination)] == [(1, 1), (2, 1)]


def test_a_text_is_deduplicated_after_its_rows_were_pruned(pair: Pair) -> None:
    key, text = sent_texts(pair, "once")
    take(pair, [key, text])
    pair.destination.write("DELETE FROM messages WHERE id > 0 AND state = 'F'")
    pair.destination.write("DELETE FROM texts")
    assert take(pair, [text]) == [None]
    assert pair.destination.texts() == []
    take(pair, sent_texts(pair, "another"))
    assert pair.destination.rows("SELECT id, text FROM texts") == [(2, "another")]


def test_the_longest_text_and_unusual_ones_arrive(pair: Pair) -> None:
    texts = ["x" * TEXT_MAX_BYTES, "\0", "\x1b[2J\u202e", "zwei\nZeilen\n"]
    assert take(pair, sent_texts(pair, *texts)) == [None] * 5
    assert pair.destination.texts() == texts


@pytest.mark.parametrize("content", [b"", b"\xff\xfe"])
def test_a_malformed_text_is_refused_permanently(pair: Pair, content: bytes) -> None:
    header = encode_single_header(SingleHeader(SingleKind.TEXT, b"", 0))
    pair.source.add_texts(pair.destination, header + content)
    assert pair.send() == [Refusal.MALFORMED]
    assert pair.destination.texts() == []
    assert pair.source.states(1) == ["D"]


def test_a_text_needs_room_and_the_right_to_deliver(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    messages = sent_texts(pair, "text")
    take(pair, messages[:1])
    monkeypatch.setattr("netrelay.disk.kept_free.KEPT_FREE_BYTES", 1 << 60)
    assert take(pair, messages[1:]) == [Refusal.NO_ROOM]
    monkeypatch.undo()
    pair.destination.write("DELETE FROM rights")
    assert take(pair, messages[1:]) == [Refusal.NOT_PERMITTED]
    pair.destination.allow(pair.source, "deliver")
    assert take(pair, messages[1:]) == [None]
    assert pair.destination.texts() == ["text"]


def test_the_longest_text_fits_the_smallest_agreement(pair: Pair) -> None:
    pair.source.agree(pair.destination, 65_536, number=4)
    pair.size_bytes = 65_536
    longest = "x" * TEXT_MAX_BYTES
    pair.source.add_texts(pair.destination, encode_text(longest, 0))
    assert pair.send() == []
    assert pair.destination.texts() == [longest]


ANSWERS = (ReceiptVerdict.COMPLETE, ReceiptVerdict.FAILED, ReceiptVerdict.CANNOT_OPEN)


@pytest.mark.parametrize("first", ANSWERS)
@pytest.mark.parametrize("second", ANSWERS)
def test_a_receipt_may_name_a_text_twice(
    pair: Pair, first: ReceiptVerdict, second: ReceiptVerdict
) -> None:
    (text,) = pair.source.add_texts(pair.destination, encode_text("hello", WRITTEN_NS))
    pair.source.give_away(pair.destination)
    ((epoch, sequence),) = pair.source.rows(
        "SELECT epoch, sequence FROM messages WHERE id = ?", text
    )
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    entries = [
        ReceiptEntry(pair.destination.id, epoch, sequence, 1, verdict)
        for verdict in (first, second)
    ]
    receipt = Hostile(pair.destination, pair.source).receipt(*entries)
    assert refusals(pair.source.take(pair.destination, [frame_of(receipt)])) == [None]
    state = pair.source.value("SELECT state FROM messages WHERE id = ?", text)
    if ReceiptVerdict.COMPLETE in (first, second):
        assert state == "F"
    elif ReceiptVerdict.FAILED in (first, second):
        assert state == "D"
    else:
        assert state == "S-4"


def test_a_text_is_no_longer_than_a_source_may_make_it(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    header = encode_single_header(SingleHeader(SingleKind.TEXT, b"", 0))
    texts = [
        hostile.single(header + b"x" * (TEXT_MAX_BYTES + more), sequence=2 + more)
        for more in (0, 1)
    ]
    assert take(pair, [hostile.key()], texts) == [None, None, Refusal.MALFORMED]
    assert [len(text) for text in pair.destination.texts()] == [TEXT_MAX_BYTES]


@pytest.mark.parametrize("attempt", [1, 2])
@pytest.mark.parametrize("is_dead", [False, True], ids=["waiting", "dead"])
def test_a_number_that_was_given_to_a_file_is_no_text(
    pair: Pair, attempt: int, is_dead: bool
) -> None:
    """A dead file lived again as a text that was stored, and its file was given up once more."""
    hostile = Hostile(pair.source, pair.destination)
    file = encode_single_header(SingleHeader(SingleKind.FILE, b"f", 0)) + b"content"
    text = encode_single_header(SingleHeader(SingleKind.TEXT, b"", 0))
    text += b"x" * (len(file) - len(text))
    assert take(pair, [hostile.key()], [hostile.single(file, sequence=5)]) == [None, None]
    if is_dead:
        pair.destination.write(
            "INSERT INTO facts SELECT id, 'cancelled', 'person', 'why', NULL FROM messages"
            " WHERE type = 1"
        )
    same = hostile.single(text, sequence=5, attempt=attempt)
    found = take(pair, [same])
    assert pair.destination.texts() == []
    if attempt == 1 and not is_dead:
        assert found == [None]  # a repeat: what waits is the one that counts
    else:
        assert found == [Refusal.CONFLICT]
    assert pair.destination.states(1) == ["D" if is_dead else "N-4"]
    assert pair.destination.deliver() == ([] if is_dead else ["f"])
