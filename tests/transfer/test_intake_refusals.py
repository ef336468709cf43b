"""What is forged, forbidden or too much is refused with its code, and nothing of it is kept."""

import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from netrelay.core.header import (
    decode_end_to_end,
    decode_hop,
    encode_hop,
)
from netrelay.core.plain_content import PlainContent
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.segments import SEGMENT_BYTES
from netrelay.core.single import SingleHeader, SingleKind, encode_single_header
from netrelay.core.words import Refusal
from tests.transfer.hostile import EPOCH, Hostile
from tests.transfer.linked_pair import (
    SIZE,
    Message,
    Pair,
    TestNode,
    frame_of,
    messages_of,
    refusals,
    with_header,
)


@pytest.fixture
def hostile(pair: Pair) -> Hostile:
    """The source of the pair as it could also be."""
    return Hostile(pair.source, pair.destination)


@pytest.fixture
def third(tmp_path: Path) -> Iterator[TestNode]:
    """A third node that nobody knows yet."""
    node = TestNode(tmp_path, "cork")
    yield node
    node.close()


def take(pair: Pair, *messages: Message, by: TestNode | None = None) -> list[Refusal | None]:
    """Let the destination take one frame; give the refusals."""
    taken = pair.destination.take(by or pair.source, [frame_of(*messages)])
    return refusals(taken)


def reasons(pair: Pair, *messages: Message, by: TestNode | None = None) -> list[str]:
    """Let the destination judge one frame; give why it refuses."""
    (judged,) = pair.destination.judge(by or pair.source, [frame_of(*messages)])
    return [
        judgement.refused.reason for judgement in judged.judgements if judgement.refused is not None
    ]


def kept(pair: Pair) -> int:
    """Count what the destination has of what came."""
    count = pair.destination.value("SELECT count(*) FROM messages WHERE previous_hop IS NOT NULL")
    assert isinstance(count, int)
    return count + len(list(pair.destination.home.staging.iterdir()))


def single_of(pair: Pair) -> tuple[Message, Message]:
    """Drop a small file; give its key and itself."""
    pair.source.drop_file(pair.destination, b"name", b"content")
    key, single = messages_of(pair.source.give_away(pair.destination))
    return key, single


# Forged.


def test_a_manifest_that_another_signed_is_none(pair: Pair, third: TestNode) -> None:
    forger = Hostile(third, pair.destination)
    manifest = forger.manifest(SIZE, source=pair.source.id)
    assert take(pair, manifest) == [Refusal.MALFORMED]
    assert kept(pair) == 0


def test_a_receipt_that_another_signed_is_none(pair: Pair, third: TestNode) -> None:
    pair.source.drop_file(pair.destination, b"name", b"content")
    pair.send()
    word = receipt_word(pair, pair.destination)
    forged = Hostile(third, pair.source).receipt(word, source=pair.destination.id)
    taken = pair.source.take(pair.destination, [frame_of(forged)])
    assert refusals(taken) == [Refusal.MALFORMED]
    assert pair.source.states(6) == ["S-2W"]


def receipt_word(pair: Pair, subject: TestNode, **fields: Any) -> ReceiptEntry:
    """The word that the only job of the source is complete."""
    ((epoch, sequence),) = pair.source.rows("SELECT epoch, sequence FROM messages WHERE type = 6")
    assert isinstance(epoch, bytes)
    assert isinstance(sequence, int)
    entry = ReceiptEntry(subject.id, epoch, sequence, 1, ReceiptVerdict.COMPLETE)
    return entry._replace(**fields)


@pytest.mark.parametrize(
    "verdict", [ReceiptVerdict.COMPLETE, ReceiptVerdict.FAILED, ReceiptVerdict.CANNOT_OPEN]
)
def test_a_receipt_of_another_node_is_not_the_destinations_word(
    pair: Pair, third: TestNode, verdict: ReceiptVerdict
) -> None:
    pair.source.know(third)
    pair.source.drop_file(pair.destination, b"name", b"content")
    pair.send()
    word = receipt_word(pair, pair.destination, verdict=verdict)
    receipt = Hostile(third, pair.source).receipt(word)
    assert refusals(pair.source.take(third, [frame_of(receipt)])) == [None]
    assert pair.source.states(6) == ["S-2W"]
    # A relay's hint is stored; "complete" changes nothing, and leaves nothing.
    assert pair.source.states(7) == ([] if verdict is ReceiptVerdict.COMPLETE else ["F"])


