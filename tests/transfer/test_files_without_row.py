"""A file that a batch wrote and that no row needs after the commit is removed, not at a start."""

import os
from pathlib import Path

import pytest

from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.single import SingleHeader, SingleKind, encode_single_header
from netrelay.core.words import Refusal
from netrelay.store.history import prune
from netrelay.transfer.staging import NoRoomError, Staging
from tests.transfer.carried_row import Row
from tests.transfer.hostile import EPOCH, Hostile
from tests.transfer.linked_pair import SEGMENT, SIZE, Message, Pair, TestNode, frame_of, refusals

HEADER = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0))


def take(taker: TestNode, giver: TestNode, *messages: Message) -> list[Refusal | None]:
    """Let a node take messages, in one frame; return what became of each."""
    return refusals(taker.take(giver, [frame_of(*messages)]))


def staged(pair: Pair) -> list[str]:
    return sorted(path.name for path in pair.destination.home.staging.iterdir())


@pytest.mark.parametrize("form", ["manifest", "single"])
def test_an_attempt_that_another_attempt_overtakes_leaves_no_file(pair: Pair, form: str) -> None:
    """exporter finishes the first attempt after the second was judged and before its commit."""
    hostile = Hostile(pair.source, pair.destination)
    assert take(pair.destination, pair.source, hostile.key(sequence=9)) == [None]

    def attempt(number: int) -> list[Message]:
        if form == "single":
            return [hostile.single(HEADER + b"content", sequence=1, attempt=number)]
        chunk = hostile.chunk(0, bytes(SIZE), SIZE, attempt=number)
        return [hostile.manifest(SIZE, attempt=number), chunk]

    assert set(take(pair.destination, pair.source, *attempt(1))) == {None}
    judged = pair.destination.judge(pair.source, [frame_of(*attempt(2))])
    assert pair.destination.deliver() == ["name"]
    assert len(staged(pair)) == 1
    assert set(refusals(pair.destination.store(judged))) == {None}
    assert staged(pair) == []
    # Both attempts get their receipt.
    entries = pair.destination.rows("SELECT attempt, verdict FROM receipts_due ORDER BY attempt")
    assert entries == [(1, 1), (2, 1)]


def test_what_the_door_refuses_leaves_no_file(pair: Pair) -> None:
    """Two sizes under one number, in one batch: both were new when they were judged."""
    hostile = Hostile(pair.source, pair.destination)
    frames = [frame_of(hostile.manifest(n * SIZE, attempt=n)) for n in (1, 2)]
    found = refusals(pair.destination.take(pair.source, frames))
    assert found == [None, Refusal.CONFLICT]
    assert [name.rsplit("-", 1)[1] for name in staged(pair)] == ["1"]


def test_the_chunk_of_a_file_that_is_cancelled_meanwhile_needs_its_manifest(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    manifest, chunk = hostile.manifest(SIZE), hostile.chunk(0, bytes(SIZE), SIZE)
    assert take(pair.destination, pair.source, manifest) == [None]
    judged = pair.destination.judge(pair.source, [frame_of(chunk)])
    message = pair.destination.value("SELECT id FROM messages WHERE type = 3")
    assert isinstance(message, int)
    pair.destination.write(
        "INSERT INTO facts VALUES (?, 'cancelled', 'person', 'why', NULL)", message
    )
    assert refusals(pair.destination.store(judged)) == [Refusal.NEED_MANIFEST]
    pair.destination.inbound.sweep()
    assert staged(pair) == []


def test_a_body_that_cannot_be_written_leaves_no_spool_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = Row(tmp_path)
    hostile = Hostile(row.alba, row.cork)
    chunk = hostile.chunk(0, bytes(SEGMENT), 50 * SEGMENT)

    def refuse(*_: object) -> None:
        raise NoRoomError("the disk is full")

    with monkeypatch.context() as context:
        context.setattr(Staging, "write", refuse)
        assert take(row.brno, row.alba, chunk) == [Refusal.NO_ROOM]
    assert row.spooled() == []
    assert take(row.brno, row.alba, chunk) == [None]
    assert len(row.spooled()) == 1
    row.close()


def test_what_is_withdrawn_before_its_commit_leaves_no_spool_file(tmp_path: Path) -> None:
    row = Row(tmp_path)
    hostile = Hostile(row.alba, row.cork)
    chunk = hostile.chunk(0, bytes(SEGMENT), 50 * SEGMENT)
    withdrawal = hostile.receipt(
        ReceiptEntry(row.cork.id, EPOCH, 1, 1, ReceiptVerdict.WITHDRAWN), sequence=9
    )
    assert take(row.brno, row.alba, chunk, withdrawal) == [None, None]
    assert row.brno.states(2) == ["D"]
    assert row.spooled() == []
    row.close()


def test_a_start_removes_what_a_kill_left(pair: Pair) -> None:
    content = os.urandom(3 * SIZE)
    hostile = Hostile(pair.source, pair.destination)
    pair.destination.judge(pair.source, [frame_of(hostile.manifest(len(content)))])
    assert len(staged(pair)) == 1
    pair.destination.start()
    assert staged(pair) == []


def test_what_the_history_lost_before_it_was_swept_stays_an_hour_at_most(pair: Pair) -> None:
    hostile = Hostile(pair.source, pair.destination)
    assert take(pair.destination, pair.source, hostile.manifest(SIZE)) == [None]
    pair.destination.write("INSERT INTO facts VALUES (1, 'cancelled', 'person', 'why', NULL)")
    # A later event, which is kept, so that the dead message is history.
    waiting = hostile.manifest(SIZE, sequence=2)
    assert take(pair.destination, pair.source, waiting) == [None]
    assert prune(pair.destination.databases["exporter"], 1e9, 1_000, True, 128) == 1
    pair.destination.inbound.sweep()
    assert len(staged(pair)) == 2
    pair.destination.time_s += 3_601
    pair.destination.inbound.sweep()
    assert [name.rsplit("-", 2)[1] for name in staged(pair)] == ["2"]


def test_what_the_history_lost_leaves_the_spool_within_the_hour(tmp_path: Path) -> None:
    row = Row(tmp_path)
    hostile = Hostile(row.alba, row.cork)
    chunks = [hostile.chunk(0, bytes(SEGMENT), 3 * SEGMENT, sequence=each) for each in (1, 2)]
    row.brno.inbound.sweep()
    assert take(row.brno, row.alba, *chunks) == [None, None]
    row.brno.write("INSERT INTO facts VALUES (1, 'expired', 'processor_s', 'why', NULL)")
    assert take(row.brno, row.alba, chunks[1]) == [None]
    row.brno.write("INSERT INTO facts VALUES (2, 'handed', 'processor_s', NULL, NULL)")
    assert prune(row.brno.databases["exporter"], 1e9, 1_000, True, 128) == 1
    row.brno.inbound.sweep()
    assert len(row.spooled()) == 2
    row.brno.time_s += 3_601
    row.brno.inbound.sweep()
    assert [name.rsplit("-", 2)[1] for name in row.spooled()] == ["2"]
    row.close()
