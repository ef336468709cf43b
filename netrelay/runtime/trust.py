"""Whom the network processes talk to: the peers of the database, as TLS contexts and pins."""

import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from netrelay.link.contexts import add_trust_anchor
from netrelay.runtime.keys import keys_folder
from netrelay.runtime.node import Node
from netrelay.runtime.peer_book import PeerBook
from netrelay.store.peers import Peer

ContextMaker = Callable[[Path, Path, Iterable[bytes]], ssl.SSLContext]


class Trust:
    """The peers of a node, followed: `refresh` sees those that were added, removed or changed."""

    def __init__(self, node: Node, make_context: ContextMaker) -> None:
        self._book = PeerBook(node)
        self._trusted: set[bytes] = set()
        self._nodes: dict[bytes, str] = {}
        keys = keys_folder(node.home).path
        self.context = make_context(keys / "identity.crt", keys / "identity.key", ())
        self._follow()

    @property
    def peers(self) -> dict[str, Peer]:
        """Give the peers by node id, as of the last refresh."""
        return self._book.peers

    def refresh(self) -> bool:
        """Read the peers again, if the bell rang; True when anything about them is new.

        A new one is trusted from the next handshake on; one that is gone fails at its pin, which
        is looked up after every handshake.
        """
        changed = self._book.refresh()
        if changed:
            self._follow()
        return changed

    def _follow(self) -> None:
        for peer in self._book.peers.values():
            if peer.certificate not in self._trusted:
                add_trust_anchor(self.context, peer.certificate)
                self._trusted.add(peer.certificate)
        self._nodes = {peer.pin: peer.node for peer in self._book.peers.values()}

    def node_of(self, pin: bytes) -> str | None:
        """Give the peer whose certificate has this SHA-256; None for a stranger."""
        return self._nodes.get(pin)
