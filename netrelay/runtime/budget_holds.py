"""Holds of peers whose budget is used up: receiver lets short frames come, as receipts are."""

from math import ceil
from time import monotonic

from netrelay.core.budget import HELD_S
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.ring.records import NO_HOLD, HoldPeer


class BudgetHolds:
    """The peers that processor_r holds, and those that sent too much meanwhile.

    A frame is judged by its header, before it is read: what it holds is not known until then. The
    connection of a longer one is closed, and its peer waits for an hour. A peer of which nothing
    may come gets no connection.
    """

    def __init__(self) -> None:
        self._most_bytes: dict[str, int] = {}
        self._waits_until_s: dict[str, float] = {}

    def clear(self) -> None:
        """Forget all holds: processor_r tells them again."""
        self._most_bytes.clear()

    def hold(self, record: HoldPeer) -> None:
        """Begin a hold, or end it."""
        self._waits_until_s.pop(record.peer, None)
        self._most_bytes[record.peer] = record.most_frame_bytes
        if record.most_frame_bytes == NO_HOLD:
            del self._most_bytes[record.peer]

    def wait_s(self, peer: str) -> int:
        """Return for how long a peer has to wait before it connects; 0: not at all."""
        if self._most_bytes.get(peer) == 0:
            return HELD_S
        return max(ceil(self._waits_until_s.get(peer, 0.0) - monotonic()), 0)

    def check(self, peer: str, frame_bytes: int) -> None:
        """Raise LinkClosed for a frame that may not come; its peer waits for an hour."""
        if frame_bytes > self._most_bytes.get(peer, NO_HOLD):
            self._waits_until_s[peer] = monotonic() + HELD_S
            raise LinkClosed("the budget of this peer is used up", CloseCause.CLOSED_HERE)
