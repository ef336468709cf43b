"""The pace of retries, and how long anyone may keep this node waiting.

Deadlines are for the whole of a thing, never for each read: a peer that sends one byte a second
must not hold a place for ever.
"""

from typing import Final

FIRST_DELAY_S: Final = 1.0
LONGEST_DELAY_S: Final = 300.0
SHORTEST_DELAY_S: Final = 0.1  # a jitter near zero must not become a busy loop

CONNECT_DEADLINE_S: Final = 20.0  # TCP connection, TLS handshake and pin check together
HELLO_DEADLINE_S: Final = 20.0  # the record and its answer, after the handshake
VERDICT_DEADLINE_S: Final = 20.0  # AGREEMENT and VERDICT, after the handshake
ACKNOWLEDGEMENT_DEADLINE_S: Final = 120.0  # a frame's last byte sent, to its decision
_FRAME_START_S: Final = 60.0
_SLOWEST_BYTES_PER_S: Final = 1024  # about a 9,600 baud line


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


def frame_deadline_s(payload_bytes: int) -> float:
    """How long one frame may take from its first byte to its last."""
    return _FRAME_START_S + payload_bytes / _SLOWEST_BYTES_PER_S
