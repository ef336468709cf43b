"""A peer without rights that says hello without end: the consensus of others goes on."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netrelay.core.hello import HelloAnswer, decode_hello, decode_hello_answer, encode_hello
from netrelay.core.pace import HELLO_BURST
from netrelay.seal import identity as identities
from netrelay.seal.card import encode_card
from netrelay.seal.identity import Identity
from tests.story.nodes import Homes, RunningNode
from tests.story.test_trust import HELLO, PORTS, Caller

HELLOS = 400


def enrol(node: RunningNode, folder: Path) -> Identity:
    """Add a peer without a right."""
    identity = identities.create(folder / "flood")
    card = folder / "flood.card"
    card.write_text(encode_card(identity, "flood", (), PORTS["commsport"]))
    node.line.good("peer", "add", str(card))
    return identity


@contextmanager
def silence(address: str) -> Iterator[None]:
    """Accept connections at the commsport of an address, and say nothing."""
    with socket.create_server((address, PORTS["commsport"]), backlog=1024):
        yield


def test_rising_numbers_starve_no_other_peer(homes: Homes) -> None:
    shelf, boat = pair = homes.pair()
    flood = enrol(shelf, homes.folder)
    pair.start()
    caller = Caller(shelf)
    with silence(caller.source):
        asked = decode_hello(HELLO)._replace(addresses=(caller.source,))
        answers = []
        for number in range(1, HELLOS + 1):
            record = encode_hello(asked._replace(agreement=2 * number))
            answer = caller.call(PORTS["commsport"], flood.certificate_path, flood.key_path, record)
            answers.append(decode_hello_answer(answer))
        dropped = shelf.drop("boat", "file.bin", b"content")
        boat.wait_for_delivery("shelf", dropped)
        waiting = shelf.rows(
            "SELECT count(*) FROM messages WHERE state = 'S-5' AND destination = ?", flood.node_id
        )
    assert waiting == [(1,)]
    stored = shelf.number("SELECT count(*) FROM messages WHERE source = ?", flood.node_id)
    assert stored == answers.count(HelloAnswer.OK) >= HELLO_BURST
    assert set(answers) == {HelloAnswer.OK, HelloAnswer.BUSY}
