"""The door of the serial lines of this machine: local sockets of the processes that own devices.

A line has two, one for each port at its other end, while it is up. TLS goes through them as through
TCP, so that the process of a line needs no key, and learns no more than a listener in between.
"""

import errno
import os
import socket
from pathlib import Path
from typing import Final, NamedTuple

from blake3 import blake3

from netrelay.core.serial.line_streams import LinePort
from netrelay.link.link_closed import CloseCause, LinkClosed

# More would be lost with the connection, and an urgent message could not overtake it.
UNSENT_LINE_BYTES: Final = 8 * 1024


class LineDoor(NamedTuple):
    """The folder of the sockets, and the port that is wanted at the other ends of the lines."""

    directory: Path
    port: LinePort


def line_name(way: str) -> str:
    """Return the name of the files of a line, by the text of its settings."""
    return blake3(way.encode()).hexdigest(6)


def door_name(way: str, port: LinePort) -> str:
    """Return the name of the socket of a line for a port at its other end."""
    return f"{line_name(way)}.{port.name.lower()}"


def dial_line(door: LineDoor, way: str) -> socket.socket:
    """Return a connected non-blocking socket whose bytes go by a line; LinkClosed if it is down."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.setblocking(False)
    limit_unsent(connection)
    path = door.directory / door_name(way, door.port)
    failure = connection.connect_ex(os.fspath(path))
    if failure:
        connection.close()
        raise LinkClosed(f"{way}: {_words(failure)}", CloseCause.UNREACHABLE)
    return connection


def limit_unsent(connection: socket.socket) -> None:
    """Have the kernel hold few bytes that wait for the line (unix(7))."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, UNSENT_LINE_BYTES)


def _words(failure: int) -> str:
    if failure in (errno.ENOENT, errno.ECONNREFUSED):
        return "the line is not up"
    if failure == errno.EAGAIN:
        return "the line has as many connections as it can have"
    return os.strerror(failure)
