"""Listening and accepting: literal addresses, named errors, no blocking."""

import errno
import select
import socket

import pytest

from netrelay.link.dial import dial
from netrelay.link.listen import accept, listen
from netrelay.link.literal_address import ip_version, remote_host
from netrelay.link.socket_options import TIMEOUT_S
from tests.link.pair import PATIENCE_S


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_accept_does_not_block_and_sets_the_options(address: str) -> None:
    with listen(address, 0) as listener:
        assert accept(listener) is None
        with dial(address, listener.getsockname()[1]) as dialled:
            select.select([listener], [], [], PATIENCE_S)
            accepted = accept(listener)
            assert accepted is not None
            with accepted:
                assert accepted.getpeername()[:2] == dialled.getsockname()[:2]
                for end in (accepted, dialled):
                    assert not end.getblocking()
                    assert end.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
                    assert end.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
                    user_timeout_ms = end.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
                    assert user_timeout_ms == TIMEOUT_S * 1000
        assert accept(listener) is None


def test_a_port_in_use_is_named() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(OSError, match=f"cannot listen on 127.0.0.1 port {port}: ") as error:
            listen("127.0.0.1", port)
        assert error.value.errno == errno.EADDRINUSE


def test_an_address_of_another_machine_is_named() -> None:
    with pytest.raises(OSError, match=r"cannot listen on 192\.0\.2\.1 port 7411: "):
        listen("192.0.2.1", 7411)


def test_a_port_can_be_bound_again_while_old_connections_are_in_time_wait() -> None:
    with listen("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        with dial("127.0.0.1", port) as dialled:
            select.select([listener], [], [], PATIENCE_S)
            accepted = accept(listener)
            assert accepted is not None
            accepted.close()  # the side that closes first enters TIME_WAIT
            select.select([dialled], [], [], PATIENCE_S)
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_a_listener_on_every_address_has_those_of_both_ip_versions(address: str) -> None:
    with listen("::", 0) as every, dial(address, every.getsockname()[1]):
        select.select([every], [], [], PATIENCE_S)
        accepted = accept(every)
        assert accepted is not None
        with accepted:
            assert remote_host(accepted) == address
            assert ip_version(accepted) == (6 if ":" in address else 4)


def test_every_address_is_every_ipv4_address_where_the_kernel_has_no_ipv6(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = socket.socket

    def without_ipv6(family: int, kind: int) -> socket.socket:
        if family == socket.AF_INET6:
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")
        return made(family, kind)

    monkeypatch.setattr("netrelay.link.listen.socket.socket", without_ipv6)
    with listen("::", 0) as every:
        assert every.getsockname()[0] == "0.0.0.0"
    with pytest.raises(OSError, match="not supported"):
        listen("::1", 0)


@pytest.mark.parametrize(
    "address", ["", "localhost", "7411", "10.1", "1.2.3.4.5", "::g", "a" * 300, "\0", "ä", "1::1%"]
)
def test_an_address_that_is_not_literal_is_named(address: str) -> None:
    with pytest.raises(ValueError, match="not a literal"):
        listen(address, 0)


@pytest.mark.parametrize("port", [-1, 65536])
def test_an_invalid_port_is_named(port: int) -> None:
    with pytest.raises(ValueError, match=f"port {port} must be"):
        listen("127.0.0.1", port)


def test_exhausted_descriptors_are_an_error_and_a_failed_connection_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def exhausted(_listener: socket.socket) -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    def aborted(_listener: socket.socket) -> None:
        raise ConnectionAbortedError(errno.ECONNABORTED, "Software caused connection abort")

    with listen("127.0.0.1", 0) as listener:
        monkeypatch.setattr(socket.socket, "accept", exhausted)
        with pytest.raises(OSError, match="Too many open files"):
            accept(listener)
        monkeypatch.setattr(socket.socket, "accept", aborted)
        assert accept(listener) is None
