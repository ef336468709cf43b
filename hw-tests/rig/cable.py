"""Cables between emulated machines: pairs of UDP sockets on loopback that hear only each other.

As on a real cable, what nobody takes is lost and nobody waits for it. With QEMU's own unix sockets
the sender does: ten frames that a starting machine has not read yet stop the other's network, and
its QEMU asks again and again, on a processor that the starting machine needs.
"""

import contextlib
import socket
from functools import cache

BUFFER_BYTES = 4 << 20
"""What may be on its way; the kernel gives at most net.core.rmem_max (socket(7))."""


@cache
def cable_ends(name: str) -> tuple[socket.socket, socket.socket]:
    """Both ends of a cable, made at its first use. They stay open here: a machine gets a copy of
    its end, and when it is gone the other's frames are lost, not refused."""
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
    """The descriptor of one end, for a machine that starts; what was sent to it before is gone."""
    end = cable_ends(name)[number]
    with contextlib.suppress(BlockingIOError):
        while True:
            end.recv(1)
    return end.fileno()
