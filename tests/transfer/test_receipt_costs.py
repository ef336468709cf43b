"""What one receipt of a destination can cost its source: time of processor_r, and moves."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.words import Refusal
from netrelay.transfer.judgement import Judgement
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import SEGMENT, Pair, TestNode, frame_of, info_words, refusals

CHUNKS = 4_200
MOVES_A_RECEIPT = 4_096
RANGES = 64


@pytest.fixture
def sent(tmp_path: Path) -> Iterator[Pair]:
    """A file in 4,200 chunks, all of which the destination has acknowledged."""
    pair = Pair(tmp_path, SEGMENT)
    source, destination = pair.source, pair.destination
    folder = source.home.drop / destination.name
    folder.mkdir(parents=True)
    with (folder / "name").open("wb") as file:
        file.truncate(CHUNKS * SEGMENT)
    (claimed,) = source.claims.claim(folder, destination.name, [b"name"])
    source.add_jobs(destination, [claimed])
    for frame in source.fill_once(destination, slots=1, size_bytes=SEGMENT):
        source.conclude(frame, [Judgement(None, None)] * len(frame.messages))
    while source.outbound.commit([], source.time_s).is_busy:
        pass
    database = source.databases["processor_s"]
    chunks = [int(str(id_)) for (id_,) in source.rows("SELECT id FROM messages WHERE type = 2")]
    assert len(chunks) == CHUNKS
    with database.transaction():
        for event in ("handed", "acked"):
            source.outbound._facts.report_all(chunks, event)
    assert source.states(2) == ["F"] * CHUNKS
    yield pair
    pair.close()


def entry(pair: Pair, ranges: int, **fields: object) -> ReceiptEntry:
    """Return an entry that asks for the whole file in so many ranges."""
    ((epoch, sequence),) = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    size_bytes = CHUNKS * SEGMENT // ranges
    missing = tuple((number * size_bytes, size_bytes) for number in range(ranges))
    found = ReceiptEntry(
        pair.destination.id, epoch, sequence, 1, ReceiptVerdict.MISSING, missing, ""
    )
    return found._replace(**fields)  # type: ignore[arg-type]


def steps_to_judge(pair: Pair, *entries: ReceiptEntry) -> int:
    """Return how many thousands of steps SQLite takes to judge a receipt with these entries."""
    receipt = Hostile(pair.destination, pair.source).receipt(*entries, epoch=os.urandom(8))
    connection = pair.source.databases["processor_r"]._connection
    counted = 0

    def count() -> bool:
        nonlocal counted
        counted += 1
        return False

    connection.set_progress_handler(count, 1_000)
    try:
        judged = pair.source.judge(pair.destination, [frame_of(receipt)])
    finally:
        connection.set_progress_handler(None)
    assert refusals([frame.judgements for frame in judged]) == [None]
    pair.source.store([])
    return counted


def take(taker: TestNode, giver: TestNode, *entries: ReceiptEntry) -> list[Refusal | None]:
    """Let a node take a receipt."""
    receipt = Hostile(giver, taker).receipt(*entries, epoch=os.urandom(8))
    return refusals(taker.take(giver, [frame_of(receipt)]))


def repeated(source: TestNode) -> list[int]:
    """Return the numbers of the chunks that are to be sent again."""
    return [
        int(str(offset)) // SEGMENT
        for (offset,) in source.rows(
            'SELECT "offset" FROM messages WHERE type = 2 AND state <> ? ORDER BY "offset"', "F"
        )
    ]


def test_ranges_and_entries_about_one_file_cost_what_one_of_each_does(sent: Pair) -> None:
    """Ten entries of 64 ranges about 16,000 chunks took 24 s: a receipt of 7 KiB stopped a node."""
    one = steps_to_judge(sent, entry(sent, 1))
    many = steps_to_judge(sent, *[entry(sent, RANGES)] * 10)
    assert 0 < many < 3 * one


def test_of_entries_with_one_verdict_the_first_counts(sent: Pair) -> None:
    first, second = (entry(sent, 1, missing=((at * SEGMENT, 1),)) for at in (3, 5))
    assert take(sent.source, sent.destination, first, second) == [None]
    assert [word[5] for word in info_words(sent.source)] == [[[3 * SEGMENT, 1]]]  # type: ignore[index]
    assert repeated(sent.source) == [3]


def test_a_receipt_has_so_many_chunks_sent_again(sent: Pair) -> None:
    for expected in (MOVES_A_RECEIPT, CHUNKS):
        assert take(sent.source, sent.destination, entry(sent, RANGES)) == [None]
        assert sent.source.states(2).count("S-4") == expected


def test_the_chunks_that_a_range_touches_are_sent_again(sent: Pair) -> None:
    expected: list[int] = []
    for offset, length, touched in (
        (0, 1, [0]),
        (2 * SEGMENT - 1, 2, [1, 2]),
        (4 * SEGMENT, SEGMENT, [4]),
        (7 * SEGMENT + 5, SEGMENT, [7, 8]),
        (CHUNKS * SEGMENT, 1, []),
        ((CHUNKS - 1) * SEGMENT + 1, 1 << 62, [CHUNKS - 1]),
    ):
        missing = entry(sent, 1, missing=((offset, length),))
        assert take(sent.source, sent.destination, missing) == [None]
        expected += touched
        assert repeated(sent.source) == expected
