"""Nodes with certificates, and a pair of open connections between two of them."""

from collections.abc import Iterator

import pytest

from netrelay.link.connection import Connection
from tests.link.certificates import TlsNode
from tests.link.pair import dialler_over, listener_over, shake_hands, sockets


@pytest.fixture(scope="session")
def anna(tmp_path_factory: pytest.TempPathFactory) -> TlsNode:
    return TlsNode.make(tmp_path_factory.mktemp("anna"), "anna")


@pytest.fixture(scope="session")
def bert(tmp_path_factory: pytest.TempPathFactory) -> TlsNode:
    return TlsNode.make(tmp_path_factory.mktemp("bert"), "bert")


@pytest.fixture(scope="session")
def carl(tmp_path_factory: pytest.TempPathFactory) -> TlsNode:
    return TlsNode.make(tmp_path_factory.mktemp("carl"), "carl")


@pytest.fixture
def ends(anna: TlsNode, bert: TlsNode) -> Iterator[tuple[Connection, Connection]]:
    """Yield the dialler (anna) and the listener (bert), both OPEN."""
    one, two = sockets()
    dialler = dialler_over(one, anna, [bert], "bert")
    listener = listener_over(two, bert, [anna])
    assert shake_hands(dialler, listener) == ("open", "open")
    yield dialler, listener
    dialler.close()
    listener.close()
