"""Dialling other nodes at literal addresses; resolver.py turns names into such."""

import errno
import os
import socket
from typing import Final

from netrelay.link.ends import LinkClosed, LinkEnd
from netrelay.link.literal_address import literal_address
from netrelay.link.socket_options import set_options

# ip(7), Linux 4.2: the port is chosen at connect, so that one source address can have more
# connections than it has ports. Python 3.11 has no name for it on every build.
_IP_BIND_ADDRESS_NO_PORT: Final = 24


def dial(address: str, port: int, source_address: str = "") -> socket.socket:
    """A non-blocking socket whose connection to this literal address is under way.

    Give it to Connection.dial, which finds out how it went. `source_address` picks the interface
    on a node that has several; "" leaves it to the kernel. LinkClosed UNREACHABLE when the kernel
    knows at once that there is no way; ValueError for what is no literal address or no port.
    """
    if port == 0:
        raise ValueError("port 0 cannot be dialled, must be 1 to 65535")
    family, where = literal_address(address, port)
    source_family, source = literal_address(source_address, 0) if source_address else (family, None)
    if source_family != family:
        raise LinkClosed(
            f"{address} port {port}: cannot be reached from {source_address}, "
            "an address of the other IP version",
            LinkEnd.UNREACHABLE,
        )
    connection = socket.socket(family, socket.SOCK_STREAM)
    try:
        set_options(connection)
        if source is not None:
            connection.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
            connection.bind(source)
        failure = connection.connect_ex(where)
        if failure not in (0, errno.EINPROGRESS):
            raise OSError(failure, os.strerror(failure))
    except OSError as error:
        connection.close()
        reason = f"{address} port {port}: {error.strerror}"
        raise LinkClosed(reason, LinkEnd.UNREACHABLE) from error
    return connection
