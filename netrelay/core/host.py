"""Parsing of network addresses as people write them: HOST, HOST:PORT, IPv6, [IPv6]:PORT."""

import ipaddress
import re
from collections.abc import Iterable
from typing import TypeGuard

_HOST_NAME = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?")


def read_host_and_port(text: str) -> tuple[str, int | None]:
    """Return host and port, the port None when absent; raise ValueError that names what is allowed.

    The host is a literal or a name; it is not resolved.
    """
    match = re.fullmatch(r"\[(?P<literal>[^\]]*)\](:(?P<port>.*))?", text)
    if match is None and text.count(":") == 1:
        match = re.fullmatch(r"(?P<name>[^:]*)(:(?P<port>.*))?", text)
    named = match.groupdict() if match else {"name": text}
    address, port = named.get("literal") or named.get("name") or "", named.get("port")
    if not is_address(address) and (named.get("literal") or not _is_host_name(address)):
        raise ValueError(
            f"{text!r} is no address; allowed: an IPv4 or IPv6 address or a host name,"
            " with :PORT behind it where it differs ([IPv6]:PORT)"
        )
    if port is None:
        return address, None
    if not port.isascii() or not port.isdigit() or not 1 <= int(port[:6]) <= 65535:
        raise ValueError(f"{text!r}: {port!r} is no port; allowed: 1 to 65535")
    return address, int(port)


def is_address(value: object) -> TypeGuard[str]:
    """Return True for the text of an IPv4 or IPv6 address, with or without a scope."""
    try:
        ipaddress.ip_address(value)  # type: ignore[arg-type]  # of other types, ValueError
    except ValueError:
        return False
    return isinstance(value, str)  # an integer or bytes is an address to the library too


def is_wildcard(address: str) -> bool:
    """Return True for 0.0.0.0 and ::, which stand for every address of a machine to listen on."""
    return ipaddress.ip_address(address).is_unspecified


def is_loopback(host: str) -> bool:
    """Return True for an address of this machine alone, and for localhost."""
    return host == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def corroborated(stated: Iterable[str], known: Iterable[str]) -> list[str]:
    """Return those of the addresses a peer states that are known as its own by other means.

    A statement alone is not enough to connect there: it may name any host of this network.
    """
    known_forms = {_normal_form(host) for host in known}
    return [host for host in stated if _normal_form(host) in known_forms]


def _normal_form(host: str) -> str:
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        return host


def _is_host_name(text: str) -> bool:
    # Digits and dots alone are a mistyped IPv4 address, never a host name.
    return (
        len(text) <= 253
        and _HOST_NAME.fullmatch(text) is not None
        and not re.fullmatch(r"[0-9.]+", text)
    )
