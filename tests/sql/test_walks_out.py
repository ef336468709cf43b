"""The walks of what starts here, written out by hand: singles, jobs, chunks, manifests."""

import pytest

from tests.sql.node import KIB, MIB, SEGMENT, Node
from tests.sql.words import receipt


@pytest.fixture
def node() -> Node:
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    return node


def test_single_at_its_source_waits_for_the_receipt(node: Node) -> None:
    single = node.text("there", 200)
    assert node.state(single) == "S-4"
    assert "processor_s" in node.woken
    node.fact(single, "handed", "processor_s")
    assert node.state(single) == "S-4W"
    node.fact(single, "acked", "processor_s")
    assert node.state(single) == "S-2W"
    receipt(node, 1)
    assert node.state(single) == "F"
    assert node.walks(single) == ["- N-1 N-2 S-1 S-4", "S-4 S-4W", "S-4W S-2W", "S-2W F"]


def test_a_text_keeps_its_body_until_the_receipt_and_beyond_its_death(node: Node) -> None:
    first, second = node.text("there", 200), node.text("there", 200, sequence=2)
    for text in (first, second):
        node.execute("INSERT INTO bodies VALUES (?, x'00')", (text,))
        node.send(text)
    node.fact(second, "cancelled", "person")
    receipt(node, 1)
    assert node.rows("SELECT message FROM bodies") == [(second,)]
    node.fact(second, "retry", "person")
    assert node.rows("SELECT id, attempt, text_body FROM work_send WHERE next_hop = 'there'") == [
        (second, 2, b"\0")
    ]


def test_small_job_becomes_one_single_with_its_inner_header(node: Node) -> None:
    job = node.job("there", MIB - 100, inner=100)
    assert node.walks(job) == ["- N-1 N-2 S-1 S-2", "S-2 S-2W"]
    (single,) = node.pieces(job)
    assert node.row(
        'SELECT type, state, "offset", size_bytes, total_bytes, source, sequence'
        " FROM messages WHERE id = ?",
        (single,),
    ) == (1, "S-4", 0, MIB, MIB, "here", 1)
    node.send(single)
    assert node.state(single) == "F", "a piece ends with the hop's word"
    assert node.walks(single)[-1] == "S-4W S-2W F"
    assert node.state(job) == "S-2W"
    node.woken.clear()
    receipt(node, 1)
    assert node.state(job) == "F"
    assert "importer" in node.woken


def test_one_byte_too_many_makes_a_manifest_and_chunks(node: Node) -> None:
    job = node.job("there", MIB - 99, inner=100)
    assert node.rows(
        'SELECT type, "offset", size_bytes, total_bytes, state FROM messages WHERE parent = ?',
        (job,),
    ) == [(3, 0, 0, MIB - 99, "S-4"), (2, 0, MIB - 99, MIB - 99, "S-4")]


def test_empty_file_goes_as_a_single(node: Node) -> None:
    job = node.job("there", 0)
    (single,) = node.pieces(job)
    assert node.row("SELECT type, size_bytes FROM messages WHERE id = ?", (single,)) == (1, 100)
    assert node.state(job) == "S-2W"


def test_big_job_from_drop_to_finished(node: Node) -> None:
    job = node.job("there", 3 * MIB + 5)
    manifest, *chunks = node.pieces(job)
    assert node.rows(
        'SELECT type, "offset", size_bytes FROM messages WHERE parent = ? ORDER BY id', (job,)
    ) == [(3, 0, 0), (2, 0, MIB), (2, MIB, MIB), (2, 2 * MIB, MIB), (2, 3 * MIB, 5)]
    assert node.rows("SELECT id FROM work_send WHERE next_hop = 'there'")[0] == (manifest,)
    for left, piece in zip(range(4, -1, -1), [manifest, *chunks], strict=True):
        node.time_s += 10
        node.send(piece)
        assert node.state(piece) == "F"
        assert node.value("SELECT pieces_left FROM messages WHERE id = ?", (job,)) == left
    assert node.row("SELECT state, due_s FROM messages WHERE id = ?", (job,)) == ("S-2W", 80.0)
    receipt(node, 1)
    assert node.state(job) == "F"
    assert node.walks(job) == ["- N-1 N-2 S-1 S-2", "S-2 S-2W", "S-2W S-2W", "S-2W F"]


