"""Interface of a message broker that is compared with netrelay's texts."""

import os
import threading
import time
from typing import Protocol

from bench.pair.waiting import Deadline

# As of netrelay's texts: it bounds how exact single times are.
_LOOK_S = 0.0005


class TextPeer(Protocol):
    """Two brokers, of which one carries messages to the other."""

    label: str

    def start(self) -> None:
        """Start what serves; Unavailable, with the package to install, if it is missing."""

    def send(self, lines: bytes) -> None:
        """Begin to send a message for each line."""

    def wait(self, count: int) -> None:
        """Block until so many messages have arrived since the start, at a client there."""

    def arrived(self) -> int:
        """Return how many messages have arrived since the start."""

    def stop(self) -> None:
        """Stop what serves; also after `start` failed."""


class LineCounter:
    """Counts the lines of a pipe as they come, in a thread."""

    def __init__(self, descriptor: int) -> None:
        self.count = 0
        self._descriptor = descriptor
        threading.Thread(target=self._read, daemon=True).start()

    def wait(self, count: int, deadline: Deadline) -> None:
        """Block until so many lines have come."""
        deadline.wait(f"message {count}", lambda: self.count >= count, poll_s=_LOOK_S)

    def _read(self) -> None:
        while data := os.read(self._descriptor, 1 << 16):
            self.count += data.count(b"\n")


def rate_of_texts(peer: TextPeer, lines: bytes, count: int) -> float:
    """Send messages at full rate; return how many arrived in a second."""
    before = peer.arrived()
    begin_s = time.monotonic()
    peer.send(lines)
    peer.wait(before + count)
    return count / (time.monotonic() - begin_s)


def single_ms(peer: TextPeer, line: bytes) -> float:
    """Send one message; return how long it took to arrive."""
    before = peer.arrived()
    begin_s = time.monotonic()
    peer.send(line)
    peer.wait(before + 1)
    return 1000 * (time.monotonic() - begin_s)
