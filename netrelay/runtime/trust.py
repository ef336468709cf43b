"""Whom the network processes talk to: the peers of the database, as TLS contexts and pins."""

import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from netrelay.link.contexts import trust
from netrelay.runtime.node import Node
from netrelay.store.peers import Peer, read_peers

ContextMaker = Callable[[Path, Path, Iterable[bytes]], ssl.SSLContext]


class Trust:
    """The peers of a node, followed: `refresh` sees those that were added, removed or changed."""

    def __init__(self, node: Node, make_context: ContextMaker) -> None:
        self._database = node.database
        self.peers: dict[str, Peer] = {}
        self._nodes: dict[bytes, str] = {}
        self.context = make_context(
            node.home.keys / "identity.crt", node.home.keys / "identity.key", ()
        )
        self.refresh()

    def refresh(self) -> None:
        """Read the peers again; a new one is trusted from the next handshake on.

        One that is gone fails at its pin, which is looked up after every handshake.
        """
        peers = read_peers(self._database)
        if peers == self.peers:
            return
        for peer in peers.values():
            known = self.peers.get(peer.node)
            if known is None or known.certificate != peer.certificate:
                trust(self.context, peer.certificate)
        self.peers = peers
        self._nodes = {peer.pin: peer.node for peer in peers.values()}

    def node_of(self, pin: bytes) -> str | None:
        """Give the peer whose certificate has this SHA-256; None for a stranger."""
        return self._nodes.get(pin)

    def name_of(self, node: str) -> str:
        """Give what people call a peer, or its id."""
        peer = self.peers.get(node)
        return node if peer is None else peer.name
