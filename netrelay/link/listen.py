"""Listening sockets, and the connections that they accept."""

import errno
import socket
from typing import Final

from netrelay.link.literal_address import literal_address
from netrelay.link.socket_options import set_tcp_options

BACKLOG: Final = 512  # connections that the kernel queues while we are busy or restarting

EVERY_ADDRESS: Final = "::"
_EVERY_IPV4_ADDRESS: Final = "0.0.0.0"  # noqa: S104 -- a node is there to be reached

# accept(2) also reports errors of the new connection: they are no errors of the listener.
_CONNECTION_ERRORS: Final = frozenset(
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
    """Return a non-blocking socket that listens on a literal address; port 0: the kernel chooses.

    "::" accepts IPv4 too, and IPv4 alone where the kernel has no IPv6. OSError keeps the kernel's
    errno and names address and port; ValueError for no literal address.
    """
    family, local = literal_address(address, port)
    try:
        listener = socket.socket(family, socket.SOCK_STREAM)
    except OSError as error:
        if address != EVERY_ADDRESS or error.errno != errno.EAFNOSUPPORT:
            raise
        family, local = literal_address(_EVERY_IPV4_ADDRESS, port)
        listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setblocking(False)
        # Lets a restart bind while connections of before are in TIME_WAIT (60 s on Linux).
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listener.setsockopt(
                socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, int(address != EVERY_ADDRESS)
            )
        listener.bind(local)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        raise OSError(
            error.errno, f"cannot listen on {address} port {port}: {error.strerror}"
        ) from error
    return listener


def accept(listener: socket.socket) -> socket.socket | None:
    """Return the next queued connection, non-blocking and with TCP options set; None if none.

    None also for a connection that failed while it was queued. OSError when descriptors or memory
    are exhausted: the listener stays ready, so do not poll it until a connection was closed. The
    caller has to limit the number of unauthenticated connections.
    """
    try:
        connection, _address = listener.accept()
    except (BlockingIOError, InterruptedError):
        return None
    except OSError as error:
        if error.errno in _CONNECTION_ERRORS:
            return None
        raise
    try:
        set_tcp_options(connection)
    except OSError:  # already reset by the peer
        connection.close()
        return None
    return connection
