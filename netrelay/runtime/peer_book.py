"""The peers of a node, as a process keeps them in memory."""

from netrelay.runtime.node import Node
from netrelay.store.peers import Peer, read_peers


class PeerBook:
    """The peers by node id; a change of theirs rings the bells of all who keep them."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self.peers: dict[str, Peer] = read_peers(node.database)

    def refresh(self) -> bool:
        """Read the peers again if the bell rang; True when anything about them is new."""
        if not self._node.poller.is_ready(self._node.bell.fileno()):
            return False
        peers = read_peers(self._node.database)
        changed, self.peers = peers != self.peers, peers
        return changed

    def name_of(self, node: str) -> str:
        """Give what people call a peer, or its id."""
        peer = self.peers.get(node)
        return node if peer is None else peer.name
