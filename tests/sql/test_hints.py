"""What a relay cannot carry on: what it owes the source, and what its word does there."""

import json

import pytest

from netrelay.core.words import Refusal
from netrelay.store.schema import RefusalRow, refusals
from tests.sql.node import KIB, MIB, Node
from tests.sql.words import receipt

OWED = "SELECT addressee, destination, sequence, attempt, verdict, reason FROM receipts_due"


class TestAtARelay:
    """A word is owed for what was carried for another, once for each that is given up."""

    @pytest.fixture
    def node(self) -> Node:
        node = Node("here")
        for peer in ("far", "there"):
            node.know(peer)
        node.agree("there", 256 * KIB)
        return node

    @staticmethod
    def carried(node: Node, type_: int, **columns: object) -> int:
        fields: dict[str, object] = {
            "destination": "there",
            "envelope": b"as it came",
            "total_bytes": 3 * MIB,
            "salt": None if type_ == 3 else b"salt",
            "sequence": 7,
            "attempt": 2,
        }
        return node.arrived(type_, "far", **(fields | columns))

    @pytest.mark.parametrize("type_", [1, 2, 3])
    def test_a_lifetime_that_is_used_up(self, node: Node, type_: int) -> None:
        message = self.carried(node, type_, size_bytes=5, lifetime_s=9)
        node.woken.clear()
        node.fact(message, "expired", "processor_s")
        assert node.rows(OWED) == [("far", "there", 7, 2, 3, "lifetime used up")]
        assert "processor_s" in node.woken
        assert node.rows("SELECT * FROM work_receipts") == [("far",)]

    def test_a_manifest_refused_for_good_speaks_for_its_chunks(self, node: Node) -> None:
        manifest = self.carried(node, 3)
        chunks = [self.carried(node, 2, offset=n * MIB, size_bytes=MIB) for n in range(2)]
        node.fact(manifest, "handed", "processor_s")
        node.fact(manifest, "refused", "processor_s", "LOOP: round and round")
        assert {node.state(i) for i in chunks} == {"D"}
        assert node.rows(OWED) == [("far", "there", 7, 2, 3, "LOOP: round and round")]

    @pytest.mark.parametrize("destination", ["here", "there"])
    def test_the_key_of_a_single_is_no_job(self, node: Node, destination: str) -> None:
        """It comes as a manifest of 0 bytes, beside the single."""
        self.carried(node, 3, destination=destination, total_bytes=0)
        assert node.rows("SELECT job FROM jobs") == []
        assert node.rows("SELECT job FROM queue") == []

    def test_a_recut_file_is_one_job(self, node: Node) -> None:
        """The single that could not be passed on is no second one, once the manifest is here."""
        single = self.carried(node, 1, size_bytes=MIB, total_bytes=MIB)
        assert node.rows("SELECT job, state FROM jobs") == [(single, "D")]
        manifest = self.carried(node, 3, total_bytes=MIB)
        assert node.rows("SELECT job FROM jobs") == [(manifest,)]
        assert node.rows("SELECT job FROM stuck") == []

    def test_a_piece_speaks_for_the_chunk_it_was_cut_from(self, node: Node) -> None:
        chunk = self.carried(node, 2, offset=MIB, size_bytes=MIB)
        _, second, *_ = node.pieces(chunk)
        node.fact(second, "changed", "processor_s", "its sealed bytes are gone")
        assert node.state(chunk) == "D"
        assert node.rows(OWED) == [("far", "there", 7, 2, 2, "its sealed bytes are gone")]
        assert node.value("SELECT message FROM receipts_due") == second

    def test_refused_too_often(self, node: Node) -> None:
        single = self.carried(node, 1, size_bytes=5)
        node.fact(single, "exhausted", "processor_s")
        assert node.rows(OWED) == [("far", "there", 7, 2, 3, "refused too often")]

    @pytest.mark.parametrize("manifest_state", ["none", "passed on", "on its way"])
    def test_a_manifest_that_is_wanted(self, node: Node, manifest_state: str) -> None:
        if manifest_state != "none":
            manifest = self.carried(node, 3)
        chunks = [self.carried(node, 2, offset=n * MIB, size_bytes=5) for n in range(3)]
        if manifest_state == "passed on":
            node.send(manifest)
        node.fact(chunks[0], "handed", "processor_s")
        node.fact(chunks[0], "need-manifest", "processor_s", "NEED_MANIFEST: there", 30.0)
        wanted = [("far", "there", 7, 2, 4, "NEED_MANIFEST: there")]
        assert node.rows(OWED) == ([] if manifest_state == "on its way" else wanted)
        # The others do not ask, too.
        ready = "SELECT id FROM work_send WHERE next_hop = 'there' AND type = 2"
        assert node.rows(ready) == []
        due = "SELECT DISTINCT due_s FROM messages WHERE type = 2"
        assert node.rows(due) == [(30.0,)]
        if manifest_state == "none":
            manifest = self.carried(node, 3)
        elif manifest_state == "passed on":
            node.fact(manifest, "carry", "processor_r")
        node.send(manifest)
        assert node.rows(due) == [(0.0,)]
        assert sorted(node.rows(ready)) == [(i,) for i in chunks]

    def test_what_is_waited_for_is_no_reason_to_speak(self, node: Node) -> None:
        single = self.carried(node, 1, size_bytes=5)
        for event in ("nacked", "deferred", "lost"):
            node.fact(single, "handed", "processor_s")
            node.fact(single, event, "processor_s", "not now")
        assert node.rows(OWED) == []

    @pytest.mark.parametrize("row", refusals(), ids=lambda row: row.name)
    def test_a_next_hop_that_waits_for_a_person_is_named(self, node: Node, row: RefusalRow) -> None:
        """Once for each refusal, however often it is given."""
        chunk = self.carried(node, 2, size_bytes=5)

        def refuse(code: int) -> list[tuple[object, ...]]:
            node.fact(chunk, "handed", "processor_s")
            node.execute("INSERT INTO outcomes VALUES (?, ?, 60, 'not now')", (chunk, code))
            found = node.rows(OWED + " WHERE reason = 'not now'")
            node.execute("DELETE FROM receipts_due")
            node.time_s += 60
            return found

        told = refuse(row.code)
        waits = row.name in ("NOT_PERMITTED", "NO_ROUTE", "QUOTA", "NO_ROOM")
        if not waits:
            assert [words for words in told if row.event not in ("refused", "need-manifest")] == []
            return
        assert told == [("far", "there", 7, 2, 3, "not now")]
        assert refuse(row.code) == []
        other = Refusal.NO_ROOM if row.name == "QUOTA" else Refusal.QUOTA
        assert [refuse(other), refuse(row.code)] == [told, told]
        # A next hop does not have it told for ever.
        codes = [other, row.code] * 10
        assert [refuse(code) for code in codes] == [told] * 5 + [[]] * 15

    def test_what_its_own_source_hears_is_no_hint(self, node: Node) -> None:
        text = node.text("there", 5)
        node.fact(text, "handed", "processor_s")
        node.execute("INSERT INTO outcomes VALUES (?, 6, 60, 'not now')", (text,))
        assert node.rows(OWED) == []

    def test_of_keys_and_receipts_nobody_speaks(self, node: Node) -> None:
        for message in (self.carried(node, 3, total_bytes=0), self.carried(node, 7, total_bytes=0)):
            node.fact(message, "expired", "processor_s")
        assert node.rows(OWED) == []

    def test_of_our_own_we_need_not_tell_ourselves(self, node: Node) -> None:
        text = node.text("there", 5)
        node.fact(text, "expired", "processor_s")
        assert node.rows(OWED) == []

    def test_what_is_for_us_is_our_own_word(self, node: Node) -> None:
        single = node.arrived(1, "far", size_bytes=5, envelope=b"as it came", total_bytes=5)
        node.fact(single, "expired", "exporter")
        assert node.rows(OWED) == [("far", "here", 1, 1, 2, "lifetime used up")]


