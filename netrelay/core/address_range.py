"""Ranges of addresses, such as those that may ask for metrics: an address, or a network."""

import ipaddress
from collections.abc import Iterable

AddressRange = ipaddress.IPv4Network | ipaddress.IPv6Network


def read_range(text: object) -> AddressRange:
    """Return an address or a network; ValueError for anything else, and for bits behind a mask."""
    if not isinstance(text, str):
        raise ValueError(f"{text!r} is no text")
    return ipaddress.ip_network(text)


def is_within(address: str, ranges: Iterable[AddressRange]) -> bool:
    """Return True if an address is in one of the ranges; False for what is no address.

    An IPv4 address counts also as a socket for both versions of IP writes it (RFC 4291, 2.5.5.2).
    """
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        found = found.ipv4_mapped
    return any(found in each for each in ranges)
