"""How long a peer may keep this node waiting; how long this node waits itself: sql/backoffs.txt.

A deadline covers a whole exchange, never each read: a peer that sends one byte a second must not
hold a connection for ever.
"""

from typing import Final

# Connections of which nobody knows yet whose they are. While half of the places are free each has
# the time a slow link needs; after that only what a handshake needs, so that strangers who say
# nothing cannot keep a peer out (measured: 20 of them held 16 places for 17 s).
UNKNOWN_PLACES: Final = 64
_CROWDED_DEADLINE_S: Final = 2.0
CONNECT_DEADLINE_S: Final = 20.0  # TCP connection, TLS handshake and pin check together
HELLO_DEADLINE_S: Final = 20.0  # the record and its answer, after the handshake
# How long a process that is told to stop waits for what is under way, and a goodbye for its answer:
# a slow card needs up to a second for a flush, a person at systemctl not much longer.
WIND_DOWN_S: Final = 2.0
VERDICT_DEADLINE_S: Final = 20.0  # AGREEMENT and VERDICT, after the handshake
ACKNOWLEDGEMENT_DEADLINE_S: Final = 120.0  # a frame's last byte sent, to its decision
_FRAME_START_S: Final = 60.0
_SLOWEST_BYTES_PER_S: Final = 1024  # about a 9,600 baud line


def unknown_deadline_s(unknown: int) -> float:
    """How long one more connection may take to become known, when so many others are not yet."""
    return CONNECT_DEADLINE_S if unknown < UNKNOWN_PLACES // 2 else _CROWDED_DEADLINE_S


def frame_deadline_s(payload_bytes: int) -> float:
    """How long one frame may take from its first byte to its last."""
    return _FRAME_START_S + payload_bytes / _SLOWEST_BYTES_PER_S
