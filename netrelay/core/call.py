"""Calls: data connections that the receiver of the data dials, since it cannot be dialled.

    caller   8 bytes "NRCALL01", then TLS as the server    -->  dataport of the other node
    called   TLS as the client, then AGREEMENT and so on   -->  as on a connection that it dialled

The first byte of any other connection to a dataport is that of a TLS handshake record.
"""

from enum import Enum
from typing import Final

from netrelay.core.msgpack_array import Octets, malformed

CALL: Final = b"NRCALL01"
# ContentType handshake: RFC 8446 section 5.1.
_HANDSHAKE: Final = 22


class FirstBytes(Enum):
    """Meaning of the first bytes of a connection to a dataport."""

    TLS = "tls"
    CALL = "call"
    INCOMPLETE = "incomplete"


def first_bytes(heard: Octets) -> FirstBytes:
    """Return what a connection is that begins with these bytes; WireError MALFORMED if neither.

    A call is known once all bytes of CALL were heard, TLS by its first byte.
    """
    if not heard:
        return FirstBytes.INCOMPLETE
    if heard[0] == _HANDSHAKE:
        return FirstBytes.TLS
    begun = bytes(heard[: len(CALL)])
    if not CALL.startswith(begun):
        raise malformed(f"begins with {begun!r}, which is neither TLS nor {CALL!r}")
    return FirstBytes.CALL if len(begun) == len(CALL) else FirstBytes.INCOMPLETE
