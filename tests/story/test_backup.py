"""A node whose SD card is lost is restored from a backup."""

import os
import shutil

from tests.story.nodes import KIB, MIB, Homes, wait_for


def test_a_restored_node_continues_and_delivers_nothing_twice(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair
    pair.start()
    boat.wait_for_delivery("shelf", shelf.drop("boat", "first.txt", b"first"))
    pair.wait_until_settled()
    backup = str(homes.folder / "shelf.backup")
    shelf.line.good("backup", backup)
    assert "runs: stop it first" in shelf.line.bad("restore", backup, "--replace")[1]
    boat.wait_for_delivery("shelf", shelf.drop("boat", "since.txt", b"since"))
    pair.wait_until_settled()
    shelf.stop()
    shutil.rmtree(shelf.home.path)
    shelf.line.good("restore", backup)
    shelf.start()
    boat.wait_for_delivery("shelf", shelf.drop("boat", "second.txt", b"second"))
    shelf.wait_for_delivery("boat", boat.drop("shelf", "back.txt", b"back"))
    pair.wait_until_settled()
    assert boat.inbox_names("shelf") == ["first.txt", "second.txt", "since.txt"]
    assert shelf.line("check").code == 0
    assert not shelf.errors()
    assert not boat.errors()


def test_what_had_come_in_part_does_not_wait_for_ever(homes: Homes) -> None:
    pair = homes.pair(64 * KIB, 64 * KIB)
    shelf, boat = pair
    shelf.line.good("limit", "boat", "2M")
    pair.start()
    first = shelf.drop("boat", "first", os.urandom(6 * MIB))
    wait_for("the file to be under way", boat.bytes_coming)
    backup = str(homes.folder / "boat.backup")
    boat.line.good("backup", backup)
    # It is in the inbox before the database is put back, the second one is not.
    boat.wait_for_delivery("shelf", first)
    pair.wait_until_settled()
    second = shelf.drop("boat", "second", os.urandom(6 * MIB))
    wait_for("the second to be under way", boat.bytes_coming)
    boat.stop()

    said = boat.line.good("restore", "--replace", backup)
    assert "1 file had come in part" in said
    boat.start()
    boat.wait_for_delivery("shelf", second)
    shelf.wait_until_settled()
    manifests = "SELECT f.name, m.state FROM messages m JOIN files f ON f.id = m.file"
    assert sorted(boat.rows(f"{manifests} WHERE type = 3")) == [("first", "D"), ("second", "F")]
    assert boat.inbox_names("shelf") == ["first", "second"]
    assert list(boat.home.staging.iterdir()) == []
    assert not boat.errors()