class TestLongJob:
    """More than 256 pieces: a cursor, and other things happening in between."""

    @pytest.fixture
    def node(self) -> Node:
        node = Node("here", capacity=SEGMENT)
        node.know("there")
        node.agree("there", SEGMENT)
        return node

    def test_256_pieces_a_transaction(self, node: Node) -> None:
        job = node.job("there", 600 * SEGMENT + 1)
        assert node.rows("SELECT * FROM work_timer") == [], "not before its manifest is admitted"
        node.woken.clear()
        node.send(node.pieces(job, 3)[0])
        assert "processor_s" in node.woken
        cut = []
        while node.state(job) == "S-2":
            cursor = node.value("SELECT cut_bytes FROM messages WHERE id = ?", (job,))
            cut.append((len(node.pieces(job, 2)), cursor))
            ((event, actor),) = node.rows(
                "SELECT event, actor FROM work_timer WHERE id = ?", (job,)
            )
            node.fact(job, event, actor)
        assert cut == [(256, 256 * SEGMENT), (512, 512 * SEGMENT)]
        assert node.state(job) == "S-2W"
        assert (len(node.pieces(job, 3)), len(node.pieces(job, 2))) == (1, 601)
        assert node.row(
            "SELECT sum(size_bytes), (SELECT pieces_left FROM messages WHERE id = ?)"
            " FROM messages WHERE parent = ?",
            (job, job),
        ) == (600 * SEGMENT + 1, 601)

    def test_pieces_that_arrive_while_the_rest_is_cut_are_counted(self, node: Node) -> None:
        job = node.job("there", 300 * SEGMENT)
        for piece in node.pieces(job):
            node.send(piece)
        assert node.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == (
            "S-2",
            0,
        )
        node.fact(job, "cut-on", "processor_s")
        assert node.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == (
            "S-2W",
            44,
        )

    def test_agreement_gone_leaves_no_piece_without_a_hello(self, node: Node) -> None:
        job = node.job("there", 300 * SEGMENT)
        for piece in node.pieces(job):
            node.send(piece)
        node.forget("there")
        assert node.messages(4) == []
        node.fact(job, "cut-on", "processor_s")
        assert [state for _, state, _ in node.messages(4)] == ["S-5"]
        assert {node.state(piece) for piece in node.pieces(job)} == {"F", "S-1"}
        node.agree("there", SEGMENT, 4)
        assert {node.state(piece) for piece in node.pieces(job)} == {"F", "S-4"}

    def test_it_can_die_half_cut(self, node: Node) -> None:
        job = node.job("there", 300 * SEGMENT)
        _, first, *_ = node.pieces(job)
        node.fact(first, "changed", "processor_s", "changed while sending")
        assert {node.state(i) for i in (job, *node.pieces(job))} == {"D"}
        assert node.rows("SELECT * FROM work_timer") == []


def test_lost_goes_back_to_s1_and_is_judged_anew(node: Node) -> None:
    job = node.job("there", 2 * MIB)
    manifest, first, second = node.pieces(job)
    node.fact(first, "handed", "processor_s")
    node.fact(first, "lost", "processor_s")
    assert node.walks(first)[-1] == "S-4W S-1 S-4"
    node.fact(second, "handed", "processor_s")
    node.forget("there")
    assert node.walks(manifest)[-1] == "S-4 S-1 S-1"
    node.fact(second, "lost", "processor_s")
    assert node.walks(second)[-1] == "S-4W S-1 S-1"
    assert len(node.messages(4)) == 1, "one hello for all who wait"


