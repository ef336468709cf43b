"""Of a fleet, one peer that changes is read, and its certificate parsed, alone."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from netrelay.link.contexts import add_trust_anchor, client_context
from netrelay.runtime import peer_book, trust
from netrelay.runtime.home import Home
from netrelay.runtime.node import Node, open_database, open_node
from netrelay.runtime.own_node import node_of_certificate
from netrelay.runtime.peer_book import PeerBook
from netrelay.runtime.trust import Trust
from netrelay.store.changed_peers import ChangedPeers
from netrelay.store.database import Database
from netrelay.store.peers import read_peers
from tests.link.certificates import TlsNode

PEERS = 60


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> list[TlsNode]:
    folder = tmp_path_factory.mktemp("fleet")
    return [TlsNode.make(folder, f"boat-{number}") for number in range(PEERS + 1)]


@pytest.fixture
def node(home: Home) -> Iterator[Node]:
    home.keys.mkdir()
    own = TlsNode.make(home.keys, "identity")
    node = open_node("sender", home)
    with node.database.transaction():
        own_id = node_of_certificate(own.certificate_path)
        node.database.execute("UPDATE selfinfo SET node = ?", (own_id,))
    yield node
    node.database.close()
    node.bell.close()
    node.poller.close()


@pytest.fixture
def person(node: Node, fleet: list[TlsNode]) -> Iterator[Database]:
    """Yield a connection beside that of the process; all but the last of the fleet are peers."""
    database = open_database(node.home, "person")
    for peer in fleet[:PEERS]:
        add(database, peer)
    yield database
    database.close()


def add(database: Database, peer: TlsNode) -> None:
    with database.transaction():
        database.execute(
            "INSERT INTO peers (node, name, pin) VALUES (?, ?, ?)",
            (peer.name, peer.name, peer.pin),
        )
        database.execute(
            "INSERT INTO peer_keys VALUES (?, ?, x'00')", (peer.name, peer.certificate_der)
        )


def change(database: Database, sql: str, *values: str) -> None:
    with database.transaction():
        database.execute(sql, values)


def hear_bell(node: Node) -> None:
    """Do what the loop does before a step."""
    node.poller.wait(0)
    if node.poller.is_ready(node.bell.fileno()):
        node.bell.drain()


class Counts:
    """The rows that are read and the certificates that are parsed."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.rows = self.certificates = self.contexts = 0
        read, anchor = read_peers, add_trust_anchor

        def counted_read(database: Database, nodes: Iterable[str] | None = None) -> Any:
            found = read(database, nodes)
            self.rows += len(found)
            return found

        def counted_anchor(*arguments: Any) -> None:
            self.certificates += 1
            anchor(*arguments)

        def counted_context(*arguments: Any) -> Any:
            self.contexts += 1
            return client_context(*arguments)

        monkeypatch.setattr(peer_book, "read_peers", counted_read)
        monkeypatch.setattr(trust, "add_trust_anchor", counted_anchor)
        self.context_maker = counted_context

    def taken(self) -> tuple[int, int, int]:
        found = self.rows, self.certificates, self.contexts
        self.rows = self.certificates = self.contexts = 0
        return found


def test_one_more_peer_is_one_row_one_certificate_and_no_context(
    node: Node, person: Database, fleet: list[TlsNode], monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = Counts(monkeypatch)
    followed = Trust(node, counts.context_maker)
    assert counts.taken() == (PEERS, PEERS + 1, 1), "its own certificate, too"
    hear_bell(node)
    followed.refresh()
    counts.taken()
    add(person, fleet[PEERS])
    hear_bell(node)
    assert followed.refresh()
    assert counts.taken() == (1, 1, 0)
    assert followed.changed == {fleet[PEERS].name}
    assert followed.node_of(fleet[PEERS].pin) == fleet[PEERS].name
    assert followed.node_of(fleet[0].pin) == fleet[0].name
    change(person, "DELETE FROM peers WHERE node = ?", fleet[0].name)
    hear_bell(node)
    assert followed.refresh()
    assert counts.taken() == (0, 0, 0)
    assert followed.node_of(fleet[0].pin) is None
    assert len(followed.peers) == PEERS


def test_what_a_change_of_a_peer_leaves_as_it_was_is_no_change(
    node: Node, person: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = PeerBook(node)
    hear_bell(node)
    book.refresh()
    counts = Counts(monkeypatch)
    before = book.peers
    change(person, "INSERT INTO rights VALUES (?, 'deliver', '')", "boat-1")
    node.poller.wait(0)
    change(person, "UPDATE peers SET paused_s = 1 WHERE node = ?", "boat-1")
    hear_bell(node)
    assert book.refresh() == frozenset()
    assert counts.taken()[0] == 1
    assert book.peers is before


def test_a_budget_is_noted_for_its_peer_alone(node: Node, person: Database) -> None:
    book = PeerBook(node)
    hear_bell(node)
    book.refresh()
    change(
        person,
        "INSERT INTO budgets (peer, limit_bytes, period, from_unix_s, until_unix_s)"
        " VALUES (?, 5000000, 'day', 0, 86400)",
        "boat-3",
    )
    hear_bell(node)
    assert book.refresh() == {"boat-3"}
    assert book.metered == {"boat-3"}
    change(person, "DELETE FROM budgets")
    hear_bell(node)
    assert book.refresh() == {"boat-3"}
    assert book.metered == frozenset()


def test_after_very_many_changes_all_are_read(
    node: Node, person: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    book = PeerBook(node)
    hear_bell(node)
    book.refresh()
    counts = Counts(monkeypatch)
    with person.transaction():
        for _ in range(5000):
            person.execute("INSERT INTO changed_peers VALUES ('boat-1')")
        person.execute("UPDATE peers SET quota_bytes = 1 WHERE node = 'boat-2'")
        person.execute("SELECT wake('sender')")
    hear_bell(node)
    assert book.refresh() == {"boat-2"}
    assert counts.taken()[0] == PEERS
    assert person.value("SELECT count(*) FROM peer_changes") == 4096


def test_a_change_that_is_not_in_the_list_is_taken_for_all(person: Database) -> None:
    changes = ChangedPeers(person)
    assert changes.take() == frozenset()
    change(person, "INSERT INTO changed_peers VALUES ('boat-1')")
    change(person, "INSERT INTO changed_peers VALUES ('boat-2')")
    change(person, "DELETE FROM peer_changes WHERE node = 'boat-1'")
    assert changes.take() is None
    change(person, "INSERT INTO changed_peers VALUES ('boat-1')")
    assert changes.take() == frozenset({"boat-1"})
    # A database that was restored counts from another number.
    change(person, "UPDATE peer_revision SET number = 1")
    assert changes.take() is None
