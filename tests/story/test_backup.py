"""A node whose SD card is lost is restored from a backup."""

import shutil

from tests.story.nodes import Homes


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
