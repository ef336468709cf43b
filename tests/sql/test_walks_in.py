"""The walks of what arrives, written out by hand: for this node, and for another."""

import pytest

from tests.sql.node import KIB, MIB, SEGMENT, Node


@pytest.fixture
def node() -> Node:
    node = Node("here")
    node.know("far")
    return node


def test_single_for_us_waits_for_exporter_and_owes_a_receipt(node: Node) -> None:
    single = node.arrived(1, "far", size_bytes=5, total_bytes=5)
    assert node.walks(single) == ["- N-1 N-2 N-3 N-4"]
    assert "exporter" in node.woken
    node.fact(single, "exported", "exporter")
    assert node.state(single) == "F"
    assert node.rows("SELECT addressee, sequence, verdict FROM receipts_due") == [("far", 1, 1)]
    assert node.rows("SELECT source, first, last FROM seen") == [("far", 1, 2)]
    assert node.rows("SELECT * FROM work_receipts") == [("far",)]


def test_a_text_for_us_is_done_at_once_and_owes_a_receipt(node: Node) -> None:
    text = node.arrived(1, "far", size_bytes=5, total_bytes=5, info='{"kind": "text"}')
    assert node.walks(text) == ["- N-1 N-2 N-3 N-4 F"]
    assert "exporter" not in node.woken
    assert "processor_s" in node.woken
    assert node.rows("SELECT addressee, sequence, verdict FROM receipts_due") == [("far", 1, 1)]
    assert node.rows("SELECT source, first, last FROM seen") == [("far", 1, 2)]
    node.execute("DELETE FROM receipts_due")
    node.fact(text, "again", "processor_r")
    assert node.rows("SELECT sequence, verdict FROM receipts_due") == [(1, 1)]


def test_a_text_with_a_wrong_hash_is_not_done(node: Node) -> None:
    text = node.arrived(1, "far", size_bytes=5, found=b"other", info='{"kind": "text"}')
    assert node.walks(text) == ["- N-1 D"]
    assert node.rows("SELECT * FROM receipts_due") == []


def test_manifest_waits_for_its_chunks_and_chunks_finish_at_once(node: Node) -> None:
    file = file_row(node, 3 * MIB)
    manifest = node.arrived(3, "far", total_bytes=3 * MIB, file=file, info='{"kind": "file"}')
    assert node.walks(manifest) == ["- N-1 N-2 N-3 N-4"]
    for offset in (2 * MIB, 0):
        chunk = chunk_row(node, manifest, offset)
        assert node.walks(chunk) == ["- N-1 N-2 N-3 N-4 F"]
        assert node.rows("SELECT * FROM work_exporter") == []
    node.woken.clear()
    chunk_row(node, manifest, MIB)
    assert "exporter" in node.woken
    assert node.rows("SELECT id, type FROM work_exporter") == [(manifest, 3)]
    node.fact(manifest, "exported", "exporter")
    assert node.state(manifest) == "F"
    assert node.rows("SELECT * FROM ranges") == []
    assert node.rows("SELECT verdict FROM receipts_due") == [(1,)]


def file_row(node: Node, size: int) -> int:
    node.execute(
        "INSERT INTO files"
        " (source, destination, epoch, sequence, name, size_bytes, mtime_ns, unix_s)"
        " VALUES ('far', 'here', x'0101010101010101', 1, 'a', ?, 0, 0)",
        (size,),
    )
    return node.connection.last_insert_rowid()


def chunk_row(node: Node, manifest: int, offset: int, size: int = MIB) -> int:
    return node.arrived(
        2, "far", offset=offset, size_bytes=size, total_bytes=3 * MIB, parent=manifest
    )


def test_pieces_of_a_single_that_a_relay_cut_are_not_a_file(node: Node) -> None:
    file = file_row(node, 128 * KIB)
    whole = {"total_bytes": 2 * SEGMENT, "file": file}
    part = node.arrived(1, "far", size_bytes=SEGMENT, **whole)
    assert node.rows("SELECT * FROM work_exporter") == []
    single = node.arrived(1, "far", sequence=2, size_bytes=2 * SEGMENT, **whole)
    assert node.rows("SELECT id FROM work_exporter") == [(single,)]
    for first in (0, SEGMENT):
        node.execute("INSERT INTO covered VALUES (?, ?, ?)", (part, first, first + SEGMENT))
        assert ((part,) in node.rows("SELECT id FROM work_exporter")) == (first > 0)


