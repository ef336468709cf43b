"""Progress of a connection: whether the peer's TCP acknowledges what this side sends."""

import socket
import struct
from contextlib import suppress
from typing import Final, NamedTuple

# Of struct tcp_info (linux/tcp.h): packets without acknowledgement, smoothed round trip, bytes that
# were acknowledged (since Linux 4.1).
_UNACKED_AT: Final = 24
_ROUND_TRIP_US_AT: Final = 68
_ACKED_BYTES_AT: Final = 120
_INFO_BYTES: Final = 128
# A few round trips, and longer than a lost packet takes on a line that carries something: its timer
# has at least 200 ms, and doubles.
_LEAST_STALL_S: Final = 2.0
_STALL_ROUND_TRIPS: Final = 5
# tcp(7) of Linux 6.15: the longest time between two retransmissions, 1 to 120 s. Without it, the
# timer sleeps through the times when the line is there, up to two minutes.
TCP_RTO_MAX_MS: Final = 44
SHORTEST_RTO_MAX_MS: Final = 1000
_LONGEST_RTO_MAX_MS: Final = 120_000
_RTO_MAX_ROUND_TRIPS: Final = 4


class TcpState(NamedTuple):
    """State of a connection, as the kernel tells it."""

    unacked_packets: int
    round_trip_s: float
    acked_bytes: int


def tcp_state(wire: socket.socket) -> TcpState | None:
    """Return the state of a TCP connection; None where there is none."""
    try:
        info = wire.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _INFO_BYTES)
    except OSError:
        return None
    if len(info) < _INFO_BYTES:
        return None
    (unacked,) = struct.unpack_from("=I", info, _UNACKED_AT)
    (round_trip_us,) = struct.unpack_from("=I", info, _ROUND_TRIP_US_AT)
    (acked_bytes,) = struct.unpack_from("=Q", info, _ACKED_BYTES_AT)
    return TcpState(unacked, round_trip_us / 1_000_000, acked_bytes)


def limit_retransmission(wire: socket.socket, round_trip_s: float = 0.0) -> None:
    """Have the kernel retransmit at least every four round trips, but not more than once a second.

    Nothing changes where the kernel does not know it.
    """
    wanted_ms = int(round_trip_s * 1000) * _RTO_MAX_ROUND_TRIPS
    limit_ms = min(max(wanted_ms, SHORTEST_RTO_MAX_MS), _LONGEST_RTO_MAX_MS)
    with suppress(OSError):
        wire.setsockopt(socket.IPPROTO_TCP, TCP_RTO_MAX_MS, limit_ms)


class TcpProgress:
    """The progress of a connection; it has stalled when nothing of what was sent is acknowledged.

    A peer whose window is closed is no stall: it acknowledges all that it let be sent.
    """

    def __init__(self, now_s: float) -> None:
        self._acked_bytes = -1
        self._since_s = self._moved_s = now_s
        self._stall_s = _LEAST_STALL_S

    def look(self, wire: socket.socket, now_s: float) -> None:
        """Note what the kernel tells of the connection now."""
        state = tcp_state(wire)
        if state is None or not state.unacked_packets or state.acked_bytes != self._acked_bytes:
            self.rest(now_s)
        if state is None:
            return
        if state.acked_bytes != self._acked_bytes:
            limit_retransmission(wire, state.round_trip_s)
        self._acked_bytes = state.acked_bytes
        self._stall_s = max(_LEAST_STALL_S, _STALL_ROUND_TRIPS * state.round_trip_s)

    def rest(self, now_s: float) -> None:
        """Note that something has arrived, or that nothing is on its way."""
        self._since_s = self._moved_s = now_s

    def wait_again(self, now_s: float) -> None:
        """Begin to wait for progress anew; `unmoved_s` goes on."""
        self._since_s = now_s

    def unmoved_s(self, now_s: float) -> float:
        """Return for how long nothing of what was sent has arrived."""
        return now_s - self._moved_s

    def is_stalled(self, now_s: float) -> bool:
        """Return whether nothing was acknowledged for a few round trips."""
        return now_s - self._since_s >= self._stall_s
