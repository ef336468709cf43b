"""Neither content nor name of a file is visible on the wire or stored where it must not be.

The content is random, so a match of 16 bytes proves that the file was found.
"""

import os
import random
import socket
import string
from collections.abc import Iterator

import pytest

from tests.story.nodes import KIB, Homes, RunningNode, free_address
from tests.story.wire import listening

RUN_BYTES = 16
pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="a packet socket needs root (packet(7))")


class Secret:
    """A random file with a random name, and searches for both."""

    def __init__(self, size_bytes: int) -> None:
        letters = string.ascii_letters + string.digits
        self.name = "".join(random.SystemRandom().choices(letters, k=24))
        self.content = os.urandom(size_bytes)
        # Every run of 31 bytes contains one of these.
        self._runs = {
            self.content[at : at + RUN_BYTES]
            for at in range(0, size_bytes - RUN_BYTES + 1, RUN_BYTES)
        }

    def is_named_in(self, data: bytes) -> bool:
        return self.name.encode() in data

    def is_shown_in(self, data: bytes) -> bool:
        runs = self._runs
        return any(data[at : at + RUN_BYTES] in runs for at in range(len(data) - RUN_BYTES + 1))


def files_of(node: RunningNode) -> Iterator[tuple[str, bytes]]:
    """Return every file of a home and of its runtime directory, by path."""
    for folder in (node.home.path, node.line.runtime):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not path.is_symlink():
                yield str(path.relative_to(folder)), path.read_bytes()


def places(node: RunningNode, secret: Secret) -> tuple[set[str], set[str]]:
    """Return the files with some of the content, and those with the name in content or path."""
    shown, named = set(), set()
    for path, data in files_of(node):
        if secret.is_shown_in(data):
            shown.add(path)
        if secret.is_named_in(data) or secret.name in path:
            named.add(path)
    return shown, named


@pytest.mark.parametrize("size_bytes", [20 * KIB, 400 * KIB], ids=["one single", "seven chunks"])
def test_a_file_is_visible_at_source_and_destination_only(homes: Homes, size_bytes: int) -> None:
    shelf, boat = pair = homes.pair(64 * KIB, 64 * KIB)
    secret = Secret(size_bytes)
    pair.start()
    with listening([shelf.address, boat.address]) as wire:
        dropped = shelf.drop("boat", secret.name, secret.content)
        boat.wait_for_delivery("shelf", dropped)
        pair.wait_until_settled()

    # The capture is complete (twice: the loopback sends and receives each packet).
    kinds = {kind for (kind,) in shelf.rows("SELECT type FROM messages WHERE parent > 0")}
    assert kinds == ({1} if size_bytes < 64 * KIB else {2, 3})
    assert sum(map(len, wire.packets)) > 2 * size_bytes
    assert not any(secret.is_named_in(packet) for packet in wire.packets)
    assert not any(secret.is_shown_in(packet) for packet in wire.packets)

    # Source: the copy in sent/, which validates the search.
    sent = f"sent/boat/{secret.name}"
    shown, named = places(shelf, secret)
    assert shown == {sent}
    assert sent in named
    assert any(path.startswith("netrelay.db") for path in named)
    # Destination: the inbox. Its rows have the name in the inbox.
    shown, named = places(boat, secret)
    assert shown == {f"inbox/shelf/{secret.name}"}
    assert {path for path in named if not path.startswith(("inbox/", "netrelay.db"))} == set()
    # Its received messages do not even contain the name.
    carried = boat.rows(
        "SELECT envelope FROM messages UNION ALL SELECT body FROM bodies"
        " UNION ALL SELECT body FROM keys UNION ALL SELECT info FROM messages"
    )
    assert not any(secret.is_named_in(str(each).encode()) for each in carried)


def test_the_capture_finds_a_file_without_encryption() -> None:
    """Validation of the search: it finds a file that is sent in plaintext."""
    secret = Secret(20 * KIB)
    source, destination = free_address(), free_address()
    with listening([source, destination]) as wire, socket.create_server((destination, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((destination, port), 10.0, (source, 0)) as sender:
            receiver, _ = server.accept()
            with receiver, receiver.makefile("rb") as stream:
                sender.sendall(secret.name.encode() + secret.content)
                sender.shutdown(socket.SHUT_WR)
                assert stream.read().endswith(secret.content)
    assert any(secret.is_named_in(packet) for packet in wire.packets)
    assert any(secret.is_shown_in(packet) for packet in wire.packets)
