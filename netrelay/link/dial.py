"""Dialling: a non-blocking connect to a literal address; resolver.py resolves names."""

import errno
import os
import socket
from typing import Final

from netrelay.core.serial.line_settings import is_serial
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.literal_address import literal_address
from netrelay.link.socket_options import set_tcp_options

# ip(7), Linux 4.2: choose the source port at connect(2), not at bind(2), so that connections to
# different destinations can share it. Not every build of Python 3.11 defines it.
_IP_BIND_ADDRESS_NO_PORT: Final = 24


def dial(address: str, port: int, source_address: str = "", interface: str = "") -> socket.socket:
    """Return a non-blocking socket that is connecting; Connection.dial reports the result.

    source_address: literal address to bind to; "" lets the kernel choose. interface: the network
    interface that carries it, whatever the routes say; "" lets the routes choose. LinkClosed
    (UNREACHABLE) when the kernel rejects the connection at once; ValueError for no literal address
    or no port.
    """
    if port == 0:
        raise ValueError("port 0 cannot be dialled, must be 1 to 65535")
    family, target = literal_address(address, port)
    source_family, source = literal_address(source_address, 0) if source_address else (family, None)
    if source_family != family:
        raise LinkClosed(
            f"{address} port {port}: cannot be reached from {source_address}, "
            "an address of the other IP version",
            CloseCause.UNREACHABLE,
        )
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        set_tcp_options(connection)
        if interface:
            # socket(7): since Linux 5.7 no privilege is needed while none was set before.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, interface.encode())
        if source is not None:
            connection.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            connection.bind(source)
        failure = connection.connect_ex(target)
        if failure not in (0, errno.EINPROGRESS):
            raise OSError(failure, os.strerror(failure))
    except OSError as error:
        connection.close()
        reason = f"{where(address, port, interface)}: {_words(error, interface)}"
        raise LinkClosed(reason, CloseCause.UNREACHABLE) from error
    return connection


def where(address: str, port: int, interface: str = "") -> str:
    """Return what a person is told of the place that is dialled."""
    if is_serial(address):
        return address
    return f"{address} port {port}" + (f" by {interface}" if interface else "")


def _words(error: OSError, interface: str) -> str:
    if interface and error.errno == errno.ENODEV:
        return f"there is no interface {interface} now"
    return error.strerror or str(error)
