"""Dialling: literal addresses only, from the given source address, no blocking."""

import select

import pytest

from netrelay.link.dial import dial
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.listen import accept, listen
from tests.link.pair import PATIENCE_S


def test_the_source_address_is_the_one_asked_for() -> None:
    with (
        listen("127.0.0.1", 0) as listener,
        dial("127.0.0.1", listener.getsockname()[1], "127.0.0.5") as dialled,
    ):
        select.select([listener], [], [], PATIENCE_S)
        accepted = accept(listener)
        assert accepted is not None
        with accepted:
            assert accepted.getpeername()[0] == "127.0.0.5"
            assert accepted.getpeername() == dialled.getsockname()


@pytest.mark.parametrize(
    ("address", "source_address", "why"),
    [
        ("127.0.0.1", "192.0.2.1", "127.0.0.1 port 7411: Cannot assign"),
        ("127.0.0.1", "::1", "the other IP version"),
        ("::1", "127.0.0.1", "the other IP version"),
        ("255.255.255.255", "", "255.255.255.255 port 7411: "),
    ],
)
def test_an_impossible_connection_is_raised_at_once(
    address: str, source_address: str, why: str
) -> None:
    with pytest.raises(LinkClosed, match=why) as closed:
        dial(address, 7411, source_address)
    assert closed.value.cause is CloseCause.UNREACHABLE


@pytest.mark.parametrize("name", ["localhost", "kitchen.local", "", "7411"])
def test_names_are_not_resolved(name: str) -> None:
    with pytest.raises(ValueError, match="not a literal"):
        dial(name, 7411)
    if name:
        with pytest.raises(ValueError, match="not a literal"):
            dial("127.0.0.1", 7411, name)


@pytest.mark.parametrize("port", [-1, 0, 65536])
def test_an_invalid_port_is_named(port: int) -> None:
    with pytest.raises(ValueError, match=f"port {port} "):
        dial("127.0.0.1", port)