def test_a_receipt_needs_no_right(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", b"content")
    assert pair.finish() == []
    assert pair.source.states(6) == ["F"]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"priority": 0}, Refusal.CANNOT_OPEN),
        ({"lifetime_s": 4}, Refusal.CANNOT_OPEN),
        ({"sequence": 99}, Refusal.CANNOT_OPEN),
        ({"attempt": 2}, Refusal.CANNOT_OPEN),
        ({"epoch": b"another "}, Refusal.CANNOT_OPEN),
        ({"key_id": b"another "}, Refusal.CANNOT_OPEN),
    ],
    ids=repr,
)
def test_a_single_whose_header_was_changed_does_not_open(
    pair: Pair, change: dict[str, Any], refusal: Refusal
) -> None:
    key, single = single_of(pair)
    assert take(pair, key) == [None]
    before = kept(pair)
    assert take(pair, with_header(single, **change)) == [refusal]
    assert kept(pair) == before
    assert take(pair, single) == [None]


@pytest.mark.parametrize(
    "change", [{"priority": 0}, {"sequence": 99}, {"total_size_bytes": 3 * SIZE}], ids=repr
)
def test_a_manifest_whose_header_was_changed_is_not_signed(
    pair: Pair, change: dict[str, Any]
) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(2 * SIZE))
    manifest, *_ = messages_of(pair.source.give_away(pair.destination))
    assert take(pair, with_header(manifest, **change)) == [Refusal.MALFORMED]
    assert kept(pair) == 0


def test_a_manifest_for_another_node_does_not_open_here(pair: Pair, third: TestNode) -> None:
    """Its source signed it for us and sealed it for another."""
    hostile = Hostile(pair.source, third)
    manifest = hostile.manifest(SIZE, destination=pair.destination.id)
    assert take(pair, manifest) == [Refusal.CANNOT_OPEN]
    assert kept(pair) == 0


def test_a_chunk_in_another_place_does_not_open(pair: Pair) -> None:
    pair.source.drop_file(pair.destination, b"name", os.urandom(3 * SIZE))
    manifest, first, *_ = messages_of(pair.source.give_away(pair.destination))
    moved = first._replace(hop=encode_hop(decode_hop(first.hop)._replace(offset=SIZE)))
    assert take(pair, manifest, moved) == [None, Refusal.CANNOT_OPEN]


@pytest.mark.parametrize(
    "plaintext", [b"\0", b"\0\1", b"\xff\xff" + bytes(50), bytes(10), b"\0\3\x93\1\xc0"], ids=repr
)
def test_a_single_without_its_inner_header_is_malformed(
    pair: Pair, hostile: Hostile, plaintext: bytes
) -> None:
    assert take(pair, hostile.key(), hostile.single(plaintext)) == [None, Refusal.MALFORMED]


# Numbers that a database or a file system cannot hold.


@pytest.mark.parametrize("sequence", [2**63 - 1, 2**63 - 2])
def test_the_last_sequences_stop_nothing(pair: Pair, hostile: Hostile, sequence: int) -> None:
    """`seen` holds ranges that end one above: there is nothing above the last number."""
    key = hostile.key(sequence=sequence)
    taken = take(pair, key, hostile.key(sequence=5))
    assert taken[1] is None
    assert taken[0] in (None, Refusal.MALFORMED)
    word = ReceiptEntry(hostile.node.id, EPOCH, 7, 1, ReceiptVerdict.COMPLETE)
    taken = take(pair, hostile.receipt(word, sequence=sequence))
    assert taken[0] in (None, Refusal.MALFORMED)
    assert take(pair, *single_of(pair)) == [None, None]


def test_the_largest_numbers_of_a_receipt_stop_nothing(pair: Pair, hostile: Hostile) -> None:
    most = 2**63 - 1
    word = ReceiptEntry(
        *(hostile.node.id, EPOCH, most, 2**32 - 1, ReceiptVerdict.MISSING),
        *(((0, most - 1), (most - 1, 1)), "x" * 200),
    )
    assert take(pair, hostile.receipt(*[word] * 200)) == [None]


