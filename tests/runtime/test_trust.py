"""Trust follows the peers of the database when the bell rings."""

import hashlib
import ssl
from collections.abc import Iterator

import pytest

from netrelay.link.connection import OWN_IDENTITY
from netrelay.link.contexts import client_context, server_context
from netrelay.ring.process_bell import ring
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.runtime.own_node import node_of_certificate
from netrelay.runtime.peer_book import PeerBook
from netrelay.runtime.trust import ContextMaker, Trust
from netrelay.seal.seal_errors import IdentityError
from netrelay.store.database import Database
from tests.link.certificates import TlsNode


@pytest.fixture(scope="module")
def boat(tmp_path_factory: pytest.TempPathFactory) -> TlsNode:
    return TlsNode.make(tmp_path_factory.mktemp("boat"), "boat")


@pytest.fixture(scope="module")
def cabin(tmp_path_factory: pytest.TempPathFactory) -> TlsNode:
    return TlsNode.make(tmp_path_factory.mktemp("cabin"), "cabin")


@pytest.fixture
def node(home: Home) -> Iterator[Node]:
    home.keys.mkdir()
    own = TlsNode.make(home.keys, "identity")
    assert own.key_path == home.keys / "identity.key"
    node = open_node("sender", home)
    with node.database.transaction():
        node.database.execute(
            "UPDATE selfinfo SET node = ?", (node_of_certificate(own.certificate_path),)
        )
    yield node
    node.database.close()
    node.bell.close()
    node.poller.close()


@pytest.fixture
def person(node: Node) -> Iterator[Database]:
    """Yield the database of the command line, which changes peers while the process runs."""
    database = open_database(node.home, "person")
    yield database
    database.close()


def add(database: Database, peer: TlsNode) -> None:
    with database.transaction():
        database.execute(
            "INSERT INTO peers (node, name, pin, addresses) VALUES (?, ?, ?, '[\"127.0.0.9\"]')",
            (peer.name * 8, peer.name, peer.pin),
        )
        database.execute(
            "INSERT INTO peer_keys VALUES (?, ?, x'00')", (peer.name * 8, peer.certificate_der)
        )


def remove(database: Database, peer: TlsNode) -> None:
    with database.transaction():
        database.execute("DELETE FROM peers WHERE name = ?", (peer.name,))


def wait_for_bell(node: Node) -> None:
    """Do what the loop does before a step."""
    node.poller.wait(0)
    if node.poller.is_ready(node.bell.fileno()):
        node.bell.drain()


def trusted(context: ssl.SSLContext) -> int:
    return context.cert_store_stats()["x509"]


@pytest.mark.parametrize("maker", [client_context, server_context])
def test_an_added_peer_is_trusted_once_the_bell_rang(
    node: Node, person: Database, boat: TlsNode, cabin: TlsNode, maker: ContextMaker
) -> None:
    add(person, boat)
    trust = Trust(node, maker)
    assert trust.node_of(boat.pin) == "boat" * 8
    assert trust.node_of(cabin.pin) is None
    for _ in range(2):  # the second finds nothing
        wait_for_bell(node)
    add(person, cabin)
    trust.refresh()
    assert trust.node_of(cabin.pin) is None
    wait_for_bell(node)
    trust.refresh()
    assert trust.node_of(cabin.pin) == "cabin" * 8
    assert trusted(trust.context) == 3, "this node's own, so that it is recognized"


def test_nobody_connects_with_the_certificate_of_a_group(
    node: Node, person: Database, boat: TlsNode, cabin: TlsNode
) -> None:
    """A connection that presents the certificate of a group is refused."""
    add(person, boat)
    with person.transaction():
        person.execute("UPDATE peers SET is_group = 1")
    trust = Trust(node, server_context)
    assert trust.node_of(boat.pin) is None
    assert trusted(trust.context) == 1
    assert "boat" * 8 in trust.peers, "its receipts are verified"
    add(person, cabin)
    with person.transaction():
        person.execute("UPDATE peers SET is_group = 1 WHERE name = 'cabin'")
    wait_for_bell(node)
    trust.refresh()
    assert trust.node_of(cabin.pin) is None
    assert trusted(trust.context) == 1


def test_its_own_certificate_is_no_peer(node: Node) -> None:
    own = ssl.PEM_cert_to_DER_cert((node.home.keys / "identity.crt").read_text())
    assert Trust(node, client_context).node_of(hashlib.sha256(own).digest()) == OWN_IDENTITY


def test_a_removed_peer_is_unknown_and_may_be_added_again(
    node: Node, person: Database, boat: TlsNode
) -> None:
    add(person, boat)
    trust = Trust(node, client_context)
    for change, known in ((remove, None), (add, "boat" * 8), (remove, None)):
        change(person, boat)
        wait_for_bell(node)
        trust.refresh()
        assert trust.node_of(boat.pin) == known


def test_the_book_tells_when_something_is_new_and_what_people_say(
    node: Node, person: Database, boat: TlsNode
) -> None:
    book = PeerBook(node)
    assert book.name_of("boat" * 8) == "boat" * 8
    add(person, boat)
    wait_for_bell(node)
    assert book.refresh()
    assert book.name_of("boat" * 8) == "boat"
    assert book.peers["boat" * 8].addresses == ("127.0.0.9",)
    # A bell that rang for something else.
    wait_for_bell(node)
    ring(node.home.runtime, "sender")
    wait_for_bell(node)
    assert not book.refresh()


def test_a_home_without_keys_is_named(home: Home) -> None:
    node = open_node("sender", home)
    with pytest.raises(IdentityError, match=r"identity\.crt cannot be read: No such file"):
        Trust(node, client_context)
    node.database.close()
    node.bell.close()
    node.poller.close()
