"""Two ends of a serial line on a virtual clock, with the errors of a seed in between."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from math import log

from netrelay.core.serial.line_settings import LineSettings
from netrelay.core.serial.line_streams import StreamBytes, StreamEnded, StreamOpened
from netrelay.core.serial.serial_line import LineDown, LineEvent, LineUp, SerialLine

CHUNK_BYTES = 32
"""Bytes that arrive at once: a device does not wait for the end of a frame."""


@dataclass
class Faults:
    """What the line does to bytes; frame_loss: of everything that is written at once."""

    bit_errors: float = 0.0
    lost_bytes: float = 0.0
    doubled_bytes: float = 0.0
    frame_loss: float = 0.0
    latency_s: float = 0.005


@dataclass
class End:
    """One end, what it has sent into streams, and what came out of them."""

    line: SerialLine
    events: list[LineEvent] = field(default_factory=list)
    arrived: dict[int, bytearray] = field(default_factory=dict)
    ended: set[int] = field(default_factory=set)
    queues: dict[int, bytearray] = field(default_factory=dict)
    busy_until_s: float = 0.0
    spans: list[tuple[float, float]] = field(default_factory=list)
    due_s: float | None = 0.0
    reads: bool = True
    """False: nothing is taken from the streams."""

    def write(self, number: int, data: bytes) -> None:
        """Have bytes sent as the stream takes them."""
        self.queues.setdefault(number, bytearray()).extend(data)

    def move(self) -> None:
        """Take what has happened, and give what the streams have room for."""
        for event in self.line.take_events():
            self.events.append(event)
            match event:
                case StreamBytes(number, data):
                    self.arrived.setdefault(number, bytearray()).extend(data)
                    if self.reads:
                        self.line.streams.consumed(number, len(data))
                case StreamOpened(number, _):
                    self.arrived[number] = bytearray()
                    self.ended.discard(number)
                case StreamEnded(number, _):
                    self.ended.add(number)
                case LineDown():
                    self.queues.clear()
                    self.arrived.clear()
                case LineUp():
                    pass
        for number, queue in self.queues.items():
            room = self.line.streams.room_bytes(number)
            if room and queue:
                self.line.streams.send(number, bytes(queue[:room]))
                del queue[:room]


class SimulatedLine:
    """A line between `ends[0]` and `ends[1]`; everything repeats with the same seed."""

    def __init__(self, settings: LineSettings, seed: int = 1, faults: Faults | None = None) -> None:
        self.settings = settings
        self.random = random.Random(seed)
        self.faults = faults or Faults()
        self.now_s = 1000.0
        self.is_cut = False
        self.ends = [self._new_end(), self._new_end()]
        self._coming: list[tuple[float, int, int, bytes, tuple[float, float]]] = []
        self._count = 0

    def _new_end(self) -> End:
        return End(SerialLine(self.settings, self.random.randrange(1, 2**32), self.now_s))

    def restart(self, which: int) -> None:
        """Replace one end by one that knows nothing."""
        self.ends[which] = self._new_end()

    def inject(self, which: int, data: bytes) -> None:
        """Have one end receive these bytes now."""
        self.ends[which].line.receive(data, self.now_s)
        self.ends[which].move()
        self.ends[which].due_s = self.now_s

    def run(self, seconds: float, until: Callable[[], bool] = lambda: False) -> bool:
        """Run until a condition (a callable) holds; return whether it did, in so many seconds."""
        last_s = self.now_s + seconds
        while self.now_s < last_s:
            if until():
                return True
            self._step(last_s)
        return until()

    def _step(self, last_s: float) -> None:
        times = [end.due_s for end in self.ends if end.due_s is not None]
        if self._coming:
            times.append(self._coming[0][0])
        self.now_s = min([last_s, *(max(each, self.now_s) for each in times)])
        while self._coming and self._coming[0][0] <= self.now_s:
            _, _, to, data, span = heappop(self._coming)
            self.ends[to].line.receive(self._damaged(to, data, span), self.now_s)
            self.ends[to].due_s = self.now_s
        for number, end in enumerate(self.ends):
            end.move()
            if end.due_s is not None and end.due_s <= self.now_s:
                self._write(number, end)

    def _write(self, number: int, end: End) -> None:
        for _ in range(1000):
            written = end.line.next_write(self.now_s)
            end.due_s = written.due_s
            end.move()
            if written.data:
                self._send(number, end, written.data)
            elif end.due_s is None or end.due_s > self.now_s:
                return
            if end.due_s is None or end.due_s > self.now_s:
                return
        raise AssertionError("it is due at once, again and again")

    def _send(self, number: int, end: End, data: bytes) -> None:
        start_s = max(self.now_s, end.busy_until_s)
        end.busy_until_s = start_s + self.settings.line_s(len(data))
        span = (start_s, end.busy_until_s)
        end.spans = [each for each in end.spans if each[1] > self.now_s - 10] + [span]
        if self.is_cut or self.random.random() < self.faults.frame_loss:
            return
        for at in range(0, len(data), CHUNK_BYTES):
            chunk = data[at : at + CHUNK_BYTES]
            begun_s = start_s + self.settings.line_s(at)
            ended_s = begun_s + self.settings.line_s(len(chunk))
            self._count += 1
            entry = (ended_s + self.faults.latency_s, self._count, 1 - number, chunk)
            heappush(self._coming, (*entry, (begun_s, ended_s)))

    def _damaged(self, to: int, data: bytes, span: tuple[float, float]) -> bytes:
        if self.settings.is_half_duplex and self._collides(to, span):
            return self.random.randbytes(len(data))
        out = bytearray(data)
        for at in self._struck(self.faults.bit_errors, 8 * len(out)):
            out[at // 8] ^= 1 << at % 8
        for at in reversed(self._struck(self.faults.doubled_bytes, len(out))):
            out.insert(at, out[at])
        for at in reversed(self._struck(self.faults.lost_bytes, len(out))):
            del out[at]
        return bytes(out)

    def _struck(self, probability: float, count: int) -> list[int]:
        """Return which of so many things are struck, each with this probability."""
        struck: list[int] = []
        if not probability:
            return struck
        at = -1
        while True:
            # The distance to the next one has a geometric distribution.
            at += 1 + int(log(1 - self.random.random()) / log(1 - probability))
            if at >= count:
                return struck
            struck.append(at)

    def _collides(self, to: int, span: tuple[float, float]) -> bool:
        return any(start < span[1] and span[0] < end for start, end in self.ends[to].spans)
