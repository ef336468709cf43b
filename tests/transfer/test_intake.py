"""What comes is taken once, whatever comes twice, too early, or after the end."""

import os

import pytest

from netrelay.core.words import Refusal
from tests.transfer.linked_pair import (
    SIZE,
    Message,
    Pair,
    frame_of,
    messages_of,
    refusals,
    rehashed,
    words_due,
)

LARGE = os.urandom(2 * SIZE + 77)


def sent_single(pair: Pair, name: bytes = b"single", content: bytes = b"small") -> list[Message]:
    """Drop a small file; give its key and itself."""
    pair.source.drop_file(pair.destination, name, content)
    return messages_of(pair.source.give_away(pair.destination))


def sent_file(pair: Pair, name: bytes = b"large", content: bytes = LARGE) -> list[Message]:
    """Drop a large file; give its manifest and its chunks."""
    pair.source.drop_file(pair.destination, name, content)
    return messages_of(pair.source.give_away(pair.destination))


def take(pair: Pair, *frames: list[Message]) -> list[Refusal | None]:
    """Let the destination take frames in one commit; give the refusals."""
    payloads = [frame_of(*frame) for frame in frames]
    return refusals(pair.destination.take(pair.source, payloads))


def test_the_same_frame_twice_is_delivered_once(pair: Pair) -> None:
    messages = sent_single(pair)
    assert take(pair, messages) == [None, None]
    assert take(pair, messages) == [None, None]
    assert pair.destination.deliver() == ["single"]
    assert take(pair, messages) == [None, None]
    assert pair.destination.deliver() == []
    assert pair.destination.inbox(pair.source) == {"single": b"small"}


def test_a_single_twice_in_one_commit_is_delivered_once(pair: Pair) -> None:
    key, single = sent_single(pair)
    assert take(pair, [key, single, single], [single]) == [None] * 4
    assert pair.destination.deliver() == ["single"]


def test_a_manifest_twice_in_one_commit_is_one(pair: Pair) -> None:
    manifest, *chunks = sent_file(pair)
    assert take(pair, [manifest, manifest], [manifest, *chunks]) == [None] * (3 + len(chunks))
    assert pair.destination.deliver() == ["large"]
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


def test_all_of_a_file_in_one_commit(pair: Pair) -> None:
    assert take(pair, sent_file(pair)) == [None] * 4
    assert pair.destination.deliver() == ["large"]
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


def test_chunks_come_in_any_order_and_twice(pair: Pair) -> None:
    manifest, first, second, last = sent_file(pair)
    assert take(pair, [manifest]) == [None]
    assert take(pair, [last, last], [second]) == [None] * 3
    assert pair.destination.deliver() == []
    assert take(pair, [second], [last]) == [None, None]
    assert take(pair, [first]) == [None]
    assert pair.destination.deliver() == ["large"]
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


def test_a_chunk_that_is_durable_is_not_written_again(pair: Pair) -> None:
    manifest, first, *_ = sent_file(pair)
    take(pair, [manifest, first])
    events = pair.destination.value("SELECT count(*) FROM events")
    (staged,) = pair.destination.home.staging.iterdir()
    staged.write_bytes(bytes(staged.stat().st_size))
    assert take(pair, [first]) == [None]
    assert not any(staged.read_bytes())
    assert pair.destination.value("SELECT count(*) FROM events") == events


def test_a_chunk_before_its_manifest_waits_for_it(pair: Pair) -> None:
    manifest, first, *rest = sent_file(pair)
    (judged,) = pair.destination.judge(pair.source, [frame_of(first)])
    assert judged.judgements[0].arrival is None
    assert refusals([judged.judgements]) == [Refusal.NEED_MANIFEST]
    assert take(pair, [manifest, first, *rest]) == [None] * 4
    assert pair.destination.deliver() == ["large"]


def test_what_comes_after_the_delivery_changes_nothing_and_is_acknowledged(pair: Pair) -> None:
    messages = sent_file(pair)
    take(pair, messages)
    pair.destination.deliver()
    pair.destination.say_receipts()
    assert take(pair, messages) == [None] * 4
    assert pair.destination.deliver() == []
    assert list(pair.destination.home.staging.iterdir()) == []
    # The repeated manifest asks for the receipt, which may have been lost.
    assert [words[2] for words in words_due(pair.destination)] == [1]


