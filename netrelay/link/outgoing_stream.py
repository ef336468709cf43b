"""The state of a session of frames at the dialler, kept while its connections come and go."""

from collections import deque
from typing import Final, NamedTuple

from netrelay.core.resumption import Resume, ResumeCode, Resumed
from netrelay.link.link_closed import LinkClosed

# What the kernel took faster is not kept: on such a line it costs less to send the frame again than
# to copy each one. Copying takes less than a tenth of the time that this rate leaves.
_FAST_BYTES_PER_S: Final = 32 * 1024 * 1024
# The buffers of the kernel and of what is between here and the peer take a frame of this size at
# once on the slowest line, and several of any size as long as so many bytes were not acknowledged.
_SMALL_FRAME_BYTES: Final = 256 * 1024
_PROVEN_BYTES: Final = 16 * 1024 * 1024


class KeptFrame(NamedTuple):
    """A frame that was begun and not acknowledged: its number in the session, and its bytes."""

    number: int
    frame: bytes


class OutgoingStream:
    """The frames of one session that were begun, and copies of those that may have to go on.

    Frames are numbered from 1 over all connections of the session. `acknowledged` of them were;
    `begun` is the last one of which anything was sent. A frame is kept from its last byte until it
    is acknowledged, unless the connection has proven to be fast; one that is cut, from the end of
    its connection. Kept are the last ones without a gap: most_bytes of them, or one.
    """

    def __init__(self, session: bytes, most_bytes: int) -> None:
        """Begin a session; most_bytes: of kept frames, unless one alone is larger."""
        self.session = session
        self.acknowledged = 0
        self.begun = 0
        self._most_bytes = most_bytes
        self._kept: deque[KeptFrame] = deque()
        self._kept_bytes = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the frames that are kept."""
        return self._kept_bytes

    def resume(self) -> Resume:
        """Return what the peer has to know of this session."""
        first = self._kept[0].number if self._kept else self.begun + 1
        return Resume(self.session, self.acknowledged, first, self.begun)

    def written(
        self, number: int, frame: memoryview | bytes, took_s: float, decided_bytes: int
    ) -> None:
        """Note that the kernel has all bytes of a frame.

        took_s: from its first byte. decided_bytes: what was acknowledged on this connection.
        """
        self.begun = number
        is_slow = len(frame) <= max(_SMALL_FRAME_BYTES, took_s * _FAST_BYTES_PER_S)
        if is_slow or decided_bytes < _PROVEN_BYTES:
            self._keep(number, bytes(frame))
        else:
            self._kept.clear()
            self._kept_bytes = 0

    def cut(self, number: int, frame: memoryview | bytes) -> None:
        """Note that the connection ended in the middle of a frame."""
        self.begun = number
        self._keep(number, bytes(frame))

    def acknowledge(self, decided: int) -> None:
        """Note that the peer has decided every frame up to this one."""
        self.acknowledged = max(self.acknowledged, decided)
        while self._kept and self._kept[0].number <= self.acknowledged:
            self._kept_bytes -= len(self._kept.popleft().frame)

    def go_on(self, resumed: Resumed) -> list[KeptFrame] | None:
        """Return the frames to send again, the first from `held_bytes` on; None: a new session.

        They are no longer kept here: `written` and `cut` bring them back. LinkClosed if the answer
        names what was not sent.
        """
        if resumed.code is ResumeCode.NEW:
            self.acknowledged = self.begun = self._kept_bytes = 0
            self._kept.clear()
            return None
        first = self.resume().first
        if not max(self.acknowledged, first - 1) <= resumed.received <= self.begun:
            raise LinkClosed(
                f"the peer goes on after frame {resumed.received}, "
                f"{max(self.acknowledged, first - 1)} to {self.begun} were possible"
            )
        again = [kept for kept in self._kept if kept.number > resumed.received]
        if resumed.held_bytes >= (len(again[0].frame) if again else 1):
            raise LinkClosed(f"the peer has {resumed.held_bytes} bytes of a frame that is shorter")
        for kept in again:
            self._kept.pop()
            self._kept_bytes -= len(kept.frame)
        self.begun = resumed.received
        return again

    def _keep(self, number: int, frame: bytes) -> None:
        if self._kept and self._kept[-1].number != number - 1:
            self._kept.clear()
            self._kept_bytes = 0
        self._kept.append(KeptFrame(number, frame))
        self._kept_bytes += len(frame)
        while len(self._kept) > 1 and self._kept_bytes > self._most_bytes:
            self._kept_bytes -= len(self._kept.popleft().frame)
