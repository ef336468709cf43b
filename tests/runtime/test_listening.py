"""Ports that cannot be bound: errors for a person to correct, and temporary ones."""

import errno
import os
import socket
from pathlib import Path

import pytest

from netrelay.link.listen import listen
from netrelay.runtime import listening
from netrelay.runtime.listening import listen_or_raise, remote_address
from netrelay.runtime.start_errors import CannotStartError, NotYetError


def comm() -> str:
    return Path("/proc/self/comm").read_text().strip()


def test_a_free_port_is_bound() -> None:
    with listen_or_raise("127.0.0.1", 0, "commsport") as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_port_in_use_has_to_be_freed_by_a_person() -> None:
    with listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStartError) as caught:
            listen_or_raise("127.0.0.1", port, "dataports")
    assert not isinstance(caught.value, NotYetError)
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1 port {port}: Address already in use;"
        f" {comm()} (pid {os.getpid()}) holds it: end that, or set another port as dataports in"
        " netrelay.toml"
    )


def test_an_unassigned_address_is_a_temporary_error() -> None:
    # 192.0.2.0/24 is reserved for documentation (RFC 5737).
    with pytest.raises(NotYetError) as caught:
        listen_or_raise("192.0.2.7", 7411, "commsport")
    assert "192.0.2.7 port 7411" in str(caught.value)
    assert "no interface has this address now" in str(caught.value)


def test_a_privileged_port_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: str, port: int) -> socket.socket:
        text = f"cannot listen on {address} port {port}: {os.strerror(errno.EACCES)}"
        raise OSError(errno.EACCES, text)

    monkeypatch.setattr(listening, "listen", refuse)
    with pytest.raises(CannotStartError, match="users: set another port as commsport"):
        listen_or_raise("127.0.0.1", 80, "commsport")


def test_remote_address_has_a_text_for_a_closed_connection() -> None:
    with listen("127.0.0.1", 0) as listener:
        caller = socket.create_connection(listener.getsockname(), timeout=10)
        listener.setblocking(True)
        connection, _ = listener.accept()
        with connection:
            assert remote_address(connection) == "127.0.0.1"
        assert remote_address(connection) == "an address that is gone"
        caller.close()
