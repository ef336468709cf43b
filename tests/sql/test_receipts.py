"""What each verdict of a receipt does to its subject, and whose word counts."""

import json

import pytest

from tests.sql.node import KIB, MIB, Node
from tests.sql.words import receipt


@pytest.fixture
def node() -> Node:
    node = Node("here")
    node.know("there")
    node.agree("there", MIB)
    return node


@pytest.fixture
def job(node: Node) -> int:
    """A file of four chunks of which every piece is acknowledged by the next hop."""
    job = node.job("there", 4 * MIB)
    for piece in node.pieces(job):
        node.send(piece)
    return job


def test_complete(node: Node, job: int) -> None:
    word = receipt(node, 1)
    assert node.walks(word) == ["- N-1 N-2 N-3 N-4 F"]
    assert node.state(job) == "F"
    receipt(node, 1, number=78)
    assert node.walks(job)[-1] == "S-2W F", "the second one changes nothing"


def test_missing_ranges_send_the_chunks_that_touch_them(node: Node, job: int) -> None:
    receipt(node, 2, [[MIB - 1, 2], [3 * MIB, 1]])
    assert [node.state(i) for i in node.pieces(job)] == ["F", "S-4", "S-4", "F", "S-4"]
    assert node.row("SELECT state, pieces_left FROM messages WHERE id = ?", (job,)) == ("S-2W", 3)


def test_missing_ranges_end_before_their_last_byte(node: Node, job: int) -> None:
    receipt(node, 2, [[MIB, MIB]])
    assert [node.state(i) for i in node.pieces(job, 2)] == ["F", "S-4", "F", "F"]


def test_missing_nothing_repeats_nothing(node: Node, job: int) -> None:
    receipt(node, 2, [])
    assert {node.state(i) for i in node.pieces(job)} == {"F"}


def test_missing_what_has_to_be_cut_smaller_now(node: Node, job: int) -> None:
    node.agree("there", 256 * KIB, 4)
    receipt(node, 2, [[0, 1]])
    _, first, *_ = node.pieces(job)
    assert node.walks(first)[-2:] == ["F S-1 S-2", "S-2 S-2W"]
    parts = node.pieces(first)
    assert len(parts) == 4
    for part in parts:
        node.send(part)
    assert node.walks(first)[-1] == "S-2W S-2W F"
    assert node.value("SELECT pieces_left FROM messages WHERE id = ?", (job,)) == 0
    receipt(node, 2, [[0, 1]], number=78)
    assert {node.state(i) for i in parts} == {"S-4"}, "cut once before: all of it again"
    assert node.value("SELECT pieces_left FROM messages WHERE id = ?", (first,)) == 4


def test_failed_kills_with_the_destinations_reason(node: Node, job: int) -> None:
    receipt(node, 3)
    assert node.row("SELECT state, reason FROM messages WHERE id = ?", (job,)) == (
        "D",
        "its destination says: the disk is full",
    )


def test_failed_after_complete_is_too_late(node: Node, job: int) -> None:
    receipt(node, 1)
    receipt(node, 3, number=78)
    assert node.state(job) == "F"


def test_failed_while_pieces_are_out_kills_them(node: Node) -> None:
    job = node.job("there", 4 * MIB)
    node.fact(node.pieces(job)[0], "handed", "processor_s")
    receipt(node, 3)
    assert {node.state(i) for i in (job, *node.pieces(job))} == {"D"}


def test_cannot_open_sends_the_manifest_again(node: Node, job: int) -> None:
    receipt(node, 4)
    assert node.state(job) == "S-2W"
    assert [node.state(i) for i in node.pieces(job)] == ["S-4", "F", "F", "F", "F"]


def test_cannot_open_seals_the_single_anew(node: Node) -> None:
    single = node.text("there", 5)
    node.send(single)
    receipt(node, 4)
    assert node.walks(single)[-1] == "S-2W S-1 S-4"


@pytest.mark.parametrize("verdict", [1, 2, 3, 4])
def test_only_the_destination_itself_decides(node: Node, job: int, verdict: int) -> None:
    node.know("relay")
    receipt(node, verdict, [[0, 9]], signer="relay", destination="relay", number=78)
    receipt(node, verdict, [[0, 9]], destination="relay", number=79)
    assert node.row("SELECT state, reason FROM messages WHERE id = ?", (job,)) == ("S-2W", None)
    receipt(node, verdict, [[0, 9]], signer="relay")
    assert node.state(job) == "S-2W"
    assert {node.state(i) for i in node.pieces(job, 2)} == {"F"}


def test_another_sequence_or_epoch_is_another_message(node: Node, job: int) -> None:
    receipt(node, 1, sequence=2)
    receipt(node, 1, epoch="00" * 8, number=78)
    assert node.state(job) == "S-2W"


@pytest.mark.parametrize("verdict", [2, 3, 4])
def test_words_on_another_attempt_change_nothing(node: Node, job: int, verdict: int) -> None:
    receipt(node, verdict, [[0, 9]], attempt=2)
    assert node.state(job) == "S-2W"
    assert {node.state(i) for i in node.pieces(job)} == {"F"}


@pytest.mark.parametrize("verdict", [0, 5, 99])
def test_unknown_verdicts_change_nothing(node: Node, job: int, verdict: int) -> None:
    assert node.state(receipt(node, verdict)) == "F"
    assert node.state(job) == "S-2W"


def test_a_batch_tells_each_its_own(node: Node, job: int) -> None:
    second = node.text("there", 5, sequence=2)
    third = node.text("there", 5, sequence=3)
    epoch = node.epoch.hex()
    words = [
        ["there", epoch, 1, 1, 1, [], ""],
        ["there", epoch, 2, 1, 3, [], "why"],
        ["there", epoch, 44, 1, 1, [], "nobody"],
    ]
    node.arrived(7, "there", sequence=80, info=json.dumps({"words": words}))
    assert [node.state(i) for i in (job, second, third)] == ["F", "D", "S-4"]


def test_the_receipt_overtakes_the_acknowledgement(node: Node) -> None:
    single = node.text("there", 5)
    node.fact(single, "handed", "processor_s")
    receipt(node, 1)
    assert node.walks(single)[-1] == "S-4W F"
    node.fact(single, "acked", "processor_s")
    assert node.state(single) == "F"