@pytest.mark.parametrize("total", [2 * SIZE + 1, 2**40, 2**63 - 1])
@pytest.mark.parametrize("anew", [False, True], ids=["in memory", "from the database"])
def test_a_chunk_beyond_what_its_manifest_was_admitted_with_is_refused(
    pair: Pair, hostile: Hostile, total: int, anew: bool
) -> None:
    assert take(pair, hostile.manifest(2 * SIZE)) == [None]
    if anew:
        pair.destination.start()
        pair.destination.refresh()
    offset = (total - 1) // SEGMENT_BYTES * SEGMENT_BYTES
    chunk = hostile.chunk(offset, bytes(min(total - offset, SIZE)), total)
    assert take(pair, chunk) == [Refusal.MALFORMED]
    (staged,) = pair.destination.home.staging.iterdir()
    assert staged.stat().st_size == 2 * SIZE
    good = [hostile.chunk(at, bytes(SIZE), 2 * SIZE) for at in (0, SIZE)]
    assert take(pair, *good) == [None, None]
    assert pair.destination.deliver() == ["name"]


@pytest.mark.parametrize("claimed", [2 * SIZE - 1, SIZE + 1])
def test_a_chunk_of_fewer_bytes_than_its_manifest_says_is_refused(
    pair: Pair, hostile: Hostile, claimed: int
) -> None:
    """With as many chunks: opened from the database, its word must not replace the manifest's."""
    assert take(pair, hostile.manifest(2 * SIZE)) == [None]
    pair.destination.start()
    pair.destination.refresh()
    assert take(pair, hostile.chunk(0, bytes(SIZE), claimed)) == [Refusal.MALFORMED]
    good = [hostile.chunk(at, bytes(SIZE), 2 * SIZE) for at in (0, SIZE)]
    assert take(pair, *good) == [None, None]
    assert pair.destination.deliver() == ["name"]


@pytest.mark.parametrize(
    ("name", "delivered"),
    [
        (b"../../etc/passwd", "passwd"),
        (b"..", "unnamed"),
        (b"/", "unnamed"),
        (b".bashrc", "_.bashrc"),
        (b"-rf", "_-rf"),
        (b"a\nb\x1b[31m\0", "a_b_[31m_"),
        (b"\xff" * 1024, None),
        ("🦀".encode() * 256, None),
        (b"a\\b", "a_b"),
    ],
    ids=lambda value: repr(value)[:20],
)
def test_a_name_is_a_strangers_word(
    pair: Pair, hostile: Hostile, name: bytes, delivered: str | None
) -> None:
    assert take(pair, hostile.manifest(5, name), hostile.chunk(0, b"12345", 5)) == [None, None]
    (found,) = pair.destination.deliver()
    assert delivered is None or found == delivered
    assert pair.destination.inbox(pair.source) == {found: b"12345"}


# Forbidden.


def test_without_the_right_to_deliver_the_refusal_says_the_command(pair: Pair) -> None:
    key, single = single_of(pair)
    pair.destination.write("DELETE FROM rights")
    assert take(pair, key) == [Refusal.NOT_PERMITTED]
    (reason,) = reasons(pair, single)
    assert "netrelay peer allow alba deliver" in reason
    pair.destination.allow(pair.source, "deliver")
    assert take(pair, key, single) == [None, None]


def test_a_stranger_is_named_with_the_command(pair: Pair, third: TestNode) -> None:
    key = Hostile(third, pair.destination).key()
    (reason,) = reasons(pair, key)
    assert third.id in reason
    assert "netrelay peer add" in reason


def test_a_source_that_was_enrolled_a_moment_ago_comes_again(pair: Pair, third: TestNode) -> None:
    pair.destination.know(third, "deliver")
    third.know(pair.destination)
    third.agree(pair.destination)
    pair.destination.agree(third)
    del pair.destination.inbound.peers[third.id]
    third.drop_file(pair.destination, b"name", b"content")
    payloads = [frame.payload for frame in third.fill(pair.destination)]
    assert set(refusals(pair.destination.take(third, payloads))) == {Refusal.HELD}
    pair.destination.refresh()
    assert set(refusals(pair.destination.take(third, payloads))) == {None}


