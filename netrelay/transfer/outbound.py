"""The sending half of a node, without rings and sockets: processor_s translates records to it.

The caller reports events (answers to calls, decided frames, ended connections), then fills slots
and commits; it may send the frames that the commit returns.
"""

import random
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple

from netrelay.core.budget import wire_estimate_bytes
from netrelay.core.earliest_arrival import LOOK_AHEAD, pieces_to_take
from netrelay.core.frames import RefusedMessage
from netrelay.core.words import Refusal
from netrelay.runtime.log import (
    CARRIED_LOST,
    COPY_CHANGED,
    DISCONNECTED,
    FILE_CHANGED,
    FILE_TOUCHED,
    FILE_UNREAD,
    MEMBER_LEFT,
    NO_MOVE,
    NO_WAY_BACK,
    NOT_CONNECTED,
    ROUTE_BACK,
    ROUTE_TURNED,
    SEND_REFUSED,
)
from netrelay.store import outgoing
from netrelay.store.agreements import agreements
from netrelay.store.beside import (
    CallBeside,
    ended_beside,
    report_call_beside,
    report_reached_way,
    waiting_pieces,
    ways_to_connect,
)
from netrelay.store.budgets import budget_left
from netrelay.store.database import Database, Work
from netrelay.store.facts import Facts
from netrelay.store.manifests import kept_single_keys
from netrelay.store.measured_rates import report_rates
from netrelay.store.outgoing import BROKEN, NO_CONNECTION, Call, Neighbour, Ready
from netrelay.store.peers import Peer, metered_peers
from netrelay.store.receipts import unrouted_nodes
from netrelay.store.routes import (
    RouteTurn,
    due_turns,
    ended_offers,
    store_ended_offers,
    store_turn,
)
from netrelay.store.timers import due_timers
from netrelay.store.tried_ways import report_ways
from netrelay.transfer.claimed_file import CopyChanged, FileChanged, FileTouched
from netrelay.transfer.flight import Decision, Flight, FlyingFrame
from netrelay.transfer.frame_filler import Filled, FrameFiller, LaidFrame, Slot
from netrelay.transfer.own_messages import OwnMessages
from netrelay.transfer.rate_meter import MeasuredRate, RateMeter
from netrelay.transfer.refusal_text import Parties, refusal_text
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.single_keys import SingleKey, SingleKeys
from netrelay.transfer.wire_account import WireAccount

_TIMERS_A_COMMIT = 32
_FEW_FLIGHTS = 8
# A program that touches a file again and again ends its job.
_MOST_ATTEMPTS = 64


class FrameToSend(NamedTuple):
    """A frame whose messages are committed as handed; number: counts from 1 on its connection."""

    handle: int
    number: int
    slot: int
    length_bytes: int


class Committed(NamedTuple):
    """The result of a commit; is_busy: another fill and commit may have work at once."""

    frames: list[FrameToSend]
    unused_slots: list[int]
    is_busy: bool


class _Answered(NamedTuple):
    neighbour: Neighbour
    call: Call | CallBeside
    going_on: list[Ready]
    tried_ways: Mapping[str, str]


class _Ended(NamedTuple):
    flight: Flight
    call: Call | CallBeside


class _Stall(NamedTuple):
    peer: str
    handle: int
    stalled_for_s: int | None
    reason: str


class _Move(NamedTuple):
    peer: str
    handle: int
    address: str
    tried_ways: Mapping[str, str]


