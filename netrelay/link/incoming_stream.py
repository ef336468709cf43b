"""The state of a session of frames at the listener, kept while its connections come and go."""

from collections import deque
from typing import Final

from netrelay.core.frames import RefusedMessage
from netrelay.core.resumption import Resume

# Refusals that may have to be repeated, since their acknowledgement was lost with its connection.
_REFUSALS_KEPT: Final = 4096


class IncomingStream:
    """The frames of one session: how many came, what was decided, and the one that was cut.

    Frames are numbered from 1 over all connections of the session. Bounds: one cut frame, which is
    as long as the agreed message size allows, and _REFUSALS_KEPT refusals. A session that has
    forgotten a refusal which the peer may not have is not resumed.
    """

    def __init__(self, session: bytes | None) -> None:
        """Begin a session; None: of a peer that does not resume."""
        self.session = session
        self.received = 0
        """Number of complete frames."""
        self.decided = 0
        """Every frame up to this one is decided."""
        self.cut_frame = bytearray()
        """The first bytes of the frame after `received`, its header included."""
        self.waiting: list[RefusedMessage] = []
        """Refused messages of frames whose decision has not come yet."""
        self._refused: deque[RefusedMessage] = deque()
        self._forgotten_frame = 0

    @property
    def held_bytes(self) -> int:
        """Bytes of the frame that was cut."""
        return len(self.cut_frame)

    def decide(self, decided: int, refused: list[RefusedMessage]) -> None:
        """Note what is decided."""
        self.decided = max(self.decided, decided)
        self._refused.extend(refused)
        while len(self._refused) > _REFUSALS_KEPT:
            self._forgotten_frame = self._refused.popleft().frame

    def refused_after(self, frame: int) -> list[RefusedMessage]:
        """Return what was refused in the frames after this one; what is before is forgotten."""
        while self._refused and self._refused[0].frame <= frame:
            self._refused.popleft()
        return [each for each in self._refused if each.frame <= self.decided]

    def can_go_on(self, resume: Resume) -> bool:
        """Return whether a connection can go on where the one before ended.

        The dialler has to have what is missing here, and this side every refusal that it misses.
        """
        if not self._forgotten_frame <= resume.acknowledged <= self.decided:
            return False
        if self.received >= resume.begun:
            return self.received == resume.begun and not self.cut_frame
        return resume.first <= self.received + 1