def test_what_comes_after_the_rows_are_gone_changes_nothing_either(pair: Pair) -> None:
    single, large = sent_single(pair), sent_file(pair)
    take(pair, single)
    take(pair, large)
    assert sorted(pair.destination.deliver()) == ["large", "single"]
    pair.destination.say_receipts()
    pair.destination.write("DELETE FROM messages WHERE id > 0 AND state = 'F' AND type <> 7")
    pair.destination.write("DELETE FROM files")
    assert take(pair, single[1:], large) == [None] * 5
    assert pair.destination.deliver() == []
    assert [words[2] for words in words_due(pair.destination)] == [1, 1]


def test_a_repeated_manifest_asks_what_is_missing(pair: Pair) -> None:
    manifest, first, second, last = sent_file(pair)
    take(pair, [manifest, second])
    assert words_due(pair.destination) == []
    take(pair, [manifest])
    assert [words[2] for words in words_due(pair.destination)] == [2]
    assert pair.answer() == []
    # The source sends just those once more.
    again = [message for frame in pair.source.fill(pair.destination) for message in frame.messages]
    assert [message.offset for message in again] == [0, 2 * SIZE]
    take(pair, [first], [last])
    assert pair.destination.deliver() == ["large"]


def test_a_lost_receipt_is_given_again(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"large", LARGE)
    pair.send()
    pair.destination.deliver()
    pair.destination.say_receipts()
    pair.destination.give_away(pair.source)  # and it never arrives
    assert pair.source.states(6) == ["S-2W"]
    pair.source.time_s += 100
    assert pair.finish() == []
    assert pair.source.states(6) == ["F"]
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["single", "chunks"])
def test_a_second_attempt_of_what_was_delivered_is_not_delivered(
    pair: Pair, content: bytes
) -> None:
    pair.source.drop_file(pair.destination, b"name", content)
    pair.send()
    assert pair.destination.deliver() == ["name"]
    job = pair.source.job()
    pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    pair.source.retry(job)
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"name": content}
    assert pair.source.states(6) == ["F"]
    assert list(pair.destination.home.staging.iterdir()) == []


@pytest.mark.parametrize("content", [b"small", LARGE], ids=["single", "chunks"])
def test_two_attempts_that_are_complete_at_once_are_one_delivery(
    pair: Pair, content: bytes
) -> None:
    pair.source.drop_file(pair.destination, b"name", content)
    pair.send()
    job = pair.source.job()
    pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    pair.source.retry(job)
    pair.send()
    assert pair.destination.inbox(pair.source) == {}
    pair.destination.deliver()
    pair.answer()
    assert pair.destination.inbox(pair.source) == {"name": content}
    assert pair.source.states(6) == ["F"]
    assert list(pair.destination.home.staging.iterdir()) == []


def test_a_second_attempt_of_what_came_in_part_is_delivered(pair: Pair) -> None:
    take(pair, sent_file(pair)[:2])
    job = pair.source.job()
    pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    pair.source.retry(job)
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


def test_a_second_attempt_of_what_never_went_is_delivered(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"large", LARGE)
    job = pair.source.job()
    pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    pair.source.retry(job)
    assert pair.finish() == []
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


@pytest.mark.parametrize("part", range(1, 4))
def test_a_destination_that_starts_anew_goes_on(pair: Pair, part: int) -> None:
    messages = sent_file(pair)
    take(pair, messages[:part])
    pair.destination.start()
    pair.destination.refresh()
    assert take(pair, messages[part:]) == [None] * (4 - part)
    assert pair.destination.deliver() == ["large"]
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


def test_a_destination_that_starts_anew_still_has_the_key_for_singles(pair: Pair) -> None:
    key, single = sent_single(pair)
    take(pair, [key])
    pair.destination.start()
    pair.destination.refresh()
    assert take(pair, [single]) == [None]
    assert pair.destination.deliver() == ["single"]


def test_a_wrong_hash_dies_visibly_and_does_not_stand_in_the_way(pair: Pair) -> None:
    key, single = sent_single(pair)
    spoiled = single._replace(body=single.body[:-1] + bytes([single.body[-1] ^ 1]))
    assert take(pair, [key, spoiled]) == [None, Refusal.BAD_HASH]
    assert pair.destination.states(1) == ["D"]
    ((reason,),) = pair.destination.rows("SELECT reason FROM messages WHERE type = 1")
    assert reason == "the body is not what was sent"
    assert take(pair, [single]) == [None]
    assert pair.destination.deliver() == ["single"]
    assert pair.destination.states(1) == ["D", "F"]