def test_key_manifest_is_finished_at_once_and_owes_nothing(node: Node) -> None:
    key = node.arrived(3, "far", info='{"kind": "key"}')
    assert node.walks(key) == ["- N-1 N-2 N-3 N-4 F"]
    assert node.rows("SELECT * FROM receipts_due") == []
    assert node.rows("SELECT first, last FROM seen") == [(1, 2)]


@pytest.mark.parametrize("type_", [0, 8, 99, -1])
def test_unknown_types_die_with_a_reason(node: Node, type_: int) -> None:
    ours = node.arrived(type_, "far")
    assert node.walks(ours) == ["- N-1 N-2 N-3 D"]
    assert node.value("SELECT reason FROM messages WHERE id = ?", (ours,)) == "unknown type"
    other = node.arrived(type_, "far", destination="there")
    assert node.walks(other) == ["- N-1 N-2 D"]
    assert node.value("SELECT reason FROM messages WHERE id = ?", (other,)) == (
        "an unknown type is not carried"
    )


def test_job_to_ourselves_goes_nowhere(node: Node) -> None:
    job = node.job("here", 5)
    assert node.walks(job) == ["- N-1 N-2 N-3 D"]
    assert "importer" in node.woken


@pytest.mark.parametrize("type_", [1, 2, 3, 7])
def test_wrong_hash_dies_and_does_not_claim_its_identity(node: Node, type_: int) -> None:
    bad = node.arrived(type_, "far", found=b"x", info="{}", size_bytes=5)
    assert node.walks(bad) == ["- N-1 D"]
    good = node.arrived(type_, "far", info='{"words": []}', size_bytes=5)
    assert node.state(good) != "D"
    assert node.expect_refusal(
        "INSERT INTO messages"
        " (type, source, destination, epoch, sequence, hash, found, size_bytes, birth, actor)"
        " SELECT type, source, destination, epoch, sequence, hash, found, size_bytes, birth, actor"
        " FROM messages WHERE id = ?",
        (good,),
    ).startswith("UNIQUE constraint failed")


def test_repeated_manifest_is_answered_in_every_state(node: Node) -> None:
    manifest = node.arrived(3, "far", total_bytes=3 * MIB, info='{"kind": "file"}')
    node.fact(manifest, "again", "processor_r")
    assert node.rows("SELECT verdict FROM receipts_due") == [(2,)]
    node.fact(manifest, "exported", "exporter")
    node.execute("DELETE FROM receipts_due")
    node.fact(manifest, "again", "processor_r")
    assert node.state(manifest) == "F"
    assert node.rows("SELECT verdict FROM receipts_due") == [(1,)]


def test_repeated_single_after_its_receipt_was_lost(node: Node) -> None:
    single = node.arrived(1, "far", size_bytes=5, total_bytes=5)
    node.fact(single, "exported", "exporter")
    node.execute("DELETE FROM receipts_due")
    node.fact(single, "again", "processor_r")
    assert node.walks(single)[-1] == "F F"
    assert node.rows("SELECT verdict FROM receipts_due") == [(1,)]


def test_what_expires_at_its_destination_is_told_and_may_come_again(node: Node) -> None:
    single = node.arrived(1, "far", size_bytes=5, total_bytes=5, lifetime_s=50)
    node.time_s = 50.0
    assert node.rows("SELECT * FROM work_timer") == [(single, "expired", "exporter")]
    node.fact(single, "expired", "exporter")
    assert node.rows("SELECT verdict, reason FROM receipts_due") == [(2, "lifetime used up")]
    node.fact(single, "again", "processor_r")
    assert node.walks(single)[-1] == "D N-1 N-2 N-3 N-4"
    assert node.value("SELECT expires_s FROM messages WHERE id = ?", (single,)) == 100.0
    assert node.rows("SELECT * FROM work_timer") == []


