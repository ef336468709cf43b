"""processor_r: checks what came, stores bodies and rows, then has receiver acknowledge.

Reads:   receiver--processor_r.ring and its slots, work_processor_r, work_call, peers, rights,
         groups/, held_groups
Writes:  inbox/.staging/, spool/, messages, files, keys, texts, refusals_given, custody_wishes,
         custody, custody_words,
         processor_r--receiver.ring, call_reports, way_reports, wire_reports
Reports: arrived, again, carry, withdrawn
Sleeps:  on the ring's bell, its own bell, and until a call is due (to a peer that cannot dial here)
"""

from collections.abc import Iterable, Iterator

from netrelay.core.budget import TRICKLE_FRAME_BYTES
from netrelay.ring import records
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import (
    NO_HOLD,
    AgreementsTold,
    CallReport,
    Decided,
    Drop,
    Frame,
    HoldPeer,
    KeepCall,
    PeerOpened,
    PlaceCall,
    Record,
    RefusedRecord,
    SlotFree,
    Unagreed,
    WayTried,
    WireBytes,
    hosts_that_fit,
)
from netrelay.runtime.keys import keys_folder
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.runtime.own_node import check_own_keys
from netrelay.runtime.peer_book import PeerBook
from netrelay.runtime.wiring import IN, slot_bytes, slot_count
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import load
from netrelay.store.budgets import held_peers
from netrelay.store.contacts import note_contacts
from netrelay.store.timers import next_due_s
from netrelay.transfer.call_plan import CallPlan
from netrelay.transfer.frame_turns import FrameTurns
from netrelay.transfer.inbound import ArrivedFrame, DecidedFrame, Inbound, JudgedFrame
from netrelay.transfer.removed_folders import log_made_again
from netrelay.transfer.staging import Staging
from netrelay.transfer.wire_account import WireAccount

# At most this many records share one flush and one commit; the slots bound their bytes.
_RECORDS_A_STEP = 64
# A slot with a frame of this size is freed before the flush, so that receiver fills it meanwhile.
_LARGE_FRAME_BYTES = 64 * 1024
# Under steady load what has ended is swept after so many steps: a step brings at most the slots.
_MOST_STEPS_UNSWEPT = 16


