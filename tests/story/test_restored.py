"""A home is restored from an older copy of itself."""

import os
import shutil
from pathlib import Path

from netrelay.ring.process_bell import ring
from netrelay.runtime.node import open_database
from tests.story.nodes import KIB, MIB, Dropped, Homes, RunningNode, wait_for


def copy_of(node: RunningNode) -> Path:
    """Copy the home of a stopped node; return the copy."""
    copy = node.home.path.with_name(f"{node.name}.copy")
    shutil.copytree(node.home.path, copy, symlinks=True)
    return copy


def restore(node: RunningNode, copy: Path) -> None:
    """Replace the home by an older copy of it."""
    shutil.rmtree(node.home.path)
    copy.rename(node.home.path)


def epoch(node: RunningNode) -> object:
    return node.value("SELECT epoch FROM selfinfo")


def some(node: RunningNode, peer: str, word: str) -> list[Dropped]:
    """Drop a few small files and a larger one, always of the same sizes."""
    sizes = [20, 20, 20, 3 * MIB]
    return [
        node.drop(peer, f"{word}-{number}", os.urandom(size_bytes))
        for number, size_bytes in enumerate(sizes)
    ]


def test_a_restored_source_loses_no_later_file(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    boat.start()
    shelf.start()
    for dropped in some(shelf, "boat", "before"):
        boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    shelf.stop()
    copy = copy_of(shelf)

    # These are not in the copy; boat has sent receipts for them.
    shelf.start()
    for dropped in some(shelf, "boat", "later"):
        boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    shelf.stop()
    used = shelf.rows("SELECT sequence FROM messages WHERE type = 6 ORDER BY 1")
    restore(shelf, copy)

    shelf.start()
    after = some(shelf, "boat", "after")
    for dropped in after:
        boat.wait_for_delivery("shelf", dropped)
    # In both directions.
    for dropped in some(boat, "shelf", "back"):
        shelf.wait_for_delivery("boat", dropped)
    pair.wait_until_settled()
    # The numbers were used again, in a new epoch.
    jobs = "SELECT sequence FROM messages WHERE type = 6 ORDER BY 1"
    assert len(set(shelf.rows(jobs)) & set(used)) > len(after)
    epochs = "SELECT count(DISTINCT epoch) FROM files WHERE inbox_name IS NOT NULL"
    assert boat.number(epochs) == 3
    assert len(boat.inbox_names("shelf")) == 12
    assert [node.errors() for node in pair] == [[], []]


def test_the_queue_of_a_restored_source_is_not_delivered_twice(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    shelf.start()
    waiting = some(shelf, "boat", "waiting")
    shelf.wait_for_rows("SELECT 1 WHERE (SELECT count(*) FROM messages WHERE type = 6) = 4")
    shelf.stop()
    copy = copy_of(shelf)
    shelf.start()
    boat.start()
    for dropped in waiting:
        boat.wait_for_delivery("shelf", dropped)
    pair.wait_until_settled()
    shelf.stop()
    restore(shelf, copy)

    # A restored file differs from the claimed one. Files whose manifest boat has are delivered.
    shelf.start()
    shelf.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'F'")
    ended = (
        "SELECT DISTINCT state, state = 'F' OR reason LIKE '%changed while sending%'"
        " FROM messages WHERE type = 6"
    )
    wait_for("the small ones to die", lambda: set(shelf.rows(ended)) == {("D", 1), ("F", 1)})
    boat.wait_until_settled()
    assert boat.inbox_names("shelf") == [dropped.name.decode() for dropped in waiting]
    # None is lost: files of dead jobs are in claims or in failed/.
    kept = {path.name for path in shelf.home.path.rglob("waiting-*")}
    assert kept >= {dropped.name.decode() for dropped in waiting[:3]}
    assert shelf.rows("SELECT 1 FROM logs WHERE event = 'no-move'") == []


def test_a_restored_destination_accepts_new_files_and_nothing_twice(homes: Homes) -> None:
    shelf, boat = pair = homes.pair(64 * KIB, 64 * KIB)
    pair.start()
    first = shelf.drop("boat", "first", b"first")
    boat.wait_for_delivery("shelf", first)
    for number in range(5):
        half = shelf.drop("boat", f"half-{number}", os.urandom(40 * MIB))
        wait_for("the file to be under way", boat.bytes_coming)
        boat.stop()
        if 0 < boat.bytes_coming() < half.size_bytes:
            break
        boat.start()
        pair.wait_until_settled()
    copy = copy_of(boat)
    boat.start()
    boat.wait_for_delivery("shelf", half)
    pair.wait_until_settled()
    before = epoch(boat)
    boat.stop()
    restore(boat, copy)

    # shelf has the receipt already, so no more of the file will arrive.
    boat.start()
    assert epoch(boat) != before
    for dropped in some(shelf, "boat", "after"):
        boat.wait_for_delivery("shelf", dropped)
    shelf.wait_until_settled()
    waiting = "SELECT id FROM messages WHERE type = 3 AND state = 'N-4'"
    assert len(boat.rows(waiting)) == 1
    expire(boat)
    boat.wait_for_rows("SELECT 1 FROM messages WHERE type = 3 AND state = 'D'")
    # Its word about a job that is finished changes nothing and is not stored.
    boat.wait_for_rows(
        "SELECT 1 FROM messages WHERE type = 7 AND state = 'F' AND id = (SELECT max(id)"
        " FROM messages WHERE type = 7) AND NOT EXISTS (SELECT 1 FROM receipts_due)"
    )
    assert [s.walk for s in shelf.audit(6) if s.event == "failed"] == []
    assert set(shelf.rows("SELECT state FROM messages WHERE type = 6")) == {("F",)}
    assert half.name.decode() not in boat.inbox_names("shelf")
    assert [name for name in boat.inbox_names("shelf") if not name.startswith("half")] == [
        *(f"after-{number}" for number in range(4)),
        "first",
    ]


def expire(node: RunningNode) -> None:
    """Expire the incomplete files."""
    with node.line.environment():
        database = open_database(node.home, "story")
        try:
            with database.transaction():
                database.execute("UPDATE messages SET expires_s = 0 WHERE state = 'N-4'")
        finally:
            database.close()
        ring(node.home.runtime, "exporter")
