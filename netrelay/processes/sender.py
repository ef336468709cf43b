"""sender: opens connections to peers and sends the frames that processor_s filled.

Reads:   processor_s--sender.ring, its slots, peers, the calls that receiver hands over
Writes:  network, sender--processor_s.ring, ends of connections in reverse to receiver
Reports: Opened (a handle, or -1), SlotFree, RefusedRecord, Decided, Closed, PeerCalled, WayTried,
         WireBytes, Stalled, Moving, Moved, Unanswered, all to processor_s
Sleeps:  on sockets, the ring's bell, its own bell, until a rate limit allows more, and until a
         better way is tried again
"""

import os
from collections.abc import Callable, Sequence
from functools import partial
from itertools import chain
from socket import socket
from time import monotonic

from netrelay.core.frames import Agreement, Verdict
from netrelay.core.message_frames import messages_frame_limit_bytes
from netrelay.core.pace import UNKNOWN_PLACES
from netrelay.core.resumption import SESSION_BYTES
from netrelay.core.serial.line_settings import slowness
from netrelay.core.serial.line_streams import LinePort
from netrelay.core.token_bucket import TokenBucket
from netrelay.link.answered_calls import AnsweredCalls
from netrelay.link.better_ways import BetterWays, better_ways
from netrelay.link.connection import Connection
from netrelay.link.connection_shares import DIALLED_DESCRIPTORS, IDLE_S, connections_that_fit
from netrelay.link.contexts import client_context
from netrelay.link.dialler import Dialler, DialResult
from netrelay.link.kept_streams import KeptStreams
from netrelay.link.line_door import LineDoor
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.local_connection import LocalConnection
from netrelay.link.outgoing_link import OutgoingLink
from netrelay.link.outgoing_stream import OutgoingStream
from netrelay.link.wire_meter import WireMeter
from netrelay.ring.channel import ChannelConnector
from netrelay.ring.conversation import Conversation
from netrelay.ring.handed_calls import HandedCalls
from netrelay.ring.handed_ends import EndKind, hand_end
from netrelay.ring.records import (
    NOT_OPENED,
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
)
from netrelay.runtime.descriptor_limit import descriptors
from netrelay.runtime.dialled_link import TOLD_AFTER_S, DialledLink
from netrelay.runtime.link_turns import LinkTurns
from netrelay.runtime.log import STALLED, STRANGER
from netrelay.runtime.loop import Process
from netrelay.runtime.metered_connections import MeteredConnections
from netrelay.runtime.node import Node
from netrelay.runtime.trust import Trust
from netrelay.runtime.wiring import OUT

_RECORDS_A_STEP = 256
_NO_VERDICT = -1
# Bytes of frames of one peer that are kept until they are acknowledged, at least two frames: four
# of the default capacity, which is what may be on its way to a peer before its first decision.
_KEPT_BYTES = 4 * 1024 * 1024 + 64 * 1024
_FEWEST_KEPT_FRAMES = 2
# The processes that may have a connection with a peer: of its data; of the last greeting, where
# `small_data_on_commsport` keeps it.
_DATA_CARRIERS = ("receiver",)
_GREETING_CARRIERS = ("initial_receiver", "initial_sender")


