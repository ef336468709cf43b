"""Ports that have to be ours before a process can work, and who knocks at them."""

import errno
import socket

from netrelay.link.listen import listen
from netrelay.runtime.loop import CannotStartError, NotYetError

_WHY = {
    errno.EADDRINUSE: "; another program, or another netrelay, has it",
    errno.EACCES: "; ports below 1024 are not for ordinary users",
}


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