class TestAtTheSource:
    """A hint is shown and brings a repeat forward; it ends nothing, and only so often."""

    @pytest.fixture
    def node(self) -> Node:
        node = Node("here")
        for peer in ("there", "relay"):
            node.know(peer)
        node.agree("there", MIB)
        return node

    @pytest.fixture
    def job(self, node: Node) -> int:
        job = node.job("there", 4 * MIB)
        for piece in node.pieces(job):
            node.send(piece)
        return job

    @staticmethod
    def see(node: Node, job: int) -> tuple[object, ...]:
        columns = "state, reason, due_s, hints"
        return node.row(f"SELECT {columns} FROM messages WHERE id = ?", (job,))

    def test_given_up_is_shown_and_changes_nothing_else(self, node: Node, job: int) -> None:
        receipt(node, 3, signer="relay")
        said = "relay could not carry it on: the disk is full"
        assert self.see(node, job) == ("S-2W", said, 30.0, 1)
        assert {node.state(i) for i in node.pieces(job)} == {"F"}
        receipt(node, 3, signer="relay", number=78)
        assert self.see(node, job)[-1] == 1, "what is known is not written down again"

    def test_a_destination_that_refuses_says_why_and_asks_for_nothing(
        self, node: Node, job: int
    ) -> None:
        before = self.see(node, job)
        receipt(node, 2, [[0, 1]], reason="it can never fit")
        assert self.see(node, job) == ("S-2W", "there says: it can never fit", before[2], 1)
        assert {node.state(i) for i in node.pieces(job)} == {"F"}

    def test_it_is_shown_while_the_job_is_still_cut(self, node: Node) -> None:
        job = node.job("there", 300 * MIB)
        node.send(node.pieces(job, 3)[0])
        assert node.state(job) == "S-2"
        for verdict in (2, 4):
            receipt(node, verdict, [[0, 9]] if verdict == 2 else [], signer="relay", number=verdict)
            assert self.see(node, job)[:2] == ("S-2", None)
        receipt(node, 3, signer="relay")
        assert self.see(node, job)[:2] == ("S-2", "relay could not carry it on: the disk is full")
        assert node.value("SELECT cut_bytes FROM messages WHERE id = ?", (job,)) == 256 * MIB

    def test_lost_brings_the_repeat_forward_ever_less(self, node: Node, job: int) -> None:
        due = []
        for number in range(12):
            receipt(node, 2, [[0, 9]], signer="relay", number=100 + number)
            due.append(node.value("SELECT due_s FROM messages WHERE id = ?", (job,)) - node.time_s)
            node.time_s += due[-1]
            node.fact(job, "repeat", "processor_s")
            (manifest,) = node.pieces(job, 3)
            node.send(manifest)
        # What its own pace is by then is sooner in the end, and counts.
        assert due[:6] == [1, 2, 4, 8, 16, 32]
        assert due[8:] == [3600] * 4
        hinted = "SELECT count(*) FROM events WHERE message = ? AND event = 'hinted'"
        assert node.value(hinted, (job,)) == 8
        assert "relay lost a part of it" in str(self.see(node, job)[1])

    def test_a_wanted_manifest_goes_at_once(self, node: Node, job: int) -> None:
        receipt(node, 4, signer="relay")
        assert [node.state(i) for i in node.pieces(job)] == ["S-4", "F", "F", "F", "F"]
        assert self.see(node, job) == (
            "S-2W",
            "relay lacks its manifest: the disk is full",
            30.0,
            1,
        )

    def test_a_single_that_a_relay_cannot_pass_on_is_recut(self, node: Node) -> None:
        job = node.job("there", 900)
        (single,) = node.pieces(job)
        node.send(single)
        receipt(node, 4, signer="relay")
        said = "relay cannot pass it on in one message: the disk is full"
        assert node.rows("SELECT reason FROM events WHERE event = 'recut'") == [(said,)]
        assert [
            node.value("SELECT type FROM messages WHERE id = ?", (each,))
            for each in node.pieces(job)
        ] == [1, 3, 2]

    def test_it_goes_while_chunks_are_still_out(self, node: Node) -> None:
        job = node.job("there", 4 * MIB)
        manifest, *chunks = node.pieces(job)
        node.send(manifest)
        receipt(node, 4, signer="relay")
        assert [node.state(i) for i in (manifest, *chunks)] == ["S-4"] * 5

    def test_nobody_has_it_sent_for_ever(self, node: Node, job: int) -> None:
        (manifest,) = node.pieces(job, 3)
        for number in range(50):
            receipt(node, 4, signer="relay", number=100 + number)
            if node.state(manifest) == "S-4":
                node.send(manifest)
        repeats = "SELECT count(*) FROM events WHERE message = ? AND event = 'repeat'"
        assert node.value(repeats, (manifest,)) == 8
        node.fact(job, "cancelled", "person")
        node.fact(job, "retry", "person")
        assert self.see(node, job)[-1] == 0

    def test_a_single_that_nobody_passes_on_is_cut_anew_however_many_hints_came(
        self, node: Node
    ) -> None:
        job = node.job("there", 4 * KIB)
        node.send(node.pieces(job)[0])
        for number in range(20):
            words = [["there", node.epoch.hex(), 1, 1, 3, [], f"reason {number}"]]
            node.arrived(7, "relay", sequence=100 + number, info=json.dumps({"words": words}))
        assert self.see(node, job)[-1] == 8
        for number in range(20):
            receipt(node, 4, signer="relay", number=300 + number)
        found = node.rows("SELECT DISTINCT type FROM messages WHERE parent = ? ORDER BY 1", (job,))
        assert found == [(1,), (2,), (3,)]
        recuts = "SELECT count(*) FROM events WHERE message = ? AND event = 'recut'"
        assert node.value(recuts, (job,)) == 1

    @pytest.mark.parametrize("verdicts", [(4, 3), (3, 4), (4, 2), (2, 4)])
    def test_of_two_words_about_a_single_that_asks_for_its_manifest_counts(
        self, node: Node, verdicts: tuple[int, int]
    ) -> None:
        job = node.job("there", 4 * KIB)
        node.send(node.pieces(job)[0])
        words = [["there", node.epoch.hex(), 1, 1, v, [], "why"] for v in verdicts]
        node.arrived(7, "relay", sequence=80, info=json.dumps({"words": words}))
        found = node.rows("SELECT DISTINCT type FROM messages WHERE parent = ? ORDER BY 1", (job,))
        assert found == [(1,), (2,), (3,)]

    def test_many_words_in_one_receipt_are_one_hint(self, node: Node, job: int) -> None:
        words = [
            ["there", node.epoch.hex(), 1, 1, 3, [], f"reason {number}"] for number in range(2048)
        ]
        node.arrived(7, "relay", sequence=80, info=json.dumps({"words": words}))
        assert self.see(node, job)[-1] == 1

    @pytest.mark.parametrize(
        "other", [{"sequence": 2}, {"attempt": 2}, {"epoch": "00" * 8}, {"destination": "relay2"}]
    )
    @pytest.mark.parametrize("verdict", [2, 3, 4])
    def test_about_another_message_it_changes_nothing(
        self, node: Node, job: int, verdict: int, other: dict[str, object]
    ) -> None:
        receipt(node, verdict, [[0, 9]], signer="relay", **other)  # type: ignore[arg-type]
        assert self.see(node, job) == ("S-2W", None, 30.0, 0)

    def test_complete_is_the_destinations_to_say(self, node: Node, job: int) -> None:
        receipt(node, 1, signer="relay")
        assert self.see(node, job) == ("S-2W", None, 30.0, 0)

    @pytest.mark.parametrize("verdict", [2, 3, 4])
    @pytest.mark.parametrize("event", ["receipted", "cancelled"])
    def test_what_is_over_stays_over(self, node: Node, job: int, event: str, verdict: int) -> None:
        node.fact(job, event, "engine" if event == "receipted" else "person")
        before = node.rows("SELECT * FROM messages WHERE type <> 7")
        receipt(node, verdict, [[0, 9]], signer="relay")
        assert node.rows("SELECT * FROM messages WHERE type <> 7") == before

    def test_a_text_is_hinted_at_like_a_file(self, node: Node) -> None:
        text = node.text("there", 5)
        node.send(text)
        receipt(node, 2, [[0, 5]], signer="relay")
        assert self.see(node, text)[2:] == (1.0, 1)