class Sender(Process):
    """Moves frames from slots to sockets, and acknowledgements from sockets to the ring.

    Connect starts an attempt (`_dialling`). Its result is one Opened: with a handle once the peer's
    verdict is OK, or with NOT_OPENED and the reason. A handle is never used again.

    Send lends a slot to the connection, which returns it (SlotFree) when the kernel has the frame;
    that is no delivery. The peer's acknowledgements become RefusedRecords, then one Decided. When a
    connection ends, its unsent slots are returned, and Closed is its last record: processor_s
    counts every frame without a decision as lost and sends it again (at-least-once).

    A connection is one of a session if the peer resumes. When it breaks, the session is kept
    (`_kept`) with the frames that were begun, and the next connection to that peer goes on with it:
    Closed and Opened say with which frames.

    A connection that has stalled is not waited out: another one is dialled beside it, one at a
    time. The first that moves goes on with the session, under the same handle: Moved tells where.
    One that was reached by a later way is taken back likewise, when an earlier one is reached again
    (`BetterWays`).

    Beside the connection to a peer there may be others, each by one of its ways (`is_beside`),
    which carry pieces of large files. Such a one has no session, and what is on its way is given
    back as soon as it stalls; so is that of the first, while another one moves.

    A peer that cannot be dialled calls, by receiver (`_calls`): PeerCalled reports it, and the next
    Connect for that peer takes its call instead of dialling.

    To a peer that takes frames both ways, a connection goes over one that another process has with
    it (_CARRIERS): in reverse on data of the peer that came a moment ago, or on the connection of
    the last greeting; else it is dialled. What is too large for that moves to one that is dialled
    beside it, as one that has stalled does. Frames in reverse that arrive here go to receiver.

    A generation of the ring that ends takes all connections with it: a new processor_s cannot
    interpret their handles. At an orderly stop the connections drain instead: nothing new is sent,
    and the frames that were sent are still decided.
    """

    name = "sender"

    def __init__(self, node: Node) -> None:
        self._node = node
        self._poller = node.poller
        self._trust = Trust(node, client_context)
        self._dialler = Dialler(
            self._trust.context,
            self._trust.node_of,
            node.config.dial_source,
            door=LineDoor(node.home.lines, LinePort.DATA),
        )
        self._channel = ChannelConnector(node.home.runtime, *OUT)
        self._ring = Conversation(self._channel, node.poller.watch)
        self._handed = HandedCalls(node.home.runtime)
        node.poller.watch(self._handed.fileno())
        self._calls = AnsweredCalls(
            self._trust.context,
            self._trust.node_of,
            self._may_call,
            lambda address, reason: node.log.write(STRANGER, address=address, reason=reason),
        )
        self._dialling: dict[int, Connect] = {}
        self._links: dict[int, DialledLink] = {}
        self._turns = LinkTurns(node.poller)
        self._most = connections_that_fit(descriptors(), DIALLED_DESCRIPTORS)
        self._kept: KeptStreams[OutgoingStream] = KeptStreams()
        self._last_handle = 0
        self._is_stopping = False
        # By peer, not by connection: a reconnect does not refill the bucket.
        self._limits: dict[str, TokenBucket] = {}
        self._better = BetterWays()
        self._metered = MeteredConnections(self._trust.metered)
        self._follow_limits(monotonic())

    def step(self) -> float | None:
        """Process the records of processor_s, move bytes on every connection, report outcomes."""
        now_s = monotonic()
        if self._trust.refresh():
            self._follow_limits(now_s)
            for handle, dialled in self._links.items():
                if dialled.asked.peer in self._trust.changed:
                    self._turns.touch(handle)
        self._kept.forget_old(now_s)
        if self._ring.service():
            self._drop_all()
        if not self._is_stopping:
            for record in self._ring.receive(_RECORDS_A_STEP):
                self._process(record)
        for reached in self._dialler.service(now_s):
            self._begin(reached)
        self._answer_calls(now_s)
        for handle in sorted(self._turns.take(now_s)):
            if handle in self._links:
                self._serve(handle, now_s)
        self._ring.flush()
        self._node.counters.set("connections_open", len(self._links))
        self._poller.set_interests(chain(self._dialler.interests(), self._calls.interests()))
        if self._turns.is_any_touched or (self._channel.waiting and not self._is_stopping):
            return 0.0
        return self._sleep_s(now_s)

    def wind_down(self) -> None:
        """Send no more frames; those sent are still decided, so that they are not sent again."""
        self._is_stopping = True
        self._dialling.clear()
        self._dialler.cancel_all()
        self._calls.close()
        for handle, dialled in self._links.items():
            dialled.link.drain()
            self._turns.touch(handle)

    @property
    def is_wound_down(self) -> bool:
        """True when every sent frame is decided and processor_s can read the decisions."""
        is_finished = all(dialled.link.is_drained for dialled in self._links.values())
        return is_finished and self._ring.is_all_published

    def close(self) -> None:
        """Close every connection with close_notify."""
        self._drop_all()
        self._channel.close()

    def _process(self, record: Record) -> None:
        match record:
            case Connect():
                self._last_handle += 1
                self._connect(self._last_handle, record)
            case Send() if record.handle in self._links:
                view = self._channel.slots.view(record.slot, record.length_bytes)
                self._links[record.handle].link.send(record.slot, view)
                self._turns.touch(record.handle)
                self._node.counters.add("frames_out")
            case Send():
                # Its connection has ended, and Closed was already put.
                self._ring.put(SlotFree(record.slot))
            case Disconnect() if record.handle in self._links:
                self._close_link(record.handle, "closed by this node")
            case HangUp():
                self._calls.hang_up(record.peer)
            case _:
                return

    def _connect(self, handle: int, asked: Connect) -> None:
        """Dial the peer, or open its call; one that has ended meanwhile comes again."""
        if not self._make_room():
            self._put_not_opened(asked, "", "all connections of this node are in use")
            return
        if asked.is_beside:
            self._dial(handle, asked)
            return
        called = self._calls.take(asked.peer)
        if called is not None:
            self._open(handle, asked, called.connection, called.address)
        elif self._may_call(asked.peer):
            self._put_not_opened(asked, "", "its call has ended")
        else:
            keeps_greetings = self._node.config.small_data_on_commsport
            of_greetings = _GREETING_CARRIERS if keeps_greetings else ()
            self._open_or_dial(handle, asked, _DATA_CARRIERS + of_greetings)

    def _make_room(self) -> bool:
        """Return whether one more connection may be begun; one that was idle for long may end.

        Not a call: its peer would place it again at once. One for which there is no room waits with
        the other calls, and its caller tries again later and later.
        """
        if len(self._links) + len(self._dialling) < self._most:
            return True
        now_s = monotonic()
        idle = {
            handle: each.idle_s(now_s) or 0.0
            for handle, each in self._links.items()
            if each.asked.addresses
        }
        longest = max(idle, key=lambda handle: idle[handle], default=None)
        if longest is None or idle[longest] < IDLE_S:
            return False
        reason = "another connection took its place"
        self._close_link(longest, reason, how=EndOfLink.RESTED)
        return True

    def _dial(self, handle: int, asked: Connect) -> None:
        self._dialling[handle] = asked
        self._dialler.start(handle, asked.peer, asked.addresses, *asked.dataports)

    def _open_or_dial(self, handle: int, asked: Connect, carriers: Sequence[str]) -> None:
        """Ask the first of these processes for a connection that carries this one, or dial."""
        runtime, address = self._node.home.runtime, asked.reverse_address
        for place, carrier in enumerate(carriers if address else (), 1):
            wire = hand_end(runtime, carrier, EndKind.CARRY, asked.peer, address)
            if wire is not None:
                connection = LocalConnection(wire, asked.peer, slowness(address))
                self._open(handle, asked, connection, address, further_carriers=carriers[place:])
                return
        self._dial(handle, asked)

    def _begin(self, reached: DialResult) -> None:
        if reached.key not in self._dialling:
            self._end_beside(reached)
            return
        asked = self._dialling.pop(reached.key)
        if not asked.is_beside:  # its Opened says it all
            for tried in reached.tried:
                self._ring.put(WayTried(asked.peer, tried.way, tried.reason))
        if reached.connection is None:
            self._node.counters.add("connections_failed")
            self._put_not_opened(asked, reached.address, reached.reason)
            return
        if not asked.is_beside:
            self._better.begin(asked.peer)
        better = self._better_than(asked, reached)
        self._open(reached.key, asked, reached.connection, reached.address, better=better)

    def _open(
        self,
        handle: int,
        asked: Connect,
        connection: Connection | LocalConnection,
        address: str,
        *,
        further_carriers: Sequence[str] | None = None,
        better: tuple[str, ...] = (),
    ) -> None:
        agreement = Agreement(asked.message_size_bytes, asked.agreement)
        link = OutgoingLink(
            connection,
            agreement,
            monotonic(),
            self._stream_for(asked),
            self._open_reverse_at(asked.peer, address),
        )
        meter = WireMeter(connection)
        self._links[handle] = DialledLink(
            *(asked, address, link, meter, monotonic()),
            further_carriers=further_carriers,
            better=better,
        )
        self._turns.touch(handle)

    def _open_reverse_at(self, peer: str, address: str) -> Callable[[], socket | None]:
        """Return what opens a connection in reverse of a peer that was reached there."""
        runtime = self._node.home.runtime
        return partial(hand_end, runtime, "receiver", EndKind.ACCEPT, peer, address)

    def _better_than(self, asked: Connect, reached: DialResult) -> tuple[str, ...]:
        """Return the ways that come before the one by which a peer was reached."""
        known = self._trust.peers.get(asked.peer)
        way = next((tried.way for tried in reached.tried if not tried.reason), "")
        return () if known is None else better_ways(asked.addresses, way, known.addresses)

    def _back_at_s(self, dialled: DialledLink) -> float | None:
        """Return when the better ways of a connection are tried; None: they are not.

        Not where bytes count: each handshake is on the wire, and what is under way goes again.
        """
        is_there = dialled.is_reported and dialled.link.can_move and not dialled.is_moving
        is_busy = dialled.back is not None or dialled.beside is not None or self._is_stopping
        if not (dialled.better and is_there) or is_busy:
            return None
        if self._metered.is_metered(dialled.asked.peer) or self._has_another(dialled):
            return None
        return dialled.since_s + self._better.wait_s(dialled.asked.peer)

    def _try_better(self, dialled: DialledLink, now_s: float) -> None:
        """Dial the ways that come before the one that is used, when it is time."""
        back_at_s = self._back_at_s(dialled)
        if back_at_s is None or now_s < back_at_s:
            return
        asked = dialled.asked
        self._better.tried(asked.peer)
        dialled.since_s = now_s
        self._last_handle += 1
        dialled.back = self._last_handle
        self._dialler.start(dialled.back, asked.peer, dialled.better, *asked.dataports)

    def _is_given_up(self, dialled: DialledLink, now_s: float) -> bool:
        """Return whether a stalled connection ends, since the budget of its peer counts.

        What another one beside it would send again is held by processor_s alone, when it connects.
        """
        link = dialled.link
        if not (self._metered.is_metered(dialled.asked.peer) and dialled.asked.addresses):
            return False
        is_useless = link.is_stalled(now_s) or link.is_outgrown
        return is_useless and link.can_move and not self._is_stopping

    def _has_another(self, dialled: DialledLink, *, moves_at_s: float | None = None) -> bool:
        """Return whether it is one of several by different ways; moves_at_s: and another moves.

        Or would: of one on which nothing is on its way, no progress is looked at.
        """
        return any(
            each.asked.peer == dialled.asked.peer
            and each is not dialled
            and each.is_reported
            and (each.asked.is_beside or dialled.asked.is_beside)
            and (moves_at_s is None or each.link.is_idle or not each.link.is_stalled(moves_at_s))
            for each in self._links.values()
        )

    def _gives_back(self, dialled: DialledLink, now_s: float) -> bool:
        """Return whether a connection ends since it has stalled, and others carry what it held."""
        if not dialled.link.is_stalled(now_s):
            return False
        return bool(dialled.asked.is_beside) or self._has_another(dialled, moves_at_s=now_s)

    def _dial_beside(self, dialled: DialledLink, now_s: float) -> None:
        """Dial another connection beside one that has stalled, or that what is sent has outgrown.

        Not when it moves again.
        """
        is_outgrown = dialled.link.is_outgrown
        is_stalled = (is_outgrown or dialled.link.is_stalled(now_s)) and not self._is_stopping
        if dialled.beside is not None and not is_stalled:
            self._dialler.cancel(dialled.beside)
            dialled.beside = None
            dialled.is_told = False
        asked = dialled.asked
        if dialled.beside is not None or not is_stalled or not dialled.link.can_move:
            return
        if asked.addresses:
            if not (dialled.is_told or is_outgrown):
                dialled.is_told = True
                peer_name = self._trust.name_of(asked.peer)
                self._node.log.write(STALLED, peer=asked.peer, peer_name=peer_name)
            self._last_handle += 1
            dialled.beside = self._last_handle
            self._dialler.start(dialled.beside, asked.peer, asked.addresses, *asked.dataports)

    def _report_stall(self, handle: int, dialled: DialledLink, now_s: float) -> None:
        """Report that a connection is not answered or has stalled for long, or moves again."""
        link = dialled.link
        if not link.is_answered:
            self._report_unanswered(handle, dialled, now_s)
            return
        if not (dialled.is_reported and link.is_open):
            return
        unmoved_s = link.unmoved_s(now_s)
        if dialled.is_reported_stalled == (unmoved_s >= TOLD_AFTER_S):
            return
        dialled.is_reported_stalled = not dialled.is_reported_stalled
        if not dialled.is_reported_stalled:
            dialled.has_told_failure = False
            self._ring.put(Moving(handle))
        elif not dialled.asked.addresses:
            self._ring.put(Stalled(handle, int(unmoved_s), "its call has to be placed anew"))
        elif link.can_move:
            self._ring.put(
                Stalled(handle, int(unmoved_s), "another connection is dialled beside it")
            )
        else:
            self._ring.put(Stalled(handle, int(unmoved_s), "it is waited for until its deadline"))

    def _report_unanswered(self, handle: int, dialled: DialledLink, now_s: float) -> None:
        """Report once that a peer was reached, and does not say for long how to go on."""
        waited_s = dialled.link.waited_s(now_s)
        if waited_s < TOLD_AFTER_S * dialled.link.slowness or dialled.has_told_unanswered:
            return
        dialled.has_told_unanswered = True
        asked, for_s = dialled.asked, int(waited_s)
        helps = "another connection is dialled" if asked.addresses else "it has to call anew"
        within_s = dialled.link.verdict_within_s
        reason = f"{dialled.link.awaited}; {helps} if it does not within {within_s:.0f} s"
        if dialled.is_reported:
            dialled.is_reported_stalled = True
            self._ring.put(Stalled(handle, for_s, reason))
        else:
            self._ring.put(Unanswered(asked.peer, asked.attempt, for_s, reason))

    def _end_beside(self, reached: DialResult) -> None:
        """Go on with a connection that was dialled beside another one, if it was reached."""
        now_s = monotonic()
        found = next((h for h, d in self._links.items() if reached.key in (d.beside, d.back)), None)
        if found is None:
            if reached.connection is not None:
                reached.connection.close()
            return
        before = self._links[found]
        self._turns.touch(found)
        peer = before.asked.peer
        for tried in reached.tried:
            self._ring.put(WayTried(peer, tried.way, tried.reason))
        if before.back == reached.key:
            before.back = None
            if reached.connection is None:
                self._ring.put(Moved(peer, found, ""))
                return
        else:
            before.beside = None
            if reached.connection is None:
                before.link.wait_again(now_s)
                if before.link.is_outgrown:
                    self._close_link(found, reached.reason)
                    return
                # Once in a stall that lasts: an attempt may fail every two seconds.
                if before.is_reported_stalled and not before.has_told_failure:
                    before.has_told_failure = True
                    self._ring.put(Moved(peer, found, ""))
                return
        self._cancel_beside(before)
        agreement = Agreement(before.asked.message_size_bytes, before.asked.agreement)
        self._report_bytes(before)
        self._turns.forget(found)  # its descriptor is closed
        self._turns.touch(found)
        link, freed = before.link.go_on_over(
            reached.connection, agreement, now_s, self._open_reverse_at(peer, reached.address)
        )
        for slot in freed:
            self._ring.put(SlotFree(slot))
        better = self._better_than(before.asked, reached)
        meter = WireMeter(reached.connection)
        after = DialledLink(before.asked, reached.address, link, meter, monotonic(), better=better)
        self._links[found] = after
        after.is_reported_stalled = before.is_reported_stalled
        after.is_reported = after.is_moving = True

    def _cancel_beside(self, dialled: DialledLink) -> None:
        """End what is dialled beside a connection."""
        for key in (dialled.beside, dialled.back):
            if key is not None:
                self._dialler.cancel(key)
        dialled.beside = dialled.back = None

    def _stream_for(self, asked: Connect) -> OutgoingStream | None:
        """Return the session that a connection goes on with, or a new one; None without RESUME."""
        if asked.is_beside:
            return None
        kept = self._kept.take(asked.peer)
        known = self._trust.peers.get(asked.peer)
        if known is None or not known.resumes:
            return None
        if kept is not None and asked.goes_on and kept.number == asked.message_size_bytes:
            return kept.stream
        frame_bytes = messages_frame_limit_bytes(asked.message_size_bytes)
        most_bytes = max(_KEPT_BYTES, _FEWEST_KEPT_FRAMES * frame_bytes)
        return OutgoingStream(os.urandom(SESSION_BYTES), most_bytes)

    def _keep(self, dialled: DialledLink) -> int:
        """Keep the session of a connection that has ended; return its last frame that was begun."""
        stream = dialled.link.suspend()
        if stream is None or dialled.asked.peer not in self._trust.peers:
            return 0
        self._kept.keep(dialled.asked.peer, dialled.asked.message_size_bytes, stream, monotonic())
        return stream.begun

    def _may_call(self, peer: str) -> bool:
        known = self._trust.peers.get(peer)
        return known is not None and known.calls

    def _answer_calls(self, now_s: float) -> None:
        """Begin with the calls that receiver hands over; report the peers whose calls wait."""
        for call in self._handed.receive(UNKNOWN_PLACES):
            self._calls.add(call.wire, now_s, call.line)
        for peer in self._calls.service(now_s):
            if self._channel.is_open and not self._is_stopping:
                self._ring.put(PeerCalled(peer))
            else:
                self._calls.hang_up(peer)

    def _follow_limits(self, now_s: float) -> None:
        """Adopt rate limits and budgets; a bucket whose rate is unchanged keeps its level."""
        for node in self._trust.changed:
            known = self._trust.peers.get(node)
            rate = None if known is None else known.limit_bytes_per_s
            limit = self._limits.get(node)
            if rate is None:
                self._limits.pop(node, None)
            elif limit is None or limit.rate_bytes_per_s != rate:
                self._limits[node] = TokenBucket(rate, now_s)
        meters = ((each.asked.peer, each.meter) for each in self._links.values())
        self._metered.follow(self._trust.metered, meters)

    def _report_bytes(self, dialled: DialledLink) -> None:
        count_bytes = self._metered.new_bytes(dialled.asked.peer, dialled.meter)
        if count_bytes:
            self._ring.put(WireBytes(dialled.asked.peer, count_bytes))

    def _serve(self, handle: int, now_s: float) -> None:
        """Serve one connection; one that has more to do at once is touched."""
        dialled = self._links[handle]
        link = dialled.link
        limit = self._limits.get(dialled.asked.peer)
        before_bytes = link.frame_bytes_out
        was_idle = dialled.is_reported and link.is_idle
        try:
            freed, acknowledgements = link.service(
                now_s, None if limit is None else limit.allowed_bytes(now_s)
            )
        except LinkClosed as closed:
            may_go_on = closed.cause is not CloseCause.PROTOCOL
            how = EndOfLink.SILENT if closed.cause is CloseCause.DEADLINE else EndOfLink.BROKEN
            how = EndOfLink.CLOSED_BY_PEER if link.has_ended_idle(closed) else how
            self._close_link(handle, str(closed), may_go_on=may_go_on, how=how)
            return
        finally:
            written_bytes = link.frame_bytes_out - before_bytes
            if limit is not None:
                limit.spend(written_bytes)
            self._node.counters.add("wire_bytes_out", written_bytes)
        self._report_bytes(dialled)
        for slot in freed:
            self._ring.put(SlotFree(slot))
        if dialled.is_moving and link.is_answered:
            dialled.is_moving = False
            if not link.has_gone_on:
                self._close_link(handle, "the peer does not go on", may_go_on=False)
                return
            self._ring.put(Moved(dialled.asked.peer, handle, dialled.address))
        if self._is_given_up(dialled, now_s):
            reason = "it needs another connection" if link.is_outgrown else "nothing moves on it"
            self._close_link(handle, reason)
            return
        if self._gives_back(dialled, now_s):
            reason, how = "nothing moves on it", EndOfLink.SILENT
            self._close_link(handle, reason, may_go_on=False, how=how)
            return
        self._dial_beside(dialled, now_s)
        self._try_better(dialled, now_s)
        self._report_stall(handle, dialled, now_s)
        if link.verdict is not None and link.is_answered and not dialled.is_reported:
            dialled.is_reported = True
            if not self._report_verdict(handle, dialled, link.verdict):
                return
        for acknowledgement in acknowledgements:
            for frame, index, refusal, retry_after_s in acknowledgement.refused:
                self._ring.put(RefusedRecord(handle, frame, index, int(refusal), retry_after_s))
            self._ring.put(Decided(handle, acknowledgement.decided))
        if dialled.rests(now_s, moved=not was_idle):
            self._close_link(handle, "nothing is left", how=EndOfLink.RESTED)
            return
        self._turns.follow(handle, dialled.interests(), self._next_s(dialled))
        if link.has_more:
            self._turns.touch(handle)

    def _next_s(self, dialled: DialledLink) -> float | None:
        """Return when a connection has to be served although nothing is ready; None: never."""
        link, limit = dialled.link, self._limits.get(dialled.asked.peer)
        times_s = [link.deadline_s, link.look_s, dialled.rest_at_s, dialled.tell_at_s]
        times_s.append(self._back_at_s(dialled))
        if link.is_throttled and limit is not None:
            times_s.append(limit.due_s)
        return min((each for each in times_s if each is not None), default=None)

    def _report_verdict(self, handle: int, dialled: DialledLink, verdict: Verdict) -> bool:
        """Report the verdict; close the connection and return False unless it is OK."""
        asked, address, code = dialled.asked, dialled.address, int(verdict.code)
        if dialled.link.is_open:
            self._node.counters.add("connections_opened")
            resumed = dialled.link.resumed_frame
            self._ring.put(Opened(asked.peer, asked.attempt, handle, code, 0, address, "", resumed))
            return True
        self._report_bytes(dialled)
        self._keep(dialled)
        self._turns.forget(handle)
        self._links.pop(handle).link.close()
        self._ring.put(
            Opened(
                asked.peer,
                asked.attempt,
                NOT_OPENED,
                code,
                verdict.retry_after_s,
                address,
                f"it answers {verdict.code.name}",
            )
        )
        return False

    def _close_link(
        self,
        handle: int,
        reason: str,
        *,
        may_go_on: bool = True,
        how: EndOfLink = EndOfLink.BROKEN,
    ) -> None:
        """Close a connection; may_go_on: its session is kept."""
        self._turns.forget(handle)
        dialled = self._links.pop(handle)
        self._report_bytes(dialled)
        self._cancel_beside(dialled)
        begun = self._keep(dialled) if may_go_on else 0
        for slot in dialled.link.queued_slots():
            self._ring.put(SlotFree(slot))
        dialled.link.close()
        if dialled.is_reported:
            self._ring.put(Closed(handle, reason, begun, how))
        elif dialled.further_carriers is not None and not self._is_stopping:
            self._open_or_dial(handle, dialled.asked, dialled.further_carriers)
        else:
            self._put_not_opened(dialled.asked, dialled.address, reason)

    def _put_not_opened(self, asked: Connect, address: str, reason: str) -> None:
        self._ring.put(
            Opened(asked.peer, asked.attempt, NOT_OPENED, _NO_VERDICT, 0, address, reason)
        )

    def _drop_all(self) -> None:
        for handle, dialled in self._links.items():
            self._turns.forget(handle)
            dialled.link.close()
        self._links.clear()
        self._kept.clear()
        self._dialling.clear()
        self._dialler.cancel_all()
        self._calls.close()

    def _sleep_s(self, now_s: float) -> float | None:
        deadlines = [self._dialler.next_deadline_s(), self._calls.next_deadline_s()]
        deadlines += [self._turns.next_s, self._kept.next_deadline_s()]
        soonest = min((d for d in deadlines if d is not None), default=None)
        return None if soonest is None else max(soonest - now_s, 0.0)


PROCESS = Sender
