"""processor_s: seals what is ready into slots, has sender send it, stores what came of it.

Reads:   work_send, work_connect, work_receipts, work_timer, claimed files, spool/, sender's ring
Writes:  processor_s--sender.ring and its slots, connections, keys and receipts (types 3 and 7)
Reports: handed, acked, nacked, deferred, need-manifest, refused, lost, changed, what time brings
Sleeps:  on the ring's bell, its own bell, and until the next thing is due
"""

import random
from functools import partial
from time import monotonic

from netrelay.core.frames import VerdictCode
from netrelay.core.pace import redial_delay_s, retry_delay_s
from netrelay.core.words import Refusal
from netrelay.ring.channel import ChannelListener
from netrelay.ring.conversation import Conversation
from netrelay.ring.records import (
    NOT_OPENED,
    Closed,
    Connect,
    Decided,
    Disconnect,
    Opened,
    Record,
    Refused,
    Send,
    SlotFree,
)
from netrelay.ring.slot_shares import SlotShares
from netrelay.runtime.keys import keys_folder
from netrelay.runtime.log import (
    CARRIED_LOST,
    DISCONNECTED,
    FILE_CHANGED,
    NO_MOVE,
    NO_WAY_BACK,
    NOT_CONNECTED,
    SEND_REFUSED,
)
from netrelay.runtime.loop import Process
from netrelay.runtime.node import Node
from netrelay.runtime.peer_book import PeerBook
from netrelay.runtime.wiring import OUT, slot_bytes, slot_count
from netrelay.seal.identity import load
from netrelay.store import outgoing
from netrelay.store.arrivals import agreements
from netrelay.store.facts import Facts
from netrelay.store.outgoing import Neighbour, Ready
from netrelay.store.receipts import unrouted_nodes
from netrelay.store.timers import due_timers, next_due_s
from netrelay.transfer.carriage import SpoolReader
from netrelay.transfer.claimed_file import ClaimedFiles
from netrelay.transfer.flight import Flight, Outcome
from netrelay.transfer.frame_filler import Filled, FrameFiller, Slot
from netrelay.transfer.own_messages import OwnMessages
from netrelay.transfer.refusal_words import Hop, refusal_words
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.single_keys import SingleKeys

_RECORDS_A_STEP = 256
_TIMERS_A_STEP = 32
# Once may be a restart; after that a peer may have moved to another dataport, and is asked.
_FAILURES_TO_DOUBT = 2
_MOST_HOSTS = 4
_HOSTS_BYTES = 256
# As long as a source waits for its receipt before it repeats a manifest (engine.sql).
_MANIFEST_PATIENCE_S = 30.0


