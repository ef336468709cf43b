"""processor_s: seals what is ready into slots, has sender send it, stores the outcomes.

Reads:   work_send, work_connect, work_receipts, work_custody, work_timer, route_turns, budgets,
         windows, claimed files, spool/, sender--processor_s.ring
Writes:  processor_s--sender.ring and its slots, bodies, calls, source_troubles, disk_changes,
         wire_reports, rate_reports, stall_reports, moves, budgets, windows, route_turns
Reports: handed, acked, nacked, deferred, need-manifest, refused, lost, changed, touched, repeat,
         cut-on, exhausted, expired, let-go, made (keys for singles, receipts)
Sleeps:  on the ring's bell, its own bell, the table of mounts, a step of the wall clock, and until
         the next row is due or a period of a budget ends or a window opens or closes
"""

from collections.abc import Iterable
from contextlib import suppress
from time import monotonic

from netrelay.core.frames import RefusedMessage
from netrelay.core.words import Refusal
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import (
    Closed,
    Connect,
    Decided,
    Disconnect,
    EndOfLink,
    HangUp,
    Moved,
    Moving,
    Opened,
    PeerCalled,
    Record,
    RefusedRecord,
    Send,
    SlotFree,
    Stalled,
    Unanswered,
    WayTried,
    WireBytes,
    hosts_that_fit,
)
from netrelay.ring.slot_shares import SlotShares
from netrelay.runtime.clock_steps import ClockSteps
from netrelay.runtime.keys import keys_folder
from netrelay.runtime.loop import Process
from netrelay.runtime.mount_changes import watched_mounts
from netrelay.runtime.node import Node
from netrelay.runtime.own_node import check_own_keys
from netrelay.runtime.peer_book import PeerBook
from netrelay.runtime.wiring import OUT, slot_bytes, slot_count
from netrelay.seal.group_keys import GroupKeys
from netrelay.seal.identity import load
from netrelay.store.database_errors import DiskFullError
from netrelay.store.outgoing import BROKEN, CLOSED_BY_PEER, RESTED, SILENT, Neighbour, caller
from netrelay.store.timers import next_due_s
from netrelay.transfer.claimed_file import ClaimedFiles
from netrelay.transfer.flight import Flight
from netrelay.transfer.frame_filler import Slot
from netrelay.transfer.line_calendar import LineCalendar
from netrelay.transfer.outbound import Outbound
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.spool import SpoolReader
from netrelay.transfer.window_calendar import WindowCalendar

_RECORDS_A_STEP = 256
_LOOK_AT_WAYS_S = 1.0
_ENDS: dict[int, int] = {
    EndOfLink.RESTED: RESTED,
    EndOfLink.CLOSED_BY_PEER: CLOSED_BY_PEER,
    EndOfLink.SILENT: SILENT,
}


