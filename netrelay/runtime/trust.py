"""The peers of the database as trust anchors and pins of a network process."""

import hashlib
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from netrelay.link.connection import OWN_IDENTITY
from netrelay.link.contexts import add_trust_anchor
from netrelay.runtime.anchor_folder import AnchorFolder
from netrelay.runtime.keys import keys_folder
from netrelay.runtime.node import Node
from netrelay.runtime.own_node import check_own_keys, node_of_certificate
from netrelay.runtime.peer_book import PeerBook
from netrelay.store.peers import Peer

# More take longer and longer to load (anchor_folder.py).
_MOST_IN_MEMORY = 256

ContextMaker = Callable[[Path, Path, Iterable[bytes]], ssl.SSLContext]


class Trust:
    """A TLS context and pins that follow the table of peers; call `refresh` at every step.

    Groups have none: each message of a group is signed by it, and its members call as themselves.
    """

    def __init__(self, node: Node, make_context: ContextMaker) -> None:
        self._book = PeerBook(node)
        self._trusted: set[bytes] = set()
        self._nodes: dict[bytes, str] = {}
        self._pins: dict[str, bytes] = {}
        keys = keys_folder(node.home).path
        own = node_of_certificate(keys / "identity.crt")
        check_own_keys(node.database, node.home.keys, own)
        self.context = make_context(keys / "identity.crt", keys / "identity.key", ())
        # Trusted so that the handshake ends, and the connection is refused with the reason.
        certificate = ssl.PEM_cert_to_DER_cert((keys / "identity.crt").read_text())
        add_trust_anchor(self.context, certificate)
        self._folder = AnchorFolder(node.home.runtime, node.process, self.context)
        self._own_pin = hashlib.sha256(certificate).digest()
        self.changed = frozenset(self._book.peers)
        """The peers that the last refresh has found changed; after a start all of them."""
        self._update()

    @property
    def peers(self) -> dict[str, Peer]:
        """The peers by node id, as of the last refresh."""
        return self._book.peers

    @property
    def metered(self) -> frozenset[str]:
        """Those whose bytes on the wire are counted."""
        return self._book.metered

    def name_of(self, node: str) -> str:
        """Return what people call a peer, or its id."""
        return self._book.name_of(node)

    def refresh(self) -> bool:
        """Read the peers again if the bell rang; return True if one has changed.

        A new peer is accepted from the next handshake on. A removed one is refused by its pin,
        although its certificate stays a trust anchor. Open connections stay open.
        """
        self.changed = self._book.refresh()
        if self.changed:
            self._update()
        return bool(self.changed)

    def _update(self) -> None:
        """Adopt the peers that have changed: thousands of others are not touched."""
        for node in self.changed:
            pin = self._pins.pop(node, None)
            if pin is not None:
                self._nodes.pop(pin, None)
        for node in self.changed:
            peer = self._book.peers.get(node)
            if peer is None or peer.is_group:
                continue
            if peer.certificate not in self._trusted:
                self._trust(peer)
            self._pins[node] = peer.pin
            self._nodes[peer.pin] = node

    def _trust(self, peer: Peer) -> None:
        """Trust the certificate of a peer: in memory, or in a folder if there are many."""
        is_many = len(self._trusted) >= _MOST_IN_MEMORY
        if not (is_many and self._folder.add(peer.node, peer.certificate)):
            add_trust_anchor(self.context, peer.certificate)
        self._trusted.add(peer.certificate)

    def node_of(self, pin: bytes) -> str | None:
        """Return the node id of the peer with this SHA-256 of the certificate; None if unknown.

        For the certificate of this node it is OWN_IDENTITY, which no connection accepts.
        """
        if pin == self._own_pin:
            return OWN_IDENTITY
        return self._nodes.get(pin)
