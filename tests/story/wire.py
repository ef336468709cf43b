"""Capture of the traffic between two nodes: a packet socket on loopback (packet(7))."""

import select
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

_ETH_P_ALL = 0x0003  # linux/if_ether.h
_SOL_PACKET = 263  # linux/socket.h
_PACKET_STATISTICS = 6  # linux/if_packet.h
_SO_RCVBUFFORCE = 33  # asm-generic/socket.h; not in the socket module
_BUFFER_BYTES = 256 * 1024 * 1024
_LONGEST_PACKET_BYTES = 256 * 1024
_ETHERNET_BYTES = 14
_ADDRESSES = slice(_ETHERNET_BYTES + 12, _ETHERNET_BYTES + 20)  # IPv4: source, destination


class PacketCapture:
    """Captures every packet between some addresses; they are in `packets` afterwards."""

    def __init__(self, addresses: list[str]) -> None:
        packed = [socket.inet_aton(address) for address in addresses]
        self._between = {one + other for one in packed for other in packed}
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(_ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER_BYTES)
        self._socket.bind(("lo", 0))
        self._stopped, self._stop = socket.socketpair()
        self._thread = threading.Thread(target=self._listen)
        self.packets: list[bytes] = []

    def begin(self) -> None:
        """Start to capture."""
        self._thread.start()

    def end(self) -> None:
        """Stop; AssertionError when the kernel dropped packets."""
        self._stop.send(b"\0")
        self._thread.join()
        statistics = self._socket.getsockopt(_SOL_PACKET, _PACKET_STATISTICS, 8)
        for each in (self._socket, self._stop, self._stopped):
            each.close()
        _, dropped = struct.unpack("=II", statistics)
        assert dropped == 0, f"{dropped} packets were not heard"

    def _listen(self) -> None:
        while True:
            ready, _, _ = select.select([self._socket, self._stopped], [], [])
            if self._socket in ready:
                packet = self._socket.recv(_LONGEST_PACKET_BYTES)
                if packet[_ADDRESSES] in self._between:
                    self.packets.append(packet)
            else:
                return


@contextmanager
def listening(addresses: list[str]) -> Iterator[PacketCapture]:
    """Yield a capture that runs until the block ends."""
    wire = PacketCapture(addresses)
    wire.begin()
    try:
        yield wire
    finally:
        wire.end()
