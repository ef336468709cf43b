"""Ports that have to be ours before a process can work, and who knocks at them."""

import errno
import socket
from collections.abc import Sequence

from netrelay.link.listen import listen
from netrelay.runtime.held_sockets import HeldSockets, hold
from netrelay.runtime.loop import CannotStartError, NotYetError

_WHY = {
    errno.EADDRINUSE: "; another program, or another netrelay, has it",
    errno.EACCES: "; ports below 1024 are not for ordinary users",
}


def listen_to_all(address: str, ports: Sequence[int], kind: str) -> list[socket.socket]:
    """Listen on all of these ports, with the sockets that the service manager kept for us if any.

    kind: what their names there begin with. Errors as `listen_or_stop` has them.
    """
    held = HeldSockets()
    kept = {port: held.take(address, port) for port in ports}
    # Before anything is bound: the same port of another address may be among them.
    held.let_go()
    listeners = []
    for port in ports:
        listener = kept[port]
        if listener is None:
            listener = listen_or_stop(address, port)
            hold(listener, f"{kind}-{port}")
        listeners.append(listener)
    return listeners


def listen_or_stop(address: str, port: int) -> socket.socket:
    """Listen; CannotStartError tells a person who has to free the port, or choose another.

    NotYetError when no interface has the address: at boot it may come later.
    """
    try:
        return listen(address, port)
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL:
            raise NotYetError(f"{error.strerror}; no interface has this address now") from error
        raise CannotStartError(f"{error.strerror}{_WHY.get(error.errno or 0, '')}") from error


def address_of(connection: socket.socket) -> str:
    """Give the address at the other end, for logs and for answering to."""
    try:
        return str(connection.getpeername()[0])
    except OSError:
        return "an address that is gone"
