"""What a source gives up: the word it owes its destination, and what that word does there."""

import json

import pytest

from tests.sql.node import KIB, MIB, Node

OWED = "SELECT addressee, destination, sequence, attempt, verdict, reason FROM receipts_due"


class TestAtTheSource:
    @pytest.fixture
    def node(self) -> Node:
        node = Node("here")
        node.know("there")
        node.agree("there", 256 * KIB)
        return node

    @staticmethod
    def under_way(node: Node) -> int:
        job = node.job("there", 3 * MIB)
        (manifest,) = node.pieces(job, 3)
        node.fact(manifest, "handed", "processor_s")
        return job

    @pytest.mark.parametrize(
        ("event", "actor"), [("cancelled", "person"), ("expired", "processor_s")]
    )
    def test_a_word_is_owed_once_the_manifest_went_out(
        self, node: Node, event: str, actor: str
    ) -> None:
        job = self.under_way(node)
        node.woken.clear()
        node.fact(job, event, actor, "so it is")
        assert node.rows(OWED) == [("there", "there", 1, 1, 5, "so it is")]
        assert node.rows("SELECT * FROM work_receipts") == [("there",)]
        assert "processor_s" in node.woken

    def test_a_file_that_changed_is_given_up_too(self, node: Node) -> None:
        job = self.under_way(node)
        (manifest,) = node.pieces(job, 3)
        node.fact(manifest, "acked", "processor_s")
        node.fact(node.pieces(job, 2)[0], "changed", "processor_s", "it grew")
        assert node.state(job) == "D"
        assert [row[4] for row in node.rows(OWED)] == [5]

    def test_nothing_is_owed_to_who_has_heard_nothing(self, node: Node) -> None:
        node.fact(node.job("there", 3 * MIB), "cancelled", "person")
        assert node.rows(OWED) == []

    def test_nothing_is_owed_of_an_attempt_that_went_nowhere(self, node: Node) -> None:
        job = self.under_way(node)
        node.fact(job, "cancelled", "person")
        node.execute("DELETE FROM receipts_due")
        node.fact(job, "retry", "person")
        node.fact(job, "cancelled", "person")
        assert node.rows(OWED) == []

    def test_nothing_is_owed_where_no_way_leads(self, node: Node) -> None:
        job = self.under_way(node)
        node.execute("UPDATE peers SET via = NULL")
        node.fact(job, "cancelled", "person")
        assert node.rows(OWED) == []


class TestAtTheDestination:
    @pytest.fixture
    def node(self) -> Node:
        node = Node("here")
        for peer in ("far", "other"):
            node.know(peer)
        return node

    @staticmethod
    def coming(node: Node) -> int:
        return node.arrived(
            3, "far", sequence=7, attempt=2, total_bytes=3 * MIB, info='{"kind": "file"}'
        )

    @staticmethod
    def word(node: Node, signer: str = "far", destination: str = "here", attempt: int = 2) -> None:
        epoch = b"far".ljust(8, b"\x01").hex()
        word = [destination, epoch, 7, attempt, 5, [], "taken back"]
        node.arrived(7, signer, sequence=8, info=json.dumps({"words": [word]}))

    def test_what_is_not_whole_dies_and_owes_no_word(self, node: Node) -> None:
        manifest = self.coming(node)
        node.execute("INSERT INTO covered VALUES (?, 0, ?)", (manifest, MIB))
        self.word(node)
        assert node.rows("SELECT state, reason FROM messages WHERE id = ?", (manifest,)) == [
            ("D", "far gave it up: taken back")
        ]
        assert node.rows("SELECT * FROM ranges") == []
        assert node.rows(OWED) == []

    def test_what_is_whole_is_delivered_all_the_same(self, node: Node) -> None:
        manifest = self.coming(node)
        node.execute("INSERT INTO covered VALUES (?, 0, ?)", (manifest, 3 * MIB))
        self.word(node)
        assert node.state(manifest) == "N-4"

    @pytest.mark.parametrize(
        "word", [{"signer": "other"}, {"destination": "other"}, {"attempt": 1}]
    )
    def test_only_its_own_source_can_end_it(self, node: Node, word: dict[str, str]) -> None:
        manifest = self.coming(node)
        self.word(node, **word)  # type: ignore[arg-type]
        assert node.state(manifest) == "N-4"

    def test_it_lives_again_when_it_comes_again(self, node: Node) -> None:
        manifest = self.coming(node)
        self.word(node)
        node.fact(manifest, "again", "processor_r")
        assert node.state(manifest) == "N-4"
