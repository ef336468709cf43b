"""Ends of local sockets that are handed to the network processes, for data connections.

The process that has the TLS connection carries the frames of another one. The process of a serial
line hands over what has come by its line, by sockets of another folder. `netrelay carry in` hands
receiver one on which it sends the frames of a medium. An end that nobody takes is closed, and
sender dials instead: nothing is lost.
"""

import os
import socket
from collections.abc import Iterator
from enum import IntEnum
from pathlib import Path
from typing import Final, NamedTuple

from .socket_path import NamedSocket, socket_path

_NAME: Final = "{}.ends"
# A kind, a node id and an IP address.
_LONGEST_BYTES: Final = 256


class EndKind(IntEnum):
    """Purpose of an end."""

    CARRY = 1  # a connection of this process with the peer shall carry the frames of sender
    ACCEPT = 2  # for receiver: frames of the peer arrive on a connection of another process
    LINE = 3  # a connection that came by a serial line, whoever it is: TLS follows
    LINE_UP = 4  # a serial line carries something again; the end itself is of no use
    MEDIUM = 5  # for receiver: frames that the peer has signed and written to a medium


class HandedEnd(NamedTuple):
    """An end, the node id of the peer, and the IP address at which the peer is.

    Of LINE and LINE_UP: no node id, and the text of the line.
    """

    kind: EndKind
    peer: str
    address: str
    wire: socket.socket


class HandedEnds:
    """The receiving end, for one process; bound in `directory`."""

    def __init__(self, directory: Path, process: str) -> None:
        self._named = NamedSocket(directory, _NAME.format(process), socket.SOCK_DGRAM)

    def fileno(self) -> int:
        """Return the descriptor to poll for reading."""
        return self._named.socket.fileno()

    def receive(self, limit: int) -> Iterator[HandedEnd]:
        """Yield what was handed over, at most `limit`; the sockets are the caller's."""
        for _ in range(limit):
            try:
                said, descriptors, _, _ = socket.recv_fds(self._named.socket, _LONGEST_BYTES, 1)
            except BlockingIOError:
                return
            wires = []
            for descriptor in descriptors:
                # recv_fds ignores its flags, MSG_CMSG_CLOEXEC too.
                os.set_inheritable(descriptor, False)
                wires.append(socket.socket(fileno=descriptor))
            try:
                kind, peer, address = said.decode().split(" ", 2)
                ends = [HandedEnd(EndKind(int(kind)), peer, address, wire) for wire in wires]
            except ValueError:  # of another version of this program, or of no process of it
                for wire in wires:
                    wire.close()
                continue
            yield from ends

    def close(self) -> None:
        """Close the socket and remove its name; idempotent."""
        self._named.close()


def hand_end(
    directory: Path, process: str, kind: EndKind, peer: str, address: str
) -> socket.socket | None:
    """Return one end of a new pair, whose other end a process gets; None when it takes none.

    Never blocks. It may still close its end at once.
    """
    try:
        near, far = socket.socketpair()
    except OSError:  # no descriptor is free
        return None
    with far, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sending:
        sending.setblocking(False)
        near.setblocking(False)
        try:
            sending.connect(socket_path(directory, _NAME.format(process)))
            said = f"{kind:d} {peer} {address}".encode()
            socket.send_fds(sending, [said], [far.fileno()])
        except OSError:  # absent, its queue is full, or too many descriptors are in flight
            near.close()
            return None
    return near