def test_a_spoiled_manifest_is_no_manifest(pair: Pair) -> None:
    manifest, *chunks = sent_file(pair)
    spoiled = manifest._replace(body=manifest.body[:-1] + bytes([manifest.body[-1] ^ 1]))
    assert take(pair, [spoiled, chunks[0]]) == [Refusal.BAD_HASH, Refusal.NEED_MANIFEST]
    assert take(pair, [manifest, *chunks]) == [None] * 4
    assert pair.destination.deliver() == ["large"]


def test_a_body_that_does_not_open_is_not_seen(pair: Pair) -> None:
    key, single = sent_single(pair)
    forged = rehashed(single._replace(body=single.body[:-1] + bytes([single.body[-1] ^ 1])))
    assert take(pair, [key, forged]) == [None, Refusal.CANNOT_OPEN]
    assert pair.destination.states(1) == []
    assert take(pair, [single]) == [None]
    assert pair.destination.deliver() == ["single"]


def test_a_chunk_that_does_not_open_covers_nothing(pair: Pair) -> None:
    manifest, first, *rest = sent_file(pair)
    forged = rehashed(first._replace(body=bytes(len(first.body))))
    assert take(pair, [manifest, forged]) == [None, Refusal.CANNOT_OPEN]
    assert pair.destination.rows("SELECT * FROM ranges") == []
    assert take(pair, [first, *rest]) == [None] * 3
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


def test_an_unknown_key_makes_the_source_draw_another(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", b"content")
    pair.source.fill_once(pair.destination)
    # The key never gets there, and its source believes that it did.
    (frame,) = pair.source.fill_once(pair.destination)
    _, single = messages_of([frame])
    assert take(pair, [single]) == [Refusal.CANNOT_OPEN]
    pair.source.lose([frame])
    pair.source.write("DELETE FROM bodies")
    pair.source.write(
        "INSERT INTO facts SELECT id, 'expired', 'processor_s', NULL, NULL FROM messages"
        " WHERE type = 3 AND state = 'S-4'"
    )
    assert pair.send() == [Refusal.CANNOT_OPEN]
    assert pair.destination.deliver() == ["name"]


def test_a_dead_manifest_lives_again_with_all_its_chunks(pair: Pair) -> None:
    messages = sent_file(pair)
    take(pair, messages[:3])
    ((manifest,),) = pair.destination.rows("SELECT id FROM messages WHERE type = 3")
    assert isinstance(manifest, int)
    pair.destination.write(
        "INSERT INTO facts VALUES (?, 'cancelled', 'person', 'no', NULL)", manifest
    )
    assert take(pair, messages[3:]) == [Refusal.NEED_MANIFEST]
    pair.destination.staging.keep_only(set())
    pair.destination.start_destination()
    pair.destination.refresh()
    assert take(pair, messages[:1], messages[3:]) == [None, None]
    assert pair.destination.deliver() == []
    assert take(pair, messages[1:3]) == [None, None]
    assert pair.destination.deliver() == ["large"]
    assert pair.destination.inbox(pair.source) == {"large": LARGE}


def test_a_dead_first_attempt_does_not_come_back_after_the_second_was_delivered(
    pair: Pair,
) -> None:
    first = sent_file(pair)
    take(pair, first[:2])
    ((manifest,),) = pair.destination.rows("SELECT id FROM messages WHERE type = 3")
    assert isinstance(manifest, int)
    pair.destination.write(
        "INSERT INTO facts VALUES (?, 'cancelled', 'person', 'no', NULL)", manifest
    )
    job = pair.source.job()
    pair.source.write("INSERT INTO facts VALUES (?, 'cancelled', 'person', NULL, NULL)", job)
    pair.source.retry(job)
    assert pair.finish() == []
    pair.destination.staging.keep_only(set())
    assert take(pair, first) == [None] * 4
    assert pair.destination.deliver() == []
    assert list(pair.destination.home.staging.iterdir()) == []
    assert [words[2] for words in words_due(pair.destination)] == [1]


def test_more_files_than_are_kept_in_memory_come_side_by_side(pair: Pair) -> None:
    content = {f"{number:03}": os.urandom(SIZE + 1 + number) for number in range(70)}
    for name, bytes_ in content.items():
        pair.source.drop_file(pair.destination, name.encode(), bytes_)
    messages = messages_of(pair.source.give_away(pair.destination))
    manifests = [message for message in messages if len(message.body) < 4_000]
    chunks = [message for message in messages if message not in manifests[:70]]
    take(pair, manifests[:70])
    for start in range(0, len(chunks), 16):
        assert set(take(pair, chunks[start : start + 16])) == {None}
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == content
