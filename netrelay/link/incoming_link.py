"""The listener's side of a data connection: receives frames and acknowledges them."""

import socket
from collections.abc import Callable
from typing import NamedTuple

from netrelay.core.frames import (
    BRIEF_STEP_MAX,
    EXPECT_AGREEMENT,
    FRAME_HEADER_BYTES,
    REFUSALS_MAX,
    Agreement,
    FrameKind,
    RefusedMessage,
    Verdict,
    VerdictCode,
    decode_agreement,
    decode_frame_header,
    encode_acknowledgement,
    encode_brief_acknowledgement,
    encode_frame_header,
    encode_verdict,
    expect_messages,
)
from netrelay.core.msgpack_array import Octets
from netrelay.core.pace import ACKNOWLEDGEMENT_DEADLINE_S, frame_deadline_s
from netrelay.core.resumption import (
    RESUME_LIMIT_BYTES,
    Resume,
    ResumeCode,
    Resumed,
    decode_resume,
    encode_resumed,
)
from netrelay.core.reverse_frames import EXPECT_REVERSE_ANSWERS, EXPECT_REVERSE_FRAMES
from netrelay.core.words import WireError
from netrelay.link.acknowledgement_hold import AcknowledgementHold
from netrelay.link.connection import Connection
from netrelay.link.incoming_stream import IncomingStream
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.local_connection import LocalConnection
from netrelay.link.reverse_way import ReverseWay

# Most bytes that one connection reads in a step, so that a fast peer does not starve the others.
_READ_BUDGET_BYTES = 1024 * 1024
# Back-pressure: while more unsent answers are queued, no frames are read. The peer that does not
# read them would otherwise let the queue grow without limit.
_UNSENT_LIMIT_BYTES = 64 * 1024
# A connection on which nothing came for longer may be dead: what goes in reverse is dialled then.
_FRESH_S = 10.0


class ReceivedFrame(NamedTuple):
    """A complete frame: its number in its session, from 1, and the slot with its payload."""

    frame: int
    slot: int
    length_bytes: int


