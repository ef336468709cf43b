"""What a relay takes, keeps and gives on: three nodes in one process, the middle one carries."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.core.header import HOPS_MAX, Hop, decode_hop, encode_hop
from netrelay.core.receipt import ReceiptEntry, ReceiptVerdict
from netrelay.core.words import Refusal
from netrelay.transfer.spool import is_spool_name, sealed_offset
from tests.transfer.carried_row import CAPACITY, Row
from tests.transfer.hostile import Hostile
from tests.transfer.linked_pair import (
    SEGMENT,
    Message,
    Sent,
    TestNode,
    frame_of,
    info_words,
    messages_of,
    refusals,
    rehashed,
    with_header,
)


def chunks_of(frames: list[Sent]) -> list[Message]:
    """Give the chunks of a file, without its manifest."""
    return [each for each in messages_of(frames) if decode_hop(each.hop).salt.strip(b"\0")]


@pytest.mark.parametrize("second", [1, 2, 3, 4])
@pytest.mark.parametrize("first", [1, 3, 4])
def test_pieces_cut_at_any_boundary_open_at_their_destination(
    tmp_path: Path, first: int, second: int
) -> None:
    row = Row(tmp_path, first * SEGMENT, second * SEGMENT)
    contents = {
        f"{size_bytes:07}": os.urandom(size_bytes)
        for size_bytes in (1, SEGMENT, SEGMENT + 1, 4 * SEGMENT, 9 * SEGMENT - 1, 11 * SEGMENT + 3)
    }
    for name, content in contents.items():
        row.alba.drop_file(row.cork, name.encode(), content)
    assert set(row.first_hop()) == {None}
    assert set(row.second_hop()) == {None}
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == contents
    row.brno.inbound.sweep()
    assert row.spooled() == []
    assert row.brno.inbox(row.alba) == {}
    assert row.brno.refused == []
    row.close()


def test_a_piece_sealed_twice_in_one_batch_counts_once(row: Row) -> None:
    content = os.urandom(CAPACITY + 5)
    row.alba.drop_file(row.cork, b"name", content)
    (manifest,) = row.alba.fill_once(row.brno, size_bytes=row.first)
    row.hand_over(row.alba, row.brno, manifest)
    lost = row.alba.fill_once(row.brno, size_bytes=row.first)
    row.alba.lose(lost)
    again = row.alba.fill_once(row.brno, size_bytes=row.first)
    assert {each.hop for each in messages_of(lost)}.isdisjoint(m.hop for m in messages_of(again))
    assert row.give([each.payload for each in [*lost, *again]]) == [None] * 4
    assert row.brno.rows("SELECT state FROM messages WHERE type = 2 AND parent = 0") == [
        ("S-2W",),
        ("S-4",),
    ]
    assert set(row.second_hop()) == {None}
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": content}


def test_a_piece_that_waits_here_keeps_its_bytes_when_it_is_repeated(row: Row) -> None:
    content = os.urandom(CAPACITY)
    first = row.sealed(content)
    assert set(row.give([each.payload for each in first])) == {None}
    row.alba.write("UPDATE messages SET due_s = 0 WHERE state = 'S-2W'")
    second = messages_of(first)[-1]
    spool = row.brno.home.spool / row.spooled()[0]
    before = spool.read_bytes()
    (chunk,) = row.alba.rows("SELECT id FROM messages WHERE type = 2")[0]
    row.alba.write("INSERT INTO facts VALUES (?, 'repeat', 'engine', NULL, NULL)", chunk)  # type: ignore[arg-type]
    (again,) = chunks_of(row.sealed())
    assert again.body != second.body
    assert row.give([frame_of(again)]) == [None]
    assert spool.read_bytes() == before
    assert set(row.second_hop()) == {None}
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": content}


def test_what_was_carried_and_cut_once_is_carried_again_under_its_new_sealing(row: Row) -> None:
    content = os.urandom(CAPACITY)
    row.alba.drop_file(row.cork, b"name", content)
    assert set(row.first_hop()) == {None}
    # The destination takes the manifest, and loses the pieces after it said yes.
    frames = row.brno.give_away(row.cork, row.second)
    manifest, *pieces = messages_of(frames)
    assert len(pieces) == 4
    row.cork.take(row.brno, [frame_of(manifest)])
    row.brno.inbound.sweep()
    assert row.spooled() == []
    ((chunk,),) = row.alba.rows("SELECT id FROM messages WHERE type = 2")
    row.alba.write("INSERT INTO facts VALUES (?, 'repeat', 'engine', NULL, NULL)", chunk)  # type: ignore[arg-type]
    assert row.first_hop() == [None]
    assert row.second_hop() == [None] * 4
    row.cork.deliver()
    assert row.cork.inbox(row.alba) == {"name": content}
    row.brno.inbound.sweep()
    assert row.spooled() == []


def test_a_part_of_what_waits_here_is_here(row: Row) -> None:
    row.give([each.payload for each in row.sealed(os.urandom(2 * CAPACITY))])
    envelope = row.brno.value("SELECT envelope FROM messages WHERE type = 2")
    assert isinstance(envelope, bytes)
    salt = b"another sealing!"
    hop = Hop(3 * SEGMENT, SEGMENT, salt, bytes(32), 0, 0)
    part = Message(envelope, encode_hop(hop), bytes(SEGMENT + 16))
    before = len(row.brno.states(2))
    assert row.give([frame_of(rehashed(part))]) == [None]
    assert len(row.brno.states(2)) == before
    assert bytes(SEGMENT) not in (row.brno.home.spool / row.spooled()[0]).read_bytes()
    # Half of this one is held, half is not: it has to wait.
    hop = Hop(2 * SEGMENT, CAPACITY, salt, bytes(32), 0, 0)
    wide = Message(envelope, encode_hop(hop), bytes(4 * (SEGMENT + 16)))
    assert row.give([frame_of(rehashed(wide))]) == [Refusal.HELD]


def test_pieces_of_one_whole_agree_on_its_size(row: Row) -> None:
    _, first, second = messages_of(row.sealed(os.urandom(2 * CAPACITY)))
    assert row.give([frame_of(first)]) == [None]
    longer = with_header(second, total_size_bytes=3 * CAPACITY)
    assert row.give([frame_of(longer)]) == [Refusal.HELD]
    assert row.give([frame_of(second)]) == [None]


def test_a_whole_larger_than_the_disk_is_refused_for_now(row: Row) -> None:
    _, first, _ = messages_of(row.sealed(os.urandom(2 * CAPACITY)))
    vast = with_header(first, total_size_bytes=1 << 50)
    assert row.give([frame_of(vast)]) == [Refusal.QUOTA]
    row.brno.write("UPDATE peers SET quota_bytes = ? WHERE node = ?", 1 << 60, row.alba.id)
    row.brno.refresh()
    assert row.give([frame_of(vast)]) == [Refusal.NO_ROOM]
    assert row.spooled() == []
    assert row.brno.value("SELECT count(*) FROM kept_wholes") == 0
    assert row.spooled() == []
    assert row.give([frame_of(first)]) == [None]


def test_a_quota_counts_what_is_kept_for_others(row: Row) -> None:
    row.brno.write("UPDATE peers SET quota_bytes = ? WHERE node = ?", 3 * CAPACITY, row.alba.id)
    row.brno.refresh()
    for name in (b"one", b"two"):
        assert set(row.give([f.payload for f in row.sealed(os.urandom(CAPACITY), name)])) == {None}
    third = row.sealed(os.urandom(CAPACITY), b"three")
    # Its manifest is small and may wait here.
    assert row.give([each.payload for each in third]) == [None, Refusal.QUOTA]
    # A start changes nothing about that.
    row.brno.start()
    row.brno.refresh()
    assert row.give([frame_of(*chunks_of(third))]) == [Refusal.QUOTA]
    row.second_hop()
    row.brno.inbound.sweep()
    assert row.brno.value("SELECT count(*) FROM kept_wholes") == 0
    assert row.spooled() == []
    assert row.give([frame_of(*chunks_of(third))]) == [None]


def test_the_age_grows_while_a_relay_waits_and_once_only(row: Row) -> None:
    row.brno.write("DELETE FROM sysinfo WHERE node = ?", row.cork.id)
    row.give([each.payload for each in row.sealed(os.urandom(CAPACITY))])
    row.brno.time_s += 1_000.0
    row.brno.agree(row.cork, row.second, 4)
    frames = row.brno.give_away(row.cork, row.second)
    ages = [decode_hop(each.hop).age_s for each in messages_of(frames)]
    assert all(1_000 <= age_s <= 1_001 for age_s in ages), ages
    row.brno.inbound.sweep()
    # Repeated by its source, it says again how old it is.
    row.alba.time_s += 1_000.0
    ((chunk,),) = row.alba.rows("SELECT id FROM messages WHERE type = 2")
    row.alba.write("INSERT INTO facts VALUES (?, 'repeat', 'engine', NULL, NULL)", chunk)  # type: ignore[arg-type]
    assert row.first_hop() == [None]
    row.brno.time_s += 10.0
    frames = row.brno.give_away(row.cork, row.second)
    ages = [decode_hop(each.hop).age_s for each in messages_of(frames)]
    assert all(1_010 <= age_s <= 1_012 for age_s in ages), ages


def test_every_relay_counts_and_the_last_one_refuses(row: Row) -> None:
    messages = messages_of(row.sealed(os.urandom(CAPACITY)))

    def after(hops: int) -> bytes:
        return frame_of(
            *(m._replace(hop=encode_hop(decode_hop(m.hop)._replace(hops=hops))) for m in messages)
        )

    assert row.give([after(HOPS_MAX + 1)]) == [Refusal.LOOP] * 2
    assert row.give([after(HOPS_MAX)]) == [None] * 2
    # Nothing of it would open without its manifest.
    assert row.second_hop() == [Refusal.LOOP]
    assert set(row.brno.states(2)) == {"D"}
    row.brno.inbound.sweep()
    assert row.spooled() == []
    # It comes again, by a shorter way.
    assert row.give([after(0)]) == [None] * 2
    assert row.second_hop() == [None] * 5


def test_chunks_wait_here_until_their_manifest_was_taken(row: Row) -> None:
    row.give([each.payload for each in row.sealed(os.urandom(CAPACITY))])
    (manifest,) = row.brno.fill_once(row.cork, size_bytes=row.second)
    assert [message.type for message in manifest.messages] == [3]
    assert row.brno.fill_once(row.cork, size_bytes=row.second) == []
    row.brno.lose([manifest])
    row.brno.write("UPDATE messages SET due_s = 1e9 WHERE type = 3")
    assert row.brno.fill_once(row.cork, size_bytes=row.second) == []
    row.brno.write("UPDATE messages SET due_s = 0 WHERE type = 3")
    assert row.second_hop() == [None] * 5


def test_a_receipt_that_came_twice_leaves_nothing(row: Row) -> None:
    row.alba.drop_file(row.cork, b"name", b"a single")
    row.first_hop()
    row.second_hop()
    row.cork.deliver()
    row.cork.say_receipts()
    receipts = [each.payload for each in row.cork.give_away(row.brno, row.second)]
    for _ in range(2):
        assert set(refusals(row.brno.take(row.cork, receipts))) == {None}
        for sent in row.brno.give_away(row.alba, row.first):
            row.alba.take(row.brno, [sent.payload])
    assert row.brno.rows("SELECT * FROM bodies") == []
    assert row.alba.states(6) == ["F"]


def test_only_files_of_ours_are_swept_and_only_when_all_is_over(row: Row) -> None:
    stranger = row.brno.home.spool / "lost+found"
    stranger.write_bytes(b"not ours")
    row.give([each.payload for each in row.sealed(os.urandom(2 * CAPACITY))])
    (name,) = [each for each in row.spooled() if each != "lost+found"]
    row.brno.inbound.sweep()
    row.brno.start()
    row.brno.refresh()
    row.brno.inbound.sweep()
    assert set(row.spooled()) == {name, "lost+found"}
    row.second_hop()
    # The node stops before it could look.
    row.brno.start()
    row.brno.inbound.sweep()
    assert row.spooled() == ["lost+found"]


def test_lost_sealed_bytes_end_their_messages_in_words(row: Row) -> None:
    row.give([each.payload for each in row.sealed(os.urandom(CAPACITY))])
    (row.brno.home.spool / row.spooled()[0]).unlink()
    assert row.second_hop() == [None]
    assert {reason for (reason,) in row.brno.rows("SELECT reason FROM messages WHERE type = 2")} > {
        "its sealed bytes are gone: No such file or directory"
    }


def test_chunks_replace_a_single_that_cannot_be_passed_on(tmp_path: Path) -> None:
    """The source cut it for a direct connection; the relay that leads there now cannot pass it."""
    row = Row(tmp_path / "row", CAPACITY, SEGMENT)
    alba, brno, cork = row.nodes
    content = os.urandom(3 * SEGMENT)
    alba.write("UPDATE peers SET via = node WHERE node = ?", cork.id)
    alba.agree(cork, CAPACITY)
    alba.drop_file(cork, b"name", content)
    alba.write("UPDATE peers SET via = ? WHERE node = ?", brno.id, cork.id)
    alba.refresh()
    assert set(row.first_hop()) == {None}
    assert brno.states(1) == ["D"]
    assert row.spooled() == []
    brno.say_receipts()
    assert set(row.hop(brno, alba, row.first)) == {None}
    assert set(row.first_hop()) == {None}
    brno.inbound.sweep()
    assert set(row.second_hop()) == {None}
    cork.deliver()
    assert cork.inbox(alba) == {"name": content}
    row.close()


def test_names_in_the_spool() -> None:
    assert sealed_offset(3 * SEGMENT) == 3 * (SEGMENT + 16)
    name = f"{'a' * 32}-{'b' * 32}-{'00' * 8}-7-1"
    assert is_spool_name(name)
    for other in ("", "lost+found", "a-b-c-d-e", name + "-1", name.replace("-7-", "-07-")):
        assert not is_spool_name(other)


def test_who_may_relay_and_where_to(row: Row) -> None:
    frames = [each.payload for each in row.sealed(b"a single")]
    for sql, *values in (
        ("DELETE FROM rights WHERE peer = ? AND verb = 'relay'", row.alba.id),
        ("UPDATE peers SET via = NULL WHERE node = ?", row.cork.id),
        ("UPDATE peers SET via = ? WHERE node = ?", row.alba.id, row.cork.id),
        ("DELETE FROM peers WHERE node = ?", row.alba.id),
    ):
        expected = {Refusal.NO_ROUTE if "via" in sql else Refusal.NOT_PERMITTED}
        if sql.startswith("DELETE FROM peers"):
            # Its agreement is gone too; what is signed is not measured by it.
            expected.add(Refusal.TOO_LARGE)
        row.brno.write(sql, *values)
        row.brno.refresh()
        assert set(row.give(frames)) == expected, sql
        if "rights" in sql:
            row.brno.allow(row.alba, "relay")
    assert row.spooled() == []
    assert row.brno.rows("SELECT * FROM messages WHERE source = ?", row.alba.id) == []


# What comes back.


@pytest.fixture
def dover(row: Row) -> Iterator[TestNode]:
    """Another neighbour of brno, which may bring what alba and cork send."""
    node = TestNode(row.alba.home.path.parent, "dover")
    row.brno.know(node)
    row.brno.agree(node, CAPACITY)
    for end in (row.alba, row.cork):
        row.brno.allow(node, "carry", end.id)
    yield node
    node.close()


def travelled(message: Message, hops: int) -> Message:
    hop = decode_hop(message.hop)
    return message._replace(hop=encode_hop(hop._replace(hops=hops)))


@pytest.mark.parametrize("is_passed_on", [False, True])
@pytest.mark.parametrize("content", [b"a single", os.urandom(CAPACITY)], ids=["single", "chunk"])
def test_what_was_carried_before_is_refused_as_a_loop(
    row: Row, dover: TestNode, content: bytes, is_passed_on: bool
) -> None:
    manifest, message = messages_of(row.sealed(content))
    assert row.give([frame_of(manifest, message)]) == [None, None]
    passed = messages_of(row.brno.give_away(row.cork, row.second)) if is_passed_on else [message]
    # As it came, as it went on in parts, and no manifest: its source repeats the same one.
    for each in passed:
        is_manifest = each.end_to_end == manifest.end_to_end
        (refused,) = refusals(row.brno.take(dover, [frame_of(travelled(each, 3))]))
        assert refused is (None if is_manifest else Refusal.LOOP)
    if is_passed_on:
        row.brno.inbound.sweep()
        assert row.spooled() == []


def test_what_was_sealed_anew_went_no_circle(row: Row, dover: TestNode) -> None:
    first = messages_of(row.sealed(os.urandom(CAPACITY)))[1]
    hop = decode_hop(first.hop)
    again = first._replace(hop=encode_hop(hop._replace(salt=b"another sealing!", hops=1)))
    assert row.give([frame_of(first)]) == [None]
    assert refusals(row.brno.take(dover, [frame_of(again)])) == [None]
    # Nor did what died here, or what the same neighbour gives once more.
    assert refusals(row.brno.take(row.alba, [frame_of(travelled(first, 1))])) == [None]
    row.brno.write("INSERT INTO facts SELECT id, 'expired', 'processor_s', NULL, NULL"
                   " FROM messages WHERE type = 2 AND parent = 0")  # fmt: skip
    assert refusals(row.brno.take(dover, [frame_of(travelled(first, 3))])) == [None]


def test_an_answer_that_comes_back_is_refused_as_a_loop(row: Row, dover: TestNode) -> None:
    row.alba.drop_file(row.cork, b"name", b"content")
    row.first_hop()
    row.second_hop()
    row.cork.deliver()
    row.cork.say_receipts()
    (answer,) = messages_of(row.cork.give_away(row.brno, row.second))
    assert refusals(row.brno.take(row.cork, [frame_of(answer)])) == [None]
    assert refusals(row.brno.take(row.cork, [frame_of(answer)])) == [None]
    assert refusals(row.brno.take(dover, [frame_of(travelled(answer, 3))])) == [Refusal.LOOP]


# What it cannot carry on, it tells.


def test_a_lost_part_is_named_to_its_source(row: Row) -> None:
    row.alba.drop_file(row.cork, b"name", b"x" * (4 * SEGMENT))
    row.first_hop()
    (spooled,) = row.brno.home.spool.iterdir()
    spooled.unlink()
    row.second_hop()
    row.brno.say_receipts()
    told = row.hop(row.brno, row.alba, row.first)
    assert told == [None]
    (word,) = info_words(row.alba)
    assert isinstance(word, list)
    assert word[0] == row.cork.id
    assert word[4:] == [2, [[0, SEGMENT]], "its sealed bytes are gone: No such file or directory"]
    job = "SELECT state, reason, hints FROM messages WHERE type = 6"
    ((state, reason, hints),) = row.alba.rows(job)
    assert (state, hints) == ("S-2W", 1)
    assert str(reason).startswith("brno lost a part of it: its sealed bytes are gone")
    # It is of no use for long.
    hint = "SELECT lifetime_s FROM messages WHERE type = 7 AND source = ?"
    assert row.brno.rows(hint, row.brno.id) == [(3600,)]


@pytest.mark.parametrize("may", ["source", "destination", "neither"])
def test_an_answer_passes_where_either_end_may_relay(row: Row, may: str) -> None:
    row.alba.drop_file(row.cork, b"name", b"content")
    row.first_hop()
    row.second_hop()
    row.cork.deliver()
    row.cork.say_receipts()
    row.brno.write("DELETE FROM rights")
    if may != "neither":
        row.brno.allow(row.cork if may == "source" else row.alba, "relay")
    answer = [sent.payload for sent in row.cork.fill_once(row.brno, size_bytes=row.second)]
    assert refusals(row.brno.take(row.cork, answer)) == [
        Refusal.NOT_PERMITTED if may == "neither" else None
    ]


def test_what_is_sent_through_a_neighbour_may_be_answered_through_it(row: Row) -> None:
    """A relay further on is no next hop of ours, and nobody may carry its messages to us."""
    sent = row.sealed(b"content")
    word = ReceiptEntry(row.cork.id, bytes(8), 1, 1, ReceiptVerdict.FAILED)
    third = TestNode(row.alba.home.path.parent, "dover")
    try:
        row.alba.know(third)
        assert sent
        hint = Hostile(third, row.alba).receipt(word)
        assert refusals(row.alba.take(row.brno, [frame_of(hint)])) == [None]
        row.alba.write("UPDATE peers SET via = node")
        row.alba.write("UPDATE peers SET via = NULL WHERE node = ?", row.brno.id)
        row.alba.refresh()
        assert refusals(row.alba.take(row.brno, [frame_of(hint)])) == [Refusal.NOT_PERMITTED]
    finally:
        third.close()


def test_chunks_that_expire_with_their_manifest_are_no_error(row: Row) -> None:
    hostile = Hostile(row.alba, row.cork)
    chunks = [hostile.chunk(place * SEGMENT, bytes(SEGMENT), 8 * SEGMENT) for place in range(8)]
    payload = frame_of(hostile.manifest(8 * SEGMENT), *chunks)
    assert set(refusals(row.brno.take(row.alba, [payload]))) == {None}
    row.brno.time_s += 2_000
    row.brno.outbound.commit([], 0.0)
    assert row.brno.states(3) == ["D"]
    assert set(row.brno.states(2)) == {"D"}
    assert row.brno.refused == []
