"""A router that masquerades, for tests: TCP over IPv4 from one namespace into another.

    python -m tests.story.masquerade INNER INSIDE OUTER OUTSIDE ADDRESS IDLE_S

It has an interface INSIDE in the network namespace INNER and OUTSIDE in OUTER, translates the
source of what comes from inside to ADDRESS and a port of its own, and lets nothing in that no entry
of its connection table fits: it drops it without an answer. An entry is forgotten after IDLE_S
seconds without a packet.

Each line of standard input is a command, answered by one line: `forget` empties the table, `address
ADDRESS` changes the outer address and empties the table, `count` gives {"packets", "bytes",
"refused"} since the last count, IP headers included. Needs root and /dev/net/tun.
"""

import ctypes
import fcntl
import json
import os
import selectors
import socket
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

_TUNSETIFF = 0x400454CA
_IFF_TUN, _IFF_NO_PI = 0x0001, 0x1000
_CLONE_NEWNET = 0x40000000
_TCP = 6
_MOST_PACKET_BYTES = 65536
_FIRST_PORT = 20000
_SYN, _ACK = 0x02, 0x10


class _Inner(NamedTuple):
    address: bytes
    port: bytes


class _Entry:
    def __init__(self, inner: _Inner, port: int, used_s: float) -> None:
        self.inner = inner
        self.port = port
        self.used_s = used_s


class Masquerade:
    """The connection table, and the translation of packets."""

    def __init__(self, address: str, idle_s: float) -> None:
        self.address = socket.inet_aton(address)
        self._idle_s = idle_s
        self._next_port = _FIRST_PORT
        self._by_inner: dict[tuple[_Inner, bytes], _Entry] = {}
        self._by_port: dict[int, _Entry] = {}
        self.counts = {"packets": 0, "bytes": 0, "refused": 0}

    def forget(self) -> None:
        """Empty the table."""
        self._by_inner.clear()
        self._by_port.clear()

    def outwards(self, packet: bytearray, now_s: float) -> bool:
        """Translate a packet from inside; return whether it goes on."""
        inner = _Inner(bytes(packet[12:16]), bytes(packet[20:22]))
        key = inner, bytes(packet[16:20] + packet[22:24])
        entry = self._known(self._by_inner.get(key), now_s)
        if entry is None and packet[33] & (_SYN | _ACK) == _SYN:
            self._next_port += 1
            entry = _Entry(inner, self._next_port, now_s)
            self._by_inner[key] = self._by_port[entry.port] = entry
        if entry is None:
            self.counts["refused"] += 1
            return False
        entry.used_s = now_s
        _translate(packet, 12, self.address, 20, entry.port.to_bytes(2, "big"))
        return self._counted(packet)

    def inwards(self, packet: bytearray, now_s: float) -> bool:
        """Translate a packet from outside; return whether it goes on."""
        entry = None
        if packet[16:20] == self.address:
            port = int.from_bytes(packet[22:24], "big")
            entry = self._known(self._by_port.get(port), now_s)
        if entry is None:
            self.counts["refused"] += 1
            return False
        entry.used_s = now_s
        _translate(packet, 16, entry.inner.address, 22, entry.inner.port)
        return self._counted(packet)

    def _known(self, entry: _Entry | None, now_s: float) -> _Entry | None:
        if entry is None or now_s - entry.used_s > self._idle_s:
            return None
        return entry

    def _counted(self, packet: bytearray) -> bool:
        self.counts["packets"] += 1
        self.counts["bytes"] += len(packet)
        return True


def _translate(packet: bytearray, at: int, address: bytes, port_at: int, port: bytes) -> None:
    """Replace an address and a port, and correct both checksums (RFC 1624)."""
    before, before_port = bytes(packet[at : at + 4]), bytes(packet[port_at : port_at + 2])
    packet[10:12] = _corrected(packet[10:12], before, address)
    packet[36:38] = _corrected(packet[36:38], before + before_port, address + port)
    packet[at : at + 4], packet[port_at : port_at + 2] = address, port


def _corrected(checksum: bytes | bytearray, before: bytes, after: bytes) -> bytes:
    total = ~int.from_bytes(checksum, "big") & 0xFFFF
    for old, new in zip(
        struct.unpack(f">{len(before) // 2}H", before),
        struct.unpack(f">{len(after) // 2}H", after),
        strict=True,
    ):
        total += (~old & 0xFFFF) + new
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return (~total & 0xFFFF).to_bytes(2, "big")


def _is_tcp(packet: bytes | bytearray) -> bool:
    """Return whether it is TCP in IPv4 without options, which is all that is forwarded."""
    return len(packet) >= 40 and packet[0] == 0x45 and packet[9] == _TCP


def _interface(namespace: str, name: str) -> int:
    """Enter a namespace, make an interface there, and return its descriptor."""
    with Path(f"/run/netns/{namespace}").open("rb") as file:
        if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"cannot enter {namespace}")
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH", name.encode(), _IFF_TUN | _IFF_NO_PI))
    subprocess.run(["ip", "link", "set", name, "up"], check=True)
    return descriptor


def _forward(router: Masquerade, giver: int, taker: int, *, is_outwards: bool) -> None:
    translate = router.outwards if is_outwards else router.inwards
    while True:
        try:
            packet = bytearray(os.read(giver, _MOST_PACKET_BYTES))
        except BlockingIOError:
            return
        if _is_tcp(packet) and translate(packet, time.monotonic()):
            try:
                os.write(taker, packet)
            except OSError:  # its queue is full, or it is down: TCP sends it again
                continue


def _obey(router: Masquerade, line: str) -> None:
    command, *words = line.split()
    answer: object = "done"
    if command == "address":
        router.address = socket.inet_aton(words[0])
    if command in ("address", "forget"):
        router.forget()
    if command == "count":
        answer, router.counts = router.counts, dict.fromkeys(router.counts, 0)
    print(json.dumps(answer), flush=True)


def main() -> None:
    """Forward until standard input ends."""
    inner, inside_name, outer, outside_name, address, idle_s = sys.argv[1:]
    inside, outside = _interface(inner, inside_name), _interface(outer, outside_name)
    router = Masquerade(address, float(idle_s))
    with selectors.DefaultSelector() as selector:
        for descriptor in (inside, outside, sys.stdin.fileno()):
            selector.register(descriptor, selectors.EVENT_READ)
        print(json.dumps("ready"), flush=True)
        while True:
            for key, _ in selector.select():
                if key.fd == inside:
                    _forward(router, inside, outside, is_outwards=True)
                elif key.fd == outside:
                    _forward(router, outside, inside, is_outwards=False)
                else:
                    line = sys.stdin.readline()
                    if not line:
                        return
                    _obey(router, line)


if __name__ == "__main__":
    main()
