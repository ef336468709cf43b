"""How long a connection may take that is never silent."""

import socket
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from waitress.adjustments import Adjustments

from netrelay.cli.serving import bounded_channel


class Connection:
    """A connection that may take 60 s, by a clock that the test moves."""

    def __init__(self, ours: socket.socket) -> None:
        self.now_s = 1000.0
        self._ours = ours
        self.made: Any = None

    def open(self) -> None:
        server = SimpleNamespace(active_channels={})
        named = ("192.0.2.7", 7480)
        made = bounded_channel.channels({"192.0.2.7": 60.0}.__getitem__)
        self.made = made(server, self._ours, named, Adjustments(), map={})

    def is_closed_after(self, seconds: float) -> bool:
        self.now_s += seconds
        self.made.received(b"A: b\r\n")
        self.made.readable()
        return bool(self.made.will_close)


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> Iterator[Connection]:
    ours, theirs = socket.socketpair()
    found = Connection(ours)
    monkeypatch.setattr(bounded_channel, "time", SimpleNamespace(monotonic=lambda: found.now_s))
    with theirs:
        found.open()
        found.made.received(b"GET / HTTP/1.1\r\n")
        yield found
        found.made.handle_close()


def test_a_request_that_never_ends_is_closed(connection: Connection) -> None:
    assert [connection.is_closed_after(20.0) for _ in range(4)] == [False, False, False, True]


def test_the_time_that_an_answer_takes_does_not_count(connection: Connection) -> None:
    connection.made.requests = ["is answered"]
    assert [connection.is_closed_after(3600.0) for _ in range(2)] == [False, False]
    connection.made.requests = []
    assert [connection.is_closed_after(59.0), connection.is_closed_after(2.0)] == [False, True]
