"""The pace of retries, and how long anyone may keep this node waiting.

Deadlines are for the whole of a thing, never for each read: a peer that sends one byte a second
must not hold a place for ever.
"""

from typing import Final

FIRST_DELAY_S: Final = 1.0
LONGEST_DELAY_S: Final = 300.0
SHORTEST_DELAY_S: Final = 0.1  # a jitter near zero must not become a busy loop
_LONGEST_REDIAL_S: Final = 0.3  # an outage that a person at the other end does not notice

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


def retry_delay_s(failures: int, random_fraction: float) -> float:
    """How long to wait after so many failures in a row, with a random fraction from 0 to 1.

    Exponential backoff with full jitter: evenly spread between next to nothing and 1, 2, 4 ... 300
    seconds, so that nodes that lost the same link do not come back all at once. 0 for no failure.
    """
    if not 0.0 <= random_fraction <= 1.0:
        raise ValueError(f"random fraction {random_fraction} must be from 0 to 1")
    if failures <= 0:
        return 0.0
    longest = min(LONGEST_DELAY_S, FIRST_DELAY_S * 2.0 ** min(failures - 1, 32))
    return max(SHORTEST_DELAY_S, longest * random_fraction)


def redial_delay_s(open_s: float, random_fraction: float) -> float:
    """How long to wait before dialling again what was open for so long and ended.

    0.1 to 0.3 s: most ends are a restart, whose ports stay open. One that ends as soon as it opens
    is dialled once in FIRST_DELAY_S, however often it does that.
    """
    spread_s = SHORTEST_DELAY_S + (_LONGEST_REDIAL_S - SHORTEST_DELAY_S) * random_fraction
    return max(spread_s, FIRST_DELAY_S - open_s)


def frame_deadline_s(payload_bytes: int) -> float:
    """How long one frame may take from its first byte to its last."""
    return _FRAME_START_S + payload_bytes / _SLOWEST_BYTES_PER_S
