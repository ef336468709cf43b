"""Flow control of one connection: frames handed to sender and not yet decided by the peer.

The window adapts to the line: the bytes that the peer decides in two seconds. An urgent message
waits behind no more than that, and a broken connection loses no more than that. Where a piece takes
longer than that, it waits behind the frame that is being sent.
"""

from collections.abc import Iterator
from typing import NamedTuple

from netrelay.core.earliest_arrival import WayLoad
from netrelay.core.frames import RefusedMessage
from netrelay.store.budgets import BudgetLeft
from netrelay.store.outgoing import Ready

# Twice what a peer of the default capacity receives before it flushes, so the line stays busy.
LARGEST_WINDOW_BYTES = 32 * 1024 * 1024
# A card may need a second for a flush; the line stays busy meanwhile.
_WINDOW_S = 2.0
# Two frames with their seals and headers: one is sent while the other is decided.
_SMALLEST_WINDOW_FRAMES = 3
# The longest time for a frame of small messages on a rate-limited connection.
_LIMITED_FRAME_S = 1.0
# The kernel holds 128 KiB that are not sent yet (link/socket_options.py): half a second at this
# rate, in which the next frame is filled and committed.
_SLOW_BYTES_PER_S = 256 * 1024


def is_slow(rate_bytes_per_s: float) -> bool:
    """Return whether a line of this rate stays busy although sender has one frame at a time."""
    return rate_bytes_per_s <= _SLOW_BYTES_PER_S


def likely_window_bytes(rate_bytes_per_s: float, message_size_bytes: int) -> int:
    """Return the window of a line with this rate."""
    return max(
        _SMALLEST_WINDOW_FRAMES * message_size_bytes,
        min(LARGEST_WINDOW_BYTES, int(rate_bytes_per_s * _WINDOW_S)),
    )


class Decision(NamedTuple):
    """A decided message; refused is None when it is durable at the peer.

    handle: of the connection on which it was decided.
    """

    message: Ready
    peer: str
    refused: RefusedMessage | None
    handle: int


class FlyingFrame(NamedTuple):
    """A frame that is not decided yet."""

    length_bytes: int
    messages: list[Ready]
    sent_s: float
    decided_before_bytes: int