def test_nacked_counts_and_twelve_times_is_enough(node: Node) -> None:
    single = node.text("there", 5)
    for refusals in range(12):
        assert node.rows("SELECT id FROM work_send WHERE next_hop = 'there'") == [(single,)]
        node.fact(single, "handed", "processor_s")
        node.fact(single, "nacked", "processor_s", "no room", node.time_s + 7)
        assert node.row("SELECT state, refusals, due_s FROM messages WHERE id = ?", (single,)) == (
            "S-4",
            refusals + 1,
            node.time_s + 7,
        )
        assert node.rows("SELECT id FROM work_send WHERE next_hop = 'there'") == []
        node.time_s += 7
    assert node.rows("SELECT * FROM work_send") == []
    assert node.rows("SELECT * FROM work_timer") == [(single, "exhausted", "processor_s")]
    node.fact(single, "exhausted", "processor_s")
    assert node.row("SELECT state, reason FROM messages WHERE id = ?", (single,)) == (
        "D",
        "refused too often",
    )


def test_refused_for_good_kills_the_siblings_and_the_job(node: Node) -> None:
    job = node.job("there", 3 * MIB)
    manifest, first, second, third = node.pieces(job)
    node.send(manifest)
    node.fact(first, "handed", "processor_s")
    node.fact(second, "handed", "processor_s")
    node.woken.clear()
    node.fact(first, "refused", "processor_s", "not permitted")
    states = [node.state(i) for i in (job, manifest, first, second, third)]
    assert states == ["D", "F", "D", "D", "D"]
    assert node.value("SELECT reason FROM messages WHERE id = ?", (job,)) == (
        f"piece {first}: not permitted"
    )
    assert "importer" in node.woken


@pytest.mark.parametrize("outcome", ["acked", "lost", "nacked", "refused"])
def test_late_outcomes_change_nothing_in_d(node: Node, outcome: str) -> None:
    job = node.job("there", 3 * MIB)
    manifest, *_ = node.pieces(job)
    node.fact(manifest, "handed", "processor_s")
    node.fact(job, "cancelled", "person", "not needed any more")
    assert node.state(manifest) == "D"
    node.fact(manifest, outcome, "processor_s")
    assert node.walks(manifest)[-1] == "D D"
    assert node.state(job) == "D"


def test_need_manifest_sends_the_manifest_once_more_and_costs_nothing(node: Node) -> None:
    job = node.job("there", 2 * MIB)
    manifest, first, second = node.pieces(job)
    node.send(manifest)
    for chunk in (first, second):
        node.fact(chunk, "handed", "processor_s")
    node.fact(first, "need-manifest", "processor_s", None, 3.0)
    assert node.row("SELECT state, due_s, refusals FROM messages WHERE id = ?", (first,)) == (
        "S-4",
        3.0,
        0,
    )
    assert node.walks(manifest)[-1] == "F S-1 S-4"
    node.fact(second, "need-manifest", "processor_s")
    assert node.walks(manifest)[-1] == "F S-1 S-4", "it is on its way already"
    assert node.value("SELECT pieces_left FROM messages WHERE id = ?", (job,)) == 3


def test_need_manifest_after_the_agreement_went_asks_for_another(node: Node) -> None:
    job = node.job("there", 2 * MIB)
    manifest, first, second = node.pieces(job)
    for piece in (manifest, second):
        node.send(piece)
    node.fact(first, "handed", "processor_s")
    node.forget("there")
    node.fact(first, "need-manifest", "processor_s")
    assert node.state(first) == "S-1"
    assert [state for _, state, _ in node.messages(4)] == ["S-5"]


def test_expired_in_every_state_that_waits(node: Node) -> None:
    waiting = {
        "S-1": node.job("nowhere", 5, sequence=1),
        "S-4": node.text("there", 5, sequence=2),
        "S-4W": node.text("there", 5, sequence=3),
        "S-2W": node.text("there", 5, sequence=4),
        "S-2": node.job("there", 300 * MIB, sequence=5),
    }
    node.fact(waiting["S-4W"], "handed", "processor_s")
    node.send(waiting["S-2W"])
    assert {state: node.state(i) for state, i in waiting.items()} == {s: s for s in waiting}
    node.time_s = 3599.0
    assert {e for _, e, _ in node.rows("SELECT * FROM work_timer")} <= {"cut-on", "repeat"}
    node.time_s = 3600.0
    due = {i for i, e, _ in node.rows("SELECT * FROM work_timer") if e == "expired"}
    assert due == set(waiting.values())
    for message in due:
        node.fact(message, "expired", "processor_s")
    assert node.value("SELECT count(*) FROM messages WHERE state NOT IN ('D', 'N-0')") == 0
    assert {node.value("SELECT reason FROM messages WHERE id = ?", (i,)) for i in due} == {
        "lifetime used up"
    }


