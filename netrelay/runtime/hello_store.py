"""Storing of hellos and replies that arrived, with what is logged of them."""

from collections.abc import Iterable, Mapping

from netrelay.runtime.log import IDENTITY_USED_TWICE, NO_MOVE, OWN_IDENTITY_USED_TWICE
from netrelay.runtime.node import Node
from netrelay.runtime.trust import Trust
from netrelay.store.consensus import ArrivedHello, accusers, store_hellos, twins


class HelloStore:
    """The door of the database for the hellos and replies that one process receives."""

    def __init__(self, node: Node, trust: Trust) -> None:
        self._database = node.database
        self._log = node.log
        self._trust = trust

    def store(self, hellos: Iterable[ArrivedHello], contacts: Mapping[str, str]) -> None:
        """Store hellos and replies in one commit; they may be answered when it returns.

        contacts: the address from which each peer has dialled. In the same commit: else a hello of
        this node would become due that the one of its peer makes needless.
        """
        with self._database.transaction():
            # First: the reply is dialled for where the peer is seen.
            self._database.execute_many("INSERT INTO contacts VALUES (?, ?)", contacts.items())
            hellos = list(hellos)
            peers = {hello.peer for hello in hellos}
            before = twins(self._database, peers), accusers(self._database, peers)
            for error in store_hellos(self._database, hellos).values():
                self._log.write(NO_MOVE, error=error)
            after = twins(self._database, peers), accusers(self._database, peers)
        self._log_twins(after[0] - before[0], after[1] - before[1])

    def _log_twins(self, peers: set[str], accusing: set[str]) -> None:
        """Log the peers whose identity two machines use now, and those that say it of ours."""
        for peer in peers:
            peer_name = self._trust.name_of(peer)
            self._log.write(IDENTITY_USED_TWICE, peer=peer, peer_name=peer_name)
        for peer in accusing:
            peer_name = self._trust.name_of(peer)
            self._log.write(OWN_IDENTITY_USED_TWICE, peer=peer, peer_name=peer_name)
