"""A line between two network namespaces: slow, and it breaks on schedule.

Each end is a TUN device. A thread carries IPv4 packets between them at one rate in each direction,
with a queue of a quarter of a second and a delay of 20 ms. Every so often it may be down, when all
packets are lost, or reset every TCP connection, as a router that has lost its table of connections.
"""

import fcntl
import os
import select
import struct
import subprocess
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_INFO = 0x1001
_DELAY_S = 0.02
_QUEUE_S = 0.25
_QUEUE_LEAST_BYTES = 6000
_PACKET_BYTES = 2048
_TICK_S = 0.005
_RST = 0x04
ADDRESSES = ("10.77.0.1", "10.77.0.2")


class Schedule(NamedTuple):
    """Rate of each direction; seconds between resets, and up and down in turn (0: never)."""

    bytes_per_s: int
    reset_every_s: float = 0.0
    up_s: float = 0.0
    down_s: float = 0.0

    def is_up(self, since_s: float) -> bool:
        """Return whether the line is there at this time."""
        return not self.down_s or since_s % (self.up_s + self.down_s) < self.up_s

    def up_for_s(self, since_s: float) -> float:
        """Return for how long the line was there until this time."""
        if not self.down_s:
            return since_s
        rounds, rest_s = divmod(since_s, self.up_s + self.down_s)
        return rounds * self.up_s + min(rest_s, self.up_s)


GOOD = Schedule(100 * 1024 * 1024)


class _Way:
    """One direction: what waits, and when each packet is at the other end."""

    def __init__(self) -> None:
        self.waiting: deque[tuple[float, bytes]] = deque()
        self.free_s = 0.0
        self.crossed_bytes = 0

    def put(self, packet: bytes, bytes_per_s: int, now_s: float) -> None:
        """Queue a packet; one that finds the queue full is lost."""
        begin_s = max(now_s, self.free_s)
        longest_s = max(_QUEUE_S, _QUEUE_LEAST_BYTES / bytes_per_s)
        if begin_s - now_s <= longest_s:
            self.free_s = begin_s + len(packet) / bytes_per_s
            self.waiting.append((self.free_s + _DELAY_S, packet))


class Line:
    """The line; `schedule` may be changed while it runs, and begins anew then."""

    def __init__(self, names: tuple[str, str]) -> None:
        self._descriptors = [_device(name) for name in names]
        self._ways = [_Way(), _Way()]
        self._schedule = GOOD
        self._begun_s = time.monotonic()
        self._resets = 0
        # By flow as the packets of one end name it: the number that the end expects next.
        self._expected: dict[bytes, tuple[int, int]] = {}
        self._reset_flows: set[bytes] = set()
        self._is_ending = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def begin(self, schedule: Schedule) -> None:
        """Follow a schedule from now on; count from zero."""
        with self._lock:
            self._schedule = schedule
            self._begun_s = time.monotonic()
            self._resets = 0
            for way in self._ways:
                way.crossed_bytes = 0

    @property
    def since_s(self) -> float:
        """Seconds since the schedule began."""
        return time.monotonic() - self._begun_s

    @property
    def crossed_bytes(self) -> int:
        """Bytes of packets that reached the second end."""
        return self._ways[0].crossed_bytes

    @property
    def crossed_both_bytes(self) -> int:
        """Bytes of packets that reached either end, since the schedule began."""
        return sum(way.crossed_bytes for way in self._ways)

    def end(self) -> None:
        """Stop carrying, and remove both devices."""
        self._is_ending = True
        self._thread.join()
        for descriptor in self._descriptors:
            os.close(descriptor)

    def _run(self) -> None:
        while not self._is_ending:
            ready, _, _ = select.select(self._descriptors, [], [], _TICK_S)
            with self._lock:
                now_s = time.monotonic()
                self._break_on_schedule(now_s)
                for end, descriptor in enumerate(self._descriptors):
                    if descriptor in ready:
                        self._take(end, os.read(descriptor, _PACKET_BYTES), now_s)
                self._give(now_s)

    def _break_on_schedule(self, now_s: float) -> None:
        every_s = self._schedule.reset_every_s
        if every_s and (now_s - self._begun_s) // every_s > self._resets:
            self._resets += 1
            for flow, (end, number) in self._expected.items():
                self._reset_flows.add(flow)
                self._write(end, _reset(flow, number))
            self._expected.clear()
            for way in self._ways:
                way.waiting.clear()
                way.free_s = now_s

    def _take(self, end: int, packet: bytes, now_s: float) -> None:
        if packet[0] >> 4 != 4 or not self._schedule.is_up(now_s - self._begun_s):
            return
        if packet[9] == 6:
            at = (packet[0] & 15) * 4
            flow = packet[12:20] + packet[at : at + 4]
            (number,) = struct.unpack_from(">I", packet, at + 8)
            flags = packet[at + 13]
            if flags & 2:
                self._reset_flows.discard(flow)
            if flow in self._reset_flows:
                if not flags & _RST:
                    self._write(end, _reset(flow, number))
                return
            self._expected[flow] = (end, number)
        self._ways[end].put(packet, self._schedule.bytes_per_s, now_s)

    def _give(self, now_s: float) -> None:
        is_up = self._schedule.is_up(now_s - self._begun_s)
        for end, way in enumerate(self._ways):
            while way.waiting and way.waiting[0][0] <= now_s:
                _, packet = way.waiting.popleft()
                if is_up:
                    way.crossed_bytes += len(packet)
                    self._write(1 - end, packet)

    def _write(self, end: int, packet: bytes) -> None:
        os.write(self._descriptors[end], packet)


def _device(name: str) -> int:
    descriptor = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(descriptor, _TUNSETIFF, struct.pack("16sH", name.encode(), _TUN_WITHOUT_INFO))
    return descriptor


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def _reset(flow: bytes, number: int) -> bytes:
    """Return an RST to the end whose packets name this flow, with the number that it expects."""
    source, target, source_port, target_port = flow[:4], flow[4:8], flow[8:10], flow[10:12]
    head = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, 6, 0) + target + source
    head = head[:10] + struct.pack(">H", _checksum(head)) + head[12:]
    tcp = target_port + source_port + struct.pack(">IIBBHHH", number, 0, 0x50, _RST, 0, 0, 0)
    pseudo = target + source + struct.pack(">BBH", 0, 6, len(tcp))
    tcp = tcp[:16] + struct.pack(">H", _checksum(pseudo + tcp)) + tcp[18:]
    return head + tcp


def _ip(*arguments: str) -> None:
    subprocess.run(["ip", *arguments], check=True, capture_output=True)


@contextmanager
def line_between(first: str, second: str) -> Iterator[Line]:
    """Make two network namespaces with a line between them; remove them at the end."""
    names = (first, second)
    made: list[str] = []
    try:
        for name in names:
            _ip("netns", "add", name)
            made.append(name)
        line = Line(names)
        try:
            for name, address in zip(names, ADDRESSES, strict=True):
                _ip("link", "set", name, "netns", name)
                _ip("-n", name, "address", "add", f"{address}/24", "dev", name)
                _ip("-n", name, "link", "set", name, "up")
                _ip("-n", name, "link", "set", "lo", "up")
            yield line
        finally:
            line.end()
    finally:
        for name in made:
            _ip("netns", "delete", name)