class ProcessorS(Process):
    """One step: hear outcomes, seal what is ready, commit both at once, then have it sent."""

    name = "processor_s"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._database = node.database
        self._facts = Facts(node.database, lambda error: node.log.say(NO_MOVE, error=error))
        capacity_bytes = node.config.capacity_bytes
        keys = keys_folder(node.home)
        identity = load(keys.path, is_credentials=keys.is_credentials)
        self._own_id = identity.node_id
        sealer = Sealer(
            identity,
            ClaimedFiles(node.home.path),
            SpoolReader(node.home.spool),
            capacity_bytes,
        )
        self._book = PeerBook(node)
        self._keys = SingleKeys()
        self._filler = FrameFiller(node.database, sealer, self._keys)
        self._own = OwnMessages(node.database, sealer, self._keys)
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
        self._last_attempt = 0
        self._flights: dict[int, Flight] = {}
        self._opened: list[tuple[Neighbour, Opened]] = []
        self._closed: list[tuple[Flight, str]] = []
        self._outcomes: list[Outcome] = []
        self._is_stopping = False
        self._start_anew()

    def step(self) -> float | None:
        """Hear, seal, commit, send; nothing is sent that is not committed."""
        if self._ring.service():
            self._start_anew()
        self._book.refresh()
        self._leave_what_is_over()
        self._filler.peers = self._book.peers
        for record in self._ring.receive(_RECORDS_A_STEP):
            self._hear(record)
        self._follow_limits()
        fills = [
            (flight, self._filler.fill(flight, partial(self._take_slot, flight)))
            for flight in ([] if self._is_stopping else self._in_turn())
        ]
        busy = self._commit(fills)
        now_s = monotonic()
        for flight, filled in fills:
            for frame in filled.frames:
                if frame.messages:
                    number = flight.add(frame.messages, frame.length_bytes, now_s)
                    self._ring.put(Send(flight.handle, number, frame.slot, frame.length_bytes))
                elif self._shares is not None:
                    self._shares.free(frame.slot)
        if not self._is_stopping:
            self._ask_for_connections()
        self._ring.flush()
        if busy or self._channel.waiting or any(filled.frames for _, filled in fills):
            return 0
        self._release_memory()
        return next_due_s(self._database)

    def wind_down(self) -> None:
        """Send no more; what was sent is waited for."""
        self._is_stopping = True

    @property
    def is_wound_down(self) -> bool:
        """True when nothing is in flight."""
        return all(flight.is_idle for flight in self._flights.values())

    def close(self) -> None:
        """End the generation: sender drops its connections."""
        self._channel.close()

    def _start_anew(self) -> None:
        """What an earlier generation had decided is stored; nothing else of it ever will be."""
        for record in self._ring.receive_unread():
            if isinstance(record, Decided | Refused):
                self._hear(record)
        self._shares = SlotShares(self._channel.pool) if self._channel.is_open else None
        self._asked.clear()
        self._flights.clear()
        self._opened.clear()
        self._closed.clear()
        with self._database.transaction():
            self._store_outcomes()
            outgoing.forget_connections(self._database)
            self._facts.report_all(
                outgoing.lost_messages(self._database), "lost", "sender or processor_s started anew"
            )
        self._outcomes.clear()

    def _leave_what_is_over(self) -> None:
        """End the connections whose agreement is over, or whose peer is none any more.

        A peer that lost its power says hello when it is back, long before TCP notices.
        """
        if not self._flights or not self._node.poller.is_ready(self._node.bell.fileno()):
            return
        agreed = agreements(self._database)
        for flight in self._flights.values():
            number, _ = agreed.get(flight.peer, (None, None))
            if number != flight.agreement_number:
                self._ring.put(Disconnect(flight.handle))

    def _follow_limits(self) -> None:
        for flight in self._flights.values():
            peer = self._book.peers.get(flight.peer)
            flight.limit_bytes_per_s = None if peer is None else peer.limit_bytes_per_s

    def _in_turn(self) -> list[Flight]:
        """Give the connections, another one first each time, so that none is always last."""
        flights = list(self._flights.values())
        if len(flights) > 1:
            first = random.randrange(len(flights))  # noqa: S311 -- fairness, not secrecy
            flights = flights[first:] + flights[:first]
        return flights

    def _take_slot(self, flight: Flight) -> Slot | None:
        """Give a slot to fill; where a rate is limited, one at a time.

        A frame that waits in sender for its time is a frame that what is urgent waits behind.
        """
        peer = flight.peer
        if self._shares is None or (flight.limit_bytes_per_s and self._shares.held_by(peer)):
            return None
        number = self._shares.allocate(peer, alone=len(self._flights) == 1)
        return None if number is None else Slot(number, self._channel.pool.view(number))

    def _release_memory(self) -> None:
        if self._channel.is_open and all(flight.is_idle for flight in self._flights.values()):
            self._channel.pool.release_memory()

    def _hear(self, record: Record) -> None:
        match record:
            case SlotFree() if self._shares is not None:
                self._shares.free(record.slot)
            case Decided() if record.handle in self._flights:
                flight = self._flights[record.handle]
                self._outcomes.extend(flight.decide(record.frame, monotonic()))
            case Refused() if record.handle in self._flights:
                self._flights[record.handle].refuse(record)
            case Opened() if record.attempt in self._asked:
                neighbour = self._asked.pop(record.attempt)
                self._opened.append((neighbour, record))
                if record.handle != NOT_OPENED:
                    self._flights[record.handle] = Flight(
                        neighbour.node,
                        record.handle,
                        neighbour.message_size_bytes,
                        neighbour.agreement_number,
                        monotonic(),
                    )
            case Closed() if record.handle in self._flights:
                self._closed.append((self._flights.pop(record.handle), record.reason))
            case _:
                return

    def _ask_for_connections(self) -> None:
        if not self._channel.is_open:
            return
        busy = {neighbour.node for neighbour in self._asked.values()}
        busy |= {flight.peer for flight in self._flights.values()}
        for neighbour in outgoing.neighbours_to_connect(self._database):
            if neighbour.node in busy:
                continue
            self._last_attempt += 1
            self._asked[self._last_attempt] = neighbour
            self._ring.put(
                Connect(
                    neighbour.node,
                    self._last_attempt,
                    _that_fit(neighbour.hosts),
                    list(neighbour.dataports),
                    neighbour.agreement_number,
                    neighbour.message_size_bytes,
                )
            )

    def _commit(self, fills: list[tuple[Flight, Filled]]) -> bool:
        """Store all that this step learned, in one commit; True when more may follow at once."""
        timers = due_timers(self._database, _TIMERS_A_STEP)
        wanted = {
            each for _, filled in fills for each in filled.keys_wanted
        } & self._book.peers.keys()
        owed = self._own.owed_nodes()
        self._say_no_way_back()
        learned = self._opened or self._closed or self._outcomes or timers or wanted or owed
        if not learned and not any(filled.frames or filled.changed for _, filled in fills):
            return False
        with self._database.transaction():
            for neighbour, opened in self._opened:
                self._store_opened(neighbour, opened)
            self._store_outcomes()
            for flight, reason in self._closed:
                self._store_closed(flight, reason)
            if timers:
                self._store_timers()
            for _, filled in fills:
                self._store_filled(filled)
            keys = [self._own.make_key(self._filler.peers[each]) for each in sorted(wanted)]
            for source in owed:
                self._own.make_receipt(source)
        for destination, key in zip(sorted(wanted), keys, strict=True):
            self._keys.use(destination, key, self._database.now_s())
        self._opened.clear()
        self._outcomes.clear()
        self._closed.clear()
        return bool(timers or wanted or owed)

    def _store_outcomes(self) -> None:
        acked = (each.message.id for each in self._outcomes if each.refused is None)
        self._facts.report_all(acked, "acked")
        for outcome in self._outcomes:
            if outcome.refused is not None:
                self._store_refused(outcome.message, outcome.peer, outcome.refused)

    def _store_timers(self) -> None:
        """Report what is due: asked anew, for what was due may have been receipted meanwhile."""
        for message, event in due_timers(self._database, _TIMERS_A_STEP):
            self._facts.report(message, event)
            if event == "repeat":
                self._doubt_key(message)

    def _doubt_key(self, message: int) -> None:
        """A single that nobody confirms may lack its key: beyond a relay nobody else says so."""
        destination = outgoing.destination_of_single(self._database, message)
        if destination is not None:
            self._keys.forget(destination)

    def _say_no_way_back(self) -> None:
        for source in unrouted_nodes(self._database):
            name = self._name_of(source)
            self._node.log.say(NO_WAY_BACK, peer=source, source_name=name)

    def _name_of(self, node: str) -> str:
        return self._node.config.name if node == self._own_id else self._book.name_of(node)

    def _store_filled(self, filled: Filled) -> None:
        for message_id, body in filled.made_bodies:
            outgoing.keep_body(self._database, message_id, body)
        ready = self._still_ready(filled)
        for message, reason in filled.changed:
            if message.id not in ready:
                continue
            if message.envelope is not None:
                self._facts.report(message.id, "changed", reason)
                name = self._book.name_of(message.source)
                self._node.log.say(
                    CARRIED_LOST, message=message.id, source_name=name, reason=reason
                )
                continue
            self._facts.report(message.id, "changed", f"changed while sending: {reason}")
            self._node.log.say(FILE_CHANGED, message=message.id, name=message.name, reason=reason)
        for frame in filled.frames:
            handed = (message.id for message in frame.messages if message.id in ready)
            self._facts.report_all(handed, "handed")
            self._node.counters.add("messages_out", len(frame.messages))

    def _still_ready(self, filled: Filled) -> set[int]:
        """Tell what did not move on while it was read and sealed.

        A receipt that was on its way ends a message and has its file put away; what then goes once
        more is a repeat.
        """
        laid = [message.id for frame in filled.frames for message in frame.messages]
        return outgoing.still_ready(
            self._database, laid + [message.id for message, _ in filled.changed]
        )

    def _store_opened(self, neighbour: Neighbour, opened: Opened) -> None:
        due_s = 0.0
        if opened.handle == NOT_OPENED:
            failures = outgoing.connection_failures(self._database, neighbour.node) + 1
            # Who answers is reached: the agreement is looked into soon, however long it was away.
            tries = 1 if opened.verdict == VerdictCode.NO_AGREEMENT else failures
            delay_s = retry_delay_s(tries, random.random())  # noqa: S311 -- spreads retries
            due_s = self._database.now_s() + max(delay_s, float(opened.retry_after_s))
            self._node.log.say(
                NOT_CONNECTED,
                peer=neighbour.node,
                peer_name=neighbour.name,
                reason=opened.reason,
            )
            if failures >= _FAILURES_TO_DOUBT and opened.verdict not in list(VerdictCode):
                outgoing.doubt_agreement(self._database, neighbour.node)
        if opened.verdict == VerdictCode.NO_AGREEMENT:
            outgoing.forget_agreement(self._database, neighbour.node, neighbour.agreement_number)
        outgoing.note_connection(
            self._database, neighbour.node, opened.handle, opened.reason, due_s
        )

    def _store_closed(self, flight: Flight, reason: str) -> None:
        open_s = monotonic() - flight.opened_s
        delay_s = redial_delay_s(open_s, random.random())  # noqa: S311 -- spreads redials
        due_s = self._database.now_s() + delay_s
        outgoing.note_connection(self._database, flight.peer, NOT_OPENED, reason, due_s)
        # A peer hangs up, too, when it would judge otherwise now.
        outgoing.try_soon(self._database, flight.peer, due_s)
        lost = flight.lost()
        self._facts.report_all(
            (message.id for message in lost), "lost", f"connection lost: {reason}"
        )
        if lost:
            self._node.log.say(
                DISCONNECTED,
                peer=flight.peer,
                peer_name=self._book.name_of(flight.peer),
                reason=reason,
            )

    def _store_refused(self, message: Ready, peer: str, refused: Refused) -> None:
        self._node.counters.add("refusals_in")
        refusal = Refusal(refused.code)
        due_s = self._database.now_s() + max(float(refused.retry_after_s), 1.0)
        parties = (peer, message.source, message.destination)
        reason = refusal_words(
            refusal, Hop(self._node.config.name, *(self._name_of(node) for node in parties))
        )
        is_carried = message.envelope is not None
        if refusal is Refusal.NEED_MANIFEST:
            # Here the manifest goes first at once; a relay has to wait for its source.
            patience_s = self._database.now_s() + _MANIFEST_PATIENCE_S if is_carried else None
            self._facts.report(message.id, "need-manifest", reason, patience_s)
        elif refusal.for_good:
            self._facts.report(message.id, "refused", reason)
        else:
            if refusal is Refusal.CANNOT_OPEN and not is_carried:
                self._keys.forget(message.destination)
                due_s = 0.0
            event = "nacked" if refusal.costs_attempt else "deferred"
            self._facts.report(message.id, event, reason, due_s)
        self._node.log.say(SEND_REFUSED, message=message.id, peer=peer, reason=reason)


def _that_fit(hosts: tuple[str, ...]) -> list[str]:
    """Give the first hosts, as many as a record of the ring holds."""
    fitting: list[str] = []
    for host in hosts:
        if sum(map(len, fitting)) + len(host.encode()) <= _HOSTS_BYTES:
            fitting.append(host)
    return fitting[:_MOST_HOSTS]


PROCESS = ProcessorS