class IncomingLink:
    """State machine of one accepted data connection; never blocks.

        handshake -> AGREEMENT received -> VERDICT sent -> open -> draining -> closed
                                               | not OK
                                               +-> closed

    The peer sends one AGREEMENT, then at most one RESUME, then MESSAGES frames, which are read only
    after a verdict of OK. This side sends one VERDICT, the answer to RESUME, then a cumulative
    ACKNOWLEDGEMENT for each `acknowledge`, with the messages that it refuses. Frames are numbered
    from 1 in each session (`stream`), which goes on in another link: `suspend` returns it.

    Flow control: a frame is read only into a slot, so without one (`needs_slot`) the link stops
    reading and TCP's window closes. The same holds while the peer does not read its answers.

    The link closes on a malformed frame, a deadline (the handshake, each frame, each answer: all
    absolute), the end of the connection, and, when draining, once every received frame is
    acknowledged and the peer has closed. `service` returns every frame that was complete before the
    end. A slot is the caller's from ReceivedFrame on; after the end `held_slot` returns the slot
    of an incomplete frame.

    `carry` has it carry a data connection in reverse too, of frames that another process makes.

    judge: returns the verdict on the agreement that the authenticated peer states.
    acquire_slot: returns a free slot for this peer and a view of it, or None.
    find_stream: returns the session that the peer names, for this link to go on with; else None.
    is_brief: returns whether the peer takes BRIEF_ACKNOWLEDGEMENT.
    """

    def __init__(
        self,
        connection: Connection | LocalConnection,
        judge: Callable[[str, Agreement], Verdict],
        acquire_slot: Callable[[str], tuple[int, memoryview] | None],
        find_stream: Callable[[str, Resume], IncomingStream | None] = lambda _peer, _resume: None,
        is_brief: Callable[[str], bool] = lambda _peer: False,
    ) -> None:
        self._is_brief = is_brief
        self._connection = connection
        self._judge = judge
        self._acquire_slot = acquire_slot
        self._find_stream = find_stream
        self._header = memoryview(bytearray(64))
        self._filled = 0
        self._needed = FRAME_HEADER_BYTES
        self._expected = EXPECT_AGREEMENT
        self._expect_messages = EXPECT_AGREEMENT
        self._slot: tuple[int, memoryview] | None = None
        self._frame_bytes = 0
        self.stream = IncomingStream(None)
        """The session of this connection."""
        self._frame_deadline_s = 0.0
        self._read_s = 0.0
        self._wrote_s = 0.0
        self._unsent = bytearray()
        self._reverse: ReverseWay | None = None
        self._reverse_kind = FrameKind.REVERSE_END
        self._reverse_answer = bytearray()
        self._hold = AcknowledgementHold()
        self._flush_due: tuple[int, float] | None = None
        self._refused = False
        self._is_draining = False
        self._pending_close: LinkClosed | None = None
        self.is_open = False
        self.agreement: Agreement | None = None
        self.needs_slot = False

    @property
    def frame_bytes(self) -> int:
        """Length of the frame whose header has arrived; 0 between frames."""
        return self._frame_bytes

    @property
    def peer(self) -> str | None:
        """Node id of the peer, once the handshake is complete."""
        return self._connection.peer

    @property
    def wants_write(self) -> bool:
        """True if an answer or a handshake message is waiting to be sent."""
        is_held = self._hold.until_s is not None
        return self._connection.wants_write or (bool(self._unsent) and not is_held)

    @property
    def wants_read(self) -> bool:
        """True unless back-pressure applies: no slot, or too many unsent answers."""
        return self._connection.wants_read and not self.needs_slot and not self._is_read_paused

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._connection.fileno()

    @property
    def held_until_s(self) -> float | None:
        """Time of the next call to `service` for an answer that is held; None: none is."""
        return self._hold.until_s

    @property
    def has_more(self) -> bool:
        """True if `service` has more to do although the descriptor may not become ready."""
        if self._pending_close is not None:
            return True
        return not self.needs_slot and not self._is_read_paused and self._connection.pending() > 0

    @property
    def _is_read_paused(self) -> bool:
        if self._is_draining and self._connection.is_open:
            return True
        return self._refused or len(self._unsent) > _UNSENT_LIMIT_BYTES

    @property
    def deadline_s(self) -> float | None:
        """Earliest deadline, on the monotonic clock; None: none."""
        if not self.is_open or self._is_draining:
            return self._connection.deadline_s
        dues_s = [] if self._flush_due is None else [self._flush_due[1]]
        if (self._filled or self._slot is not None) and not self.needs_slot:
            dues_s.append(self._frame_deadline_s)
        return min(dues_s, default=None)

    @property
    def is_idle(self) -> bool:
        """True while open without a frame in progress: none has begun, all are acknowledged."""
        in_progress = self._filled or self._frame_bytes or self._unsent
        return self.is_open and not in_progress and self._is_all_decided and not self._is_reversing

    @property
    def awaits_peer(self) -> bool:
        """True while something is in progress with which the peer has to go on, not this node."""
        is_begun = self.is_open and not self.is_idle
        return is_begun and self.wants_read and self._is_all_decided

    @property
    def _is_reversing(self) -> bool:
        return self._reverse is not None and self._reverse.awaits_answer

    @property
    def quiet_since_s(self) -> float:
        """Time of the last byte, either way."""
        return max(self._read_s, self._wrote_s)

    @property
    def _is_all_decided(self) -> bool:
        return self.stream.received == self.stream.decided

    @property
    def halted_since_s(self) -> float | None:
        """Time of the last byte while more of a frame should come; None if none is awaited."""
        is_begun = self._filled or self._frame_bytes
        return self._read_s if self.is_open and is_begun and self.wants_read else None

    def may_carry(self, now_s: float) -> bool:
        """Return whether it can carry a connection in reverse, and was heard of a moment ago."""
        # Before its first frame the answer to RESUME may still be owed.
        is_begun = self.is_open and FrameKind.RESUME not in self._expected
        is_free = is_begun and self._reverse is None and not self._is_draining
        if isinstance(self._connection, LocalConnection):  # it is carried itself
            return False
        return is_free and now_s < self._read_s + _FRESH_S * self._connection.slowness

    def carry(self, wire: socket.socket) -> None:
        """Carry the frames of a LocalConnection in reverse; the socket is this link's."""
        self._reverse = ReverseWay(wire, EXPECT_REVERSE_FRAMES)
        self._expect_messages = {**self._expect_messages, **EXPECT_REVERSE_ANSWERS}
        self._expected = self._expect_messages

    def reverse_interest(self) -> tuple[int, bool, bool] | None:
        """Return the local descriptor to poll, for reading and writing; None: it carries none."""
        interest = None if self._reverse is None else self._reverse.interest()
        if interest is None:
            return None
        return interest[0], len(self._unsent) <= _UNSENT_LIMIT_BYTES, interest[2]

    def set_options(self, change: Callable[[socket.socket], None]) -> None:
        """Change options of its socket."""
        self._connection.set_options(change)

    @property
    def is_unanswered(self) -> bool:
        """True if TCP's last probe or segment had no answer; also after the end, until `close`."""
        return self._connection.is_unanswered

    @property
    def is_probe_unanswered(self) -> bool:
        """True if it was silent, and TCP's last probe had no answer; as `is_unanswered`."""
        return self._connection.is_probe_unanswered

    def acknowledge(self, decided: int, refused: list[RefusedMessage]) -> None:
        """Queue a cumulative acknowledgement: every frame up to `decided` is decided.

        refused: the messages among these frames that were refused. What is accepted must be
        durable: the peer takes it off its queue.
        """
        step = decided - self.stream.decided
        if not refused and 0 < step <= BRIEF_STEP_MAX and self._is_brief(str(self.peer)):
            self._unsent += encode_brief_acknowledgement(decided)
        else:
            self._queue_acknowledgement(self.stream.decided, decided, refused)
        self.stream.decide(decided, refused)

    def _queue_acknowledgement(
        self, before: int, decided: int, refused: list[RefusedMessage]
    ) -> None:
        # Split at the frame limit; only the last part may raise `decided` (docs/protocol.md).
        while len(refused) > REFUSALS_MAX:
            self._unsent += encode_acknowledgement(before, refused[:REFUSALS_MAX])
            refused = refused[REFUSALS_MAX:]
        self._unsent += encode_acknowledgement(decided, refused)

    def suspend(self) -> IncomingStream | None:
        """Return the session, with the frame that was cut; None if it cannot go on elsewhere.

        Call it after the end, before `held_slot`.
        """
        if self.stream.session is None or self._is_draining:
            return None
        if self._slot is not None and self._filled:
            header = encode_frame_header(FrameKind.MESSAGES, self._frame_bytes)
            self.stream.cut_frame = bytearray(header)
            self.stream.cut_frame += self._slot[1][: self._filled]
        return self.stream

    def drain(self, deadline_s: float, *, is_decided: bool = False) -> None:
        """Receive no further frame; close once all received frames are acknowledged.

        is_decided: no further `acknowledge` will come, so close after the queued answers.
        deadline_s: time at which the link closes in any case.
        """
        self._is_draining = True
        self._end_reverse()
        self._connection.deadline_s = deadline_s
        self._slot = None
        self.needs_slot = False
        if is_decided:
            self.stream.received = self.stream.decided

    def service(self, now_s: float) -> list[ReceivedFrame]:
        """Read and write without blocking; return the frames that are complete.

        LinkClosed at the end of the connection, or at the next call if frames came before it.
        """
        received: list[ReceivedFrame] = []
        try:
            self._advance(now_s, received)
        except LinkClosed as closed:
            if not received:
                raise
            self._pending_close = closed.anew()
        return received

    def _advance(self, now_s: float, received: list[ReceivedFrame]) -> None:
        if self._pending_close is not None:
            raise self._pending_close.anew()
        deadline_s = self.deadline_s
        if deadline_s is not None and now_s > deadline_s:
            raise LinkClosed(f"its time was up for {self._awaited()}", CloseCause.DEADLINE)
        # In every state, since it also checks the connection's deadline.
        if not self._connection.advance(now_s):
            return
        if self._is_draining:
            self._write(now_s)
            if not self._unsent and self._is_all_decided:
                self._connection.half_close()
                return
        # Before anything is written: on a connection that broke, writing would end it with what
        # has come still unread.
        if not self._is_read_paused:
            self._read(now_s, received)
        self._write(now_s)
        if self._refused and not self._unsent:
            raise LinkClosed("it was told that there is no agreement", CloseCause.CLOSED_HERE)

    def _awaited(self) -> str:
        if self._is_draining:
            return "its end"
        if self._connection.peer is None:
            return "the handshake"
        if self.agreement is None:
            return "its agreement"
        return "reading its answers" if self._flush_due is not None else "the frame it began"

    def held_slot(self) -> int | None:
        """Return the slot of an incomplete frame; call it after the end, to free the slot."""
        return None if self._slot is None else self._slot[0]

    def _write(self, now_s: float) -> None:
        if self._reverse is not None:
            self._unsent += self._reverse.take(has_room=len(self._unsent) <= _UNSENT_LIMIT_BYTES)
            may_hold = not self._reverse.is_ended and not self._connection.wants_write
            if may_hold and self._hold.holds(self._unsent, now_s):
                return
        self._hold.until_s = None
        while self._unsent:
            with memoryview(self._unsent) as view:
                count = self._connection.write(view)
            if not count:
                break
            self._wrote_s = now_s
            del self._unsent[:count]
            if self._flush_due is not None:
                left_bytes = self._flush_due[0] - count
                self._flush_due = (left_bytes, self._flush_due[1]) if left_bytes > 0 else None
        if self._unsent and self._flush_due is None:
            # The deadline covers what is queued now; what is queued later gets a new one.
            within_s = ACKNOWLEDGEMENT_DEADLINE_S * self._connection.slowness
            self._flush_due = len(self._unsent), now_s + within_s

    def _read(self, now_s: float, received: list[ReceivedFrame]) -> None:
        budget_bytes = _READ_BUDGET_BYTES
        self.needs_slot = False
        while budget_bytes > 0 and not self._refused:
            if self._needed == 0 and not self._start_payload(now_s):
                break
            if self._slot is not None:
                target = self._slot[1][self._filled : self._frame_bytes]
            elif self._reverse_answer:
                target = memoryview(self._reverse_answer)[self._filled :]
            else:
                target = self._header[self._filled : self._needed]
            count = self._connection.read_into(target)
            if not count:
                break
            if not self._filled and self._slot is None:
                self._frame_deadline_s = now_s + frame_deadline_s(0) * self._connection.slowness
            self._read_s = now_s
            budget_bytes -= count
            self._filled += count
            if self._slot is not None:
                if self._filled == self._frame_bytes:
                    received.append(self._end_payload())
            elif self._reverse_answer:
                if self._filled == len(self._reverse_answer):
                    self._hear_reverse()
            elif self._filled == self._needed:
                self._handle_header()

    def _handle_header(self) -> None:
        """Handle what the header buffer holds: a frame header, or a whole AGREEMENT or RESUME."""
        try:
            kind, length = decode_frame_header(self._header[:FRAME_HEADER_BYTES], self._expected)
            if kind is FrameKind.MESSAGES:
                self._expected = self._expect_messages
                self._frame_bytes, self._filled, self._needed = length, 0, 0
                return
            if kind in EXPECT_REVERSE_ANSWERS:
                self._reverse_kind = kind
                self._reverse_answer = bytearray(FRAME_HEADER_BYTES + length)
                self._reverse_answer[:FRAME_HEADER_BYTES] = self._header[:FRAME_HEADER_BYTES]
                if not length:
                    self._hear_reverse()
                return
            if self._filled < FRAME_HEADER_BYTES + length:
                self._needed = FRAME_HEADER_BYTES + length
                return
            payload = self._header[FRAME_HEADER_BYTES : self._needed]
            self._filled, self._needed = 0, FRAME_HEADER_BYTES
            if kind is FrameKind.RESUME:
                self._resume(decode_resume(payload))
            else:
                self._agree(payload)
        except WireError as error:
            raise LinkClosed(f"what came is no frame: {error}") from error

    def _hear_reverse(self) -> None:
        """Pass a whole frame of the connection in reverse on."""
        assert self._reverse is not None
        self._unsent += self._reverse.hear(self._reverse_kind, bytes(self._reverse_answer))
        self._reverse_answer = bytearray()
        self._filled, self._needed = 0, FRAME_HEADER_BYTES

    def _end_reverse(self) -> None:
        if self._reverse is not None:
            self._reverse.close()

    def _agree(self, payload: Octets) -> None:
        agreement = decode_agreement(payload)
        assert self._connection.peer is not None
        verdict = self._judge(self._connection.peer, agreement)
        self._unsent += encode_verdict(verdict)
        if verdict.code is VerdictCode.OK:
            self.is_open = True
            self.agreement = agreement
            # Up to here one deadline for the handshake; from here on one for each frame.
            self._connection.deadline_s = None
            self._expect_messages = expect_messages(agreement.message_size_bytes)
            self._expected = {**self._expect_messages, FrameKind.RESUME: RESUME_LIMIT_BYTES}
        else:
            self._refused = True

    def _resume(self, resume: Resume) -> None:
        """Go on with the session that the peer names, or begin one of this name."""
        assert self._connection.peer is not None
        self._expected = self._expect_messages
        found = self._find_stream(self._connection.peer, resume)
        if found is None or not (found.can_go_on(resume) and self._may_hold(found.cut_frame)):
            self.stream = IncomingStream(resume.session)
            self._unsent += encode_resumed(Resumed(ResumeCode.NEW))
            return
        self.stream = found
        held_bytes = len(found.cut_frame)
        self._unsent += encode_resumed(Resumed(ResumeCode.RESUMED, found.received, held_bytes))
        if found.decided > resume.acknowledged:
            refused = found.refused_after(resume.acknowledged)
            self._queue_acknowledgement(resume.acknowledged, found.decided, refused)
        if held_bytes:
            _, length = decode_frame_header(found.cut_frame[:FRAME_HEADER_BYTES], self._expected)
            self._frame_bytes, self._needed = length, 0

    def _may_hold(self, cut_frame: bytearray) -> bool:
        """Return whether the frame that was cut fits the message size that is agreed now."""
        limit_bytes = FRAME_HEADER_BYTES + self._expect_messages[FrameKind.MESSAGES]
        length = int.from_bytes(cut_frame[:4], "big")
        return not cut_frame or FRAME_HEADER_BYTES + length <= limit_bytes

    def _start_payload(self, now_s: float) -> bool:
        if self._slot is None:
            if not self._frame_bytes:
                raise LinkClosed("an empty frame")
            assert self._connection.peer is not None
            self._slot = self._acquire_slot(self._connection.peer)
            if self._slot is None:
                self.needs_slot = True
                return False
            within_s = frame_deadline_s(self._frame_bytes) * self._connection.slowness
            self._frame_deadline_s = now_s + within_s
            held = memoryview(self.stream.cut_frame)[FRAME_HEADER_BYTES:]
            self._slot[1][: len(held)] = held
            self._filled = len(held)
            self.stream.cut_frame = bytearray()
        return True

    def _end_payload(self) -> ReceivedFrame:
        assert self._slot is not None
        self.stream.received += 1
        received = ReceivedFrame(self.stream.received, self._slot[0], self._frame_bytes)
        self._slot = None
        self._filled, self._needed, self._frame_bytes = 0, FRAME_HEADER_BYTES, 0
        return received

    def close(self) -> None:
        """Close the connection, and what it carries in reverse; idempotent."""
        self._end_reverse()
        self._connection.close()
