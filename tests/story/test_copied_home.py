"""A copied home: two machines with one identity."""

import json
import shutil

from tests.story.nodes import Homes, RunningNode

BACKDATE = "UPDATE named_epochs SET first_s = first_s - 60"


def copied(homes: Homes, node: RunningNode) -> RunningNode:
    """Copy the home of a stopped node to a machine of its own, at another address."""
    path = homes.folder / f"{node.name}-copy"
    shutil.copytree(node.home.path, path, symlinks=True)
    copy = RunningNode(homes.folder, f"{node.name}-copy", home=path)
    # Its log says this name, too.
    copy.name = node.name
    copy.move()
    homes.nodes.append(copy)
    return copy


def wait_for_agreement(one: RunningNode, other: RunningNode) -> None:
    """Block until each of two running nodes has an agreement with this start of the other."""
    for listener, speaker in ((one, other), (other, one)):
        (epoch,) = speaker.rows("SELECT epoch FROM selfinfo")[0]
        listener.wait_for_rows("SELECT 1 FROM sysinfo WHERE epoch = ?", epoch)


def status(node: RunningNode) -> dict[str, list[dict[str, object]]]:
    found: dict[str, list[dict[str, object]]] = json.loads(node.line.good("status", "--json"))
    return found


def test_two_machines_with_one_identity_are_named_and_lose_nothing(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    pair.start()
    first = shelf.drop("boat", "first", b"first")
    boat.wait_for_delivery("shelf", first)
    pair.wait_until_settled()
    shelf.stop()
    copy = copied(homes, shelf)

    shelf.start()
    wait_for_agreement(boat, shelf)
    # A copy that was not heard twice yet is a node that started anew.
    copy.start()
    # Its agreement replaces the one of shelf: what comes from shelf now is refused.
    wait_for_agreement(boat, copy)
    assert boat.number("SELECT count(*) FROM named_epochs") == 3
    assert boat.rows("SELECT * FROM twins") == []
    assert status(boat)["identities_used_twice"] == []

    # A minute later shelf has something to send: its agreement is gone, and it says hello.
    boat.change(BACKDATE)
    second = shelf.drop("boat", "second", b"second")
    boat.wait_for_delivery("shelf", second)
    boat.wait_for_rows("SELECT 1 FROM logs WHERE event = 'identity-used-twice'")
    (twin,) = status(boat)["identities_used_twice"]
    assert twin["peer"] == "shelf"
    assert set(twin["addresses"]) == {shelf.address, copy.address}  # type: ignore[call-overload]
    said = "two machines use the identity of shelf since"
    assert said in boat.line.good("status")
    assert said.capitalize() in boat.line.good("why", "shelf")
    assert said in boat.line("check").out

    # Both are told, by the next hello or reply of boat, and what either is given arrives.
    third = copy.drop("boat", "third", b"third")
    boat.wait_for_delivery("shelf", third)
    for node in (shelf, copy):
        node.wait_for_rows("SELECT 1 FROM own_twins")
        told = "boat says that it hears the identity of this node from two machines since"
        assert told in node.line.good("status")
        assert told in node.line("check").out
    assert boat.number("SELECT count(*) FROM logs WHERE event = 'identity-used-twice'") == 1
    for node in (shelf, copy):
        node.wait_for_rows(
            "SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM messages WHERE type = 6 AND state <> 'F')"
        )
    assert boat.inbox_names("shelf") == ["first", "second", "third"]

    # What the person does about it.
    copy.stop()
    shelf.stop()
    shelf.start()
    boat.wait_for_rows("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM twins)")
    shelf.wait_for_rows("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM own_twins)")


def test_a_node_that_meets_its_own_identity_says_so(homes: Homes) -> None:
    shelf, _ = homes.pair()
    copy = copied(homes, shelf)
    copy.start()
    shelf.start()
    # The network gave the address of boat to the copy.
    shelf.line.good("peer", "address", "boat", copy.address)
    shelf.drop("boat", "name", b"content")
    met = "text LIKE '%the identity of this node is there%'"
    shelf.wait_for_rows(f"SELECT 1 FROM logs WHERE event = 'hello-failed' AND {met}")
    copy.wait_for_rows(f"SELECT 1 FROM logs WHERE event = 'hello-refused' AND {met}")
    assert "a second machine runs with a copy of this home" in shelf.line.good("why", "boat")
