"""Counts what crosses the wire for budgets, so that a cut of the power gives no bytes back.

frame handed to sender     its estimate is held, in the commit that hands it
sender reports bytes       they are used
frame is in the kernel     its estimate is held no more: the report before it has its bytes
session may go on          what it may send again is held, until the peer has decided it
power cut, or a new start  what is held is used
"""

from collections import Counter
from collections.abc import Collection
from typing import NamedTuple

from netrelay.core.budget import wire_estimate_bytes
from netrelay.store.budgets import hold_bytes, report_wire_bytes, use_held_bytes
from netrelay.store.database import Database, Work


class _Found(NamedTuple):
    carried: dict[str, int]
    held: dict[str, int]

    def __bool__(self) -> bool:
        return bool(self.carried or self.held)


class WireAccount:
    """The bytes of one process that are not stored yet; `stored` ends each commit of `work`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._carried: Counter[str] = Counter()
        # Keys: slots; and peers, for what their sessions may send again.
        self._held: dict[int | str, tuple[str, int]] = {}
        self._changed: set[str] = set()
        self.metered: Collection[str] = frozenset()
        """The peers that have a budget; nothing is counted of others."""

    def add(self, peer: str, count_bytes: int) -> None:
        """Note bytes that a connection with a peer has put on the wire."""
        if count_bytes and peer in self.metered:
            self._carried[peer] += count_bytes

    def hold(self, slot: int, peer: str, frame_bytes: int) -> None:
        """Note that the frame in a slot is handed to sender with the next commit."""
        if peer in self.metered:
            self._held[slot] = peer, wire_estimate_bytes(frame_bytes)
            self._changed.add(peer)

    def release(self, slot: int) -> None:
        """Note that sender has returned a slot; what it wrote of it was reported before."""
        self._release(slot)

    def hold_again(self, peer: str, wire_bytes: int) -> None:
        """Note what the session of a peer with a budget may send again on its next connection."""
        self._held[peer] = peer, wire_bytes
        self._changed.add(peer)

    def release_again(self, peer: str) -> None:
        """Note that the session of a peer sends nothing again."""
        self._release(peer)

    def _release(self, key: int | str) -> None:
        held = self._held.pop(key, None)
        if held is not None:
            self._changed.add(held[0])

    @property
    def work(self) -> Work[_Found]:
        """The work of a commit: bytes that were carried, and what is held now."""
        return Work(self._find, self._store)

    def store(self) -> None:
        """Store what is noted; inside a transaction."""
        self._store(self._find())

    def stored(self) -> None:
        """Forget what a commit has stored."""
        self._carried.clear()
        self._changed.clear()

    def start_anew(self) -> None:
        """Begin a generation of sender; inside a transaction. What an earlier one held is used.

        Call `stored` after the commit.
        """
        report_wire_bytes(self._database, self._carried)
        use_held_bytes(self._database)
        self._held.clear()

    def _find(self) -> _Found:
        held = dict.fromkeys(self._changed, 0)
        for peer, estimate_bytes in self._held.values():
            if peer in held:
                held[peer] += estimate_bytes
        return _Found(dict(self._carried), held)

    def _store(self, found: _Found) -> None:
        report_wire_bytes(self._database, found.carried)
        hold_bytes(self._database, found.held)
