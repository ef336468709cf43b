"""Socket options of every connection between nodes (tcp(7)).

SO_RCVBUF and SO_SNDBUF stay unset, since setting them turns the kernel's auto-tuning off. A dead
peer is detected after TIMEOUT_S: by keepalive on an idle connection, by TCP_USER_TIMEOUT on one
with unacknowledged data.
"""

import socket
from typing import Final

KEEPALIVE_IDLE_S: Final = 120
KEEPALIVE_INTERVAL_S: Final = 30
KEEPALIVE_COUNT: Final = 4
TIMEOUT_S: Final = KEEPALIVE_IDLE_S + KEEPALIVE_INTERVAL_S * KEEPALIVE_COUNT
# The socket is not writable while the kernel holds more unsent bytes: they cause head-of-line
# blocking for an urgent message, which cannot overtake them.
UNSENT_LIMIT_BYTES: Final = 1 << 20


def set_tcp_options(connection: socket.socket) -> None:
    """Make the socket non-blocking, and set the options above if it is a TCP socket."""
    connection.setblocking(False)
    if connection.family not in (socket.AF_INET, socket.AF_INET6):
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        # Nagle's algorithm would only delay acknowledgements: frames are written whole.
        (socket.TCP_NODELAY, 1),
        (socket.TCP_KEEPIDLE, KEEPALIVE_IDLE_S),
        (socket.TCP_KEEPINTVL, KEEPALIVE_INTERVAL_S),
        (socket.TCP_KEEPCNT, KEEPALIVE_COUNT),
        (socket.TCP_USER_TIMEOUT, TIMEOUT_S * 1000),
        (socket.TCP_NOTSENT_LOWAT, UNSENT_LIMIT_BYTES),
    ):
        connection.setsockopt(socket.IPPROTO_TCP, option, value)
