"""The order in which frames are judged: that of the peer that has used least time comes first."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Generic, Protocol, TypeVar

# While frames of several peers wait, a batch is made durable and acknowledged after this time.
# Longer batches need fewer flushes, and a peer waits for those of the others.
BATCH_S = 0.02


class FromPeer(Protocol):
    """Interface of a frame for `FrameTurns`."""

    @property
    def peer(self) -> str:
        """The node that sent it."""


_Frame = TypeVar("_Frame", bound=FromPeer)


class FrameTurns(Generic[_Frame]):
    """Frames that wait to be judged; those of one peer keep their order.

    A frame of ten receipts takes as long as fifty files: in the order of arrival a peer with dear
    frames would leave the others a part of the time only. A peer that comes back begins with the
    time of the one whose turn it is.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """clock: the seconds that `batch` measures."""
        self._clock = clock
        self._waiting: dict[str, deque[_Frame]] = {}
        self._used_s: dict[str, float] = {}
        self._now_s = 0.0

    def __len__(self) -> int:
        """Return the number of frames that wait."""
        return sum(map(len, self._waiting.values()))

    def add(self, frame: _Frame) -> None:
        """Append a frame to those of its peer."""
        if frame.peer not in self._waiting:
            self._waiting[frame.peer] = deque()
            self._used_s[frame.peer] = max(self._used_s.get(frame.peer, 0.0), self._now_s)
        self._waiting[frame.peer].append(frame)

    def batch(self, most: int) -> Iterator[_Frame]:
        """Yield the frames of one batch, at most so many; the time until the next is counted.

        A batch has as many frames as waited at its beginning. Frames that are added meanwhile may
        be among them: they do not make it longer, since those before wait for its flush.
        """
        began_s = self._clock()
        for _ in range(min(most, len(self))):
            is_late = len(self._waiting) > 1 and self._clock() >= began_s + BATCH_S
            if is_late or not self._waiting:
                return
            frame, taken_s = self.take(), self._clock()
            yield frame
            self.used(frame.peer, self._clock() - taken_s)

    def take(self) -> _Frame:
        """Remove and return the next frame; KeyError when none waits."""
        if not self._waiting:
            raise KeyError("no frame waits")
        peer = min(self._waiting, key=self._used_s.__getitem__)
        self._now_s = self._used_s[peer]
        frame = self._waiting[peer].popleft()
        if not self._waiting[peer]:
            del self._waiting[peer]
        return frame

    def used(self, peer: str, seconds: float) -> None:
        """Count time that was used for frames of a peer; peers that used least are forgotten."""
        self._used_s[peer] = self._used_s.get(peer, self._now_s) + seconds
        for idle in [each for each, used_s in self._used_s.items() if used_s < self._now_s]:
            if idle not in self._waiting:
                del self._used_s[idle]

    def clear(self) -> None:
        """Forget all frames."""
        self._waiting.clear()