def test_undeliverable_is_told(node: Node) -> None:
    single = node.arrived(1, "far", size_bytes=5, total_bytes=5)
    node.fact(single, "undeliverable", "exporter", "no such folder")
    assert node.rows("SELECT verdict, reason FROM receipts_due") == [(3, "no such folder")]
    assert node.rows("SELECT * FROM seen") == []


def test_a_chunk_whose_range_went_missing_is_taken_again(node: Node) -> None:
    manifest = node.arrived(3, "far", total_bytes=3 * MIB, info='{"kind": "file"}')
    chunk = chunk_row(node, manifest, 0)
    node.execute("DELETE FROM ranges")
    node.fact(chunk, "again", "processor_r")
    assert node.walks(chunk)[-1] == "F N-1 N-2 N-3 N-4 F"
    assert node.rows("SELECT first, last FROM ranges") == [(0, MIB)]


def test_a_receipt_for_another_passes_through(node: Node) -> None:
    node.know("there")
    node.agree("there", MIB)
    word = node.arrived(7, "far", destination="there", info='{"words": []}', size_bytes=99)
    assert node.walks(word) == ["- N-1 N-2 S-1 S-4"]
    node.send(word)
    assert node.state(word) == "F"


class TestRelay:
    """What is for another: the hop's word is enough, and only larger pieces are cut."""

    @pytest.fixture
    def node(self) -> Node:
        node = Node("here")
        for peer in ("far", "there"):
            node.know(peer)
        node.agree("there", 256 * KIB)
        return node

    @pytest.mark.parametrize("type_", [1, 2, 3])
    def test_what_fits_ends_with_the_hops_word(self, node: Node, type_: int) -> None:
        carried = node.arrived(
            type_, "far", destination="there", size_bytes=256 * KIB, total_bytes=MIB
        )
        node.send(carried)
        walks = ["- N-1 N-2 S-1 S-4", "S-4 S-4W", "S-4W S-2W F" if type_ == 1 else "S-4W F"]
        assert node.walks(carried) == walks
        assert node.rows("SELECT * FROM receipts_due") == []
        assert node.rows("SELECT * FROM seen") == []

    def test_too_big_is_cut_between_segments(self, node: Node) -> None:
        envelope = b"as it came"
        carried = node.arrived(
            2,
            "far",
            destination="there",
            offset=2 * MIB,
            size_bytes=MIB - 5,
            total_bytes=9 * MIB,
            envelope=envelope,
            sequence=8,
            attempt=3,
            hops=2,
            age_s=7.0,
            previous_hop="far",
        )
        assert node.walks(carried) == ["- N-1 N-2 S-1 S-2", "S-2 S-2W"]
        quarter = 256 * KIB
        assert node.rows(
            'SELECT type, "offset", size_bytes FROM messages WHERE parent = ? ORDER BY id',
            (carried,),
        ) == [
            (2, 2 * MIB + i * quarter, size)
            for i, size in enumerate([quarter, quarter, quarter, quarter - 5])
        ]
        assert node.rows(
            "SELECT DISTINCT source, epoch, sequence, attempt, total_bytes, envelope, hops, age_s,"
            " previous_hop, next_hop FROM messages WHERE parent = ?",
            (carried,),
        ) == [("far", b"far" + b"\x01" * 5, 8, 3, 9 * MIB, envelope, 2, 7.0, "far", "there")]
        pieces = node.pieces(carried)
        for piece in pieces[:-1]:
            node.send(piece)
        assert node.state(carried) == "S-2W"
        node.send(pieces[-1])
        assert node.walks(carried)[-1] == "S-2W S-2W F"

    def test_a_dead_piece_kills_the_chunk_and_its_siblings(self, node: Node) -> None:
        carried = node.arrived(2, "far", destination="there", size_bytes=MIB)
        first, *rest = node.pieces(carried)
        node.send(rest[0])
        node.fact(first, "handed", "processor_s")
        node.fact(first, "refused", "processor_s", "not permitted")
        assert [node.state(i) for i in (carried, first, *rest)] == ["D", "D", "F", "D", "D"]

    def test_a_fresh_copy_of_the_dead_lives_again_with_all_its_pieces(self, node: Node) -> None:
        carried = node.arrived(2, "far", destination="there", size_bytes=MIB)
        first, second, *_ = pieces = node.pieces(carried)
        node.send(second)
        node.fact(first, "handed", "processor_s")
        node.fact(first, "refused", "processor_s", "not permitted")
        node.fact(carried, "again", "processor_r")
        assert node.state(carried) == "S-2W"
        assert {node.state(i) for i in pieces} == {"S-4"}
        assert node.value("SELECT pieces_left FROM messages WHERE id = ?", (carried,)) == 4
        for piece in pieces:
            node.send(piece)
        assert node.state(carried) == "F"

    @pytest.mark.parametrize("type_", [1, 3])
    def test_what_its_source_repeats_is_carried_again(self, node: Node, type_: int) -> None:
        carried = node.arrived(type_, "far", destination="there", size_bytes=5, lifetime_s=60)
        node.send(carried)
        node.time_s = 30.0
        node.fact(carried, "carry", "processor_r")
        assert node.walks(carried)[-1] == "F N-1 N-2 S-1 S-4"
        assert node.value("SELECT expires_s FROM messages WHERE id = ?", (carried,)) == 90.0
        assert node.rows("SELECT * FROM receipts_due") == []

    def test_a_chunk_that_comes_again_is_carried_again(self, node: Node) -> None:
        carried = node.arrived(2, "far", destination="there", size_bytes=5)
        node.send(carried)
        node.fact(carried, "again", "processor_r")
        assert node.walks(carried)[-1] == "F N-1 N-2 S-1 S-4"

    def test_a_piece_that_comes_again_on_its_own_has_its_own_lifetime(self, node: Node) -> None:
        """Its source has learnt the smaller size, and sends what was cut here before."""
        carried = node.arrived(2, "far", destination="there", size_bytes=MIB, lifetime_s=60)
        pieces = node.pieces(carried)
        for piece in pieces:
            node.send(piece)
        node.fact(pieces[0], "again", "processor_r")
        assert [node.state(i) for i in (carried, pieces[0])] == ["F", "S-4"]
        assert node.value("SELECT expires_s FROM messages WHERE id = ?", (pieces[0],)) == 60.0

    def test_need_manifest_at_a_relay_waits_for_the_source_to_repeat_it(self, node: Node) -> None:
        manifest = node.arrived(3, "far", destination="there")
        chunk = node.arrived(2, "far", destination="there", size_bytes=5)
        node.send(manifest)
        node.fact(chunk, "handed", "processor_s")
        node.fact(chunk, "need-manifest", "processor_s", None, 20.0)
        assert [node.state(i) for i in (manifest, chunk)] == ["F", "S-4"]

    def test_it_has_its_own_lifetime(self, node: Node) -> None:
        carried = node.arrived(2, "far", destination="nowhere", size_bytes=5, lifetime_s=9)
        node.time_s = 9.0
        assert node.rows("SELECT * FROM work_timer") == [(carried, "expired", "processor_s")]

    def test_a_persons_retry_at_a_relay_is_no_new_attempt(self, node: Node) -> None:
        carried = node.arrived(1, "far", destination="there", size_bytes=256 * KIB)
        node.fact(carried, "cancelled", "person")
        node.fact(carried, "retry", "person")
        assert node.row("SELECT state, attempt FROM messages WHERE id = ?", (carried,)) == (
            "S-4",
            1,
        )
        node.send(carried)
        assert node.state(carried) == "F"

    def test_a_single_is_not_cut_and_its_source_is_asked_for_chunks(self, node: Node) -> None:
        carried = node.arrived(
            *(1, "far"),
            destination="there",
            size_bytes=MIB,
            total_bytes=MIB,
            envelope=b"as it came",
            salt=b"salt",
        )
        assert node.walks(carried) == ["- N-1 N-2 S-1 D"]
        assert node.value("SELECT count(*) FROM messages WHERE parent = ?", (carried,)) == 0
        assert node.rows("SELECT addressee, destination, verdict FROM receipts_due") == [
            ("far", "there", 4)
        ]