def test_the_age_a_message_comes_with_shortens_its_life(node: Node) -> None:
    carried = node.arrived(1, "far", destination="there", lifetime_s=100, age_s=60.0, size_bytes=5)
    assert node.value("SELECT expires_s FROM messages WHERE id = ?", (carried,)) == 40.0


def test_the_changed_file_dies_with_all_its_pieces(node: Node) -> None:
    job = node.job("there", 3 * MIB)
    _, first, *_ = node.pieces(job)
    node.fact(first, "changed", "processor_s", "changed while sending")
    assert {node.state(i) for i in (job, *node.pieces(job))} == {"D"}


def test_retry_is_a_new_attempt_and_the_old_pieces_never_touch_it(node: Node) -> None:
    job = node.job("there", 3 * MIB)
    manifest, first, second, third = old = node.pieces(job)
    for piece in old:
        node.fact(piece, "handed", "processor_s")
    node.fact(manifest, "acked", "processor_s")
    node.fact(first, "refused", "processor_s", "not permitted")
    node.time_s = 5000.0
    node.fact(job, "retry", "person")
    assert node.walks(job)[-2:] == ["D N-1 N-2 S-1 S-2", "S-2 S-2W"]
    assert node.row(
        "SELECT attempt, refusals, pieces_left, expires_s FROM messages WHERE id = ?", (job,)
    ) == (2, 0, 4, 8600.0)
    new = node.pieces(job)
    assert not set(new) & set(old)
    assert {node.state(i) for i in new} == {"S-4"}
    node.time_s = 5010.0
    ages = "SELECT DISTINCT age_s FROM work_send WHERE next_hop = 'there'"
    assert node.rows(ages) == [(10.0,)], "its whole lifetime is before it"
    for piece in (second, third):
        node.fact(piece, "acked", "processor_s")
    receipt(node, 3, attempt=1)
    assert node.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == ("S-2W", 4)
    receipt(node, 1, attempt=1, number=78)
    assert node.state(job) == "F", "complete counts for every attempt"
    assert {node.state(i) for i in new} == {"F"}


def test_late_receipt_makes_the_dead_finished_with_all_its_pieces(node: Node) -> None:
    job = node.job("there", 3 * MIB)
    for piece in node.pieces(job):
        node.fact(piece, "handed", "processor_s")
    node.fact(job, "expired", "processor_s")
    node.woken.clear()
    receipt(node, 1)
    assert node.state(job) == "F"
    assert {node.state(i) for i in node.pieces(job)} == {"F"}
    assert "importer" in node.woken


def test_late_acknowledgement_counts_in_every_state(node: Node) -> None:
    job = node.job("there", 3 * MIB)
    manifest, first, *_ = pieces = node.pieces(job)
    for piece in pieces:
        node.fact(piece, "handed", "processor_s")
        node.fact(piece, "lost", "processor_s")
    node.fact(manifest, "acked", "processor_s")
    assert node.walks(manifest)[-1] == "S-4 F"
    node.forget("there")
    node.fact(first, "acked", "processor_s")
    assert node.walks(first)[-1] == "S-1 F"
    node.fact(first, "acked", "processor_s")
    assert node.walks(first)[-1] == "F F"
    single = node.text("there", 5, sequence=9)
    node.fact(single, "acked", "processor_s")
    assert node.walks(single)[-1] == "S-1 S-2W", "a single at its source still waits"


def test_no_receipt_repeats_the_manifest_with_backoff(node: Node) -> None:
    job = node.job("there", 2 * MIB)
    manifest, *chunks = node.pieces(job)
    for piece in (manifest, *chunks):
        node.send(piece)
    waits = []
    for _ in range(9):
        node.time_s = node.value("SELECT due_s FROM messages WHERE id = ?", (job,)) - 0.5
        assert node.rows("SELECT * FROM work_timer") == []
        node.time_s += 0.5
        assert node.rows("SELECT * FROM work_timer") == [(job, "repeat", "processor_s")]
        node.execute("UPDATE messages SET expires_s = ? WHERE id = ?", (node.time_s + 9999, job))
        node.fact(job, "repeat", "processor_s")
        assert node.walks(manifest)[-1] == "F S-1 S-4"
        assert node.rows("SELECT * FROM work_timer") == [], "not while its manifest is out"
        node.send(manifest)
        waits.append(node.value("SELECT due_s - ? FROM messages WHERE id = ?", (node.time_s, job)))
    assert waits == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]
    assert [node.walks(i)[-1] for i in chunks] == ["S-4W F", "S-4W F"]


