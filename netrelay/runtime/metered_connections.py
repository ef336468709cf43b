"""Connections of peers with a budget, in sender and receiver: what they put on the wire."""

from collections.abc import Iterable

from netrelay.link.wire_meter import WireMeter


class MeteredConnections:
    """Asks the meters of peers with a budget alone: each answer is a system call."""

    def __init__(self, metered: frozenset[str]) -> None:
        """Begin with these peers that have a budget."""
        self._metered = metered

    def follow(self, metered: frozenset[str], open_now: Iterable[tuple[str, WireMeter]]) -> None:
        """Adopt which peers have a budget; what `open_now` counted before a new one is left out."""
        begun = metered - self._metered
        for peer, meter in open_now if begun else ():
            if peer in begun:
                meter.take()
        self._metered = metered

    def is_metered(self, peer: str) -> bool:
        """Return whether a peer has a budget."""
        return peer in self._metered

    def new_bytes(self, peer: str | None, meter: WireMeter) -> int:
        """Return what a connection has put on the wire since the last call; 0 without a budget."""
        return meter.take() if peer in self._metered else 0