def test_a_neighbour_may_bring_a_third_nodes_messages_only_where_the_list_says_so(
    pair: Pair, third: TestNode
) -> None:
    key, single = single_of(pair)
    pair.destination.know(third, "deliver")
    (reason,) = reasons(pair, key, by=third)
    assert "netrelay peer allow cork carry alba" in reason
    pair.destination.allow(third, "carry", pair.source.id)
    pair.destination.agree(third)
    assert take(pair, key, single, by=third) == [None, None]
    assert pair.destination.deliver() == ["name"]


def test_a_neighbour_that_was_removed_meanwhile_brings_nothing(pair: Pair, third: TestNode) -> None:
    key, _ = single_of(pair)
    assert take(pair, key, by=third) == [Refusal.NOT_PERMITTED]
    assert kept(pair) == 0


def test_a_message_for_another_node_needs_more_than_the_right_to_deliver(
    pair: Pair, third: TestNode
) -> None:
    pair.destination.know(third)
    key = Hostile(pair.source, third).key()
    assert take(pair, key)[0] in (Refusal.NOT_BUILT, Refusal.NOT_PERMITTED)
    assert kept(pair) == 0


# Too much.


def test_a_body_above_the_agreed_size_is_too_large(pair: Pair, hostile: Hostile) -> None:
    take(pair, hostile.manifest(2 * SIZE))
    pair.destination.agree(pair.source, SIZE // 2, number=4)
    judged = pair.destination.judge(
        pair.source, [frame_of(hostile.chunk(0, bytes(SIZE), 2 * SIZE))]
    )
    assert refusals([frame.judgements for frame in judged]) == [Refusal.TOO_LARGE]


def set_quota(pair: Pair, quota_bytes: int) -> None:
    """Bound what the source may have on the destination's disk outside the inbox."""
    pair.destination.write("UPDATE peers SET quota_bytes = ?", quota_bytes)
    pair.destination.refresh()


def test_a_file_above_the_quota_is_refused_and_taken_when_there_is_room(
    pair: Pair, hostile: Hostile
) -> None:
    set_quota(pair, 3 * SIZE)
    first, second = hostile.manifest(2 * SIZE), hostile.manifest(2 * SIZE, b"two", sequence=2)
    assert take(pair, first) == [None]
    assert take(pair, second) == [Refusal.QUOTA]
    chunk = hostile.chunk(0, bytes(SIZE), 2 * SIZE, sequence=2)
    assert take(pair, chunk) == [Refusal.NEED_MANIFEST]
    take(pair, *[hostile.chunk(at, bytes(SIZE), 2 * SIZE) for at in (0, SIZE)])
    assert pair.destination.deliver() == ["name"]
    assert take(pair, second) == [None]


def test_the_files_of_one_commit_do_not_share_a_quota_several_times(
    pair: Pair, hostile: Hostile
) -> None:
    set_quota(pair, 3 * SIZE)
    manifests = [hostile.manifest(2 * SIZE, b"x", sequence=number) for number in range(5)]
    assert take(pair, *manifests) == [None] + [Refusal.QUOTA] * 4


def test_compressed_content_is_smaller_than_what_it_unpacks_to(
    pair: Pair, hostile: Hostile
) -> None:
    """The unpacked size is what the quota counts: before, a stated byte let any size come."""
    set_quota(pair, 3 * SIZE)
    small = PlainContent(1, bytes(32))
    manifests = [
        hostile.manifest(2 * SIZE, b"x", plain=small, sequence=number) for number in range(5)
    ]
    assert [take(pair, manifest) for manifest in manifests] == [[Refusal.MALFORMED]] * 5
    same = hostile.manifest(2 * SIZE, plain=PlainContent(2 * SIZE, bytes(32)))
    assert take(pair, same) == [Refusal.MALFORMED]
    header = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0, small))
    single = hostile.single(header + bytes(2))
    assert take(pair, hostile.key(), single) == [None, Refusal.MALFORMED]
    assert list(pair.destination.home.staging.iterdir()) == []
    less = hostile.manifest(2 * SIZE, plain=PlainContent(2 * SIZE + 1, bytes(32)), sequence=9)
    assert take(pair, less) == [None]


