"""Literal IP addresses, parsed without name resolution."""

import socket
from typing import Any, Final

_MAPPED: Final = "::ffff:"


def literal_address(address: str, port: int) -> tuple[socket.AddressFamily, tuple[Any, ...]]:
    """Return family and socket address of a literal IPv4 or IPv6 address.

    An IPv6 address may end in a scope: "fe80::1%2". ValueError names what is no literal address or
    no port. The short forms of inet_aton(3) ("10.1", "7411") are rejected: they are typing errors
    or host names.
    """
    if not 0 <= port <= 65535:
        raise ValueError(f"port {port} must be 0 to 65535")
    try:
        if ":" not in address:
            socket.inet_pton(socket.AF_INET, address)
        found = socket.getaddrinfo(
            address,
            port,
            type=socket.SOCK_STREAM,
            flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
        )
    except (OSError, ValueError) as error:
        raise ValueError(f"{address[:80]!r} is not a literal IPv4 or IPv6 address") from error
    family, _type, _protocol, _name, socket_address = found[0]
    return family, socket_address


def remote_host(connection: socket.socket) -> str:
    """Return the address of the other end; OSError if the connection is gone.

    An IPv4 address is returned as one also where the socket is an IPv6 socket (RFC 4291, 2.5.5.2).
    """
    found = str(connection.getpeername()[0])
    return found.removeprefix(_MAPPED) if "." in found else found


def ip_version(connection: socket.socket) -> int:
    """Return 4 or 6, for the packets of a connection; an IPv6 socket may have IPv4 packets."""
    if connection.family == socket.AF_INET:
        return 4
    try:
        return 4 if "." in remote_host(connection) else 6
    except OSError:
        return 6


def is_literal_address(text: str) -> bool:
    """Return True for a literal IPv4 or IPv6 address."""
    try:
        literal_address(text, 0)
    except ValueError:
        return False
    return True
