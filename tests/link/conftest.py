"""Nodes that know each other, and a pair of open connections between them."""

from collections.abc import Iterator

import pytest

from netrelay.link.connection import Connection
from tests.link.certificates import Node
from tests.link.pair import dialler_over, listener_over, shake_hands, sockets


@pytest.fixture(scope="session")
def anna(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return Node.make(tmp_path_factory.mktemp("anna"), "anna")


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return Node.make(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="session")
def carl(tmp_path_factory: pytest.TempPathFactory) -> Node:
    return Node.make(tmp_path_factory.mktemp("carl"), "carl")


@pytest.fixture
def ends(anna: Node, bert: Node) -> Iterator[tuple[Connection, Connection]]:
    """Anna dialled, Bert listened, and both are open."""
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    listener = listener_over(two, bert, [anna])
    assert shake_hands(dialler, listener) == ("open", "open")
    yield dialler, listener
    dialler.close()
    listener.close()