def test_what_has_to_be_unpacked_counts_before_the_disk_shows_it(
    pair: Pair, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While less of the disk was used than the quota, any number of them came."""
    gib = 1 << 30
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(64 * gib, 2 * gib, 62 * gib))
    set_quota(pair, 10 * gib)
    large = PlainContent(6 * gib, bytes(32))
    found = [
        take(pair, hostile.manifest(SIZE, plain=large, sequence=number)) for number in range(3)
    ]
    assert found == [[None], [Refusal.QUOTA], [Refusal.QUOTA]]
    header = encode_single_header(SingleHeader(SingleKind.FILE, b"name", 0, large))
    key, single = hostile.key(sequence=8), hostile.single(header + bytes(2), sequence=9)
    assert take(pair, key, single) == [None, Refusal.QUOTA]


class Usage(NamedTuple):
    """As shutil.disk_usage returns it."""

    total: int
    used: int
    free: int


def test_singles_count_for_the_quota(pair: Pair) -> None:
    # Each counts as two blocks of the disk.
    set_quota(pair, 20_000)
    for number in range(5):
        pair.source.drop_file(pair.destination, b"%d" % number, bytes(1_000))
    key, *singles = messages_of(pair.source.give_away(pair.destination))
    assert take(pair, key, *singles) == [None, None, None] + [Refusal.QUOTA] * 3
    assert take(pair, singles[3]) == [Refusal.QUOTA]
    assert sorted(pair.destination.deliver()) == ["0", "1"]
    assert take(pair, *singles[2:]) == [None, None, Refusal.QUOTA]


def test_a_repeat_of_what_is_on_the_disk_needs_no_quota(pair: Pair, hostile: Hostile) -> None:
    set_quota(pair, 2 * SIZE)
    manifest = hostile.manifest(2 * SIZE)
    assert take(pair, manifest, manifest) == [None, None]
    assert take(pair, manifest) == [None]
    # Another attempt has bytes of its own, and waits until its source has withdrawn the first.
    second = hostile.manifest(2 * SIZE, attempt=2)
    assert take(pair, second) == [Refusal.QUOTA]
    pair.destination.write("INSERT INTO facts VALUES (1, 'withdrawn', 'engine', NULL, NULL)")
    assert take(pair, second) == [None]


class FullDisk:
    """A disk that is full as soon as the test says so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def leave(self, free_bytes: int) -> None:
        """Let the disk have this much free."""
        usage = shutil.disk_usage("/")._replace(free=free_bytes)
        self._monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    def fail(self, function: str) -> None:
        """Let a system call say that the disk is full where it touches the staging folder."""
        real = getattr(os, function)

        def failing(first: Any, *rest: Any) -> Any:
            path = first if isinstance(first, Path) else Path(f"/proc/self/fd/{first}").readlink()
            if path.parent.name == ".staging":
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(first, *rest)

        self._monkeypatch.setattr(os, function, failing)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> FullDisk:
    """The destination's disk."""
    return FullDisk(monkeypatch)


def test_a_file_that_leaves_no_reserve_is_refused(
    pair: Pair, hostile: Hostile, disk: FullDisk
) -> None:
    disk.leave(32 * 1024 * 1024 + SIZE)
    assert take(pair, hostile.manifest(SIZE + 1, b"x", sequence=1)) == [Refusal.NO_ROOM]
    assert kept(pair) == 0
    assert take(pair, hostile.manifest(SIZE)) == [None]


def test_a_single_that_leaves_no_reserve_is_refused(pair: Pair, disk: FullDisk) -> None:
    key, single = single_of(pair)
    disk.leave(32 * 1024 * 1024)
    assert take(pair, key, single) == [None, Refusal.NO_ROOM]
    disk.leave(33 * 1024 * 1024)
    assert take(pair, single) == [None]


@pytest.mark.parametrize("function", ["open", "posix_fallocate"])
def test_a_file_for_which_the_disk_is_full_is_refused_and_leaves_nothing(
    pair: Pair,
    hostile: Hostile,
    disk: FullDisk,
    function: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with monkeypatch.context() as context:
        FullDisk(context).fail(function)
        assert take(pair, hostile.manifest(SIZE)) == [Refusal.NO_ROOM]
    assert kept(pair) == 0
    chunk = hostile.chunk(0, bytes(SIZE), SIZE)
    assert take(pair, chunk) == [Refusal.NEED_MANIFEST]
    assert take(pair, hostile.manifest(SIZE), chunk) == [None, None]


@pytest.mark.parametrize("function", ["open", "pwrite"])
def test_a_single_for_which_the_disk_is_full_is_refused_and_comes_again(
    pair: Pair, function: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    key, single = single_of(pair)
    with monkeypatch.context() as context:
        FullDisk(context).fail(function)
        assert take(pair, key, single) == [None, Refusal.NO_ROOM]
    assert take(pair, single) == [None]
    assert pair.destination.deliver() == ["name"]


def test_a_chunk_for_which_the_disk_is_full_is_refused_and_comes_again(
    pair: Pair, hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Zeros would be a hole.
    chunk = hostile.chunk(0, b"x" * SIZE, SIZE)
    assert take(pair, hostile.manifest(SIZE)) == [None]
    with monkeypatch.context() as context:
        FullDisk(context).fail("pwrite")
        assert take(pair, chunk) == [Refusal.NO_ROOM]
    assert pair.destination.deliver() == []
    assert take(pair, chunk) == [None]
    assert pair.destination.deliver() == ["name"]


def test_headers_are_read_before_anything_is_believed(pair: Pair, hostile: Hostile) -> None:
    message = hostile.key()
    header = decode_end_to_end(message.end_to_end)
    assert header.source == pair.source.id
    cut = Message(message.end_to_end[:-1], message.hop, message.body)
    assert take(pair, cut) == [Refusal.MALFORMED]
    assert kept(pair) == 0


# One number for two things.


def test_a_second_manifest_of_a_waiting_file_is_a_conflict(pair: Pair, hostile: Hostile) -> None:
    assert take(pair, hostile.manifest(SIZE)) == [None]
    for other in (hostile.manifest(SIZE, b"other name"), hostile.manifest(SIZE + 1)):
        assert take(pair, other) == [Refusal.CONFLICT]
    # The first is what counts.
    assert take(pair, hostile.chunk(0, b"x" * SIZE, SIZE)) == [None]
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == {"name": b"x" * SIZE}


def test_two_manifests_in_one_frame_are_a_conflict(pair: Pair, hostile: Hostile) -> None:
    both = [hostile.manifest(SIZE), hostile.manifest(SIZE, b"other name")]
    assert take(pair, *both) == [None, Refusal.CONFLICT]
    assert take(pair, hostile.chunk(0, b"x" * SIZE, SIZE)) == [None]
    pair.destination.deliver()
    assert pair.destination.inbox(pair.source) == {"name": b"x" * SIZE}


@pytest.mark.parametrize("is_restarted", [False, True])
def test_a_manifest_made_anew_is_the_same(pair: Pair, hostile: Hostile, is_restarted: bool) -> None:
    first, second = hostile.manifest(SIZE), hostile.manifest(SIZE)
    assert first.body != second.body
    assert take(pair, first) == [None]
    if is_restarted:
        pair.destination.start()
        pair.destination.refresh()
    assert take(pair, second) == [None]
    assert pair.destination.states(3) == ["N-4"]
    assert pair.destination.rows("SELECT verdict FROM receipts_due") == [(2,)]


def test_what_was_finished_with_another_size_is_a_conflict(pair: Pair, hostile: Hostile) -> None:
    single = encode_single_header(SingleHeader(SingleKind.FILE, b"small", 0)) + b"content"
    large = [hostile.manifest(SIZE), hostile.chunk(0, b"x" * SIZE, SIZE)]
    small = [hostile.key(sequence=7), hostile.single(single)]
    for message in (*large, *small):
        assert take(pair, message) == [None]
    pair.destination.deliver()
    pair.destination.say_receipts()

    assert take(pair, hostile.manifest(SIZE + 1)) == [Refusal.CONFLICT]
    assert take(pair, hostile.manifest(SIZE + 1, attempt=2)) == [Refusal.CONFLICT]
    assert take(pair, hostile.single(single + b"!")) == [Refusal.CONFLICT]
    assert pair.destination.rows("SELECT * FROM receipts_due") == []
    # What is the same is receipted once more.
    assert take(pair, hostile.manifest(SIZE), hostile.single(single)) == [None, None]
    assert pair.destination.rows("SELECT verdict FROM receipts_due") == [(1,), (1,)]
    assert len(pair.destination.inbox(pair.source)) == 2
