"""Jobs that died or were cancelled, and are retried, between whole nodes."""

import os

from tests.story.nodes import KIB, MIB, Homes, NodePair, RunningNode, wait_for


def failed_names(node: RunningNode) -> list[str]:
    folder = node.home.failed / "boat"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_a_dead_job_arrives_after_a_retry(homes: Homes) -> None:
    shelf, boat = pair = NodePair(homes.node("shelf"), homes.node("boat"))
    shelf.enrol(boat)
    boat.enrol(shelf)
    pair.start()
    small = shelf.drop("boat", "small.txt", b"small")
    large = shelf.drop("boat", "large.bin", os.urandom(3 * MIB))
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE reason LIKE 'NOT_PERMITTED%' AND parent > 0")
    wait_for("both jobs", lambda: shelf.number("SELECT count(*) FROM messages WHERE type = 6") == 2)
    shelf.line.good("cancel", "--all", "--to", "boat")
    wait_for("failed/", lambda: len(failed_names(shelf)) == 4)
    assert "large.bin.reason.txt" in failed_names(shelf)

    boat.line.good("peer", "allow", "shelf", "deliver")
    shelf.line.good("retry", "small.txt", "large.bin")
    for each in (small, large):
        boat.wait_for_delivery("shelf", each)
    # The messages of the first attempt stay dead.
    wait_for("sent/", lambda: shelf.number("SELECT count(*) FROM files WHERE closed = 0") == 0)
    assert shelf.rows("SELECT DISTINCT state FROM messages WHERE type = 6") == [("F",)]
    assert failed_names(shelf) == []
    assert sorted(path.name for path in (shelf.home.sent / "boat").iterdir()) == [
        "large.bin",
        "small.txt",
    ]
    assert shelf.rows("SELECT DISTINCT attempt FROM messages WHERE type = 6") == [(2,)]
    assert boat.inbox_names("shelf") == ["large.bin", "small.txt"]
    assert [node.errors() for node in pair] == [[], []]


def test_cancelling_a_job_during_its_transfer_ends_its_pieces(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    pair.start()
    content = os.urandom(40 * MIB)
    dropped = shelf.drop("boat", "large.bin", content)
    wait_for("some of it to be there", lambda: boat.bytes_coming() > 0)
    boat.kill_up()
    assert "cannot be called back" in shelf.line.good("cancel", "large.bin")
    wait_for("failed/", lambda: "large.bin" in failed_names(shelf))
    assert shelf.rows("SELECT DISTINCT state FROM messages WHERE type = 2 AND state <> 'F'") in (
        [],
        [("D",)],
    )
    # After a cancelled job is retried, everything is sent once as a new attempt.
    shelf.line.good("retry", "large.bin")
    boat.start()
    shelf.due_now()
    boat.wait_for_delivery("shelf", dropped)
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'F'")
    assert boat.inbox_names("shelf") == ["large.bin"]
    wait_for("sent/", lambda: (shelf.home.sent / "boat" / "large.bin").exists())
    assert (shelf.home.sent / "boat" / "large.bin").read_bytes() == content


def test_a_destination_deletes_what_its_source_gave_up(homes: Homes) -> None:
    shelf, boat = pair = homes.pair(64 * KIB, 64 * KIB)
    pair.start()
    dropped = shelf.drop("boat", "large.bin", os.urandom(40 * MIB))
    wait_for("some of it to be there", lambda: boat.bytes_coming() > 0)
    boat.kill_up()
    shelf.line.good("cancel", "large.bin")
    assert list(boat.home.staging.iterdir()) != []
    boat.start()
    shelf.due_now()
    wait_for("staging to be empty", lambda: not list(boat.home.staging.iterdir()))
    assert boat.rows("SELECT state, reason FROM messages WHERE type = 3 AND file IS NOT NULL") == [
        ("D", "shelf gave it up: taken back by a person")
    ]
    assert boat.rows("SELECT used_bytes FROM peer_overview") == [(0,)]
    shelf.line.good("retry", "large.bin")
    boat.wait_for_delivery("shelf", dropped)
    assert boat.inbox_names("shelf") == ["large.bin"]
    assert [node.errors() for node in pair] == [[], []]
