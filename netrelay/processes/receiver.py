"""receiver: receives the frames of peers with an agreement into slots.

Reads:   network, processor_r--receiver.ring, peers, ends of connections in reverse from sender,
         connections that came by a serial line
Writes:  receiver--processor_r.ring and its slots, acknowledgements to the network, calls that
         arrive to sender
Reports: PeerOpened, Frame, Unagreed, WayTried, CallReport, WireBytes, all to processor_r
Sleeps:  on sockets, the ring's bell, its own bell
"""

import random
from collections.abc import Iterator
from functools import partial
from socket import socket
from time import monotonic

from netrelay.core.frames import (
    PROTOCOL_VERSION,
    Agreement,
    RefusedMessage,
    Verdict,
    VerdictCode,
)
from netrelay.core.medium_file import MEDIUM_AGREEMENT
from netrelay.core.pace import (
    UNKNOWN_PLACES,
    VERDICT_DEADLINE_S,
    WIND_DOWN_S,
    unknown_deadline_s,
)
from netrelay.core.resumption import Resume
from netrelay.core.serial.line_settings import is_serial, slowness
from netrelay.core.serial.line_streams import LinePort
from netrelay.core.waiting_callers import WaitingCallers
from netrelay.core.words import Refusal
from netrelay.link.call_sorting import CallArrived
from netrelay.link.connection import Connection
from netrelay.link.connection_shares import (
    ACCEPTED_DESCRIPTORS,
    CONNECTIONS_A_PEER,
    CONNECTIONS_IN_ALL,
    CROWDED_OUT,
    SILENT_S,
    Held,
    connections_that_fit,
    crowded_out,
    room_for,
)
from netrelay.link.contexts import server_context
from netrelay.link.dialler import Dialler, DialResult
from netrelay.link.incoming_link import IncomingLink
from netrelay.link.incoming_stream import IncomingStream
from netrelay.link.kept_call import KeptCall
from netrelay.link.kept_streams import KeptStreams
from netrelay.link.line_door import LineDoor
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.listen import accept
from netrelay.link.local_connection import LocalConnection
from netrelay.link.wire_meter import WireMeter
from netrelay.ring import records
from netrelay.ring.channel import ChannelConnector
from netrelay.ring.conversation import Conversation
from netrelay.ring.handed_calls import hand_call
from netrelay.ring.handed_ends import EndKind, HandedEnd, HandedEnds
from netrelay.ring.records import (
    AgreementsTold,
    CallReport,
    CallState,
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
)
from netrelay.ring.slot_shares import SlotShares
from netrelay.runtime.accepted_link import AcceptedLink, end_of_call
from netrelay.runtime.arrived_by_line import ArrivedByLine
from netrelay.runtime.budget_holds import BudgetHolds
from netrelay.runtime.connection_holders import ConnectionHolders
from netrelay.runtime.descriptor_limit import descriptors
from netrelay.runtime.link_turns import LinkTurns
from netrelay.runtime.listening import listen_on_ports, remote_address
from netrelay.runtime.log import CONNECTION_REPLACED, CONNECTIONS_IN_USE, STRANGER
from netrelay.runtime.loop import Process
from netrelay.runtime.metered_connections import MeteredConnections
from netrelay.runtime.node import Node
from netrelay.runtime.trust import Trust
from netrelay.runtime.wiring import IN

_RECORDS_A_STEP = 256
# How long new connections wait in the kernel's accept queue while processor_r restarts; after that
# they get the verdict BUSY.
_PATIENCE_S = 5.0


