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
# Data connections with an agreement: 256 peers with their most, or 1,024 that hold one each. More
# peers take turns: one that is idle makes room. docs/scale.md has what one takes of memory.
CONNECTIONS_IN_ALL: Final = 1024
# Nothing moves for so long on a connection that makes room for a peer that has none: a message and
# its acknowledgement follow one another in less on most lines, and a card commits in less.
IDLE_S: Final = 2.0
# As long as sender waits before it tells of a stall (dialled_link.py). A connection that is cut in
# a frame and silent for so long makes room for its own peer: its dialler takes it for lost after
# two seconds, or five round trips (tcp_progress.py), and one that names no session stays here.
SILENT_S: Final = 10.0
# Descriptors of a process beside those of connections.
_OTHER_DESCRIPTORS: Final = 256
ACCEPTED_DESCRIPTORS: Final = 3
"""Descriptors of an accepted connection: its socket, and those of one in reverse on it."""
DIALLED_DESCRIPTORS: Final = 2
"""Descriptors of a connection to a peer: its socket, and one of what comes in reverse."""

CROWDED_OUT: Final = "all places were taken, and most of them by connections of its address"
"""The reason to log when a connection of an unknown source ended for another."""

_SITE_BITS = 64  # RFC 4291 section 2.5.4: whoever has one address of a /64 has them all


class Held(NamedTuple):
    """An open connection: whose it is, and for how long nothing moved on it.

    idle_s: None while a frame is in progress, or its acknowledgement is owed. silent_s: None unless
    one is, and the peer has to go on with it.
    """

    peer: str
    idle_s: float | None
    silent_s: float | None = None


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

    A peer at its own most loses the one that was silent for longest, for SILENT_S at least, else
    its oldest one without a frame in progress. Else, when all places are taken, one ends that was
    idle for IDLE_S: of the peer that holds most, the one that was idle for longest; without one
    there is no room.
    """
    count = Counter(each.peer for each in held)
    if count[peer] >= CONNECTIONS_A_PEER:
        own = [place for place, each in enumerate(held) if each.peer == peer]
        silent = [place for place in own if (held[place].silent_s or 0.0) >= SILENT_S]
        longest = max(silent, key=lambda place: (held[place].silent_s, -place), default=None)
        idle = (place for place in own if held[place].idle_s is not None)
        found = next(idle, None) if longest is None else longest
        return Room(found is not None, found)
    if len(held) < most:
        return Room(True)
    rested = [place for place, each in enumerate(held) if (each.idle_s or 0.0) >= IDLE_S]
    if not rested:
        return Room(False)
    return Room(
        True, max(rested, key=lambda place: (count[held[place].peer], held[place].idle_s, -place))
    )


def connections_that_fit(descriptors: int, each: int) -> int:
    """Return how many connections of so many descriptors each a process may hold; at least one."""
    return max((descriptors - _OTHER_DESCRIPTORS) // each, 1)