def test_no_receipt_repeats_the_single_itself(node: Node) -> None:
    single = node.text("there", 5)
    job = node.job("there", 5, sequence=2)
    (piece,) = node.pieces(job)
    node.send(single)
    node.send(piece)
    node.time_s = 30.0
    assert node.rows("SELECT id, event FROM work_timer ORDER BY id") == [
        (single, "repeat"),
        (job, "repeat"),
    ]
    node.fact(single, "repeat", "processor_s")
    assert node.walks(single)[-1] == "S-2W S-1 S-4"
    node.fact(job, "repeat", "processor_s")
    assert node.walks(piece)[-1] == "F S-1 S-4"


def test_receipt_and_key_made_here_end_with_the_hops_word(node: Node) -> None:
    for type_ in (3, 7):
        made = node.born(
            type_, "made", "processor_s", destination="there", sequence=type_, info="{}"
        )
        node.execute("INSERT INTO bodies VALUES (?, x'00')", (made,))
        node.send(made)
        assert node.walks(made) == ["- N-1 N-2 S-1 S-4", "S-4 S-4W", "S-4W F"]
    assert node.rows("SELECT * FROM bodies") == []


def test_no_route_waits_until_there_is_one(node: Node) -> None:
    job = node.job("far", 5)
    assert node.walks(job) == ["- N-1 N-2 S-1 S-1"]
    assert node.messages(4) == []
    node.know("far", via=None)
    assert node.state(job) == "S-1"
    node.execute("UPDATE peers SET via = 'there' WHERE node = 'far'")
    assert node.state(job) == "S-2W"
    assert node.value("SELECT next_hop FROM messages WHERE parent = ?", (job,)) == "there"


def test_another_route_takes_what_is_ready_along(node: Node) -> None:
    node.know("other")
    node.agree("other", 512 * KIB)
    job = node.job("there", 2 * MIB)
    manifest, first, second = node.pieces(job)
    node.fact(second, "handed", "processor_s")
    node.execute("UPDATE peers SET via = 'other' WHERE node = 'there'")
    assert [node.state(i) for i in (manifest, first, second)] == ["S-4", "S-2W", "S-4W"]
    hops = node.rows("SELECT DISTINCT next_hop FROM messages WHERE parent = ?", (first,))
    assert hops == [("other",)]


def test_the_relay_enrolled_last_is_asked(node: Node) -> None:
    node.know("far", via="relay")
    job = node.job("far", 5)
    assert node.state(job) == "S-1"
    assert node.messages(4) == []
    node.know("relay")
    assert [(s, d) for _, s, d in node.messages(4)] == [("S-5", "relay")]


def test_removing_a_peer_leaves_nothing_that_nobody_looks_at(node: Node) -> None:
    node.know("mute")
    ready = node.text("there", 5, sequence=1)
    asking = node.text("mute", 5, sequence=1)
    (hello,) = [i for i, _, d in node.messages(4) if d == "mute"]
    node.execute("DELETE FROM peers")
    assert [node.state(i) for i in (ready, asking, hello)] == ["S-1", "S-1", "D"]
    assert node.rows("SELECT * FROM sysinfo") == []
    node.know("there")
    assert [state for _, state, d in node.messages(4) if d == "there"] == ["S-5"]


def test_outcomes_after_the_whole_is_over_change_nothing(node: Node) -> None:
    job = node.job("there", 2 * MIB)
    pieces = node.pieces(job)
    for piece in pieces:
        node.fact(piece, "handed", "processor_s")
    receipt(node, 1)
    for piece in pieces:
        node.fact(piece, "refused", "processor_s", "finished")
    assert {node.state(i) for i in (job, *pieces)} == {"F"}


