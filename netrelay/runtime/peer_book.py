"""The peers of a node, as a process keeps them in memory."""

from netrelay.runtime.node import Node
from netrelay.store.changed_peers import ChangedPeers
from netrelay.store.peers import Peer, metered_peers, read_peers


class PeerBook:
    """The peers by node id; a change of a peer rings the bells of all processes that keep them.

    With each change there is a new mapping, so one that was taken before does not change.
    """

    def __init__(self, node: Node) -> None:
        self._node = node
        self._changes = ChangedPeers(node.database)
        self.peers: dict[str, Peer] = read_peers(node.database)
        self.metered = metered_peers(self.peers)
        """Those whose bytes on the wire are counted."""

    def refresh(self) -> frozenset[str]:
        """Read the peers that have changed if the bell rang; return those that did.

        Most bells are about messages, and each change is about one peer: of a fleet of thousands
        one row is read, not all.
        """
        if not self._node.poller.is_ready(self._node.bell.fileno()):
            return frozenset()
        nodes = self._changes.take()
        if nodes is not None and not nodes:
            return nodes
        found = read_peers(self._node.database, nodes)
        looked_at = self.peers.keys() | found.keys() if nodes is None else nodes
        changed = frozenset(node for node in looked_at if self.peers.get(node) != found.get(node))
        if changed:
            kept = {} if nodes is None else self.peers
            peers = {node: peer for node, peer in kept.items() if node not in changed}
            self.peers = peers | found
            self._count_metered(changed)
        return changed

    def _count_metered(self, changed: frozenset[str]) -> None:
        found = {node: self.peers[node] for node in changed if node in self.peers}
        self.metered = (self.metered - changed) | metered_peers(found)

    def name_of(self, node: str) -> str:
        """Return what people call a peer, or its id."""
        peer = self.peers.get(node)
        return node if peer is None else peer.name
