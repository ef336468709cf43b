"""`netrelay why` on nodes that run: what it tells to type, helps."""

import re

from tests.story.nodes import Homes, RunningNode, wait_for

CAUSE = "SELECT cause FROM causes WHERE job = (SELECT max(job) FROM jobs WHERE kind = 'file')"


def test_what_it_tells_to_type_helps(homes: Homes) -> None:
    shelf, boat = homes.node("shelf"), homes.node("boat")
    shelf.enrol(boat)
    boat.enrol(shelf)
    for node in (shelf, boat):
        node.start()
    dropped = shelf.drop("boat", "photo.jpg", b"x" * 100)
    wait_for_cause(shelf, "right-missing")
    words = shelf.line.good("why", "photo.jpg")
    typed = re.search(r"there, type: netrelay ([a-z ]+)\.", words)
    assert typed is not None, words
    assert typed[1] == "peer allow shelf deliver"
    boat.line.good(*typed[1].split())
    boat.wait_for_delivery("shelf", dropped)
    wait_for_cause(shelf, "delivered")
    assert "signed word" in shelf.line.good("why", "photo.jpg")

    boat.stop()
    second = shelf.drop("boat", "late.txt", b"y")
    wait_for_cause(shelf, "no-connection")
    shelf.due_now()
    wait_for(
        "a second failure",
        lambda: "there, `netrelay up` starts it" in shelf.line.good("why", "late.txt"),
    )
    boat.start()
    shelf.due_now()
    boat.wait_for_delivery("shelf", second)


def wait_for_cause(node: RunningNode, cause: str) -> None:
    wait_for(cause, lambda: node.value(CAUSE) == cause)
