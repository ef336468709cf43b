"""Folders that somebody moves away while two nodes run: files go on in both directions."""

import pytest

from tests.story.nodes import NodePair, wait_for


@pytest.mark.parametrize("folder", ["drop", "inbox", "sent", "spool"])
def test_a_folder_that_is_moved_away_stops_nothing(running_pair: NodePair, folder: str) -> None:
    shelf, boat = running_pair
    for node in running_pair:
        # rm would race with the node, which makes a folder again while rm is still in it.
        (node.home.path / folder).rename(node.home.path / f"away-{folder}")
    wait_for("drop folders", lambda: all(n.home.drop.is_dir() for n in running_pair))
    wait_for("drop/boat", (shelf.home.drop / "boat").is_dir)
    boat.wait_for_delivery("shelf", shelf.drop("boat", f"there-{folder}.bin", b"there" * 100_000))
    wait_for("drop/shelf", (boat.home.drop / "shelf").is_dir)
    shelf.wait_for_delivery("boat", boat.drop("shelf", f"back-{folder}.bin", b"back"))
    wait_for("sent/boat", (shelf.home.sent / "boat" / f"there-{folder}.bin").is_file)
