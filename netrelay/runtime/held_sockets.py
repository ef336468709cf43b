"""Listening sockets that the service manager keeps open while this process is started again.

    first start    bind, FDSTORE=1 FDNAME=data-7412       the service manager keeps a copy
    next start     LISTEN_FDS, LISTEN_FDNAMES             the same socket, its queue with it
    other ports    FDSTOREREMOVE=1 FDNAME=..., BARRIER=1  what the configuration no longer names

(sd_notify(3), sd_listen_fds(3)). Nobody who calls meanwhile is refused: the kernel queues them. A
socket is known by what it listens on, not by its name, so those of a socket unit serve as well.
"""

import os
import socket
from collections.abc import Iterable
from typing import Final, NamedTuple

from netrelay.link.listen import BACKLOG
from netrelay.link.literal_address import literal_address
from netrelay.runtime import service_manager

# SD_LISTEN_FDS_START of sd-daemon.h.
_FIRST_DESCRIPTOR: Final = 3
_MOST_DESCRIPTORS: Final = 64


class HeldSocket(NamedTuple):
    """A descriptor that was handed over: its name there, and the socket, None if it is none."""

    name: str
    socket: socket.socket | None


class HeldSockets:
    """What the service manager handed over to this process; it is ours to use or to close."""

    def __init__(self) -> None:
        """Take what was handed over; what we start ourselves is not told of it."""
        self._held = list(_handed_over())

    def take(self, address: str, port: int) -> socket.socket | None:
        """Give the held socket that listens there, non-blocking; None when there is none."""
        for held in self._held:
            if held.socket is not None and _listens_at(held.socket, address, port):
                self._held.remove(held)
                held.socket.setblocking(False)
                held.socket.listen(BACKLOG)
                return held.socket
        return None

    def let_go(self) -> None:
        """Close what was not taken, there too; their ports are free when it returns."""
        for held in self._held:
            if held.socket is not None:
                held.socket.close()
            service_manager.notify(f"FDSTOREREMOVE=1\nFDNAME={held.name}")
        if self._held:
            service_manager.wait_until_heard()
        self._held.clear()


def hold(listener: socket.socket, name: str) -> None:
    """Ask the service manager to keep a listening socket for the next start."""
    # FDPOLL=0: it is to be kept whatever a poll of it says.
    service_manager.notify(f"FDSTORE=1\nFDNAME={name}\nFDPOLL=0", (listener.fileno(),))


def _handed_over() -> Iterable[HeldSocket]:
    count = os.environ.pop("LISTEN_FDS", "")
    owner = os.environ.pop("LISTEN_PID", "")
    names = os.environ.pop("LISTEN_FDNAMES", "").split(":")
    if owner != str(os.getpid()) or not count.isdecimal():
        return
    for place in range(min(int(count), _MOST_DESCRIPTORS)):
        descriptor = _FIRST_DESCRIPTOR + place
        name = names[place] if place < len(names) else ""
        try:
            os.set_inheritable(descriptor, False)
        except OSError:  # it was announced, and is not there
            continue
        try:
            yield HeldSocket(name, socket.socket(fileno=descriptor))
        except OSError:
            os.close(descriptor)
            yield HeldSocket(name, None)


def _listens_at(held: socket.socket, address: str, port: int) -> bool:
    family, where = literal_address(address, port)
    try:
        return (
            held.family == family
            and held.type == socket.SOCK_STREAM
            and held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
            and _plain(family, held.getsockname()) == _plain(family, where)
        )
    except OSError:
        return False


def _plain(family: int, where: tuple[str | int, ...]) -> tuple[bytes, int, int]:
    """Give address, port and scope in the one form two of them can be compared in."""
    scope = int(where[3]) if len(where) > 3 else 0
    return socket.inet_pton(family, str(where[0]).partition("%")[0]), int(where[1]), scope