class ProcessorS(Process):
    """One step: read outcomes, seal what is ready, commit both at once, then have it sent.

    `Outbound` decides and stores; this class translates ring records into calls on it.
    """

    name = "processor_s"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        capacity_bytes = node.config.capacity_bytes
        keys = keys_folder(node.home)
        identity = load(keys.path, is_credentials=keys.is_credentials)
        check_own_keys(node.database, node.home.keys, identity.node_id)
        sealer = Sealer(
            identity,
            ClaimedFiles(node.home.path),
            SpoolReader(node.home.spool),
            capacity_bytes,
            GroupKeys(node.home.groups),
        )
        self._book = PeerBook(node)
        self._outbound = Outbound(
            node.database,
            sealer,
            node.config.name,
            node.log.write,
            node.counters.add,
            wants_custody=node.config.custody,
        )
        self._mounts = watched_mounts(node.poller)
        self._calendar = LineCalendar(node.database, node.log.write)
        self._windows = WindowCalendar(node.database)
        self._clock_steps = ClockSteps()
        node.poller.watch(self._clock_steps.fileno())
        self._channel = ChannelListener(
            node.home.runtime,
            OUT.listener,
            OUT.connector,
            slot_count(capacity_bytes),
            slot_bytes(capacity_bytes),
            OUT.filled_by,
        )
        self._ring = Conversation(self._channel, node.poller.watch)
        self._shares: SlotShares | None = None
        self._asked: dict[int, Neighbour] = {}
        # Outcomes of the ways of attempts under way, by peer: the reason, "" if it was reached.
        self._tried_ways: dict[str, dict[str, str]] = {}
        # Peers whose call waits at sender.
        self._called: set[str] = set()
        self._last_attempt = 0
        self._is_stopping = False
        # True until the outcomes of an earlier generation are stored.
        self._is_anew = True
        self._start_anew()

    def step(self) -> float | None:
        """Read records, seal, commit, send; nothing is sent before its commit."""
        if self._ring.service():
            self._is_anew = True
        if self._is_anew:
            self._start_anew()
        if self._mounts is not None and self._node.poller.is_ready(self._mounts):
            self._outbound.disks_changed()
        self._book.refresh()
        self._outbound.peers = self._book.peers
        edge_s = self._follow_calendar()
        if self._node.poller.is_ready(self._node.bell.fileno()) or self._outbound.is_any_beside:
            for handle in self._outbound.outdated_handles():
                self._ring.put(Disconnect(handle))
        for record in self._ring.receive(_RECORDS_A_STEP):
            self._hear(record)
        fills = [] if self._is_stopping else self._outbound.fill(self._take_slot, monotonic())
        try:
            committed = self._outbound.commit(fills, monotonic())
        except DiskFullError:
            self._free(frame.slot for _, filled in fills for frame in filled.frames)
            raise
        for frame in committed.frames:
            self._ring.put(Send(frame.handle, frame.number, frame.slot, frame.length_bytes))
        self._free(committed.unused_slots)
        if not self._is_stopping:
            self._ask_for_connections()
        self._ring.flush()
        if committed.is_busy or self._channel.waiting:
            return 0
        self._release_memory()
        # That a way has stopped, so that the others may have what waits, is no event.
        is_several = self._outbound.is_any_beside and not self._outbound.is_idle
        dues_s = (next_due_s(self._database), edge_s, _LOOK_AT_WAYS_S if is_several else None)
        return min((due_s for due_s in dues_s if due_s is not None), default=None)

    def _follow_calendar(self) -> float | None:
        """Follow the wall clock for budgets and windows; return the seconds to the next edge."""
        if self._clock_steps.was_set():
            with self._database.transaction():
                pass  # it stores the step, by which people are told times
        dues_s = [self._windows.follow()]
        if self._outbound.account.metered:
            dues_s.append(self._calendar.follow())
        return min((due_s for due_s in dues_s if due_s is not None), default=None)

    def wind_down(self) -> None:
        """Send nothing more; wait for the decision of what was sent."""
        self._is_stopping = True

    @property
    def is_wound_down(self) -> bool:
        """True when nothing is in flight."""
        return self._outbound.is_idle

    def close(self) -> None:
        """End this generation of the rings; sender closes its connections.

        The table says so too: nobody else would, until the next start.
        """
        self._channel.close()
        with suppress(DiskFullError):
            self._outbound.start_anew()

    def _start_anew(self) -> None:
        """Store the outcomes of an earlier generation; everything else it had in flight is lost."""
        for record in self._ring.receive_unread():
            if isinstance(record, Decided | RefusedRecord):
                self._hear(record)
        self._shares = SlotShares(self._channel.pool) if self._channel.is_open else None
        self._asked.clear()
        self._tried_ways.clear()
        self._called.clear()
        self._outbound.start_anew()
        self._is_anew = False

    def _take_slot(self, flight: Flight) -> Slot | None:
        """Return a slot to fill, or None.

        A limited or slow connection has one slot at a time: an urgent message waits behind every
        frame that sender has and the kernel has not.
        """
        holder = f"{flight.peer} {flight.handle}"
        if self._shares is None or (flight.takes_one_frame and self._shares.held_by(holder)):
            return None
        number = self._shares.allocate(holder, alone=self._outbound.connections == 1)
        return None if number is None else Slot(number, self._channel.pool.view(number))

    def _free(self, slots: Iterable[int]) -> None:
        """Free slots that were filled and are not sent."""
        for slot in slots:
            self._free_slot(slot)

    def _free_slot(self, slot: int) -> None:
        self._outbound.account.release(slot)
        if self._shares is not None:
            self._shares.free(slot)

    def _release_memory(self) -> None:
        if self._channel.is_open and self._outbound.is_idle:
            self._channel.pool.release_memory()

    def _hear(self, record: Record) -> None:
        now_s = monotonic()
        match record:
            case SlotFree():
                self._free_slot(record.slot)
            case WireBytes():
                self._outbound.account.add(record.peer, record.count_bytes)
            case Decided():
                self._outbound.decided(record.handle, record.frame, now_s)
            case RefusedRecord():
                refused = RefusedMessage(
                    *(record.frame, record.message_index),
                    *(Refusal(record.code), record.retry_after_s),
                )
                self._outbound.refused(record.handle, refused)
            case WayTried():
                self._tried_ways.setdefault(record.peer, {})[record.way] = record.reason
            case Opened() if record.attempt in self._asked:
                neighbour = self._asked.pop(record.attempt)
                tried = {} if neighbour.beside else self._tried_ways.pop(record.peer, {})
                self._outbound.call_answered(
                    neighbour,
                    record.handle,
                    record.verdict,
                    record.retry_after_s,
                    record.address,
                    record.reason,
                    now_s,
                    record.resumed,
                    tried,
                )
            case Stalled():
                self._outbound.stalled(record.handle, record.for_s, record.reason)
            case Unanswered() if record.attempt in self._asked:
                if self._asked[record.attempt].beside:
                    return  # the one that is open says how its peer is
                self._outbound.unanswered(record.peer, record.for_s, record.reason)
            case Moved():
                tried = self._tried_ways.pop(record.peer, {})
                self._outbound.moved(record.handle, record.address, tried)
            case Moving():
                self._outbound.stalled(record.handle, None, "")
            case PeerCalled():
                self._called.add(record.peer)
            case Closed():
                self._outbound.ended(
                    *(record.handle, record.reason, now_s, record.begun),
                    how=_ENDS.get(record.how, BROKEN),
                )
            case _:
                return

    def _ask_for_connections(self) -> None:
        if not self._channel.is_open:
            return
        under_way = {(neighbour.node, neighbour.beside) for neighbour in self._asked.values()}
        asked = {node for node, beside in under_way if not beside}
        for neighbour in self._outbound.neighbours_to_call():
            if neighbour.node not in asked:
                self._connect(neighbour)
        for neighbour in self._outbound.ways_to_open():
            if (neighbour.node, neighbour.beside) not in under_way:
                self._connect(neighbour)
        for peer in self._called - asked:
            self._answer(peer)

    def _answer(self, peer: str) -> None:
        """Open a connection on the call of a peer; one of before, which has ended, goes first."""
        before = self._outbound.handle_of(peer)
        if before is not None:
            self._ring.put(Disconnect(before))
            return
        self._called.discard(peer)
        neighbour = caller(self._database, peer)
        if neighbour is None:
            self._ring.put(HangUp(peer))
        else:
            self._connect(neighbour)

    def _connect(self, neighbour: Neighbour) -> None:
        self._last_attempt += 1
        self._asked[self._last_attempt] = neighbour
        if not neighbour.beside:
            # What was tried beside the connection of before says nothing of this one.
            self._tried_ways.pop(neighbour.node, None)
        self._ring.put(
            Connect(
                neighbour.node,
                self._last_attempt,
                hosts_that_fit(neighbour.hosts),
                list(neighbour.dataports),
                neighbour.agreement_number,
                neighbour.message_size_bytes,
                int(self._outbound.may_go_on(neighbour.node)),
                neighbour.reverse_address,
                neighbour.rest_s,
                int(bool(neighbour.beside)),
            )
        )


PROCESS = ProcessorS
