"""Selection of the connection that ends when a listener has used up its connections.

The source, or the peer, that holds most loses one first (longest queue drop), so that nobody waits
behind one that has taken all. Connections are named by their place in a list, oldest first.
"""

from collections import Counter
from collections.abc import Sequence
from ipaddress import AddressValueError, IPv6Address
from typing import Final, NamedTuple

# One is in use. The others are of before a restart or of a lost line, and not known to be dead yet:
# keepalive needs TIMEOUT_S (socket_options.py).
CONNECTIONS_A_PEER: Final = 4
# Data connections with an agreement. 48 peers with their most, or 192 that hold one each; with
# UNKNOWN_PLACES a quarter of the 1,024 descriptors that a process has by default.
CONNECTIONS_IN_ALL: Final = 192
# How long a peer is asked to wait when no connection is idle.
BUSY_S: Final = 10

CROWDED_OUT: Final = "all places were taken, and most of them by connections of its address"
"""The reason to log when a connection of an unknown source ended for another."""

_SITE_BITS = 64  # RFC 4291 section 2.5.4: whoever has one address of a /64 has them all


class Held(NamedTuple):
    """An open connection: whose it is, and whether no frame is in progress on it."""

    peer: str
    is_idle: bool


class Room(NamedTuple):
    """Room for one more connection: if it is given, and the place of the one that ends for it."""

    is_given: bool
    ended: int | None = None


def source_of(address: str) -> str:
    """Return what an address counts as: itself, or the /64 of an IPv6 address."""
    try:
        number = int(IPv6Address(address))
    except AddressValueError:
        return address
    return f"{number >> _SITE_BITS:x}::/64"


def crowded_out(sources: Sequence[str]) -> int | None:
    """Return the oldest connection of the source that has most; None if none has two."""
    held = Counter(sources)
    most = max(held.values(), default=0)
    if most < 2:
        return None
    return next(place for place, source in enumerate(sources) if held[source] == most)


def room_for(peer: str, held: Sequence[Held], most: int) -> Room:
    """Return whether a peer may open one more connection, when `most` may be open in all.

    A peer at its own most loses its oldest idle one. Else, when all places are taken, the oldest
    idle one of the peer that holds most ends; without an idle one there is no room.
    """
    count = Counter(each.peer for each in held)
    if count[peer] >= CONNECTIONS_A_PEER:
        idle = [place for place, each in enumerate(held) if each.is_idle and each.peer == peer]
    elif len(held) >= most:
        idle = [place for place, each in enumerate(held) if each.is_idle]
    else:
        return Room(True)
    if not idle:
        return Room(False)
    return Room(True, max(idle, key=lambda place: (count[held[place].peer], -place)))
