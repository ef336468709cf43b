"""What the processes of serial lines hand over, and what is not taken from them."""

from pathlib import Path
from socket import socket
from types import SimpleNamespace
from typing import Any

import pytest

from netrelay.ring.handed_ends import EndKind, hand_end
from netrelay.runtime.arrived_by_line import ArrivedByLine
from netrelay.runtime.poller import Poller

LINE = "serial:/dev/ttyUSB0,9600"


def arrivals(folder: Path) -> ArrivedByLine:
    node: Any = SimpleNamespace(
        home=SimpleNamespace(lines=folder), process="receiver", poller=Poller()
    )
    return ArrivedByLine(node)


def ended(wire: socket) -> bool:
    try:
        return wire.recv(1) == b""
    except BlockingIOError:
        return False


def test_a_connection_comes_with_its_line(short_path: Path) -> None:
    found = arrivals(short_path)
    near = hand_end(short_path, "receiver", EndKind.LINE, "-", LINE)
    assert near is not None
    ((wire, line),) = found.receive(lambda: True)
    with near, wire:
        assert line == LINE
        assert not wire.getblocking()
        near.send(b"hello")
        assert wire.recv(8) == b"hello"


@pytest.mark.parametrize(
    ("kind", "said", "may_accept"),
    [
        # What comes by a line is a stranger's: it carries no frames of a peer without TLS.
        (EndKind.ACCEPT, LINE, True),
        (EndKind.CARRY, LINE, True),
        (EndKind.LINE, "192.0.2.1", True),
        (EndKind.LINE, "serial:/dev/../etc/passwd,9600", True),
        (EndKind.LINE, LINE, False),
    ],
)
def test_anything_else_is_closed(
    short_path: Path, kind: EndKind, said: str, may_accept: bool
) -> None:
    found = arrivals(short_path)
    near = hand_end(short_path, "receiver", kind, "0" * 40, said)
    assert near is not None
    assert list(found.receive(lambda: may_accept)) == []
    assert ended(near)
    near.close()


def test_a_line_that_came_up_is_told_once_in_ten_seconds(short_path: Path) -> None:
    found = arrivals(short_path)
    for now_s, told in ((0.0, [LINE]), (9.9, []), (10.0, [LINE])):
        near = hand_end(short_path, "receiver", EndKind.LINE_UP, "-", LINE)
        assert near is not None
        assert list(found.receive(lambda: True)) == []
        assert ended(near)
        near.close()
        assert found.take_up(now_s) == told
    assert found.take_up(30.0) == []
