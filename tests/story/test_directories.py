"""A dropped directory arrives complete and once, also when processes are killed."""

import os
from pathlib import Path

import pytest

from tests.story.nodes import MIB, Homes, NodePair, RunningNode, wait_for

MTIME_NS = 1_234_567_890_123_456_789


def make(root: Path, **files: bytes) -> None:
    """Create a directory with files, an empty and a deep directory, and set all times."""
    (root / "empty").mkdir(parents=True)
    (root / "deep" / "er").mkdir(parents=True)
    (root / "deep" / "er" / "file").write_bytes(b"deep down")
    for name, content in files.items():
        (root / name).write_bytes(content)
    for path in (*root.rglob("*"), root):
        os.utime(path, ns=(MTIME_NS, MTIME_NS))


def seen(root: Path) -> dict[str, tuple[int, bytes | None]]:
    """Return every entry of a directory with its time and content; None for directories."""
    return {
        str(path.relative_to(root)): (
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else None,
        )
        for path in (root, *root.rglob("*"))
    }


def drop(node: RunningNode, name: str, **files: bytes) -> dict[str, tuple[int, bytes | None]]:
    """Move a directory into the drop folder for boat; return its entries."""
    made = node.home.path.parent / f"made-{name}"
    make(made, **files)
    content = seen(made)
    made.rename(node.home.drop / "boat" / name)
    return content


@pytest.mark.parametrize("size_bytes", [10, 9 * MIB], ids=["single", "chunks"])
def test_a_directory_arrives_unchanged(running_pair: NodePair, size_bytes: int) -> None:
    shelf, boat = running_pair
    name = f"photos-{size_bytes}"
    content = drop(shelf, name, a=os.urandom(size_bytes), b=b"", run=b"#!/bin/sh\n")
    arrived = boat.home.inbox / "shelf" / name
    wait_for(f"{arrived}", arrived.exists)
    # It appeared by one rename, so it is complete.
    assert seen(arrived) == content
    assert {path.stat().st_mode & 0o111 for path in arrived.rglob("*") if path.is_file()} == {0}
    running_pair.wait_until_settled()
    assert [node.errors() for node in running_pair] == [[], []]
    assert seen(shelf.home.sent / "boat" / name) == content
    assert list(boat.home.unpacking.iterdir()) == list(boat.home.staging.iterdir()) == []
    types = {
        int(str(kind))
        for (kind,) in shelf.rows(
            "SELECT m.type FROM messages m JOIN files f ON f.id = m.file WHERE f.name = ?"
            " AND m.parent > 0",
            name,
        )
    }
    assert types == ({1} if size_bytes == 10 else {2, 3})


def test_a_directory_of_the_same_name_is_another_one(running_pair: NodePair) -> None:
    shelf, boat = running_pair
    first = drop(shelf, "again", a=b"1")
    wait_for("the first", (boat.home.inbox / "shelf" / "again").exists)
    running_pair.wait_until_settled()
    second = drop(shelf, "again", a=b"2")
    wait_for("the second", (boat.home.inbox / "shelf" / "again (2)").exists)
    assert seen(boat.home.inbox / "shelf" / "again") == first
    assert seen(boat.home.inbox / "shelf" / "again (2)") == second
    running_pair.wait_until_settled()


def test_a_directory_that_is_changed_while_it_is_sent_is_given_up(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair
    shelf.start()
    drop(shelf, "photos", a=os.urandom(3 * MIB))
    ((path,),) = shelf.wait_for_rows("SELECT path FROM files WHERE name = 'photos'")
    assert isinstance(path, bytes)
    with (shelf.home.path / os.fsdecode(path) / "a").open("ab") as file:
        file.write(b"more")
    boat.start()
    ((reason,),) = shelf.wait_for_rows("SELECT reason FROM messages WHERE type = 6 AND state = 'D'")
    assert "changed" in str(reason) or "what it held" in str(reason)
    assert boat.inbox_names("shelf") == []


def test_an_exporter_killed_repeatedly_delivers_one_complete_directory(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair
    pair.start()
    files = {f"f{number}": os.urandom(200 * 1024) for number in range(60)}
    content = drop(shelf, "many", **files)
    arrived = boat.home.inbox / "shelf" / "many"
    for _ in range(6):  # restarts have an exponential backoff
        wait_for("unpacking", lambda: any(boat.home.unpacking.iterdir()) or arrived.exists())
        if arrived.exists():
            break
        boat.kill("exporter")
    wait_for(f"{arrived}", arrived.exists)
    pair.wait_until_settled()
    assert seen(arrived) == content
    assert boat.inbox_names("shelf") == ["many"]
    assert list(boat.home.unpacking.iterdir()) == []
