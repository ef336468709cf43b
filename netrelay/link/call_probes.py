"""Keepalive probes of calls, by options of their sockets: the kernel sends them (tcp(7))."""

import socket
from typing import Final

from netrelay.link.socket_options import KEEPALIVE_INTERVAL_S, TIMEOUT_S

# Longer than the longest interval of a caller (sql/outgoing.sql): two kinds of probes would cost
# twice, and hide what the router of the caller forgets.
ANSWERED_IDLE_S: Final = 960

# The first silence after something has moved on a call. With the probes and a second for dialling
# it is less than the 30 s within which a call that a router has forgotten is to be placed anew.
FIRST_SILENCE_S: Final = 15
# A call is given up so long after its first keepalive probe that is not answered: three probes, and
# longer than a round trip by satellite.
CALL_PROBES_S: Final = 9
_CALL_PROBE_INTERVAL_S: Final = 3


def keep_alive(connection: socket.socket, idle_s: int, interval_s: int, timeout_s: int) -> None:
    """Have an idle connection probed after idle_s, and given up after timeout_s of silence.

    The kernel does both: no process wakes up for it.
    """
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    for option, value in (
        # First: the probe that a shorter time causes is judged by it.
        (socket.TCP_USER_TIMEOUT, timeout_s * 1000),
        (socket.TCP_KEEPINTVL, interval_s),
        (socket.TCP_KEEPIDLE, idle_s),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)


def keep_call_alive(connection: socket.socket, idle_s: int) -> None:
    """Have a call probed by its caller after idle_s."""
    keep_alive(connection, idle_s, _CALL_PROBE_INTERVAL_S, idle_s + CALL_PROBES_S)


def probe_call(connection: socket.socket) -> None:
    """Have a call probed now; it is given up after CALL_PROBES_S at most without an answer."""
    keep_alive(connection, 1, _CALL_PROBE_INTERVAL_S, CALL_PROBES_S)


def keep_answered_call(connection: socket.socket) -> None:
    """Leave the probes of a call to its caller, which alone can place it again."""
    keep_alive(connection, ANSWERED_IDLE_S, KEEPALIVE_INTERVAL_S, TIMEOUT_S)


def is_unanswered(connection: socket.socket) -> bool:
    """Return whether a keepalive probe or a segment was sent and not answered; OSError if closed.

    The error of the socket does not tell: OpenSSL returns an end without close_notify for it.
    """
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    # struct tcp_info (linux/tcp.h): state, ca_state, retransmits, probes, ...
    retransmits, probes = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 4)[2:4]
    return bool(retransmits or probes)


def is_probe_unanswered(connection: socket.socket) -> bool:
    """Return whether a keepalive probe was not answered, while no segment was on its way.

    OSError if closed.
    """
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return False
    retransmits, probes = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 4)[2:4]
    return bool(probes and not retransmits)
