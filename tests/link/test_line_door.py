"""Dialling by a serial line, and the deadlines of what goes by it."""

import socket
from pathlib import Path

import pytest

from netrelay.core.pace import HELLO_DEADLINE_S
from netrelay.core.serial.line_streams import LinePort
from netrelay.link.hello_exchange import HelloSender
from netrelay.link.line_door import LineDoor, dial_line, door_name
from netrelay.link.link_closed import LinkClosed
from netrelay.link.local_connection import LocalConnection
from netrelay.ring.socket_path import NamedSocket

WAY = "serial:/dev/ttyUSB0,9600"


def listening(folder: Path, port: LinePort) -> NamedSocket:
    door = NamedSocket(folder, door_name(WAY, port), socket.SOCK_STREAM)
    door.socket.listen(1)
    return door


@pytest.mark.parametrize("port", LinePort)
def test_each_port_has_a_door_of_its_own(short_path: Path, port: LinePort) -> None:
    doors = {each: listening(short_path, each) for each in LinePort}
    with dial_line(LineDoor(short_path, port), WAY) as near:
        near.send(b"x")
        far, _ = doors[port].socket.accept()
        with far:
            assert far.recv(1) == b"x"
    for door in doors.values():
        door.close()


def test_other_settings_are_another_line(short_path: Path) -> None:
    door = listening(short_path, LinePort.DATA)
    with pytest.raises(LinkClosed, match="serial:/dev/ttyUSB0,19200: the line is not up"):
        dial_line(LineDoor(short_path, LinePort.DATA), "serial:/dev/ttyUSB0,19200")
    door.close()


def test_deadlines_follow_the_connection() -> None:
    near, far = socket.socketpair()
    with near, far:
        for slowness in (1.0, 3.0):
            connection = LocalConnection(near, "peer", slowness)
            HelloSender(connection, bytes(512), 100.0)  # type: ignore[arg-type]
            assert connection.deadline_s == 100 + HELLO_DEADLINE_S * slowness
