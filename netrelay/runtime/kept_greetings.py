"""Connections of greetings, kept for the data that follows, by initial_sender and _receiver."""

from collections.abc import Iterator
from functools import partial
from typing import Final, NamedTuple

from netrelay.link.connection import Connection
from netrelay.link.link_closed import LinkClosed
from netrelay.link.shared_connection import SharedConnection
from netrelay.ring.handed_ends import EndKind, HandedEnds, hand_end
from netrelay.runtime.node import Node
from netrelay.runtime.trust import Trust

# Data that waits for an agreement is sent at once. Before the first keepalive probe, 120 s.
_UNUSED_S: Final = 110.0
# The one that was kept first ends for another peer.
_MOST: Final = 64


class _Kept(NamedTuple):
    address: str
    shared: SharedConnection


class KeptGreetings:
    """One connection of each peer, the newest; sender asks for it, receiver gets what comes on it.

    One that is not used for _UNUSED_S ends; so does one of a peer that was removed, or that has a
    budget, since its bytes would not be counted.
    """

    def __init__(self, node: Node, trust: Trust) -> None:
        self._trust = trust
        self._runtime = node.home.runtime
        self._handed = HandedEnds(self._runtime, node.database.process)
        node.poller.watch(self._handed.fileno())
        self._kept: dict[str, _Kept] = {}
        self._is_stopping = False

    def keep(self, peer: str, address: str, connection: Connection, now_s: float) -> None:
        """Keep a connection, which is this object's from then on."""
        self._drop(peer)
        if self._is_stopping:
            connection.close()
            return
        if len(self._kept) >= _MOST:
            self._drop(next(iter(self._kept)))
        accept = partial(hand_end, self._runtime, "receiver", EndKind.ACCEPT, peer, address)
        self._kept[peer] = _Kept(address, SharedConnection(connection, accept, now_s + _UNUSED_S))

    def service(self, now_s: float) -> None:
        """Begin what sender asks for, and move what there is."""
        for end in self._handed.receive(_MOST):
            kept = self._kept.get(end.peer)
            if kept is not None and kept.address == end.address and kept.shared.may_carry:
                kept.shared.carry(end.wire)
            else:
                end.wire.close()
        for peer, kept in list(self._kept.items()):
            known = self._trust.peers.get(peer)
            try:
                if known is None or known.is_metered:
                    raise LinkClosed("this node ends it")
                kept.shared.service(now_s)
            except LinkClosed:
                self._drop(peer)

    def interests(self) -> Iterator[tuple[int, bool, bool]]:
        """Yield the descriptors to poll."""
        for kept in self._kept.values():
            yield from kept.shared.interests()

    def deadlines_s(self) -> list[float | None]:
        """Return when `service` has something to do although nothing is ready."""
        return [kept.shared.deadline_s for kept in self._kept.values()]

    def wind_down(self) -> None:
        """End what is not used; sender and receiver end the others."""
        self._is_stopping = True
        for peer in [peer for peer, kept in self._kept.items() if not kept.shared.is_used]:
            self._drop(peer)

    @property
    def is_wound_down(self) -> bool:
        """True when none is left."""
        return not self._kept

    def close(self) -> None:
        """Close all."""
        for peer in list(self._kept):
            self._drop(peer)

    def _drop(self, peer: str) -> None:
        kept = self._kept.pop(peer, None)
        if kept is not None:
            kept.shared.close()
