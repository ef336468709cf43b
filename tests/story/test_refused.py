"""What a node refuses is named there, and the command that `netrelay check` prints helps."""

import json
import re

from tests.story.nodes import Homes, RunningNode, wait_for


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
