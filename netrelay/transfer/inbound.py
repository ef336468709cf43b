"""The receiving half of a node, without rings and sockets: processor_r translates records to it.

The caller has frames judged, then commits them; what the commit returns may be acknowledged.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from netrelay.core.frames import RefusedMessage
from netrelay.core.message_frames import read_messages
from netrelay.core.packed_frames import is_packed, unpacked_payload
from netrelay.core.words import Refusal, WireError
from netrelay.ring.counters import duration_amounts
from netrelay.runtime.log import ARRIVAL_REFUSED, STAGED_LOST, STAGED_NOT_REMOVED
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import Identity
from netrelay.store.agreements import agreements
from netrelay.store.arrivals import store_arrivals
from netrelay.store.changed_peers import ChangedPeers
from netrelay.store.coming_files import expected_in_staging
from netrelay.store.database import Database
from netrelay.store.database_errors import DiskFullError
from netrelay.store.peers import Peer, permissions
from netrelay.store.refusals import ended_by_people
from netrelay.transfer.admission import Admission
from netrelay.transfer.carriage import Carriage
from netrelay.transfer.intake import Intake
from netrelay.transfer.judgement import Judgement
from netrelay.transfer.local_arrivals import LocalArrivals
from netrelay.transfer.opener import Opener
from netrelay.transfer.refusals_given import RefusalsGiven
from netrelay.transfer.staging import NoRoomError, Staging


class ArrivedFrame(NamedTuple):
    """A frame of messages in a slot, and where it came from; number: on its connection, from 1.

    is_medium: the peer has written it to a medium, under no agreement: the capacity bounds it.
    """

    handle: int
    peer: str
    number: int
    payload: memoryview
    is_medium: bool = False


class JudgedFrame(NamedTuple):
    """A frame whose messages are judged and not stored yet; its slot is not needed any more.

    unreadable: why nothing of it can be trusted, not even how many messages it holds; its
    connection has to end. Else None.
    """

    handle: int
    peer: str
    number: int
    judgements: list[Judgement]
    unreadable: str | None
    is_medium: bool = False


class DecidedFrame(NamedTuple):
    """A frame that may be acknowledged: what was not refused is durable."""

    handle: int
    number: int
    refused: list[RefusedMessage]


class AgreementChange(NamedTuple):
    """A change of an agreement, for receiver; 0 bytes ends the agreement."""

    peer: str
    number: int
    message_size_bytes: int


class Inbound:
    """Judges messages of peers and stores them.

    `judge` reads a batch of frames on one state of the database: it opens bodies and writes them to
    staging or spool, and returns what is to be stored. `commit` flushes the bodies, then makes the
    rows in one transaction, in which the door `arrivals` decides again whether each message is new
    or a repeat. A frame may be acknowledged when `commit` has returned it, never before: a crash in
    between makes the sender repeat it, and a repeat is idempotent: it is only answered. A refused
    message is not stored; refusals are counted for people, at most one transaction in ten seconds
    more than without them (`RefusalsGiven`).

    Kept in memory, and empty after a start: opened keys, what a batch wrote and was promised until
    its commit, refusals that are not counted in the database yet, and the connections on which a
    person's permission is missing.
    """

    def __init__(
        self,
        identity: Identity,
        database: Database,
        staging: Staging,
        spool: Staging,
        capacity_bytes: int,
        log: Callable[..., None],
        count: Callable[[str, int], None],
        *,
        wants_custody: bool = False,
        groups: GroupKeys | None = None,
    ) -> None:
        """Remove what a power cut left in the staging folder; `peers` is the caller's to refresh.

        log: as `Log.write`. count: adds to a counter by its name. wants_custody: custody words of
        relays are kept. groups: opens what is for groups of this node.
        """
        self._database = database
        self._staging = staging
        self._spool = spool
        self._log = log
        self._count = count
        self._own_id = identity.node_id
        self._capacity_bytes = capacity_bytes
        staging.keep_only(expected_in_staging(database))
        self._admission = Admission(database, staging.disk_bytes)
        self._local = LocalArrivals(
            database,
            Opener(identity, database, capacity_bytes, groups),
            staging,
            self._admission,
            wants_custody=wants_custody,
        )
        self._carriage = Carriage(database, spool, self._admission)
        self._intake = Intake(
            identity.node_id, database, self._admission, self._local, self._carriage
        )
        self._agreed: dict[str, tuple[int, int]] = {}
        # None: all have to be read.
        self._agreement_changes: ChangedPeers | None = None
        self._permission_changes = ChangedPeers(database)
        self._permissions = permissions(database)
        self._given = RefusalsGiven(database)
        self._ended_by_people = ended_by_people(database)
        # The connections on which something was refused that a person here may permit, by peer.
        self._hindered: dict[str, int] = {}

    @property
    def peers(self) -> dict[str, Peer]:
        """The enrolled peers by node id."""
        return self._admission.peers

    @peers.setter
    def peers(self, peers: dict[str, Peer]) -> None:
        self._admission.peers = peers

    def start_anew(self) -> None:
        """Forget the connections and what was told of agreements: receiver started anew."""
        self._agreed.clear()
        self._agreement_changes = None
        self._hindered.clear()

    def agreement_changes(self) -> list[AgreementChange]:
        """Return what changed of the agreements since the last call; `judge` goes by it."""
        if self._agreement_changes is None:
            self._agreement_changes = ChangedPeers(self._database)
            nodes = None
        else:
            nodes = self._agreement_changes.take()
            if nodes is not None and not nodes:
                return []
        agreed = agreements(self._database, nodes)
        looked_at = self._agreed.keys() | agreed.keys() if nodes is None else nodes
        gone = [peer for peer in looked_at if peer in self._agreed and peer not in agreed]
        changes = [AgreementChange(peer, 0, 0) for peer in gone]
        changes += [
            AgreementChange(peer, *agreement)
            for peer, agreement in agreed.items()
            if self._agreed.get(peer) != agreement
        ]
        for peer in gone:
            del self._agreed[peer]
        self._agreed |= agreed
        return changes

    def handles_to_retry(self) -> list[int]:
        """Return the connections to close because a refused message may be permitted now.

        The peer connects again and sends its refused messages at once.
        """
        if not self._have_permissions_changed():
            return []
        handles = list(self._hindered.values())
        self._hindered.clear()
        return handles

    def _have_permissions_changed(self) -> bool:
        nodes = self._permission_changes.take()
        if nodes is not None and not nodes:
            return False
        found = permissions(self._database, nodes)
        looked_at = self._permissions.keys() | found.keys() if nodes is None else nodes
        changed = [node for node in looked_at if self._permissions.get(node) != found.get(node)]
        for node in changed:
            self._permissions.pop(node, None)
        self._permissions |= found
        return bool(changed)

    def judge(self, frames: Iterable[ArrivedFrame]) -> Iterator[JudgedFrame]:
        """Judge the frames of one batch, one by one; exhaust it before the `commit`.

        The payload of a frame is not used after its judgement was yielded.
        """
        self._admission.begin_batch()
        with self._database.snapshot():
            self._intake.begin_batch()
            for frame in frames:
                yield self._judge(frame)

    def commit(self, judged: Sequence[JudgedFrame]) -> list[DecidedFrame]:
        """Make the batch durable, bodies first; return what may be acknowledged, in order.

        When the disk is full or fails, nothing of it is stored and all of it is refused with
        NO_ROOM.
        """
        readable = [frame for frame in judged if frame.unreadable is None]
        self._note_refused(readable)
        if readable:
            try:
                self._flush()
                self._store(readable)
            except (DiskFullError, NoRoomError) as error:
                self._refuse(readable, str(error))
        self._admission.end_batch()
        self._local.end_batch()
        self._carriage.end_batch()
        return [self._decided(frame) for frame in readable]

    def store_refusals(self) -> float | None:
        """Store the count of refusals if it is due; return the seconds until it is, None: never.

        A commit does it too. While the disk is full the count waits.
        """
        if self._given.due_in_s == 0:
            try:
                with self._database.transaction():
                    self._given.store()
                self._given.stored()
            except DiskFullError:
                self._given.postpone()
        return self._given.due_in_s

    def sweep(self) -> None:
        """Remove files of staging and spool that nothing waits for; between batches only."""
        self._carriage.sweep()
        self._local.sweep()
        for folder in (self._staging, self._spool):
            unremoved = folder.remove_again()
            if unremoved is not None:
                name, error = unremoved
                self._log(STAGED_NOT_REMOVED, name=name, error=error)

    def _judge(self, frame: ArrivedFrame) -> JudgedFrame:
        judgements: list[Judgement] = []
        unreadable = None
        size_bytes = self._agreed.get(frame.peer, (0, 0))[1]
        if frame.is_medium:
            size_bytes = self._capacity_bytes
        try:
            messages = read_messages(self._unpacked(frame))
            judgements = [self._intake.take(frame.peer, size_bytes, views) for views in messages]
        except WireError as error:
            self._log_refused(frame.peer, error.refusal, str(error))
            self._given.note_unreadable(frame.peer, error.refusal, str(error))
            unreadable = str(error)
        self._count("messages_in", len(judgements))
        place = frame.handle, frame.peer, frame.number
        return JudgedFrame(*place, judgements, unreadable, frame.is_medium)

    def _unpacked(self, frame: ArrivedFrame) -> memoryview:
        """Return the payload of a frame as it was before it was packed."""
        if not is_packed(frame.payload):
            return frame.payload
        return unpacked_payload(frame.payload, frame.peer, self._own_id)

    def _flush(self) -> None:
        began_s = time.monotonic()
        flushed = [self._staging.flush(), self._spool.flush()]
        self._count("flushes", 1)
        if any(flushed):
            for name, amount in duration_amounts("flush", time.monotonic() - began_s):
                self._count(name, amount)

    def _refuse(self, frames: list[JudgedFrame], reason: str) -> None:
        """Refuse a batch that was not stored."""
        for frame in frames:
            for index, judgement in enumerate(frame.judgements):
                if judgement.refused is None:
                    source = "" if judgement.arrival is None else judgement.arrival.source
                    refused = self._intake.refused(WireError(Refusal.NO_ROOM, reason), source)
                    frame.judgements[index] = Judgement(None, refused)
                    self._given.note(frame.peer, refused)

    def _store(self, frames: list[JudgedFrame]) -> None:
        """Make the rows; what the door refuses without a word of its own is judged anew later."""
        places = [
            (frame, index, judgement.arrival)
            for frame in frames
            for index, judgement in enumerate(frame.judgements)
            if judgement.arrival is not None
        ]
        with self._database.transaction():
            refused = store_arrivals(self._database, [arrival for _, _, arrival in places])
            sources = self._local.store_found()
            self._intake.store_wishes()
            is_counted = self._given.store()
        if is_counted:
            self._given.stored()
        for place, (refusal, reason) in refused.items():
            frame, index, _ = places[place]
            late = self._intake.refused(WireError(refusal, reason), "")
            frame.judgements[index] = Judgement(None, late)
        for source in sources:
            self._log(STAGED_LOST, peer=source, source_name=self._name_of(source))

    def _decided(self, frame: JudgedFrame) -> DecidedFrame:
        refused: list[RefusedMessage] = []
        for index, judgement in enumerate(frame.judgements):
            if judgement.refused is None:
                continue
            refusal, reason, retry_after_s = judgement.refused[:3]
            self._log_refused(frame.peer, refusal, reason)
            # A person types the command for a medium again; a connection is closed for it.
            if refusal in self._ended_by_people and not frame.is_medium:
                self._hindered[frame.peer] = frame.handle
            refused.append(RefusedMessage(frame.number, index, refusal, retry_after_s))
        return DecidedFrame(frame.handle, frame.number, refused)

    def _note_refused(self, frames: list[JudgedFrame]) -> None:
        for frame in frames:
            for judgement in frame.judgements:
                if judgement.refused is not None:
                    self._given.note(frame.peer, judgement.refused)

    def _log_refused(self, peer: str, refusal: Refusal, reason: str) -> None:
        self._count("refusals_out", 1)
        reason = f"{refusal.name}: {reason}"
        self._log(ARRIVAL_REFUSED, peer=peer, peer_name=self._name_of(peer), reason=reason)

    def _name_of(self, peer: str) -> str:
        known = self.peers.get(peer)
        return peer if known is None else known.name
