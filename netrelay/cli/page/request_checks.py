"""Requests that are refused before anything else: for other hosts, and of other origins."""

import ipaddress
import re
import socket
from collections.abc import Mapping
from typing import Final

_HOST: Final = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
# A proxy in front: its connection is not of the person who looks.
_FORWARDED: Final = ("HTTP_FORWARDED", "HTTP_VIA", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP")


def is_name_of_this_node(header: str, name: str) -> bool:
    """Return True for a Host header with an address, localhost, or a name of this node.

    A page of elsewhere whose name leads here by DNS (rebinding) has another name. An address is
    what its browser has connected to, so it cannot be another's.
    """
    match = _HOST.fullmatch(header)
    if match is None:
        return False
    host = match["host"].lower().rstrip(".")
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        own = {name, socket.gethostname().lower().partition(".")[0]}
        return host in {"localhost", *own, *(f"{each}.local" for each in own)}
    return True


def is_of_this_origin(environ: Mapping[str, object]) -> bool:
    """Return False for a request that a page of another site has made.

    Links from elsewhere are followed; forms, scripts, images and frames of elsewhere get nothing.
    """
    origin = str(environ.get("HTTP_ORIGIN", ""))
    if origin and origin != f"http://{environ.get('HTTP_HOST', '')}":
        return False
    site = environ.get("HTTP_SEC_FETCH_SITE", "none")
    is_link = (
        environ.get("HTTP_SEC_FETCH_MODE") == "navigate"
        and environ.get("HTTP_SEC_FETCH_DEST") == "document"
        and environ["REQUEST_METHOD"] == "GET"
    )
    return is_link or site in ("none", "same-origin")


def has_proxy(environ: Mapping[str, object]) -> bool:
    """Return True for a request that a proxy has passed on."""
    return any(name in environ for name in _FORWARDED)
