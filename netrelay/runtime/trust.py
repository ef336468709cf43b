"""The peers of the database as trust anchors and pins of a network process."""

import hashlib
import ssl
from collections.abc import Callable, Iterable
from pathlib import Path

from netrelay.link.connection import OWN_IDENTITY
from netrelay.link.contexts import add_trust_anchor
from netrelay.runtime.keys import keys_folder
from netrelay.runtime.node import Node
from netrelay.runtime.own_node import check_own_keys, node_of_certificate
from netrelay.runtime.peer_book import PeerBook
from netrelay.store.peers import Peer

ContextMaker = Callable[[Path, Path, Iterable[bytes]], ssl.SSLContext]


class Trust:
    """A TLS context and pins that follow the table of peers; call `refresh` at every step."""

    def __init__(self, node: Node, make_context: ContextMaker) -> None:
        self._book = PeerBook(node)
        self._trusted: set[bytes] = set()
        self._nodes: dict[bytes, str] = {}
        keys = keys_folder(node.home).path
        own = node_of_certificate(keys / "identity.crt")
        check_own_keys(node.database, node.home.keys, own)
        self.context = make_context(keys / "identity.crt", keys / "identity.key", ())
        # Trusted so that the handshake ends, and the connection is refused with the reason.
        certificate = ssl.PEM_cert_to_DER_cert((keys / "identity.crt").read_text())
        add_trust_anchor(self.context, certificate)
        self._own_pin = hashlib.sha256(certificate).digest()
        self._update()

    @property
    def peers(self) -> dict[str, Peer]:
        """The peers by node id, as of the last refresh."""
        return self._book.peers

    def name_of(self, node: str) -> str:
        """Return what people call a peer, or its id."""
        return self._book.name_of(node)

    def refresh(self) -> bool:
        """Read the peers again if the bell rang; return True if one has changed.

        A new peer is accepted from the next handshake on. A removed one is refused by its pin,
        although its certificate stays a trust anchor. Open connections stay open.
        """
        changed = self._book.refresh()
        if changed:
            self._update()
        return changed

    def _update(self) -> None:
        for peer in self._book.peers.values():
            if peer.certificate not in self._trusted:
                add_trust_anchor(self.context, peer.certificate)
                self._trusted.add(peer.certificate)
        self._nodes = {peer.pin: peer.node for peer in self._book.peers.values()}

    def node_of(self, pin: bytes) -> str | None:
        """Return the node id of the peer with this SHA-256 of the certificate; None if unknown.

        For the certificate of this node it is OWN_IDENTITY, which no connection accepts.
        """
        if pin == self._own_pin:
            return OWN_IDENTITY
        return self._nodes.get(pin)