class Receiver(Process):
    """Moves frames from sockets to slots; accepts only connections under a current agreement.

    A connection is accepted, authenticated by its link (TLS and pin), judged by the table of
    agreements, and reported to processor_r once it is open (PeerOpened). Its frames follow in their
    order (Frame). processor_r decides them cumulatively after its commit (Decided); refusals
    (RefusedRecord) precede that, are collected, and travel in the same acknowledgement.

    When a connection breaks, its session is kept (`_kept`) with the frame that was cut; decisions
    on its frames still reach it. The peer's next connection that names it goes on with it, under
    the handle of the first, also when the broken one is still open here.

    A call (core/call.py) that arrives goes to sender, which answers it. Where nobody can dial this
    node, PlaceCall has it call a peer: the connection then serves as an accepted one, and
    CallReports tell what becomes of it.

    A connection in reverse has its frames made, or read, by a process that has no TLS connection
    for it (link/reverse_way.py): one that a peer has dialled carries those of sender here, and one
    that sender has dialled brings some for this process.

    What a peer has written to a medium comes from a command of this node on a local socket, under
    no agreement: such frames may have the capacity of this node, count against no budget, and do
    not show that the peer is reached.

    Back-pressure: a frame is read only into a slot. A connection that has its share of the slots,
    or any when none is free, is held back by TCP. One that is silent in a frame ends when another
    one of its peer needs a slot.

    The agreements are processor_r's. After a start of either process the table is empty until
    AgreementsTold, and connections stay in the accept queue. When processor_r has ended, its last
    decisions are still sent, and the connections of its generation drain (`_draining`): they
    receive no frame and close, since a new processor_r cannot decide their frames.
    """

    name = "receiver"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._trust = Trust(node, server_context)
        self._listeners = listen_on_ports(
            node.config.address, node.config.dataports, "data", node.home.path
        )
        self._channel = ChannelConnector(node.home.runtime, *IN)
        self._ring = Conversation(self._channel, node.poller.watch)
        self._dialler = Dialler(
            self._trust.context,
            self._trust.node_of,
            node.config.dial_source,
            door=LineDoor(node.home.lines, LinePort.DATA),
            places_calls=True,
        )
        self._handed = HandedEnds(node.home.runtime, self.name)
        node.poller.watch(self._handed.fileno())
        self._lines = ArrivedByLine(node)
        self._dialling: dict[int, PlaceCall] = {}
        self._agreements: dict[str, Agreement] = {}
        self._links: dict[int, AcceptedLink] = {}
        self._turns = LinkTurns(node.poller)
        # Accepted connections without an agreement, oldest first.
        self._unknown: dict[int, None] = {}
        # Connections that wait for a slot: one may be free in each step.
        self._starved: set[int] = set()
        self._most = connections_that_fit(descriptors(), ACCEPTED_DESCRIPTORS)
        self._waiting = WaitingCallers()
        self._kept: KeptStreams[IncomingStream] = KeptStreams()
        self._holders = ConnectionHolders(node.home.runtime)
        # Connections of earlier generations: acknowledgements are still sent, no frame is received.
        self._draining: list[IncomingLink] = []
        self._is_stopping = False
        # Nothing is accepted before it; None once processor_r has sent its table of agreements.
        self._judge_from_s: float | None = monotonic() + _PATIENCE_S
        self._shares: SlotShares | None = None
        self._metered = MeteredConnections(self._trust.metered)
        self._holds = BudgetHolds()
        self._served: IncomingLink | None = None
        self._served_handle = 0
        self._last_handle = 0
        self._first_served = 0

    def step(self) -> float | None:
        """Process the records of processor_r, accept connections, serve all of them."""
        now_s = monotonic()
        if self._trust.refresh():
            meters = ((str(each.link.peer), each.meter) for each in self._links.values())
            self._metered.follow(self._trust.metered, meters)
        if self._ring.service():
            self._start_anew()
        for record in self._ring.receive(_RECORDS_A_STEP):
            self._process(record)
        self._accept(now_s)
        for arrived in self._lines.receive(lambda: self._may_accept(now_s)):
            self._begin_accepted(arrived.wire, arrived.line, now_s)
        for end in self._handed.receive(UNKNOWN_PLACES):
            self._take_end(end, now_s)
        for reached in self._dialler.service(now_s):
            self._begin_call(reached, now_s)
        self._kept.forget_old(now_s)
        for handle in self._in_turn(now_s):
            self._serve(handle, now_s)
        self._serve_draining(now_s)
        self._ring.flush()
        self._node.counters.set("connections_open", len(self._links))
        self._holders.show(now_s)
        self._watch(now_s)
        if self._turns.is_any_touched or self._channel.waiting:
            return 0.0
        if self._shares is not None and self._shares.are_all_free:
            self._channel.pool.release_memory()
        return self._sleep_s(now_s)

    def wind_down(self) -> None:
        """Stop receiving frames; those that have arrived are still decided and acknowledged."""
        self._is_stopping = True
        self._dialler.cancel_all()
        last_s = monotonic() + WIND_DOWN_S
        for handle, accepted in list(self._links.items()):
            if accepted.is_reported:
                accepted.link.drain(last_s)
                self._turns.touch(handle)
            else:
                self._close_link(handle, "this node stops")

    @property
    def is_wound_down(self) -> bool:
        """True if every acknowledgement was sent and every connection is closed."""
        return not self._links and not self._draining

    def close(self) -> None:
        """Close every connection with close_notify."""
        for link in self._all_links():
            link.close()
        self._channel.close()

    def _start_anew(self) -> None:
        """Begin a generation: drain every connection, forget the agreements, free all slots."""
        for record in self._ring.receive_unread():
            if isinstance(record, Decided | RefusedRecord):
                self._process(record)
        last_s = monotonic() + WIND_DOWN_S
        for handle, accepted in self._links.items():
            self._turns.forget(handle)
            if accepted.is_reported:
                accepted.link.drain(last_s, is_decided=True)
                self._draining.append(accepted.link)
            else:
                accepted.link.close()
        self._links.clear()
        self._unknown.clear()
        self._starved.clear()
        self._holders.forget()
        self._dialler.cancel_all()
        self._dialling.clear()
        self._kept.clear()
        self._agreements.clear()
        self._holds.clear()
        self._judge_from_s = monotonic() + _PATIENCE_S
        self._shares = SlotShares(self._channel.pool) if self._channel.is_open else None

    def _process(self, record: Record) -> None:
        match record:
            case records.AgreementRecord():
                self._agree(record.peer, Agreement(record.message_size_bytes, record.number))
            case PlaceCall() if not self._is_stopping:
                self._last_handle += 1
                self._dialling[self._last_handle] = record
                self._dialler.start(
                    self._last_handle, record.peer, record.addresses, *record.dataports
                )
            case KeepCall():
                self._keep(record, monotonic())
            case HoldPeer():
                self._holds.hold(record)
            case AgreementsTold():
                self._judge_from_s = None
            case SlotFree() if self._shares is not None:
                self._shares.free(record.slot)
            case RefusedRecord():
                self._refuse(record)
            case Decided():
                self._decide(record)
            case Drop() if record.handle in self._links:
                self._close_link(record.handle, record.reason)
            case _:
                return

    def _stream_of(self, handle: int) -> IncomingStream | None:
        accepted = self._links.get(handle)
        return self._kept.numbered(handle) if accepted is None else accepted.link.stream

    def _refuse(self, record: RefusedRecord) -> None:
        stream = self._stream_of(record.handle)
        if stream is not None:
            refusal = Refusal(record.code)
            stream.waiting.append(
                RefusedMessage(record.frame, record.message_index, refusal, record.retry_after_s)
            )

    def _decide(self, record: Decided) -> None:
        stream = self._stream_of(record.handle)
        if stream is None:
            return
        refused, stream.waiting = stream.waiting, []
        if record.handle in self._links:
            self._links[record.handle].link.acknowledge(record.frame, refused)
            self._turns.touch(record.handle)
        else:
            stream.decide(record.frame, refused)

    def _agree(self, peer: str, agreement: Agreement) -> None:
        """Update the table of agreements; close connections under another agreement."""
        if agreement.message_size_bytes:
            self._agreements[peer] = agreement
        else:
            self._agreements.pop(peer, None)
            self._kept.forget(peer)
        for handle, accepted in list(self._links.items()):
            link = accepted.link
            is_other = link.agreement not in (None, self._agreements.get(peer))
            if link.peer == peer and is_other and not accepted.is_medium:
                is_agreed = bool(agreement.message_size_bytes)
                self._close_link(handle, "there is a new agreement", may_go_on=is_agreed)

    def _accept(self, now_s: float) -> None:
        is_ready = self._node.poller.is_ready
        for listener in (each for each in self._listeners if is_ready(each.fileno())):
            for _ in range(UNKNOWN_PLACES):
                connection = accept(listener) if self._may_accept(now_s) else None
                if connection is None:
                    break
                self._begin_accepted(connection, remote_address(connection), now_s)

    def _begin_accepted(self, connection: socket, address: str, now_s: float) -> None:
        """Begin with a connection of somebody unknown; address: or the line by which it came."""
        self._make_unknown_place()
        self._last_handle += 1
        slow = slowness(address)
        accepted = Connection.accept(
            connection,
            self._trust.context,
            pins=self._trust.node_of,
            deadline_s=now_s + unknown_deadline_s(len(self._unknown)) * slow,
            may_be_call=True,
            slowness=slow,
        )
        self._begin_link(self._last_handle, accepted, address)

    def _take_end(self, end: HandedEnd, now_s: float) -> None:
        """Have a connection carry what sender sends in reverse, or receive what it brings so."""
        brings = end.kind in (EndKind.ACCEPT, EndKind.MEDIUM)
        if brings and end.peer in self._trust.peers and self._may_accept(now_s):
            self._make_unknown_place()
            self._last_handle += 1
            connection = LocalConnection(end.wire, end.peer, slowness(end.address))
            connection.deadline_s = now_s + VERDICT_DEADLINE_S * connection.slowness
            is_medium = end.kind is EndKind.MEDIUM
            self._begin_link(self._last_handle, connection, end.address, is_medium=is_medium)
            return
        if end.kind is EndKind.CARRY:
            for handle, accepted in reversed(self._links.items()):
                is_its = accepted.link.peer == end.peer and accepted.address == end.address
                if is_its and not accepted.called and accepted.link.may_carry(now_s):
                    accepted.link.carry(end.wire)
                    self._turns.touch(handle)
                    return
        end.wire.close()

    def _begin_link(
        self,
        handle: int,
        connection: Connection | LocalConnection,
        address: str,
        called: str = "",
        *,
        is_medium: bool = False,
    ) -> None:
        link = IncomingLink(
            connection,
            self._judge_medium if is_medium else partial(self._judge, address),
            self._allocate_slot,
            partial(self._find_stream, handle),
            self._takes_brief,
        )
        meter = WireMeter(connection)
        self._links[handle] = AcceptedLink(
            link, meter, monotonic(), address, called, is_medium=is_medium
        )
        if not called:
            self._unknown[handle] = None
        self._turns.touch(handle)

    def _may_accept(self, now_s: float) -> bool:
        if self._is_stopping or (self._judge_from_s is not None and now_s < self._judge_from_s):
            return False
        return len(self._unknown) < UNKNOWN_PLACES or self._crowded_out() is not None

    def _crowded_out(self) -> int | None:
        unknown = list(self._unknown)
        place = crowded_out([self._links[handle].source for handle in unknown])
        return None if place is None else unknown[place]

    def _make_unknown_place(self) -> None:
        """End a connection of the source that has most if all unknown places are taken."""
        if len(self._unknown) < UNKNOWN_PLACES:
            return
        handle = self._crowded_out()
        assert handle is not None, "asked before it was accepted"
        self._node.log.write(STRANGER, address=self._links[handle].address, reason=CROWDED_OUT)
        self._close_link(handle, CROWDED_OUT)

    def _begin_call(self, reached: DialResult, now_s: float) -> None:
        asked = self._dialling.pop(reached.key)
        peer = asked.peer
        for tried in reached.tried:
            self._ring.put(WayTried(peer, tried.way, tried.reason))
        if reached.connection is None:
            self._ring.put(CallReport(peer, CallState.UNREACHED, reached.reason))
            return
        # The other side may have to ask its database for the agreement.
        reached.connection.deadline_s = now_s + VERDICT_DEADLINE_S * reached.connection.slowness
        self._begin_link(reached.key, reached.connection, reached.address, peer)
        self._links[reached.key].rest_s = asked.rest_s

    def _keep(self, asked: KeepCall, now_s: float) -> None:
        """Have the call of a peer probed after some silence, or now."""
        for handle, accepted in self._links.items():
            if accepted.called != asked.peer or not accepted.is_reported:
                continue
            self._turns.touch(handle)
            if asked.idle_s and accepted.keeping is None:
                accepted.keeping = KeptCall(accepted.link, asked.idle_s, now_s)
            elif asked.idle_s and accepted.keeping is not None:
                accepted.keeping.allow(asked.idle_s, now_s)
            elif accepted.keeping is not None:
                accepted.keeping.probe(now_s)

    def _judge(self, address: str, peer: str, stated: Agreement) -> Verdict:
        if not self._channel.is_open:
            return Verdict(VerdictCode.BUSY, 1)
        agreed = self._agreements.get(peer)
        if agreed is None or stated != agreed or stated.version != PROTOCOL_VERSION:
            self._ring.put(Unagreed(peer, address))
            return Verdict(VerdictCode.NO_AGREEMENT)
        wait_s = self._holds.wait_s(peer)
        if wait_s:
            return Verdict(VerdictCode.BUSY, wait_s)
        now_s = monotonic()
        if not self._make_room(peer, now_s):
            jitter = random.random()  # noqa: S311 -- spreads calls over time
            return Verdict(VerdictCode.BUSY, self._waiting.told(peer, now_s, jitter))
        self._waiting.came(peer, now_s)
        return Verdict(VerdictCode.OK)

    def _judge_medium(self, _peer: str, stated: Agreement) -> Verdict:
        if not self._channel.is_open:
            return Verdict(VerdictCode.BUSY, 1)
        own = Agreement(self._node.config.capacity_bytes, MEDIUM_AGREEMENT)
        return Verdict(VerdictCode.OK if stated == own else VerdictCode.NO_AGREEMENT)

    def _takes_brief(self, peer: str) -> bool:
        known = self._trust.peers.get(peer)
        return known is not None and known.both_ways

    def _make_room(self, peer: str, now_s: float) -> bool:
        """Return whether a peer may open one more connection; an idle one may end for it."""
        most = min(CONNECTIONS_IN_ALL, self._most) - len(self._draining)
        if self._holders.held_by(peer) < CONNECTIONS_A_PEER and self._holders.in_all < most:
            return True
        handles = [
            handle
            for handle, each in self._links.items()
            if each.link.is_open and not each.is_medium
        ]
        accepted = [self._links[handle] for handle in handles]
        held = [
            Held(str(each.link.peer), each.idle_s(now_s), each.silent_s(now_s)) for each in accepted
        ]
        room = room_for(peer, held, most)
        if not room.is_given and self._waiting.is_to_be_logged(now_s):
            self._node.log.write(
                CONNECTIONS_IN_USE,
                peer=peer,
                peer_name=self._trust.name_of(peer),
                held=len(held),
                own=sum(each.peer == peer for each in held),
            )
        if room.ended is not None:
            self._end_for(peer, handles[room.ended])
        return room.is_given

    def _end_for(self, peer: str, handle: int) -> None:
        """End a connection since one of this peer needs its place."""
        owner = str(self._links[handle].link.peer)
        self._node.log.write(CONNECTION_REPLACED, peer=owner, peer_name=self._trust.name_of(owner))
        reason = "another connection took its place"
        # Frames on their way to it are resumed by the next connection. It may be one of its own
        # peer that makes room for another way; a session that is kept already is newer.
        may_go_on = owner != peer or not self._kept.has(peer)
        self._close_link(handle, reason, may_go_on=may_go_on)

    def _end_silent_for(self, peer: str, handle: int, now_s: float) -> None:
        """End a connection of a peer that is silent in a frame while another one needs a slot."""
        silent_s = {
            other: each.silent_s(now_s) or 0.0
            for other, each in self._links.items()
            if each.link.peer == peer and other != handle and each.link.held_slot() is not None
        }
        longest = max(silent_s, key=lambda other: silent_s[other], default=None)
        if longest is not None and silent_s[longest] >= SILENT_S:
            self._end_for(peer, longest)

    def _find_stream(self, handle: int, peer: str, resume: Resume) -> IncomingStream | None:
        """Return the session that a peer names, kept here or on a connection that is still open."""
        for other, each in list(self._links.items()):
            is_named = each.link.is_open and each.link.stream.session == resume.session
            if is_named and other != handle and each.link.peer == peer:
                self._close_link(other, "it goes on with another connection", may_go_on=True)
        found = self._kept.take(peer)
        if found is None or found.stream.session != resume.session:
            return None
        self._links[handle].found = found
        return found.stream

    def _name_as_before(self, handle: int) -> int:
        """Return the handle of a connection: that of its session, by which its frames are known."""
        accepted = self._links[handle]
        found, accepted.found = accepted.found, None
        if found is None or accepted.link.stream is not found.stream:
            return handle
        self._turns.forget(handle)
        self._unknown.pop(handle, None)
        self._starved.discard(handle)
        self._links[found.number] = self._links.pop(handle)
        self._turns.touch(found.number)
        return found.number

    def _allocate_slot(self, peer: str) -> tuple[int, memoryview] | None:
        """Return a slot for a frame; None if this connection has its share or all are in use.

        LinkClosed when the frame is more than its budget lets come.
        """
        if self._served is not None:
            self._holds.check(peer, self._served.frame_bytes)
        if self._shares is None:
            return None
        alone = not any(
            accepted.link.is_open and accepted.link.peer != peer
            for accepted in self._links.values()
        )
        # By connection: one that is slow, or dead, in a frame leaves the others of its peer theirs.
        holder = f"{peer} {self._served_handle}"
        slot = self._shares.allocate(holder, alone=alone, owner=peer)
        return None if slot is None else (slot, self._channel.pool.view(slot))

    def _in_turn(self, now_s: float) -> list[int]:
        """Return what is to be served, round-robin: the first has the best chance of a slot."""
        handles = sorted(self._starved.union(self._turns.take(now_s)))
        self._first_served = (self._first_served + 1) % max(len(handles), 1)
        return handles[self._first_served :] + handles[: self._first_served]

    def _serve(self, handle: int, now_s: float) -> None:
        """Serve one connection; one that has more to do at once is touched."""
        accepted = self._links.get(handle)
        if accepted is None:  # it has made room in this step, or has the handle of its session
            return
        link = accepted.link
        self._served, self._served_handle = None if accepted.is_medium else link, handle
        was_idle = link.is_idle
        try:
            arrived = link.service(now_s)
        except CallArrived as call:
            self._hand_over(handle, call.socket, accepted.address)
            return
        except LinkClosed as closed:
            if not (link.is_open or accepted.called):
                self._node.log.write(STRANGER, address=accepted.address, reason=closed)
            may_go_on = closed.cause is not CloseCause.PROTOCOL
            self._close_link(self._name_as_before(handle), closed.reason, may_go_on=may_go_on)
            return
        handle = self._name_as_before(handle)
        peer = link.peer
        if accepted.keeping is not None and accepted.keeping.is_kept(now_s, moved=bool(arrived)):
            self._ring.put(CallReport(accepted.called, CallState.KEPT, ""))
        if link.is_open and not accepted.is_reported and peer is not None:
            accepted.is_reported = True
            self._unknown.pop(handle, None)
            if not accepted.is_medium:
                self._holders.opened(peer)
                self._node.counters.add("connections_opened")
                self._ring.put(PeerOpened(handle, peer, accepted.address))
            if accepted.called:
                self._ring.put(CallReport(peer, CallState.OPEN, ""))
        self._report_bytes(accepted)
        for frame, slot, length_bytes in arrived:
            assert peer is not None
            self._node.counters.add("frames_in")
            if not accepted.is_medium:
                self._node.counters.add("wire_bytes_in", length_bytes)
            is_medium = int(accepted.is_medium)
            self._ring.put(Frame(handle, peer, frame, slot, length_bytes, is_medium))
        if accepted.halts(now_s):
            self._close_link(handle, "no more of a frame came", may_go_on=True)
            return
        if accepted.rests(now_s, moved=bool(arrived) or not was_idle):
            self._close_link(handle, "nothing is left", may_go_on=True)
            return
        self._follow(handle)
        if link.needs_slot:
            self._end_silent_for(str(peer), handle, now_s)

    def _follow(self, handle: int) -> None:
        """Note what a connection waits for, after it was served."""
        accepted = self._links[handle]
        self._turns.follow(handle, accepted.interests(), accepted.next_s)
        if accepted.link.has_more:
            self._turns.touch(handle)
        if accepted.link.needs_slot:
            self._starved.add(handle)
        else:
            self._starved.discard(handle)

    def _forget(self, handle: int) -> AcceptedLink:
        """Remove a connection from all lists, before its descriptor is closed or handed over."""
        self._turns.forget(handle)
        self._unknown.pop(handle, None)
        self._starved.discard(handle)
        accepted = self._links.pop(handle)
        if accepted.is_reported and not accepted.is_medium:
            self._holders.closed(str(accepted.link.peer))
        return accepted

    def _report_bytes(self, accepted: AcceptedLink) -> None:
        count_bytes = self._metered.new_bytes(accepted.link.peer, accepted.meter)
        if count_bytes:
            self._ring.put(WireBytes(str(accepted.link.peer), count_bytes))

    def _serve_draining(self, now_s: float) -> None:
        for link in list(self._draining):
            try:
                link.service(now_s)
            except LinkClosed:
                link.close()
                self._draining.remove(link)

    def _hand_over(self, handle: int, connection: socket, address: str) -> None:
        """Have sender answer a call; one that it does not take is closed, and comes again."""
        self._forget(handle)
        hand_call(self._node.home.runtime, connection, address if is_serial(address) else "")
        self._node.poller.release(connection.fileno())
        connection.close()

    def _close_link(self, handle: int, reason: str, *, may_go_on: bool = False) -> None:
        """Close a connection; may_go_on: its session is kept."""
        accepted = self._forget(handle)
        self._report_bytes(accepted)
        if accepted.called:
            state, silence_s = end_of_call(accepted)
            self._ring.put(CallReport(accepted.called, state, reason, silence_s))
        stream = accepted.link.suspend() if may_go_on else None
        if stream is not None:
            self._kept.keep(str(accepted.link.peer), handle, stream, monotonic())
        slot = accepted.link.held_slot()
        if slot is not None and self._shares is not None:
            self._shares.free(slot)
        # One that was served in this step before has not seen the room that this end makes.
        for starved in self._starved:
            self._turns.touch(starved)
        accepted.link.close()

    def _all_links(self) -> Iterator[IncomingLink]:
        yield from (accepted.link for accepted in self._links.values())
        yield from self._draining

    def _watch(self, now_s: float) -> None:
        accepting = self._may_accept(now_s)
        waits: list[tuple[int, bool, bool]] = list(self._dialler.interests())
        waits += [(listener.fileno(), accepting, False) for listener in self._listeners]
        waits += [(link.fileno(), link.wants_read, link.wants_write) for link in self._draining]
        self._node.poller.set_interests(waits)

    def _sleep_s(self, now_s: float) -> float | None:
        deadlines = [link.deadline_s for link in self._draining]
        deadlines += [link.held_until_s for link in self._draining]
        deadlines += [self._dialler.next_deadline_s(), self._kept.next_deadline_s()]
        deadlines += [self._turns.next_s, self._holders.due_s]
        if self._starved:  # one that holds a slot may be silent for long by then
            deadlines.append(now_s + SILENT_S)
        if self._judge_from_s is not None and self._judge_from_s > now_s:
            deadlines.append(self._judge_from_s)
        soonest = min((d for d in deadlines if d is not None), default=None)
        return None if soonest is None else max(soonest - now_s, 0.0)


PROCESS = Receiver
