"""What a node refuses is named there, and the command that `netrelay check` prints helps."""

import json
import os
import re

from tests.story.nodes import KIB, Homes, RunningNode, wait_for
from tests.story.relays import row_of


def refused(node: RunningNode) -> list[tuple[str, str]]:
    """Return text and help of what `check` says of refusals; `pytest -s` prints it."""
    found = [json.loads(text) for text in node.line("check", "--json").out.splitlines()]
    shown = [(each["text"], each["help"]) for each in found if each["subject"] == "refused"]
    for text, helps in shown:
        print(f"\nwarn  refused    {text}\n                 {helps}")
    return shown


def command_in(text: str) -> list[str]:
    """Return the words after `netrelay` of the command in a text, without the home."""
    typed = re.search(r"`netrelay ([^`]*)`", text)
    assert typed is not None, text
    return re.sub(r" ?--home [^ `]*", "", typed[1]).split()


def test_a_peer_without_a_right_is_named_and_let_in(homes: Homes) -> None:
    shelf, boat = homes.node("shelf"), homes.node("boat")
    shelf.enrol(boat)
    boat.enrol(shelf)
    for node in (shelf, boat):
        node.start()
    assert refused(boat) == []
    dropped = shelf.drop("boat", "photo.jpg", b"x" * 100)
    ((text, helps),) = wait_for("a refusal", lambda: refused(boat))
    assert text.startswith("shelf: ")
    assert text.endswith("shelf may not deliver here")
    assert "shelf may not deliver here" in boat.line.good("status")
    assert "shelf may not deliver here" in boat.line.good("why", "shelf")
    assert command_in(helps) == ["peer", "allow", "shelf", "deliver"]
    boat.line.good(*command_in(helps))
    boat.wait_for_delivery("shelf", dropped)
    assert refused(boat) == []


def test_a_node_further_on_is_named_at_the_source_and_at_that_node(homes: Homes) -> None:
    row = row_of(homes, "alba", "brno", "cork", "dora")
    alba, dora = row.source, row.destination
    dora.line.good("peer", "deny", "cork", "carry", "alba")
    row.start()
    dropped = alba.drop("dora", "photo.jpg", b"x" * 100)

    alba.wait_for_rows("SELECT 1 FROM jobs WHERE name = 'photo.jpg'")

    def said() -> str:
        words = alba.line.good("why", "photo.jpg")
        return words if "dora does not permit it" in words else ""

    words = wait_for("the word of a relay", said)
    print(f"\n$ netrelay why photo.jpg\n{words}")
    assert "On the way, cork could not carry it on" in words
    assert "netrelay peer allow cork carry alba" in words
    ((text, helps),) = refused(dora)
    assert text.startswith("cork: ")
    assert text.endswith("cork may not bring messages of alba")
    dora.line.good(*command_in(helps))
    dora.wait_for_delivery("alba", dropped)
    alba.wait_for_rows("SELECT 1 FROM messages WHERE type = 6 AND state = 'F'")
    assert refused(dora) == []


def test_a_file_that_can_never_fit_is_said_to(homes: Homes) -> None:
    pair = homes.pair()
    shelf, boat = pair.shelf, pair.boat
    boat.line.good("peer", "quota", "shelf", "512K")
    pair.start()
    dropped = shelf.drop("boat", "film.mkv", os.urandom(900 * KIB))
    never = "it can never fit: 904 KiB against the 512 KiB that shelf may keep here"
    shelf.wait_for_rows("SELECT 1 FROM jobs WHERE name = 'film.mkv'")
    wait_for("boat's word", lambda: f"boat says: {never}" in shelf.line.good("why", "film.mkv"))
    print(f"\n$ netrelay why film.mkv\n{shelf.line.good('why', 'film.mkv')}")
    assert f"boat says: {never}" in shelf.line.good("status")
    ((text, helps),) = refused(boat)
    assert text.endswith(f"QUOTA: {never}")
    assert command_in(helps) == ["peer", "quota", "shelf", "SIZE"]
    boat.line.good("peer", "quota", "shelf", "2M")
    boat.wait_for_delivery("shelf", dropped)
    assert refused(boat) == []