class Outbound:
    """Hands messages in S-4 to connections and stores the outcome of each.

    A message in S-4 is sealed into a slot outside the write lock (`fill`), committed as handed
    (S-4W), and only then returned for sending (`commit`). The next hop acknowledges cumulatively,
    after its own commit; `decided` and `refused` collect outcomes, and the next `commit` stores
    them. Delivery to the next hop is therefore at least once: after a crash between sending and
    storing, a message is sent again, and the next hop deduplicates by identity.

    The end of a connection loses its messages in flight: they go back to S-1. Those that the peer
    has a part of are in flight again when the next connection goes on with them. `start_anew` does
    that for an earlier generation of sender or of this process, after it has stored the outcomes
    that were reported. The state in memory can be rebuilt from the database.

    A peer may have several connections, by different ways, of which all but one are beside that one
    (`Flight.is_beside`). Each takes chunks as long as they are expected to arrive by it before
    another one could carry them. When that one ends, the next takes its place, and what it held is
    sent by the others.
    """

    def __init__(
        self,
        database: Database,
        sealer: Sealer,
        own_name: str,
        log: Callable[..., None],
        count: Callable[[str, int], None],
        *,
        wants_custody: bool = False,
    ) -> None:
        """Create the sending half without connections; the caller keeps `peers` current.

        log: as `Log.write`. count: adds to a counter by its name. wants_custody: as `OwnMessages`.
        """
        self._database = database
        self._log = log
        self._count = count
        self._own_name = own_name
        self._own_id = str(database.value("SELECT node FROM selfinfo"))
        self._facts = Facts(database, lambda error: log(NO_MOVE, error=error))
        self._keys = SingleKeys()
        with database.transaction():
            for kept in kept_single_keys(database):
                key = sealer.single_key(kept.destination, kept.key_id)
                self._keys.go_on(kept.destination, key, kept.born_s, kept.starts)
        self._filler = FrameFiller(database, sealer, self._keys)
        self._own = OwnMessages(database, sealer, self._keys, wants_custody=wants_custody)
        self.account = WireAccount(database)
        """The bytes on the wire that count against budgets."""
        self._rates = RateMeter()
        self._flights: dict[int, Flight] = {}
        # The peers that have a connection beside another one.
        self._by_several_ways: set[str] = set()
        # What was reported and is not stored yet, in its order.
        self._happened: list[_Answered | _Ended | _Stall | _Move | Decision] = []
        # By peer: the frames with which its next connection may go on. By connection: the messages
        # in such frames that became something else meanwhile: their outcome is of no meaning.
        self._begun: dict[str, dict[int, FlyingFrame]] = {}
        self._outdated: dict[int, set[Ready]] = {}

    @property
    def peers(self) -> dict[str, Peer]:
        """The enrolled peers by node id."""
        return self._filler.peers

    @peers.setter
    def peers(self, peers: dict[str, Peer]) -> None:
        if peers is not self._filler.peers:
            self._filler.peers = peers
            self.account.metered = metered_peers(peers)
        for flight in self._flights.values():
            peer = peers.get(flight.peer)
            flight.limit_bytes_per_s = None if peer is None else peer.limit_bytes_per_s

    @property
    def connected(self) -> set[str]:
        """The peers with an open connection."""
        return {flight.peer for flight in self._flights.values()}

    def handle_of(self, peer: str) -> int | None:
        """Return the open connection to a peer, not those beside it; None without one."""
        own = (f for f in self._flights.values() if f.peer == peer and not f.is_beside)
        return next((flight.handle for flight in own), None)

    @property
    def connections(self) -> int:
        """The number of open connections."""
        return len(self._flights)

    @property
    def is_any_beside(self) -> bool:
        """True while there is a connection beside another one."""
        return bool(self._by_several_ways)

    @property
    def is_idle(self) -> bool:
        """True when no frame waits for a decision."""
        return all(flight.is_idle for flight in self._flights.values())

    # Events that the caller reports

    def call_answered(
        self,
        neighbour: Neighbour,
        handle: int,
        verdict: int,
        retry_after_s: int,
        address: str,
        reason: str,
        now_s: float,
        resumed: int = 0,
        tried_ways: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Note the answer to a call: a handle, or NO_CONNECTION with verdict and reason.

        address: the one that was reached, else the last one that was tried; empty without one.
        now_s: the caller's monotonic clock, here and below. resumed: the frames of the connection
        before go on up to this one. tried_ways: why each way that was tried failed, "" for the one
        that was reached.
        """
        if neighbour.beside:
            self._beside_answered(neighbour, handle, verdict, address, reason, now_s)
            return
        call = Call(
            *(neighbour.node, handle, verdict, neighbour.agreement_number, retry_after_s),
            *(None, _jitter(), address, reason),
        )
        going_on: list[Ready] = []
        if handle != NO_CONNECTION:
            flight = Flight(
                neighbour.node,
                handle,
                neighbour.message_size_bytes,
                neighbour.agreement_number,
                now_s,
                way=_reached(tried_ways),
            )
            begun = self._begun.pop(neighbour.node, {})
            if resumed:
                going_on = flight.go_on(begun, resumed, now_s)
            self._flights[handle] = flight
        if not going_on:
            self.account.release_again(neighbour.node)
        self._happened.append(_Answered(neighbour, call, going_on, tried_ways))

    def _beside_answered(
        self,
        neighbour: Neighbour,
        handle: int,
        verdict: int,
        address: str,
        reason: str,
        now_s: float,
    ) -> None:
        """Note the answer to a call by one more way; what it is to be beside is open."""
        if handle != NO_CONNECTION:
            self._flights[handle] = Flight(
                neighbour.node,
                handle,
                neighbour.message_size_bytes,
                neighbour.agreement_number,
                now_s,
                way=neighbour.beside,
                is_beside=True,
            )
            self._by_several_ways.add(neighbour.node)
        failed = BROKEN if handle == NO_CONNECTION else verdict
        call = CallBeside(
            *(neighbour.node, neighbour.beside, handle, failed, _jitter(), address, reason)
        )
        self._happened.append(_Answered(neighbour, call, [], {neighbour.beside: reason}))

    def ended(
        self, handle: int, reason: str, now_s: float, begun: int = 0, *, how: int = BROKEN
    ) -> None:
        """Note the end of a connection; an unknown handle changes nothing.

        begun: the frames up to this one may go on with the next connection. how: as in the
        module `outgoing`, BROKEN, RESTED, CLOSED_BY_PEER or SILENT.
        """
        flight = self._flights.pop(handle, None)
        if flight is not None:
            if not flight.is_idle:
                self._rates.broken(flight.peer)
            if flight.is_beside:
                self._note_ways(flight.peer)
                place = flight.peer, flight.way, NO_CONNECTION
                ended = CallBeside(*place, how, _jitter(), "", reason)
                self._happened.append(_Ended(flight, ended))
                return
            if flight.has_session:
                self._begun[flight.peer] = flight.begun(begun)
            self._let_another_take_its_place(flight.peer)
            self.account.release_again(flight.peer)
            call = Call(
                *(flight.peer, NO_CONNECTION, how, flight.agreement_number, 0),
                *(now_s - flight.opened_s, _jitter(), "", reason),
            )
            self._happened.append(_Ended(flight, call))

    def _let_another_take_its_place(self, peer: str) -> None:
        """Have the first connection beside one that has ended take its place, as its row does."""
        beside = [f for f in self._flights.values() if f.peer == peer and f.is_beside]
        if beside:
            min(beside, key=lambda flight: flight.handle).is_beside = False
            self._note_ways(peer)
            # The others send what it had begun.
            self._begun.pop(peer, None)

    def _note_ways(self, peer: str) -> None:
        """Note whether a peer still has a connection beside another one."""
        if not any(f.is_beside for f in self._flights.values() if f.peer == peer):
            self._by_several_ways.discard(peer)

    def stalled(self, handle: int, stalled_for_s: int | None, reason: str) -> None:
        """Note for how long nothing of what was sent has arrived; None: something arrives again.

        reason: what is done about it.
        """
        flight = self._flights.get(handle)
        if flight is not None:
            self._happened.append(_Stall(flight.peer, handle, stalled_for_s, reason))

    def unanswered(self, peer: str, for_s: int, reason: str) -> None:
        """Note for how long a peer was reached without an answer, and what it has not said."""
        self._happened.append(_Stall(peer, NO_CONNECTION, for_s, reason))

    def moved(self, handle: int, address: str, tried_ways: Mapping[str, str]) -> None:
        """Note that another one was dialled beside a connection, and where that goes on; "": as is.

        tried_ways: as in `call_answered`.
        """
        flight = self._flights.get(handle)
        if flight is not None:
            flight.way = _reached(tried_ways) or flight.way
            self._happened.append(_Move(flight.peer, handle, address, tried_ways))

    def refused(self, handle: int, refused: RefusedMessage) -> None:
        """Note the refusal of a message; it counts when its frame is decided."""
        if handle in self._flights:
            self._flights[handle].refuse(refused)

    def decided(self, handle: int, frame: int, now_s: float) -> None:
        """Note that the peer decided every frame up to this one."""
        flight = self._flights.get(handle)
        if flight is not None:
            before_bytes = flight.decided_bytes
            self._happened.extend(flight.decide(frame, now_s))
            count_bytes = flight.decided_bytes - before_bytes
            is_idle = self._is_idle_by_all_ways(flight)
            self._rates.decided(flight.peer, count_bytes, now_s, is_idle=is_idle)
            if not flight.is_going_on:
                self.account.release_again(flight.peer)

    def start_anew(self) -> None:
        """Begin a generation: store the noted outcomes, and report all else in flight as lost.

        Durable when it returns.
        """
        self._flights.clear()
        self._by_several_ways.clear()
        self._rates = RateMeter()
        self._begun.clear()
        self._outdated.clear()
        decisions = [each for each in self._happened if isinstance(each, Decision)]
        with self._database.transaction():
            self._store_decisions(decisions)
            self.account.start_anew()
            outgoing.forget_connections(self._database)
            self._facts.report_all(
                outgoing.lost_messages(self._database), "lost", "sender or processor_s started anew"
            )
        self._happened.clear()
        self.account.stored()

    def disks_changed(self) -> None:
        """Try the files again that could not be read: a disk was mounted, or taken away."""
        if outgoing.has_unread_files(self._database):
            with self._database.transaction():
                outgoing.try_unread_files(self._database)

    # Requests of the caller

    def outdated_handles(self) -> list[int]:
        """Return the connections whose agreement was replaced, or that are probably dead.

        A peer that lost power sends a hello when it is back, and a call is probed, long before TCP
        detects the dead connection.
        """
        if not self._flights:
            return []
        agreed = agreements(self._database, self.connected)
        forgotten = outgoing.forgotten_handles(self._database) | ended_beside(self._database)
        return [
            flight.handle
            for flight in self._flights.values()
            if agreed.get(flight.peer, (None, None))[0] != flight.agreement_number
            or flight.handle in forgotten
        ]

    def neighbours_to_call(self) -> list[Neighbour]:
        """Return the next hops with ready messages and no connection."""
        connected = self.connected
        return [
            neighbour
            for neighbour in outgoing.neighbours_to_connect(self._database)
            if neighbour.node not in connected
        ]

    def ways_to_open(self) -> list[Neighbour]:
        """Return the peers to which one more connection is to be opened, by which way."""
        if not self._flights:
            return []
        return [
            Neighbour(
                *(each.node, each.name, (each.way,), each.dataports, each.agreement_number),
                *(each.message_size_bytes, "", each.rest_s, each.way),
            )
            for each in ways_to_connect(self._database)
            if self.handle_of(each.node) is not None
        ]

    def may_go_on(self, peer: str) -> bool:
        """Return whether the next connection to a peer may go on with the session of before.

        What that session may send again is held of the budget of the peer, durable when it returns.
        A budget that has not so much left ends the session, and so does a connection beside it that
        has taken its place: the frames have gone by others.
        """
        if peer not in self._begun:
            return False
        begun = self._begun[peer]
        left = budget_left(self._database, peer) if begun and peer in self.account.metered else None
        if not begun or left is None:
            return True
        again_bytes = sum(wire_estimate_bytes(frame.length_bytes) for frame in begun.values())
        if left.ordinary_bytes < again_bytes:
            del self._begun[peer]
            return False
        self.account.hold_again(peer, again_bytes)
        self._database.store_found(self.account.work)
        self.account.stored()
        return True

    def fill(
        self, allocate_slot: Callable[[Flight], Slot | None], now_s: float
    ) -> list[tuple[Flight, Filled]]:
        """Seal ready messages into slots, for each connection as its window and the slots allow.

        allocate_slot returns None when no slot is free for that connection. Pass the result to
        `commit` before any other call.
        """
        going_on = {
            message.id
            for each in self._happened
            if isinstance(each, _Answered)
            for message in each.going_on
        }
        for flight in self._flights.values():
            is_metered = flight.peer in self.account.metered
            flight.budget = budget_left(self._database, flight.peer) if is_metered else None
        fills = []
        for flight in self._with_messages(self._in_turn()):
            flight.chunks_to_take = self._chunks_to_take(flight, now_s)
            filled = self._filler.fill(flight, partial(allocate_slot, flight), going_on)
            fills.append((flight, filled))
            # Another connection to the same peer takes what comes behind them.
            going_on.update(each.id for frame in filled.frames for each in frame.messages)
        return fills

    def _chunks_to_take(self, flight: Flight, now_s: float) -> int | None:
        """Return how many chunks are expected to arrive soonest by this way; None: it is alone."""
        loads = [other.load(now_s) for other in self._other_ways(flight)]
        if not loads:
            return None
        waiting = waiting_pieces(self._database, flight.peer, LOOK_AHEAD)
        return pieces_to_take(flight.load(now_s), loads, waiting, flight.message_size_bytes)

    def _with_messages(self, flights: list[Flight]) -> list[Flight]:
        """Return the connections for which something may be ready; of few, all.

        A hub has a thousand, and something for three: one query is cheaper than one for each.
        """
        if len(flights) <= _FEW_FLIGHTS:
            return flights
        ready = outgoing.ready_hops(self._database)
        return [flight for flight in flights if flight.peer in ready]

    def commit(self, fills: list[tuple[Flight, Filled]], now_s: float) -> Committed:
        """Store all reported events and fills in one commit; return the frames to send.

        Takes no lock if there is nothing to store. The bytes of these frames are held of budgets:
        the caller releases the slot of each frame that it does not send (`WireAccount.release`).
        """
        for flight, filled in fills:
            for frame in filled.frames:
                if frame.messages:
                    self.account.hold(frame.slot, flight.peer, frame.length_bytes)
        is_busy = self._store(fills, now_s)
        frames: list[FrameToSend] = []
        unused: list[int] = []
        for flight, filled in fills:
            for frame in filled.frames:
                if frame.messages:
                    frames.append(self._to_send(flight, frame, now_s))
                else:
                    unused.append(frame.slot)
        return Committed(frames, unused, is_busy or bool(frames) or bool(unused))

    def _in_turn(self) -> list[Flight]:
        """Return the connections, starting at a random one, so that none is always last."""
        flights = list(self._flights.values())
        if len(flights) > 1:
            first = random.randrange(len(flights))  # noqa: S311 -- fairness, not secrecy
            flights = flights[first:] + flights[:first]
        return flights

    def _to_send(self, flight: Flight, frame: LaidFrame, now_s: float) -> FrameToSend:
        limit = flight.limit_bytes_per_s or 0
        was_idle = self._is_idle_by_all_ways(flight)
        self._rates.sent(flight.peer, limit, now_s, was_idle=was_idle)
        number = flight.add(frame.messages, frame.length_bytes, now_s)
        return FrameToSend(flight.handle, number, frame.slot, frame.length_bytes)

    def _store(self, fills: list[tuple[Flight, Filled]], now_s: float) -> bool:
        """Store everything in one commit; return whether another one may have work at once."""
        filled = [each for each in fills if each[1].frames or each[1].changed or each[1].unread]
        keys_wanted = {each for _, filled in fills for each in filled.keys_wanted}
        made: dict[str, SingleKey] = {}
        # Before turns: they follow from what ends here.
        offers = Work(
            partial(ended_offers, self._database), partial(store_ended_offers, self._database)
        )
        turns = Work(partial(due_turns, self._database), self._store_turns)
        # Timers after decisions: an acknowledgement ends a message that would otherwise be due.
        timers = Work(self._due_timers, self._store_timers)
        keys = Work(lambda: sorted(keys_wanted & self.peers.keys()), partial(self._make_keys, made))
        receipts = Work(self._own.owed_nodes, self._make_receipts)
        rates = Work(partial(self._due_rates, now_s), partial(report_rates, self._database))
        stored = self._database.store_found(
            Work(lambda: self._happened, self._store_happened),
            offers,
            turns,
            timers,
            Work(lambda: filled, self._store_filled),
            keys,
            receipts,
            self.account.work,
            rates,
        )
        if rates in stored:
            self._rates.stored(self._rates.due(now_s), now_s)
        # Only now are their manifests durable.
        for destination, key in made.items():
            self._keys.use(destination, key, self._database.now_s())
        self._happened.clear()
        self.account.stored()
        self._log_unrouted()
        return any(work in stored for work in (offers, turns, timers, keys, receipts))

    def _due_rates(self, now_s: float) -> list[MeasuredRate]:
        """Return measured rates to store, where decisions are stored anyway."""
        return self._rates.due(now_s) if self._happened else []

    def _due_timers(self) -> list[tuple[int, str]]:
        return due_timers(self._database, _TIMERS_A_COMMIT)

    def _make_keys(self, made: dict[str, SingleKey], destinations: list[str]) -> None:
        for destination in destinations:
            made[destination] = self._own.make_key(self.peers[destination])

    def _make_receipts(self, addressees: list[str]) -> None:
        for addressee in addressees:
            self._own.make_receipt(addressee)

    def _store_happened(
        self, happened: list[_Answered | _Ended | _Stall | _Move | Decision]
    ) -> None:
        """Store what was reported, in its order; decisions that follow one another at once."""
        for is_decision, group in groupby(happened, lambda each: isinstance(each, Decision)):
            if is_decision:
                self._store_decisions([each for each in group if isinstance(each, Decision)])
                continue
            for each in group:
                if isinstance(each, _Answered):
                    self._store_answered(each)
                elif isinstance(each, _Ended):
                    self._store_ended(each)
                elif isinstance(each, _Stall):
                    outgoing.report_stall(self._database, *each)
                elif isinstance(each, _Move):
                    report_ways(self._database, each.peer, each.tried_ways)
                    outgoing.report_move(self._database, each.peer, each.handle, each.address)
                    self._store_way(each.peer, each.handle, each.tried_ways)

    def _store_answered(self, answered: _Answered) -> None:
        neighbour, call, going_on, tried_ways = answered
        report_ways(self._database, call.peer, tried_ways)
        if isinstance(call, CallBeside):
            report_call_beside(self._database, call)
            return
        outgoing.report_call(self._database, call)
        self._store_way(call.peer, call.handle, tried_ways)
        if call.handle == NO_CONNECTION:
            self._log(NOT_CONNECTED, peer=call.peer, peer_name=neighbour.name, reason=call.reason)
            return
        ready = outgoing.still_ready_unchanged(self._database, going_on, call.peer)
        self._facts.report_all(sorted(ready), "handed")
        self._outdated[call.handle] = {each for each in going_on if each.id not in ready}

    def _store_way(self, peer: str, handle: int, tried_ways: Mapping[str, str]) -> None:
        way = _reached(tried_ways)
        if way and handle != NO_CONNECTION:
            report_reached_way(self._database, peer, handle, way)

    def _store_ended(self, ended: _Ended) -> None:
        flight, call = ended
        if isinstance(call, CallBeside):
            report_call_beside(self._database, call)
        else:
            outgoing.report_call(self._database, call)
        outdated = self._outdated.pop(flight.handle, set())
        lost = [message for message in flight.lost() if message not in outdated]
        self._facts.report_all(
            (message.id for message in lost), "lost", f"connection lost: {call.reason}"
        )
        if lost:
            peer_name = self._name_of(flight.peer)
            self._log(DISCONNECTED, peer=flight.peer, peer_name=peer_name, reason=call.reason)

    def _store_decisions(self, decisions: list[Decision]) -> None:
        decisions = [
            each for each in decisions if each.message not in self._outdated.get(each.handle, ())
        ]
        self._facts.report_durable(
            decision.message.id for decision in decisions if decision.refused is None
        )
        for decision in decisions:
            if decision.refused is not None:
                self._store_refused(decision.message, decision.peer, decision.refused)

    def _store_refused(self, message: Ready, peer: str, refused: RefusedMessage) -> None:
        self._count("refusals_in", 1)
        refusal = refused.refusal
        names = (self._name_of(node) for node in (peer, message.source, message.destination))
        reason = refusal_text(refusal, Parties(self._own_name, *names))
        if refusal is Refusal.CANNOT_OPEN and message.envelope is None:
            self._keys.forget(message.destination)
        self._facts.report_refused(message.id, int(refusal), refused.retry_after_s, reason)
        self._log(SEND_REFUSED, message=message.id, peer=peer, reason=reason)

    def _store_timers(self, timers: list[tuple[int, str]]) -> None:
        for message, event in timers:
            self._facts.report_due(message, event)
            if event == "repeat":
                self._doubt_key(message)

    def _doubt_key(self, message: int) -> None:
        """Replace the key of a single without a receipt: no relay reports that a key is missing."""
        destination = outgoing.destination_of_single(self._database, message)
        if destination is not None:
            self._keys.forget(destination)

    def _store_turns(self, turns: list[RouteTurn]) -> None:
        """Store which next hops take over, and which are back."""
        for turn in turns:
            store_turn(self._database, turn)
            line = MEMBER_LEFT if turn.is_silent else ROUTE_TURNED
            self._log(
                ROUTE_BACK if turn.is_back else line,
                peer=turn.peer,
                peer_name=self._name_of(turn.peer),
                before_name=self._name_of(turn.hop_before),
                way=self._way_words(turn.peer, turn.hop),
                way_before=self._way_words(turn.peer, turn.hop_before),
                reason=turn.reason or "it does not answer",
            )

    def _way_words(self, peer: str, hop: str) -> str:
        return "straight there" if hop == peer else f"by {self._name_of(hop)}"

    def _store_filled(self, fills: list[tuple[Flight, Filled]]) -> None:
        for flight, filled in fills:
            by_way = self._way_taken(flight)
            for message_id, body in filled.made_bodies:
                outgoing.keep_body(self._database, message_id, body)
            ready = self._still_ready(filled)
            for message, change in filled.changed:
                if message.id in ready:
                    self._store_changed(message, change)
            self._store_unread(filled)
            for frame in filled.frames:
                handed = (message.id for message in frame.messages if message.id in ready)
                self._facts.report_all(handed, "handed", by_way)
                self._count("messages_out", len(frame.messages))

    def _other_ways(self, flight: Flight) -> list[Flight]:
        """Return the connections by the other ways of its peer that are open now."""
        if flight.peer not in self._by_several_ways:
            return []
        return [
            each
            for each in self._flights.values()
            if each.peer == flight.peer
            and each is not flight
            and (each.is_beside or flight.is_beside)
        ]

    def _is_idle_by_all_ways(self, flight: Flight) -> bool:
        return flight.is_idle and all(each.is_idle for each in self._other_ways(flight))

    def _way_taken(self, flight: Flight) -> str | None:
        """Return by which of several ways a connection takes messages, for people; None: of one."""
        return f"over {flight.way}" if flight.way and self._other_ways(flight) else None

    def _store_changed(self, message: Ready, change: FileChanged) -> None:
        if message.envelope is not None:
            self._facts.report(message.id, "changed", str(change))
            name = self._name_of(message.source)
            self._log(CARRIED_LOST, message=message.id, source_name=name, reason=change)
            return
        # Of several pieces in one fill the first one ends the attempt.
        if not outgoing.still_ready(self._database, [message.id]):
            return
        self._facts.report(message.id, "changed", f"changed while sending: {change}")
        is_anew = isinstance(change, FileTouched | CopyChanged)
        if is_anew and message.attempt < _MOST_ATTEMPTS:
            assert message.file is not None
            if isinstance(change, FileTouched):
                outgoing.keep_fingerprint(self._database, message.file, change.fingerprint)
            self._facts.report(message.parent, "touched")
            line = FILE_TOUCHED if isinstance(change, FileTouched) else COPY_CHANGED
            self._log(line, message=message.parent, name=message.name, reason=change)
        else:
            self._log(FILE_CHANGED, message=message.id, name=message.name, reason=change)

    def _store_unread(self, filled: Filled) -> None:
        """Store which files cannot be read for now, and which can be again."""
        for message, error in filled.unread.values():
            self._facts.report_unread(message.id, str(error))
            if message.trouble_s is None:
                self._log(FILE_UNREAD, message=message.parent, name=message.name, reason=error)
        laid = (message for frame in filled.frames for message in frame.messages)
        troubled = {message.file: message.id for message in laid if message.trouble_s is not None}
        for message_id in troubled.values():
            self._facts.report_unread(message_id, None)

    def _still_ready(self, filled: Filled) -> set[int]:
        """Return the messages that are still in S-4 after they were read and sealed.

        A receipt that arrived meanwhile ends a message and its file is put away. Its frame is sent
        all the same, as a repeat that the next hop deduplicates.
        """
        laid: Iterable[Ready] = (message for frame in filled.frames for message in frame.messages)
        changed = (message for message, _ in filled.changed)
        return outgoing.still_ready(self._database, [each.id for each in (*laid, *changed)])

    def _log_unrouted(self) -> None:
        for source in unrouted_nodes(self._database):
            self._log(NO_WAY_BACK, peer=source, source_name=self._name_of(source))

    def _name_of(self, node: str) -> str:
        if node == self._own_id:
            return self._own_name
        peer = self.peers.get(node)
        return node if peer is None else peer.name


def _reached(tried_ways: Mapping[str, str]) -> str:
    """Return the way that was reached; "": none of those that were tried."""
    return next((way for way, reason in tried_ways.items() if not reason), "")


def _jitter() -> float:
    return random.random()  # noqa: S311 -- spreads retries over time
