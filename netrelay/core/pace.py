"""Deadlines for peers. The waits between this node's own retries are in sql/backoffs.txt.

A deadline covers a whole exchange, not each read: a peer that sends one byte a second must not hold
a connection for ever.
"""

from typing import Final

# The most connections that are accepted and not authenticated. While half of the places are free,
# each connection has the time that a slow link needs; beyond that, only the time of a handshake, so
# that silent strangers cannot keep a peer out (measured: 20 of them held 16 places for 17 s).
UNKNOWN_PLACES: Final = 64
_CROWDED_DEADLINE_S: Final = 2.0
CONNECT_DEADLINE_S: Final = 20.0  # TCP connection, TLS handshake and pin check together
# Before Linux 6.5 the kernel asks after 1, 3, 7 and 15 s, and a line that is there for seconds only
# is missed. Longer than a round trip over any satellite.
CONNECT_AGAIN_S: Final = 5.0
HELLO_DEADLINE_S: Final = 20.0  # the record and its answer, after the handshake
# Hellos of one peer that are stored: each leaves rows, and a reply to dial for. Two starts of a
# peer need six: each its hello, the reply to ours, and one repeat.
HELLO_BURST: Final = 8
HELLOS_PER_S: Final = 1.0
# Hellos to peers without an agreement for which nothing waits: they tell where this node is. The
# first comes when a start has settled.
GREETING_FIRST_S: Final = 60.0
GREETING_EVERY_S: Final = 3600.0
# The time in which a stopping process finishes exchanges, and a close_notify is answered. A slow
# card needs up to a second for a flush; a person who typed systemctl stop waits for it.
WIND_DOWN_S: Final = 2.0
VERDICT_DEADLINE_S: Final = 20.0  # AGREEMENT and VERDICT, after the handshake
# A call on which no more of a frame comes is placed anew: only who placed it can do that. A peer
# with the smallest rate limit pauses for 4 s.
CALL_HALT_S: Final = 10.0
# A connection that was not reached by the first way of its peer: the ways before it are tried again
# after the first time, then after twice as long each time, up to the longest.
BETTER_WAY_FIRST_S: Final = 60.0
BETTER_WAY_LONGEST_S: Final = 900.0
ACKNOWLEDGEMENT_DEADLINE_S: Final = 120.0  # a frame's last byte sent, to its decision
_FRAME_START_S: Final = 60.0
_SLOWEST_BYTES_PER_S: Final = 1024  # about a 9,600 baud line


def unknown_deadline_s(unknown: int) -> float:
    """Return the time for one more connection to authenticate, if so many others have not yet."""
    return CONNECT_DEADLINE_S if unknown < UNKNOWN_PLACES // 2 else _CROWDED_DEADLINE_S


def frame_deadline_s(payload_bytes: int) -> float:
    """Return the time for one frame from its first byte to its last."""
    return _FRAME_START_S + payload_bytes / _SLOWEST_BYTES_PER_S
