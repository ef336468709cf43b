"""Listening sockets that the service manager holds while this process restarts.

    first start    bind, FDSTORE=1 FDNAME=data-7412       the service manager keeps a duplicate
    next start     LISTEN_FDS, LISTEN_FDNAMES             the same socket, with its accept queue
    other ports    FDSTOREREMOVE=1 FDNAME=..., BARRIER=1  no longer in the configuration

(sd_notify(3), sd_listen_fds(3).) No connection is refused meanwhile: the kernel queues them. A
socket is recognised by the address that it listens on, not by its name, so sockets of a socket unit
(socket activation) work as well.
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
_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)


class HeldSocket(NamedTuple):
    """A descriptor from the service manager: its name, and the socket; None if it is no socket."""

    name: str
    socket: socket.socket | None


class HeldSockets:
    """The descriptors that the service manager passed to this process, which has to close them."""

    def __init__(self) -> None:
        """Adopt the passed descriptors, and remove LISTEN_* from the environment."""
        self._held = list(_passed_descriptors())

    def pop(self, address: str, port: int) -> socket.socket | None:
        """Return the held socket that listens there, non-blocking; None if there is none."""
        for held in self._held:
            if held.socket is not None and _listens_at(held.socket, address, port):
                self._held.remove(held)
                held.socket.setblocking(False)
                held.socket.listen(BACKLOG)
                return held.socket
        return None

    def discard_rest(self) -> None:
        """Close the remaining sockets, also in the service manager; then their ports are free.

        Blocks for at most 5 s.
        """
        for held in self._held:
            if held.socket is not None:
                held.socket.close()
            service_manager.notify(f"FDSTOREREMOVE=1\nFDNAME={held.name}")
        if self._held:
            service_manager.wait_for_barrier()
        self._held.clear()


def passed_listeners(
    families: Iterable[socket.AddressFamily] = _INTERNET,
) -> list[socket.socket]:
    """Return all stream sockets of these families that a socket unit passed.

    Anything else that it passed is closed.
    """
    found = []
    for held in _passed_descriptors():
        if held.socket is None:
            continue
        if held.socket.family in families and held.socket.type == socket.SOCK_STREAM:
            found.append(held.socket)
        else:
            held.socket.close()
    return found


def hold(listener: socket.socket, name: str) -> None:
    """Store a duplicate of a listening socket in the service manager, for the next start."""
    # FDPOLL=0: keep it even if polling reports an error.
    service_manager.notify(f"FDSTORE=1\nFDNAME={name}\nFDPOLL=0", (listener.fileno(),))


def _passed_descriptors() -> Iterable[HeldSocket]:
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
        except OSError:  # announced, but not open
            continue
        try:
            yield HeldSocket(name, socket.socket(fileno=descriptor))
        except OSError:
            os.close(descriptor)
            yield HeldSocket(name, None)


def _listens_at(held: socket.socket, address: str, port: int) -> bool:
    family, local = literal_address(address, port)
    try:
        return (
            held.family == family
            and held.type == socket.SOCK_STREAM
            and held.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1
            and _comparable(family, held.getsockname()) == _comparable(family, local)
        )
    except OSError:
        return False


def _comparable(family: int, local: tuple[str | int, ...]) -> tuple[bytes, int, int]:
    """Return address, port and scope in a canonical form."""
    address = str(local[0]).partition("%")[0]
    scope = int(local[3]) if len(local) > 3 else 0
    return socket.inet_pton(family, address), int(local[1]), scope