def test_the_manifests_body_goes_when_its_job_is_finished(node: Node) -> None:
    job = node.job("there", 2 * MIB)
    manifest, *_ = node.pieces(job)
    node.execute("INSERT INTO bodies VALUES (?, x'00')", (manifest,))
    for piece in node.pieces(job):
        node.send(piece)
    assert node.rows("SELECT message FROM bodies") == [(manifest,)], "it may have to go again"
    receipt(node, 1)
    assert node.rows("SELECT * FROM bodies") == []


class TestOutgrown:
    """A single that does not fit any more is replaced by a manifest and chunks, never cut."""

    @pytest.fixture
    def job(self, node: Node) -> int:
        """Return a job of one single."""
        return node.job("there", MIB - 100, inner=100)

    def pieces(self, node: Node, job: int) -> list[tuple[int, str, int]]:
        """Return type, state and size of each piece, in the order in which they were made."""
        return node.rows(
            "SELECT type, state, size_bytes FROM messages WHERE parent = ? ORDER BY id", (job,)
        )

    def test_by_a_smaller_agreement(self, node: Node, job: int) -> None:
        node.agree("there", 512 * KIB, number=4)
        assert self.pieces(node, job) == [
            (1, "F", MIB),
            (3, "S-4", 0),
            (2, "S-4", 512 * KIB),
            (2, "S-4", 512 * KIB - 100),
        ]
        assert node.walks(job)[-3:] == ["S-2W S-2W", "S-2W S-2", "S-2 S-2W"]
        for piece in node.pieces(job)[1:]:
            node.send(piece)
        assert node.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == (
            "S-2W",
            0,
        )
        receipt(node, 1)
        assert node.state(job) == "F"
        assert {state for _, state, _ in self.pieces(node, job)} == {"F"}

    def test_while_it_is_in_flight(self, node: Node, job: int) -> None:
        (single,) = node.pieces(job)
        node.fact(single, "handed", "processor_s")
        node.agree("there", 512 * KIB, number=4)
        assert node.state(single) == "S-4W"
        node.execute("INSERT INTO outcomes VALUES (?, 3, 0, 'TOO_LARGE')", (single,))
        assert [type_ for type_, *_ in self.pieces(node, job)] == [1, 3, 2, 2]

    def test_what_had_arrived_is_acknowledged_late_and_its_receipt_ends_the_job(
        self, node: Node, job: int
    ) -> None:
        (single,) = node.pieces(job)
        node.agree("there", 512 * KIB, number=4)
        node.fact(single, "acked", "processor_s")
        assert node.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == (
            "S-2W",
            3,
        )
        receipt(node, 1)
        assert node.state(job) == "F"
        assert {state for _, state, _ in self.pieces(node, job)} == {"F"}

    def test_by_a_relay_that_cannot_pass_it_on(self, node: Node) -> None:
        job = node.job("there", MIB - 100, inner=100)
        (single,) = node.pieces(job)
        node.send(single)
        node.know("relay")
        node.agree("relay", MIB)
        node.execute("UPDATE peers SET via = 'relay' WHERE node = 'there'")
        receipt(node, 4, signer="relay", destination="there")
        assert [(type_, state) for type_, state, _ in self.pieces(node, job)] == [
            (1, "F"),
            (3, "S-4"),
            (2, "S-4"),
        ]
        # Asked again, the manifest is repeated, and the single is not.
        for piece in node.pieces(job)[1:]:
            node.send(piece)
        receipt(node, 4, signer="relay", destination="there", number=78)
        assert [(type_, state) for type_, state, _ in self.pieces(node, job)] == [
            (1, "F"),
            (3, "S-4"),
            (2, "F"),
        ]

    def test_a_persons_retry_begins_with_a_single_again_where_one_fits(
        self, node: Node, job: int
    ) -> None:
        node.agree("there", 512 * KIB, number=4)
        node.fact(job, "cancelled", "person")
        node.agree("there", MIB, number=6)
        node.fact(job, "retry", "person")
        assert self.pieces(node, job)[-1] == (1, "S-4", MIB)
