"""Addresses: those of this machine, as the kernel lists them, and those that a person types."""

import argparse
import ipaddress
import socket
import struct
from collections.abc import Iterable, Iterator, Sequence

from netrelay.core.host import read_host_and_port
from netrelay.core.way import read_way_and_port, way_of

# rtnetlink(7): a dump of all addresses, struct nlmsghdr and struct ifaddrmsg.
_NLMSG_HEADER = struct.Struct("=IHHII")
_IFADDR = struct.Struct("=BBBBI")
_ATTRIBUTE = struct.Struct("=HH")
_RTM_NEWADDR, _RTM_GETADDR = 20, 22
_NLMSG_ERROR, _NLMSG_DONE = 2, 3
_NLM_F_REQUEST_DUMP = 0x1 | 0x300
_IFA_ADDRESS, _IFA_LOCAL = 1, 2
# Not offered to peers: temporary addresses, and those that are deprecated or not usable yet.
_IFA_F_TEMPORARY, _IFA_F_DADFAILED, _IFA_F_DEPRECATED, _IFA_F_TENTATIVE = 0x01, 0x08, 0x20, 0x40
_UNSTABLE = _IFA_F_TEMPORARY | _IFA_F_DADFAILED | _IFA_F_DEPRECATED | _IFA_F_TENTATIVE
_MOST_REPLIES = 1000

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def own_addresses(wildcard: str) -> tuple[str, ...]:
    """Return the addresses at which peers may reach a listener on 0.0.0.0 or ::, IPv4 first.

    Loopback and link-local addresses are left out: they mean nothing elsewhere. No network traffic.
    """
    families = {4} if ipaddress.ip_address(wildcard).version == 4 else {4, 6}
    found = [
        address
        for address in _kernel_addresses()
        if address.version in families and not address.is_loopback and not address.is_link_local
    ]
    found.sort(key=lambda address: address.version)
    return tuple(dict.fromkeys(str(address) for address in found))


def own_places(listening: str, commsport: int, hosts: Iterable[str], port: int) -> list[str]:
    """Return those of the hosts that, at this port, are this node's own commsport."""
    named = list(hosts) if port == commsport else []
    return places_of(own_hosts(listening), named) if named else []


def own_hosts(listening: str) -> tuple[str, ...]:
    """Return the addresses of this node, which listens on one or on a wildcard."""
    wildcards = ("0.0.0.0", "::")  # noqa: S104 -- compared
    return own_addresses(listening) if listening in wildcards else (listening,)


def places_of(own: Sequence[str], hosts: Iterable[str]) -> list[str]:
    """Return those of the hosts that are one of these addresses of this node."""
    return [host for host in hosts if way_of(host).host in own]


def _kernel_addresses() -> list[Address]:
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as kernel:
        request = _IFADDR.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
        length = _NLMSG_HEADER.size + len(request)
        header = _NLMSG_HEADER.pack(length, _RTM_GETADDR, _NLM_F_REQUEST_DUMP, 1, 0)
        kernel.sendto(header + request, (0, 0))
        addresses: list[Address] = []
        for _ in range(_MOST_REPLIES):
            for kind, body in _messages(kernel.recv(65536)):
                if kind in (_NLMSG_DONE, _NLMSG_ERROR):
                    return addresses
                if kind == _RTM_NEWADDR:
                    addresses += _address_in(body)
    return addresses


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= _NLMSG_HEADER.size:
        length, kind, _, _, _ = _NLMSG_HEADER.unpack_from(data)
        if length < _NLMSG_HEADER.size:
            return
        yield kind, data[_NLMSG_HEADER.size : length]
        data = data[(length + 3) & ~3 :]


def _address_in(body: bytes) -> list[Address]:
    _family, _prefix, flags, _scope, _index = _IFADDR.unpack_from(body)
    if flags & _UNSTABLE:
        return []
    attributes: dict[int, bytes] = {}
    rest = body[_IFADDR.size :]
    while len(rest) >= _ATTRIBUTE.size:
        length, kind = _ATTRIBUTE.unpack_from(rest)
        if length < _ATTRIBUTE.size:
            break
        attributes[kind] = rest[_ATTRIBUTE.size : length]
        rest = rest[(length + 3) & ~3 :]
    # On a point-to-point link IFA_ADDRESS is the remote address, IFA_LOCAL the local one.
    raw = attributes.get(_IFA_LOCAL) or attributes.get(_IFA_ADDRESS, b"")
    return [ipaddress.ip_address(raw)] if len(raw) in (4, 16) else []


def host(text: str) -> str:
    """Read an address to put on a card: a literal, a host name or a .local name."""
    found, port = host_and_port(text)
    if port is not None:
        raise argparse.ArgumentTypeError(f"{text!r} has a port; allowed: an address or host name")
    return found


def host_and_port(text: str) -> tuple[str, int | None]:
    """Read HOST, HOST:PORT, an IPv6 address, or [IPv6]:PORT."""
    try:
        return read_host_and_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def way_and_port(text: str) -> tuple[str, int | None]:
    """Read HOST[:PORT], or HOST[:PORT] by INTERFACE with an interface of this machine."""
    try:
        way, port = read_way_and_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    names = [name for _, name in socket.if_nameindex()]
    if way.host in names:
        raise argparse.ArgumentTypeError(
            f"{text!r} is a network interface of this machine, and no address; allowed:"
            f" 'HOST by {way.host}'"
        )
    if way.interface and way.interface not in names:
        raise argparse.ArgumentTypeError(
            f"{text!r}: there is no interface {way.interface}; allowed: {', '.join(names)}"
        )
    return str(way), port
