"""processor_r: checks what came, stores bodies and rows, then has receiver acknowledge.

Reads:   receiver--processor_r.ring and its slots, work_processor_r, peers, rights
Writes:  inbox/.staging/, spool/, messages, files, keys, processor_r--receiver.ring
Reports: arrived, again, carry, withdrawn
Sleeps:  on the ring's bell, its own bell
"""

from typing import NamedTuple

from netrelay.core.message_frames import read_messages
from netrelay.core.words import Refusal, WireError
from netrelay.ring import records
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import Decided, Drop, Frame, PeerOpened, SlotFree, Unagreed
from netrelay.runtime.keys import keys_folder
from netrelay.runtime.log import ARRIVAL_REFUSED, NO_MOVE
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.runtime.peer_book import PeerBook
from netrelay.runtime.wiring import IN, slot_bytes, slot_count
from netrelay.seal.identity import load
from netrelay.store.arrivals import agreements, expected_in_staging
from netrelay.store.contacts import note_contacts
from netrelay.store.facts import Facts
from netrelay.store.peers import permissions
from netrelay.transfer.carriage import Carriage
from netrelay.transfer.intake import Intake, Judgement
from netrelay.transfer.opener import Opener
from netrelay.transfer.staging import Staging

# So many records at most share one flush and one commit; the slots bound their bytes.
_RECORDS_A_STEP = 64
# A slot of this much is given back before the flush, so that receiver fills it meanwhile.
_LARGE_FRAME_BYTES = 64 * 1024
_PERMITTED_BY_PEOPLE = (Refusal.NOT_PERMITTED, Refusal.NO_ROUTE, Refusal.QUOTA)


class _Judged(NamedTuple):
    frame: Frame
    judgements: list[Judgement]


class ProcessorR(Process):
    """One step: judge what came, flush bodies, commit rows, then say what is decided."""

    name = "processor_r"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        keys = keys_folder(node.home)
        identity = load(keys.path, is_credentials=keys.is_credentials)
        capacity_bytes = node.config.capacity_bytes
        facts = Facts(node.database, lambda error: node.log.say(NO_MOVE, error=error))
        self._book = PeerBook(node)
        self._staging = Staging(node.home.staging)
        self._staging.keep_only(expected_in_staging(node.database))
        self._spool = Staging(node.home.spool)
        self._carriage = Carriage(node.database, self._spool, facts)
        self._intake = Intake(
            identity.node_id,
            node.database,
            Opener(identity, node.database, capacity_bytes),
            self._staging,
            self._carriage,
            facts,
        )
        self._channel = ChannelListener(
            node.home.runtime,
            IN.listener,
            IN.connector,
            slot_count(capacity_bytes),
            slot_bytes(capacity_bytes),
            IN.filled_by,
        )
        self._ring = Conversation(self._channel, node.poller.watch)
        self._told: dict[str, tuple[int, int]] = {}
        self._has_told = False
        self._permissions = permissions(node.database)
        # The connections on which something was refused that a person here may permit, by peer.
        self._hindered: dict[str, int] = {}

    def step(self) -> float | None:
        """Judge a batch, make it durable, acknowledge it; tell receiver what agreements changed."""
        if self._ring.service():
            self._told.clear()
            self._has_told = False
            self._hindered.clear()
        self._tell_agreements()
        self._book.refresh()
        self._let_try_again()
        self._intake.peers = self._book.peers
        # Receiver's connections are no state of ours: their frames are, and that a peer called.
        heard = list(self._ring.receive(_RECORDS_A_STEP))
        with self._database.snapshot():
            judged = [self._judge(record) for record in heard if isinstance(record, Frame)]
        if judged:
            self._staging.flush()
            self._spool.flush()
            self._node.counters.add("flushes")
            self._store(judged)
            self._decide(judged)
        self._ring.flush()
        called = (each for each in heard if isinstance(each, PeerOpened | Unagreed))
        note_contacts(self._database, {each.peer: each.address for each in called})
        if self._channel.waiting:
            return 0
        self._carriage.sweep()
        self._intake.sweep()
        return None

    def close(self) -> None:
        """End the generation: receiver drops its connections."""
        self._channel.close()

    def _tell_agreements(self) -> None:
        if not self._channel.is_open:
            return
        agreed = agreements(self._database)
        for peer in self._told.keys() - agreed.keys():
            self._ring.put(records.AgreementRecord(peer, 0, 0))
        for peer, agreement in agreed.items():
            if self._told.get(peer) != agreement:
                self._ring.put(records.AgreementRecord(peer, *agreement))
        self._told = agreed
        if not self._has_told:
            self._has_told = True
            self._ring.put(records.AgreementsTold())

    def _let_try_again(self) -> None:
        """Hang up where more may be permitted now: whoever calls again tries at once."""
        if not self._node.poller.is_ready(self._node.bell.fileno()):
            return
        before, self._permissions = self._permissions, permissions(self._database)
        if before == self._permissions:
            return
        for handle in self._hindered.values():
            self._ring.put(Drop(handle, "what is permitted here has changed: try again"))
        self._hindered.clear()

    def _judge(self, frame: Frame) -> _Judged:
        view = self._channel.slots.view(frame.slot, frame.length_bytes)
        size_bytes = self._told.get(frame.peer, (0, 0))[1]
        judgements: list[Judgement] = []
        try:
            messages = read_messages(view)
            judgements = [self._intake.take(frame.peer, size_bytes, views) for views in messages]
        except WireError as error:
            # Nothing of it can be trusted, not even how many messages there were.
            self._say_refused(frame, error.refusal, str(error))
            self._ring.put(Drop(frame.handle, f"a frame that cannot be read: {error}"))
        self._ring.put(SlotFree(frame.slot))
        if frame.length_bytes >= _LARGE_FRAME_BYTES:
            self._ring.flush()
        self._node.counters.add("messages_in", len(judgements))
        return _Judged(frame, judgements)

    def _store(self, judged: list[_Judged]) -> None:
        with self._database.transaction():
            for _, judgements in judged:
                for judgement in judgements:
                    if judgement.store is not None:
                        judgement.store()

    def _decide(self, judged: list[_Judged]) -> None:
        """Durable now: say so, refusals first."""
        last: dict[int, int] = {}
        for frame, judgements in judged:
            for index, judgement in enumerate(judgements):
                refused = judgement.refused
                if refused is not None:
                    self._say_refused(frame, refused.refusal, refused.reason)
                    if refused.refusal in _PERMITTED_BY_PEOPLE:
                        self._hindered[frame.peer] = frame.handle
                    self._ring.put(
                        records.RefusedRecord(
                            frame.handle,
                            frame.frame,
                            index,
                            int(refused.refusal),
                            refused.retry_after_s,
                        )
                    )
            if judgements:
                last[frame.handle] = frame.frame
        for handle, number in last.items():
            self._ring.put(Decided(handle, number))

    def _say_refused(self, frame: Frame, refusal: Refusal, reason: str) -> None:
        name = self._book.name_of(frame.peer)
        self._node.counters.add("refusals_out")
        self._node.log.say(
            ARRIVAL_REFUSED, peer=frame.peer, peer_name=name, reason=f"{refusal.name}: {reason}"
        )


PROCESS = ProcessorR
