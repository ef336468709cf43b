"""The TCP options that every connection between nodes has.

Buffer sizes stay with the kernel, which tunes them to the link (tcp(7): setting SO_RCVBUF turns
that off). A dead peer is given up after TIMEOUT_S whether or not something is unsent: links here
come and go by the minute, and dialling again costs little.
"""

import socket
from typing import Final

KEEPALIVE_IDLE_S: Final = 120
KEEPALIVE_INTERVAL_S: Final = 30
KEEPALIVE_COUNT: Final = 4
TIMEOUT_S: Final = KEEPALIVE_IDLE_S + KEEPALIVE_INTERVAL_S * KEEPALIVE_COUNT
# Bytes that may wait in the kernel unsent before the socket stops being writable: what is urgent
# is chosen by us, and cannot overtake what the kernel already has.
UNSENT_LIMIT_BYTES: Final = 1 << 20


def set_options(connection: socket.socket) -> None:
    """Makes the socket non-blocking and sets what every connection between nodes has.

    Sockets that are not TCP (a socketpair) only become non-blocking.
    """
    connection.setblocking(False)
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        # Frames are written whole: waiting for more to send would only delay acknowledgements.
        (socket.TCP_NODELAY, 1),
        (socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S),
        (socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S),
        (socket.TCP_KEEPCNT, KEEPALIVE_COUNT),
        (socket.TCP_USER_TIMEOUT, TIMEOUT_S * 1000),
        (socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT_BYTES),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