class ProcessorR(Process):
    """One step: judge what came, flush bodies, commit rows, then report what is decided.

    `Inbound` decides and stores; this class translates ring records into calls on it.
    """

    name = "processor_r"

    def __init__(self, node: Node) -> None:
        self._node = node
        capacity_bytes = node.config.capacity_bytes
        keys = keys_folder(node.home)
        identity = load(keys.path, is_credentials=keys.is_credentials)
        check_own_keys(node.database, node.home.keys, identity.node_id)
        self._book = PeerBook(node)
        self._inbound = Inbound(
            identity,
            node.database,
            Staging(node.home.staging),
            Staging(node.home.spool),
            capacity_bytes,
            node.log.write,
            node.counters.add,
            wants_custody=node.config.custody,
            groups=GroupKeys(node.home.groups),
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
        self._turns: FrameTurns[Frame] = FrameTurns()
        self._calls = CallPlan(node.database)
        self._account = WireAccount(node.database)
        # The holds that receiver has: of peers whose budget is used up.
        self._holds: dict[str, int] = {}
        self._has_told = False
        self._steps_unswept = 0

    def step(self) -> float | None:
        """Judge a batch, make it durable, acknowledge it; tell receiver what agreements changed."""
        if self._ring.service():
            self._has_told = False
            self._holds.clear()
            self._turns.clear()
            self._inbound.start_anew()
            self._calls.start_anew()
        log_made_again(self._node)
        self._tell_agreements()
        self._book.refresh()
        self._inbound.peers = self._book.peers
        self._account.metered = self._book.metered
        self._let_try_again()
        # Receiver's connections are no state of ours: their frames are, and that a peer called.
        heard = self._sorted(self._ring.receive(_RECORDS_A_STEP))
        self._decide(self._inbound.commit(list(self._judged(heard))))
        self._place_calls([record for record in heard if isinstance(record, CallReport | WayTried)])
        self._count([record for record in heard if isinstance(record, WireBytes)])
        self._tell_holds()
        self._ring.flush()
        called = (each for each in heard if isinstance(each, PeerOpened | Unagreed))
        note_contacts(self._node.database, {each.peer: each.address for each in called})
        is_busy = bool(self._channel.waiting) or len(self._turns) > 0
        self._steps_unswept += 1
        if not is_busy or self._steps_unswept >= _MOST_STEPS_UNSWEPT:
            self._steps_unswept = 0
            self._inbound.sweep()
        return 0 if is_busy else self._sleep_s()

    def close(self) -> None:
        """End the generation: receiver drops its connections."""
        self._channel.close()

    def _tell_agreements(self) -> None:
        if not self._channel.is_open:
            return
        for peer, number, size_bytes in self._inbound.agreement_changes():
            self._ring.put(records.AgreementRecord(peer, number, size_bytes))
        if not self._has_told:
            self._has_told = True
            self._ring.put(AgreementsTold())

    def _count(self, reports: list[WireBytes]) -> None:
        """Store what connections of peers with a budget have put on the wire."""
        for report in reports:
            self._account.add(report.peer, report.count_bytes)
        self._node.database.store_found(self._account.work)
        self._account.stored()

    def _tell_holds(self) -> None:
        """Put a HoldPeer for each peer of which data may not come any more, or again may."""
        if not (self._channel.is_open and (self._account.metered or self._holds)):
            return
        holds = {
            held.node: 0 if held.is_all else TRICKLE_FRAME_BYTES
            for held in held_peers(self._node.database)
        }
        for peer in self._holds.keys() | holds:
            if self._holds.get(peer) != holds.get(peer):
                self._ring.put(HoldPeer(peer, holds.get(peer, NO_HOLD)))
        self._holds = holds

    def _place_calls(self, reports: list[CallReport | WayTried]) -> None:
        """Store what became of calls, and have those placed that are due: after the agreements."""
        for report in reports:
            self._calls.note(report)
        kept = self._calls.store()
        if not self._channel.is_open:
            return
        for peer, idle_s in self._calls.to_keep(kept):
            self._ring.put(KeepCall(peer, idle_s))
        for peer in self._calls.to_probe():
            self._ring.put(KeepCall(peer, 0))
        for peer, hosts, dataports, rest_s in self._calls.to_place():
            self._ring.put(PlaceCall(peer, hosts_that_fit(hosts), list(dataports), rest_s))

    def _sleep_s(self) -> float | None:
        dues_s = (self._inbound.store_refusals(), next_due_s(self._node.database))
        return min((due_s for due_s in dues_s if due_s is not None), default=None)

    def _let_try_again(self) -> None:
        """Drop whom a changed permission may concern: a peer that calls again tries at once."""
        if self._node.poller.is_ready(self._node.bell.fileno()):
            for handle in self._inbound.handles_to_retry():
                self._ring.put(Drop(handle, "what is permitted here has changed: try again"))

    def _sorted(self, records_heard: Iterable[Record]) -> list[Record]:
        """Have frames wait for their turns; return the other records."""
        others: list[Record] = []
        for record in records_heard:
            if isinstance(record, Frame):
                self._turns.add(record)
            else:
                others.append(record)
        return others

    def _judged(self, heard: list[Record]) -> Iterator[JudgedFrame]:
        """Judge frames by turns, and free the slot of each as soon as it is not needed.

        A frame that comes meanwhile gets its turn within the batch; what is no frame is appended to
        `heard`.
        """
        taken: list[Frame] = []
        for judged in self._inbound.judge(self._in_turn(taken)):
            frame = taken[-1]
            if judged.unreadable is not None:
                reason = f"a frame that cannot be read: {judged.unreadable}"
                self._ring.put(Drop(frame.handle, reason))
            self._ring.put(SlotFree(frame.slot))
            if frame.length_bytes >= _LARGE_FRAME_BYTES:
                self._ring.flush()
            heard += self._sorted(self._ring.receive_more(_RECORDS_A_STEP))
            yield judged

    def _in_turn(self, taken: list[Frame]) -> Iterator[ArrivedFrame]:
        """Yield frames of one batch, each when the one before is judged; append them to `taken`."""
        for frame in self._turns.batch(_RECORDS_A_STEP):
            taken.append(frame)
            yield self._arrived(frame)

    def _arrived(self, frame: Frame) -> ArrivedFrame:
        view = self._channel.slots.view(frame.slot, frame.length_bytes)
        is_medium = bool(frame.is_medium)
        return ArrivedFrame(frame.handle, frame.peer, frame.frame, view, is_medium)

    def _decide(self, decided: list[DecidedFrame]) -> None:
        """Report what is durable now, refusals first."""
        last: dict[int, int] = {}
        for frame in decided:
            for refused in frame.refused:
                self._ring.put(
                    RefusedRecord(
                        *(frame.handle, refused.frame, refused.position),
                        *(int(refused.refusal), refused.retry_after_s),
                    )
                )
            last[frame.handle] = frame.number
        for handle, number in last.items():
            self._ring.put(Decided(handle, number))


PROCESS = ProcessorR
