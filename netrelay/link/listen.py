"""Listening for other nodes."""

import errno
import socket
from typing import Final

from netrelay.link.literal_address import literal_address
from netrelay.link.socket_options import set_options

BACKLOG: Final = 64  # connections the kernel keeps while we are busy or being restarted

# accept(2): the network errors of the new socket, and a peer that has gone again, are the peer's.
_PEER_WENT: Final = frozenset(
    {
        errno.ECONNABORTED,
        errno.EPERM,
        errno.EPROTO,
        errno.ENETDOWN,
        errno.ENOPROTOOPT,
        errno.EHOSTDOWN,
        errno.ENONET,
        errno.EHOSTUNREACH,
        errno.EOPNOTSUPP,
        errno.ENETUNREACH,
    }
)


def listen(address: str, port: int) -> socket.socket:
    """A non-blocking socket that listens on this literal address; port 0 lets the kernel choose.

    "::" listens for IPv6 only, so that "0.0.0.0" can stand beside it on every system. OSError
    (with the kernel's errno) names address and port; ValueError for what is no literal address.
    """
    family, where = literal_address(address, port)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        # Without it a restart would be refused for a minute while old connections time out.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listener.bind(where)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(
            error.errno, f"cannot listen on {address} port {port}: {error.strerror}"
        ) from error
    return listener


def accept(listener: socket.socket) -> socket.socket | None:
    """The next waiting connection, non-blocking and with our TCP options; None when none waits.

    None also for a peer that went away while it waited: call again at the next readiness. OSError
    when this process or system is out of descriptors or memory; the listener then stays ready, so
    stop waiting on it until a connection was closed. How many that nobody has authenticated may
    be open at once is for the caller to bound.
    """
    try:
        connection, _address = listener.accept()
    except (BlockingIOError, InterruptedError):
        return None
    except OSError as error:
        if error.errno in _PEER_WENT:
            return None
        raise
    try:
        set_options(connection)
    except OSError:  # the peer reset it already
        connection.close()
        return None
    return connection
