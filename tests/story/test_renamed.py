"""A peer that is renamed while files go to it and come from it, between whole nodes."""

import os

from tests.story.nodes import MIB, Homes, wait_for


def test_a_peer_is_renamed_in_the_middle_of_its_transfers(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    pair.start()
    early = shelf.drop("boat", "early.txt", b"early")
    boat.wait_for_delivery("shelf", early)
    came = boat.drop("shelf", "came.txt", b"came")
    shelf.wait_for_delivery("boat", came)
    wait_for("sent/", lambda: (shelf.home.sent / "boat" / "early.txt").exists())

    # Slow enough that the rename comes in between.
    shelf.line.good("limit", "boat", "4M")
    boat.line.good("limit", "shelf", "4M")
    large = shelf.drop("boat", "large.bin", os.urandom(24 * MIB))
    coming = boat.drop("shelf", "coming.bin", os.urandom(24 * MIB))
    wait_for("some of it to be there", lambda: boat.bytes_coming() > 0)
    out = shelf.line.good("peer", "rename", "boat", "ferry")
    assert f"{shelf.home.drop}/ferry/" in out
    assert "ferry  4 MiB/s" in shelf.line.good("limit")
    shelf.line.good("limit", "ferry", "none")
    boat.line.good("limit", "shelf", "none")
    late = shelf.drop("ferry", "late.txt", b"late")

    for each in (large, late):
        boat.wait_for_delivery("shelf", each)
    shelf.wait_for_delivery("ferry", coming)
    wait_for("sent/", lambda: shelf.number("SELECT count(*) FROM files WHERE closed = 0") == 0)
    home = shelf.home
    for parent in (home.drop, home.inbox, home.sent):
        assert not (parent / "boat").exists(), parent
    assert sorted(path.name for path in (home.inbox / "ferry").iterdir()) == [
        "came.txt",
        "coming.bin",
    ]
    names = ["early.txt", "large.bin", "late.txt"]
    assert sorted(path.name for path in (home.sent / "ferry").iterdir()) == names
    rows = shelf.rows("SELECT kept FROM files WHERE kept IS NOT NULL")
    kept = [os.fsdecode(path) for (path,) in rows if isinstance(path, bytes)]
    assert sorted(kept) == [f"sent/ferry/{name}" for name in names]
    assert shelf.rows("SELECT * FROM old_folders") == []
    assert shelf.rows("SELECT DISTINCT destination, state FROM jobs WHERE direction = 'out'") == [
        ("ferry", "F")
    ]
    assert [node.errors() for node in pair] == [[], []]
