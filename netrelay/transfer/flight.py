"""What is in flight on one connection: frames handed to sender, not yet decided by the peer.

How much may be in flight follows the line: what it decides in two seconds. What is urgent waits
behind no more than that, and a connection that breaks has no more to send again.
"""

from collections.abc import Iterator
from typing import NamedTuple

from netrelay.ring.records import Refused
from netrelay.store.outgoing import Ready

# Twice what a peer of the default capacity takes in before it flushes: the wire never runs dry.
LARGEST_WINDOW_BYTES = 32 * 1024 * 1024
# A peer whose card takes up to a second for a flush is given enough to fill it meanwhile.
_WINDOW_S = 2.0
# Two frames with their seals and headers: one is on the wire while the other is decided.
_SMALLEST_WINDOW_FRAMES = 3
# How long a frame of small messages may take where a rate is limited.
_LIMITED_FRAME_S = 1.0


class Outcome(NamedTuple):
    """A decided message; refused is None when it is durable at the peer."""

    message: Ready
    peer: str
    refused: Refused | None


class _Frame(NamedTuple):
    length_bytes: int
    messages: list[Ready]
    sent_s: float
    decided_before_bytes: int


class Flight:
    """One connection's frames by number; handle: what sender calls the connection.

    now_s is the caller's monotonic clock, opened_s what it said when the connection opened.
    """

    def __init__(
        self,
        peer: str,
        handle: int,
        message_size_bytes: int,
        number: int,
        opened_s: float = 0.0,
    ) -> None:
        self.peer = peer
        self.handle = handle
        self.message_size_bytes = message_size_bytes
        self.agreement_number = number
        self.opened_s = opened_s
        self._frames: dict[int, _Frame] = {}
        self._refused: dict[tuple[int, int], Refused] = {}
        self._last_frame = 0
        self._bytes = 0
        self._decided_bytes = 0
        self._smallest_window_bytes = _SMALLEST_WINDOW_FRAMES * message_size_bytes
        self.window_bytes = self._smallest_window_bytes
        """How much may be in flight now."""
        self.limit_bytes_per_s: int | None = None
        """How fast this peer may be sent to; None is as fast as the line goes."""

    def is_enough(self, length_bytes: int) -> bool:
        """Tell whether a frame of this length is closed although more would fit.

        Where a rate is limited, what is urgent waits for the end of a frame that has been begun.
        """
        limit = self.limit_bytes_per_s
        return limit is not None and length_bytes >= limit * _LIMITED_FRAME_S

    @property
    def room_bytes(self) -> int:
        """How much more may be sent before the peer has to decide; below 0 when it has shrunk."""
        return self.window_bytes - self._bytes

    @property
    def is_idle(self) -> bool:
        """True when nothing waits for the peer's word."""
        return not self._frames

    def add(self, messages: list[Ready], length_bytes: int, now_s: float) -> int:
        """Note a frame; gives its number on the connection, from 1."""
        self._last_frame += 1
        self._frames[self._last_frame] = _Frame(length_bytes, messages, now_s, self._decided_bytes)
        self._bytes += length_bytes
        return self._last_frame

    def refuse(self, refused: Refused) -> None:
        """Note the refusal of a message in flight; it counts when its frame is decided."""
        frame = self._frames.get(refused.frame)
        if frame is not None and refused.message_index < len(frame.messages):
            self._refused[refused.frame, refused.message_index] = refused

    def decide(self, frame: int, now_s: float) -> Iterator[Outcome]:
        """Give what became of every message up to this frame; run it out."""
        newest: _Frame | None = None
        for number in [each for each in self._frames if each <= frame]:
            newest = self._frames.pop(number)
            self._bytes -= newest.length_bytes
            self._decided_bytes += newest.length_bytes
            for index, message in enumerate(newest.messages):
                yield Outcome(message, self.peer, self._refused.pop((number, index), None))
        if newest is not None:
            self._follow(newest, now_s)

    def _follow(self, newest: _Frame, now_s: float) -> None:
        """Let the window be what _WINDOW_S decides, measured while the newest frame was out.

        While the line decides faster than that this is more than is in flight, and grows.
        """
        # As BBR measures it: draft-ietf-ccwg-bbr, delivery rate. No shorter than a clock can tell.
        elapsed_s = max(now_s - newest.sent_s, 0.001)
        rate_bytes_per_s = (self._decided_bytes - newest.decided_before_bytes) / elapsed_s
        self.window_bytes = max(
            self._smallest_window_bytes,
            min(LARGEST_WINDOW_BYTES, int(rate_bytes_per_s * _WINDOW_S)),
        )

    def lost(self) -> list[Ready]:
        """Give every message that was not decided; for after the end."""
        return [message for frame in self._frames.values() for message in frame.messages]
