"""A port that cannot be ours says who has to do what, or that it may be ours later."""

import errno
import os
import socket

import pytest

from netrelay.link.listen import listen
from netrelay.runtime import listening
from netrelay.runtime.listening import address_of, listen_or_stop
from netrelay.runtime.loop import CannotStartError, NotYetError


def test_a_free_port_is_taken() -> None:
    with listen_or_stop("127.0.0.1", 0) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_a_taken_port_is_for_a_person_to_free() -> None:
    with listen("127.0.0.1", 0) as other:
        port = other.getsockname()[1]
        with pytest.raises(CannotStartError) as caught:
            listen_or_stop("127.0.0.1", port)
    assert not isinstance(caught.value, NotYetError)
    assert str(caught.value) == (
        f"cannot listen on 127.0.0.1 port {port}: Address already in use;"
        " another program, or another netrelay, has it"
    )


def test_an_address_that_no_interface_has_yet_may_come() -> None:
    # 192.0.2.0/24 is for documentation (RFC 5737): nobody has it.
    with pytest.raises(NotYetError) as caught:
        listen_or_stop("192.0.2.7", 7411)
    assert "192.0.2.7 port 7411" in str(caught.value)
    assert "no interface has this address now" in str(caught.value)


def test_a_port_for_root_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(address: str, port: int) -> socket.socket:
        text = f"cannot listen on {address} port {port}: {os.strerror(errno.EACCES)}"
        raise OSError(errno.EACCES, text)

    monkeypatch.setattr(listening, "listen", refuse)
    with pytest.raises(CannotStartError, match="ports below 1024 are not for ordinary users"):
        listen_or_stop("127.0.0.1", 80)


def test_who_knocks_has_an_address_until_it_is_gone() -> None:
    with listen("127.0.0.1", 0) as listener:
        caller = socket.create_connection(listener.getsockname(), timeout=10)
        listener.setblocking(True)
        connection, _ = listener.accept()
        with connection:
            assert address_of(connection) == "127.0.0.1"
        assert address_of(connection) == "an address that is gone"
        caller.close()