class Flight:
    """The frames of one connection by number, from 1, and its window.

    A connection may go on with the frames that an earlier one had begun (`begun`, `go_on`); then it
    numbers on from them.

    A frame is in flight from `add` to the `decide` that covers it. The peer decides in order and
    cumulatively: `decide(n)` decides every frame up to n. Refusals come before the decision of
    their frame (docs/protocol.md, section 5), so `refuse` only notes them. What is in flight when
    the connection ends is `lost`. The window grows while the line decides faster than it is filled:
    delivery rate times two seconds, between three frames and 32 MiB.

    handle: sender's number of the connection. way: by which of its addresses the peer was reached,
    "" where that is not known. is_beside: another one is open to this peer. now_s: the caller's
    monotonic clock; opened_s: its value when the connection opened.
    """

    def __init__(
        self,
        peer: str,
        handle: int,
        message_size_bytes: int,
        number: int,
        opened_s: float = 0.0,
        *,
        way: str = "",
        is_beside: bool = False,
    ) -> None:
        self.peer = peer
        self.handle = handle
        self.way = way
        self.is_beside = is_beside
        """True while it carries chunks alone, beside another one; that one ends before it does."""
        self.has_session = not is_beside
        """False: the next connection goes on with none of its frames, nor with those before it."""
        self.message_size_bytes = message_size_bytes
        self.agreement_number = number
        self.opened_s = opened_s
        self._frames: dict[int, FlyingFrame] = {}
        self._refused: dict[tuple[int, int], RefusedMessage] = {}
        self._last_frame = 0
        self._last_again = 0
        self._bytes = 0
        self.decided_bytes = 0
        """Bytes of the frames that were decided."""
        self.window_bytes = _SMALLEST_WINDOW_FRAMES * message_size_bytes
        """The bytes that may be in flight now."""
        self._rate_bytes_per_s = 0.0  # of the newest decision; 0 before the first one
        self._piece_rate_bytes_per_s = 0.0  # likewise, of half a piece or more
        self._moved_s = opened_s  # of the newest decision, or since when something is in flight
        self.limit_bytes_per_s: int | None = None
        """The rate limit of this peer; None is unlimited."""
        self.budget: BudgetLeft | None = None
        """What the budget of this peer has left, less what is in flight; None: it has no budget."""
        self.chunks_to_take: int | None = None
        """Chunks that the next fill takes at most, since other ways carry some; None: no limit."""

    def is_enough(self, length_bytes: int) -> bool:
        """Return whether a frame of this length is closed although more would fit.

        On a rate-limited connection an urgent message waits for the end of the current frame.
        """
        limit = self.limit_bytes_per_s
        return limit is not None and length_bytes >= limit * _LIMITED_FRAME_S

    @property
    def takes_one_frame(self) -> bool:
        """True while sender gets one frame at a time, so that an urgent message waits for that one.

        On a limited or slow connection, and before the first decision: what waits at sender would
        go before the message. A frame that the kernel has taken is not at sender any more.
        """
        return self.limit_bytes_per_s is not None or is_slow(self._rate_bytes_per_s)

    def load(self, now_s: float) -> WayLoad:
        """Return the bytes in flight, and the rate at which the peer decided the newest pieces.

        It is less while nothing is decided for longer than that rate would take: a line that has
        stopped is no reason to wait for it.
        """
        rate = self._piece_rate_bytes_per_s
        waited_s = now_s - self._moved_s if self._frames else 0.0
        awaited_bytes = max(self._bytes, self.message_size_bytes)
        if waited_s * rate > awaited_bytes:
            rate = awaited_bytes / waited_s
        return WayLoad(self._bytes, rate)

    @property
    def room_bytes(self) -> int:
        """Bytes that may still be sent; negative after the window has shrunk."""
        return self.window_bytes - self._bytes

    @property
    def is_idle(self) -> bool:
        """True when no frame waits for a decision."""
        return not self._frames

    def add(self, messages: list[Ready], length_bytes: int, now_s: float) -> int:
        """Add a frame in flight; return its number on the connection."""
        if self.is_idle:
            self._moved_s = now_s
        self._last_frame += 1
        self._frames[self._last_frame] = FlyingFrame(
            length_bytes, messages, now_s, self.decided_bytes
        )
        self._bytes += length_bytes
        return self._last_frame

    def refuse(self, refused: RefusedMessage) -> None:
        """Note the refusal of a message in flight; it counts when its frame is decided.

        A frame or message that is not in flight changes nothing.
        """
        frame = self._frames.get(refused.frame)
        if frame is not None and refused.position < len(frame.messages):
            self._refused[refused.frame, refused.position] = refused

    def decide(self, frame: int, now_s: float) -> Iterator[Decision]:
        """Yield a decision for every message up to this frame; exhaust it, or the rest is kept."""
        newest: FlyingFrame | None = None
        for number in [each for each in self._frames if each <= frame]:
            newest = self._frames.pop(number)
            self._bytes -= newest.length_bytes
            self.decided_bytes += newest.length_bytes
            for index, message in enumerate(newest.messages):
                refused = self._refused.pop((number, index), None)
                yield Decision(message, self.peer, refused, self.handle)
        if newest is not None:
            self._follow(newest, now_s)

    def _follow(self, newest: FlyingFrame, now_s: float) -> None:
        """Set the window to _WINDOW_S of the delivery rate while the newest frame was in flight."""
        self._moved_s = now_s
        # Delivery rate as in BBR (draft-ietf-ccwg-bbr). The clock cannot resolve less than 1 ms.
        elapsed_s = max(now_s - newest.sent_s, 0.001)
        decided_bytes = self.decided_bytes - newest.decided_before_bytes
        self._rate_bytes_per_s = decided_bytes / elapsed_s
        # A manifest that is decided alone tells how long an answer takes, and nothing of the line.
        if decided_bytes * 2 >= self.message_size_bytes:
            self._piece_rate_bytes_per_s = self._rate_bytes_per_s
        self.window_bytes = likely_window_bytes(self._rate_bytes_per_s, self.message_size_bytes)

    def begun(self, last: int) -> dict[int, FlyingFrame]:
        """Return the frames in flight up to this one, by number."""
        return {number: frame for number, frame in self._frames.items() if number <= last}

    def go_on(self, frames: dict[int, FlyingFrame], last: int, now_s: float) -> list[Ready]:
        """Adopt the frames that an earlier connection had begun; return their messages.

        last: number of the last of them, also when it is decided already.
        """
        self._last_frame = self._last_again = last
        self._moved_s = now_s
        for number, frame in frames.items():
            if number <= last:
                self._frames[number] = frame._replace(sent_s=now_s, decided_before_bytes=0)
                self._bytes += frame.length_bytes
        return self.lost()

    @property
    def is_going_on(self) -> bool:
        """True while frames that an earlier connection had begun are in flight."""
        return any(number <= self._last_again for number in self._frames)

    def lost(self) -> list[Ready]:
        """Return every message that was not decided, after the connection has ended."""
        return [message for frame in self._frames.values() for message in frame.messages]
