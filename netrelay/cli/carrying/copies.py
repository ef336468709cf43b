"""Copies of what waits, on a medium: written, kept, and removed when they are of no use."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from itertools import chain
from typing import NamedTuple

from netrelay.cli.carrying.medium_progress import MediumProgress
from netrelay.core.message_names import MessageName
from netrelay.core.words import MessageType
from netrelay.disk.medium_folder import MediumFolder
from netrelay.runtime.home import Home
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import Identity
from netrelay.store.database import Database
from netrelay.store.media import note_copies, own_limits
from netrelay.store.peers import Peer
from netrelay.store.receipts import owed_nodes
from netrelay.transfer.claimed_file import ClaimedFiles
from netrelay.transfer.medium_key import medium_key
from netrelay.transfer.medium_stock import keep_of_use, own_files
from netrelay.transfer.medium_writer import MediumWriter, parcel_bytes
from netrelay.transfer.own_messages import OwnMessages
from netrelay.transfer.parcels import Parcel, Parcels
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.single_keys import SingleKeys
from netrelay.transfer.spool import SpoolReader

# Of one destination: 256 entries each.
_MOST_RECEIPTS = 64


class Copied(NamedTuple):
    """The copies that a medium has for a destination; new: written now, kept: they lay there.

    left_out: messages whose file cannot be read, and why.
    """

    peer: Peer
    new: Sequence[Parcel]
    kept: Sequence[Parcel]
    left_out: Sequence[tuple[Parcel, str]]


class Copies:
    """Writes copies for a node; call it with the home's keys and a database for transactions."""

    def __init__(
        self, home: Home, database: Database, identity: Identity, folder: MediumFolder, medium: str
    ) -> None:
        self._database = database
        self._identity = identity
        self._folder = folder
        self._medium = medium
        self._capacity_bytes = own_limits(database).capacity_bytes
        files, spool = ClaimedFiles(home.path), SpoolReader(home.spool)
        groups = GroupKeys(home.groups)
        self._sealer = Sealer(identity, files, spool, self._capacity_bytes, groups)
        self._own = OwnMessages(database, self._sealer, SingleKeys())

    def copy(
        self,
        peers: Iterable[Peer],
        progress: MediumProgress,
        is_wanted: Callable[[Parcel], bool] | None = None,
    ) -> list[Copied]:
        """Have the medium hold what waits for these nodes, and no more of this node's for them.

        is_wanted: of what is not there yet, only this is written; None: all. Durable on return.
        OSError of the medium: what is complete stays, and is known.
        """
        peers = list(peers)
        self._make_receipts(peer.node for peer in peers)
        waiting = {peer.node: self._waiting(peer) for peer in peers}
        kept = self._kept(waiting, is_rewritten=is_wanted is None)
        missing = {
            node: [
                each
                for each in parcels
                if each.name not in kept and (is_wanted is None or is_wanted(each))
            ]
            for node, parcels in waiting.items()
        }
        progress.all_bytes = sum(map(parcel_bytes, chain.from_iterable(missing.values())))
        copied: list[Copied] = []
        try:
            for peer in peers:
                there = [each for each in waiting[peer.node] if each.name in kept]
                writer = self._writer(peer, progress)
                copied.append(Copied(peer, writer.written, there, writer.left_out))
                writer.write_all(missing[peer.node])
        finally:
            self._note(copied)
        return copied

    def own_addressees(self) -> set[str]:
        """Return the nodes for which files of this node lie on the medium."""
        return {file.addressee for file in own_files(self._folder, self._identity)}

    def _make_receipts(self, nodes: Iterable[str]) -> None:
        """Sign what is owed to these nodes, as processor_s does while the node is up."""
        for node in set(owed_nodes(self._database)).intersection(nodes):
            with self._database.transaction():
                for _ in range(_MOST_RECEIPTS):
                    if self._own.make_receipt(node) is None:
                        break

    def _waiting(self, peer: Peer) -> list[Parcel]:
        make_key = partial(medium_key, self._database, self._sealer, self._own, peer)
        parcels = Parcels(self._database, self._sealer, peer, self._capacity_bytes, make_key)
        return list(parcels.waiting())

    def _kept(self, waiting: dict[str, list[Parcel]], *, is_rewritten: bool) -> set[MessageName]:
        """Remove what is of no use from the medium; return what is there of what waits."""
        kept: set[MessageName] = set()
        files = own_files(self._folder, self._identity)
        for node, parcels in waiting.items():
            wanted = {each.name for each in parcels}
            wanted |= {each.opened_by.name for each in parcels if each.opened_by is not None}
            theirs = [file for file in files if file.addressee == node]
            for file in keep_of_use(self._folder, theirs, wanted, is_rewritten=is_rewritten):
                kept |= file.holds
        return kept

    def _writer(self, peer: Peer, progress: MediumProgress) -> MediumWriter:
        return MediumWriter(
            *(self._folder, self._identity, self._sealer, peer.node),
            *(self._capacity_bytes, progress.add),
        )

    def _note(self, copied: Sequence[Copied]) -> None:
        """Store which files and texts the medium has a copy of, for the nodes that were reached."""
        wholes = {
            parcel.whole
            for each in copied
            for parcel in (*each.new, *each.kept)
            if parcel.ready.type in (MessageType.SINGLE, MessageType.MANIFEST)
            and parcel.ready.total_bytes > 0
        }
        nodes = [each.peer.node for each in copied]
        with self._database.transaction():
            note_copies(self._database, self._medium, nodes, sorted(wholes))
