"""Ports that have to be ours before a process can work, and who knocks at them."""

import socket

from netrelay.link.listen import listen
from netrelay.runtime.loop import CannotStartError


def listen_or_stop(address: str, port: int) -> socket.socket:
    """Listen; CannotStartError tells a person who has to free the port, or choose another."""
    try:
        return listen(address, port)
    except OSError as error:
        raise CannotStartError(f"{error}; another program, or another netrelay, has it") from error


def address_of(connection: socket.socket) -> str:
    """Give the address at the other end, for logs and for answering to."""
    try:
        return str(connection.getpeername()[0])
    except OSError:
        return "an address that is gone"
