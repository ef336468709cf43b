"""Cables between emulated machines: pairs of connected UDP sockets on loopback.

As on a real cable, unread frames are lost without back-pressure. With unix sockets, ten frames that
a booting machine has not read yet stop the network of the sender, whose QEMU then polls on a
processor that the booting machine needs.
"""

import contextlib
import socket
from functools import cache

BUFFER_BYTES = 4 << 20
"""What may be on its way; the kernel gives at most net.core.rmem_max (socket(7))."""


@cache
def cable_ends(name: str) -> tuple[socket.socket, socket.socket]:
    """Return both ends of a cable, created on the first call.

    This process keeps them open and a machine gets a copy of its end, so that frames to a machine
    that is off are lost, not refused.
    """
    ends = tuple(socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in "01")
    for end in ends:
        end.bind(("127.0.0.1", 0))
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
    one, other = ends
    one.connect(other.getsockname())
    other.connect(one.getsockname())
    return one, other


def plug_in(name: str, number: int) -> int:
    """Return the descriptor of one end for a machine that starts, without earlier frames."""
    end = cable_ends(name)[number]
    with contextlib.suppress(BlockingIOError):
        while True:
            end.recv(1)
    return end.fileno()
