"""A serial cable between two pseudo-terminals: rate, errors and turns of a line."""

from __future__ import annotations

import os
import random
import select
import threading
import time
import tty
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_TURN_S = 0.002
_AT_ONCE_BYTES = 4096
PACKET_BYTES = 128


@dataclass
class Direction:
    """One direction: bytes that have left, and when each piece of them is there."""

    source: int
    target: int
    left_s: float = 0.0
    coming: deque[tuple[float, bytes]] = field(default_factory=deque)
    passed_bytes: int = 0
    is_losing: bool = False
    unread: bytes = b""


class SerialCable:
    """`devices` are the paths of its two ends; a thread moves the bytes.

    packet_loss: of each PACKET_BYTES, as a radio modem loses them. turnaround_s: half duplex, as a
    radio modem does it: one side at a time, with a pause between.
    """

    def __init__(
        self,
        baud: int,
        bit_errors: float = 0.0,
        turnaround_s: float | None = None,
        packet_loss: float = 0.0,
        seed: int = 1,
    ) -> None:
        self.bytes_per_s = baud / 10
        self.bit_errors = bit_errors
        self.packet_loss = packet_loss
        self.turnaround_s = turnaround_s
        self.is_cut = False
        self._random = random.Random(seed)
        pairs = [os.openpty(), os.openpty()]
        for _, slave in pairs:
            tty.setraw(slave)
        self.devices = [os.ttyname(slave) for _, slave in pairs]
        self._descriptors = [each for pair in pairs for each in pair]
        masters = [master for master, _ in pairs]
        for master in masters:
            os.set_blocking(master, False)
        self.directions = [Direction(masters[0], masters[1]), Direction(masters[1], masters[0])]
        self._talks: Direction | None = None
        self._is_ending = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cable", daemon=True)

    def start(self) -> None:
        """Begin to move bytes."""
        self._thread.start()

    def close(self) -> None:
        """End it."""
        self._is_ending.set()
        self._thread.join()
        for descriptor in self._descriptors:
            os.close(descriptor)

    def _run(self) -> None:
        masters = [each.source for each in self.directions]
        while not self._is_ending.is_set():
            waits = any(each.coming or each.unread for each in self.directions)
            select.select([] if waits else masters, [], [], _TURN_S if waits else 0.1)
            now_s = time.monotonic()
            for each in self.directions:
                self._take(each, now_s)
            for each in self.directions:
                self._give(each, now_s)

    def _take(self, direction: Direction, now_s: float) -> None:
        """Read what a sender has written, no more than the line takes in a moment."""
        if direction.left_s > now_s + 2 * _TURN_S:
            return
        other = next(each for each in self.directions if each is not direction)
        is_turn = self.turnaround_s is not None and self._talks is other
        if is_turn and now_s < other.left_s + (self.turnaround_s or 0.0):
            return
        most = max(1, min(_AT_ONCE_BYTES, int(self.bytes_per_s * 4 * _TURN_S)))
        data = b""
        with suppress(BlockingIOError, OSError):
            data = os.read(direction.source, most)
        if not data:
            return
        self._talks = direction
        direction.left_s = max(direction.left_s, now_s) + len(data) / self.bytes_per_s
        kept = self._kept(direction, data)
        direction.passed_bytes += len(data)
        if not self.is_cut:
            direction.coming.append((direction.left_s, self._damaged(kept)))

    def _kept(self, direction: Direction, data: bytes) -> bytes:
        if not self.packet_loss:
            return data
        out = bytearray()
        for at, byte in enumerate(data, direction.passed_bytes):
            if at % PACKET_BYTES == 0:
                direction.is_losing = self._random.random() < self.packet_loss
            if not direction.is_losing:
                out.append(byte)
        return bytes(out)

    def _damaged(self, data: bytes) -> bytes:
        if not self.bit_errors:
            return data
        out = bytearray(data)
        for at in range(8 * len(out)):
            if self._random.random() < self.bit_errors:
                out[at // 8] ^= 1 << at % 8
        return bytes(out)

    @staticmethod
    def _give(direction: Direction, now_s: float) -> None:
        while direction.coming and direction.coming[0][0] <= now_s:
            direction.unread += direction.coming.popleft()[1]
        if direction.unread:
            with suppress(BlockingIOError, OSError):
                count = os.write(direction.target, direction.unread)
                direction.unread = direction.unread[count:]


@contextmanager
def serial_cable(
    baud: int,
    bit_errors: float = 0.0,
    turnaround_s: float | None = None,
    packet_loss: float = 0.0,
) -> Iterator[SerialCable]:
    """Yield a cable that moves bytes."""
    cable = SerialCable(baud, bit_errors, turnaround_s, packet_loss)
    cable.start()
    try:
        yield cable
    finally:
        cable.close()
