"""Connections that receiver accepted and sender answers: descriptors over a datagram socket.

A call that is not taken is closed, and its caller calls again: nothing is lost.
"""

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from .socket_path import NamedSocket, socket_path

_NAME: Final = "sender.calls"
_NO_LINE: Final = b"\0"
_LONGEST_BYTES: Final = 256


class HandedCall(NamedTuple):
    """A connection, and the text of the serial line by which it came; "": a network."""

    wire: socket.socket
    line: str


class HandedCalls:
    """The receiving end, for sender; bound in `directory`."""

    def __init__(self, directory: Path) -> None:
        self._named = NamedSocket(directory, _NAME, socket.SOCK_DGRAM)

    def fileno(self) -> int:
        """Return the descriptor to poll for reading."""
        return self._named.socket.fileno()

    def receive(self, limit: int) -> Iterator[HandedCall]:
        """Yield the connections that were handed over, at most `limit`; the caller owns them."""
        for _ in range(limit):
            try:
                said, descriptors, _, _ = socket.recv_fds(self._named.socket, _LONGEST_BYTES, 1)
            except BlockingIOError:
                return
            for descriptor in descriptors:
                # recv_fds ignores its flags, MSG_CMSG_CLOEXEC too.
                os.set_inheritable(descriptor, False)
                connection = socket.socket(fileno=descriptor)
                connection.setblocking(False)
                yield HandedCall(connection, said.strip(_NO_LINE).decode(errors="replace"))

    def close(self) -> None:
        """Close the socket and remove its name; idempotent."""
        self._named.close()


def hand_call(directory: Path, connection: socket.socket, line: str = "") -> bool:
    """Hand a connection to sender; return False when it does not listen or has too many waiting.

    line: the text of the serial line by which it came.
    Never blocks. The caller still has to close its own descriptor.
    """
    path = socket_path(directory, _NAME)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.setblocking(False)
        try:
            sending.connect(path)
            socket.send_fds(sending, [line.encode() or _NO_LINE], [connection.fileno()])
        except OSError:  # absent, its queue is full, or too many descriptors are in flight
            return False
    return True
