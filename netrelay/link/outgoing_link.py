"""The dialler's side of a data connection: sends frames and receives their acknowledgements."""

import socket
from collections import deque
from collections.abc import Callable
from itertools import islice
from typing import NamedTuple

from netrelay.core.frames import (
    ACKNOWLEDGEMENT_MAX_BYTES,
    EXPECT_ACKNOWLEDGEMENT,
    EXPECT_VERDICT,
    FRAME_HEADER_BYTES,
    MESSAGES_MAX,
    Acknowledgement,
    Agreement,
    FrameKind,
    Verdict,
    VerdictCode,
    decode_acknowledgement,
    decode_brief_acknowledgement,
    decode_frame_header,
    decode_verdict,
    encode_agreement,
)
from netrelay.core.message_frames import message_count
from netrelay.core.pace import (
    ACKNOWLEDGEMENT_DEADLINE_S,
    VERDICT_DEADLINE_S,
    frame_deadline_s,
)
from netrelay.core.resumption import (
    EXPECT_RESUMED,
    ResumeCode,
    Resumed,
    decode_resumed,
    encode_resume,
)
from netrelay.core.reverse_frames import (
    EXPECT_REVERSE_ANSWERS,
    EXPECT_REVERSE_FRAMES,
    REVERSE_END_FRAME,
    REVERSE_MESSAGES_LIMIT_BYTES,
)
from netrelay.core.words import WireError
from netrelay.link.connection import Connection
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.local_connection import LocalConnection
from netrelay.link.outgoing_stream import OutgoingStream
from netrelay.link.reverse_way import ReverseWay
from netrelay.link.tcp_progress import TcpProgress

# Most bytes that one connection writes in a step, so that a fast peer does not starve the others.
_WRITE_BUDGET_BYTES = 1024 * 1024
_READS_PER_STEP = 64
# How often the kernel is asked about the progress of what is on its way.
_LOOK_EVERY_S = 1.0
# While more answers in reverse wait for the peer, no further ones are read.
_UNSENT_REVERSE_BYTES = 64 * 1024
# More on its way in reverse goes over a connection of its own: two of the largest frames there.
_REVERSE_MOST_BYTES = 2 * REVERSE_MESSAGES_LIMIT_BYTES
_EXPECT_WITH_REVERSE = {**EXPECT_ACKNOWLEDGEMENT, **EXPECT_REVERSE_FRAMES}


class _QueuedFrame(NamedTuple):
    slot: int | None
    view: memoryview
    kept: bytes | None = None  # begun on an earlier connection; its slot was returned


class _Unacknowledged:
    """A frame that was given to `send`; may_refuse: messages of it that may still be refused."""

    __slots__ = ("length_bytes", "may_refuse")

    def __init__(self, length_bytes: int, may_refuse: int) -> None:
        self.length_bytes = length_bytes
        self.may_refuse = may_refuse


class OutgoingLink:
    """State machine of one dialled data connection; never blocks.

        open TLS -> AGREEMENT sent -> VERDICT received -> open -> draining
                                          | not OK: read `verdict`, then close

    This side sends one AGREEMENT, and only after a VERDICT of OK the queued MESSAGES frames, one
    after another, numbered from 1: before its verdict the peer has not authenticated this node. The
    peer sends cumulative ACKNOWLEDGEMENTS; one that covers a frame not completely sent, goes back,
    or refuses more messages than a frame holds, closes the link. One that says nothing new is not
    returned. Without these bounds the records that sender queues for its ring would have none.

    With a stream it sends RESUME behind the AGREEMENT, and is open once RESUMED has come: frames
    that an earlier connection had begun go first, the cut one from where the peer has it, and keep
    their numbers (`resumed`). `suspend` returns the stream for the next connection.

    The peer may use the connection in reverse (core/reverse_frames.py): those frames are passed to
    the process at the other end of the socket that open_reverse returns, and its answers go between
    two frames of this side. None: it takes none now. A link over a LocalConnection is the other end
    of that, at the peer.

    A slot is borrowed from `send` until `service` returns it, which is when the kernel has the last
    byte of its frame. That is no delivery: a frame is delivered when an acknowledgement covers it,
    and frames without one must be sent again on another connection (at-least-once).

    The link closes on a malformed answer, at a deadline (the verdict, then the acknowledgement of
    the oldest frame: absolute, received bytes do not extend it), and at the end of the connection.
    `service` returns every answer that arrived before the end; after the end `queued_slots` returns
    the slots that are still borrowed.
    """

    def __init__(
        self,
        connection: Connection | LocalConnection,
        agreement: Agreement,
        now_s: float,
        stream: OutgoingStream | None = None,
        open_reverse: Callable[[], socket.socket | None] = lambda: None,
    ) -> None:
        self._connection = connection
        self._is_local = isinstance(connection, LocalConnection)
        self._open_reverse = open_reverse
        self._reverse: ReverseWay | None = None
        self._had_reverse = False
        self._unsent_reverse = bytearray()
        self._is_reverse_begun = False
        self._unacknowledged_bytes = 0
        # It was the deadline of dialling; from here on `deadline_s` below applies.
        connection.deadline_s = None
        self._stream = stream
        said = encode_agreement(agreement)
        if stream is not None:
            said += encode_resume(stream.resume())
        self._unsent_agreement: memoryview | None = memoryview(said)
        self._queue: deque[_QueuedFrame] = deque()
        self._written = 0
        self._frame_begun_s = now_s
        self._decided_bytes = 0
        self._is_throttled = False
        self._is_draining = False
        self._frames_sent = 0
        self._acknowledged = 0
        # The frames given to `send` and not acknowledged, oldest first.
        self._unacknowledged: deque[_Unacknowledged] = deque()
        self._buffer = memoryview(bytearray(FRAME_HEADER_BYTES + ACKNOWLEDGEMENT_MAX_BYTES))
        self._filled = 0
        self._needed = FRAME_HEADER_BYTES
        self._started_s = now_s
        self._oldest_since_s: float | None = None
        self._pending_close: LinkClosed | None = None
        self._progress = TcpProgress(now_s)
        self._look_s = now_s
        self.verdict: Verdict | None = None
        self.resumed: Resumed | None = None
        """What the peer said to RESUME; None before, and without a stream."""
        self.resumed_frame = 0
        """The last frame of earlier connections that goes on; 0: frames begin from 1."""
        self.frame_bytes_out = 0
        """Bytes of MESSAGES frames that the kernel accepted."""

    @property
    def is_open(self) -> bool:
        """True after a verdict of OK, and the answer to RESUME if it was sent."""
        is_accepted = self.verdict is not None and self.verdict.code is VerdictCode.OK
        return is_accepted and (self._stream is None or self.resumed is not None)

    @property
    def has_gone_on(self) -> bool:
        """True once the peer goes on with the session, whether or not a frame of it was begun."""
        return self.resumed is not None and self.resumed.code is ResumeCode.RESUMED

    @property
    def awaited(self) -> str:
        """Words for what the peer has not said yet; "" once it is known whether the link opens."""
        if self.is_answered:
            return ""
        if self.verdict is None:
            return "it has not answered the agreement"
        return "it has not said with which frame to go on"

    def waited_s(self, now_s: float) -> float:
        """Return for how long it has been waited for what is `awaited`, or was."""
        return now_s - self._started_s

    @property
    def is_answered(self) -> bool:
        """True once it is known whether the link opens."""
        return self.is_open or self._is_rejected

    @property
    def wants_write(self) -> bool:
        """True if something can be sent as soon as the descriptor is writable."""
        if self._is_throttled:
            return False
        unsent = self._unsent_agreement or self._unsent_reverse or self._may_write_frame
        return self._connection.wants_write or bool(unsent)

    def drain(self) -> None:
        """Start no further frame; the one that is partly written is completed."""
        self._is_draining = True

    @property
    def is_drained(self) -> bool:
        """True if no frame is partly written and every sent frame is acknowledged."""
        return not self._is_frame_started and self._frames_sent == self._acknowledged

    @property
    def _is_frame_started(self) -> bool:
        # A record that the kernel did not accept is already encrypted and has to be sent.
        return self._written > 0 or (self.is_open and self._connection.wants_write)

    @property
    def _may_write_frame(self) -> bool:
        is_wanted = not self._is_draining or self._is_frame_started
        return self.is_open and bool(self._queue) and is_wanted and not self._is_next_too_large

    @property
    def _is_next_too_large(self) -> bool:
        if not (self._is_local and self._queue):
            return False
        return len(self._queue[0].view) > FRAME_HEADER_BYTES + REVERSE_MESSAGES_LIMIT_BYTES

    @property
    def is_outgrown(self) -> bool:
        """True if it goes in reverse, and what is to be sent needs a connection of its own."""
        is_much = self._is_local and self._unacknowledged_bytes > _REVERSE_MOST_BYTES
        return is_much or self._is_next_too_large

    def reverse_interest(self) -> tuple[int, bool, bool] | None:
        """Return the local descriptor to poll, for reading and writing; None: none in reverse."""
        interest = None if self._reverse is None else self._reverse.interest()
        if interest is None:
            return None
        return interest[0], len(self._unsent_reverse) <= _UNSENT_REVERSE_BYTES, interest[2]

    @property
    def is_throttled(self) -> bool:
        """True if only `allowed_bytes` kept the last `service` from writing more."""
        return self._is_throttled

    def fileno(self) -> int:
        """Return the descriptor to poll: always for reading, and for `wants_write`."""
        return self._connection.fileno()

    @property
    def has_more(self) -> bool:
        """True if `service` has more to do although the descriptor may not become ready."""
        return self._pending_close is not None or self._connection.pending() > 0

    @property
    def deadline_s(self) -> float | None:
        """Deadline of the verdict, then of the oldest unacknowledged frame; None: none.

        Absolute, on the monotonic clock. On a slow line what the kernel accepted may reach the
        peer minutes later, so a frame's deadline includes the time of its transmission.
        """
        if not self.is_open:
            return self._started_s + self.verdict_within_s
        if self._oldest_since_s is None:
            return None
        travel_s = frame_deadline_s(self._unacknowledged[0].length_bytes)
        answer_s = travel_s + ACKNOWLEDGEMENT_DEADLINE_S
        return self._oldest_since_s + answer_s * self._connection.slowness

    @property
    def slowness(self) -> float:
        """By how much its deadlines are longer than those of TCP."""
        return self._connection.slowness

    @property
    def verdict_within_s(self) -> float:
        """Time that the peer has to say how to go on."""
        return VERDICT_DEADLINE_S * self._connection.slowness

    def send(self, slot: int, frame: memoryview) -> None:
        """Queue one complete frame; its view must not change until `service` returns the slot."""
        self._queue.append(_QueuedFrame(slot, frame))
        self._unacknowledged.append(_Unacknowledged(len(frame), message_count(frame)))
        self._unacknowledged_bytes += len(frame)

    def service(
        self, now_s: float, allowed_bytes: int | None = None
    ) -> tuple[list[int], list[Acknowledgement]]:
        """Read and write without blocking; return the slots of sent frames, and acknowledgements.

        LinkClosed at the end of the connection, or at the next call if anything came before it, or
        the link has opened.
        allowed_bytes: most bytes of frames to write; 0, or at least the largest TLS record.
        """
        freed: list[int] = []
        acknowledgements: list[Acknowledgement] = []
        was_answered = self.is_answered
        try:
            self._advance(now_s, allowed_bytes, freed, acknowledgements)
        except LinkClosed as closed:
            # A connection that has opened is reported as open before it is reported as closed.
            if not freed and not acknowledgements and self.is_answered == was_answered:
                raise
            self._pending_close = closed.anew()
        return freed, acknowledgements

    @property
    def _is_rejected(self) -> bool:
        return self.verdict is not None and self.verdict.code is not VerdictCode.OK

    def _advance(
        self,
        now_s: float,
        allowed_bytes: int | None,
        freed: list[int],
        acknowledgements: list[Acknowledgement],
    ) -> None:
        if self._pending_close is not None:
            raise self._pending_close.anew()
        self._connection.advance(now_s)
        if self._unacknowledged and self._oldest_since_s is None:
            self._oldest_since_s = now_s
            # Nothing was on its way before: the time of rest is no time without progress.
            self._progress.rest(now_s)
        self._read(now_s, acknowledgements)
        self._write(now_s, allowed_bytes, freed)
        self._look(now_s)
        deadline_s = self.deadline_s
        if deadline_s is not None and now_s > deadline_s:
            reason = self.awaited or "a frame was not answered in time"
            raise LinkClosed(reason, CloseCause.DEADLINE)

    def _look(self, now_s: float) -> None:
        if not self._unacknowledged:
            self._progress.rest(now_s)
        elif now_s >= self._look_s:
            self._look_s = now_s + _LOOK_EVERY_S
            self._connection.look(self._progress, now_s)

    @property
    def is_idle(self) -> bool:
        """True while open, and nothing that was given to `send` waits for its decision."""
        return self.is_open and not self._unacknowledged

    def has_ended_idle(self, closed: LinkClosed) -> bool:
        """Return whether the peer has closed it in order while nothing was on its way.

        So does what carried it in reverse: the peer has left, or made room for another.
        """
        is_orderly = closed.cause is CloseCause.CLOSE_NOTIFY or self._is_local
        return is_orderly and self.is_idle

    @property
    def look_s(self) -> float | None:
        """Time of the next look at the progress; None while nothing is on its way."""
        return self._look_s if self.is_open and self._unacknowledged else None

    def is_stalled(self, now_s: float) -> bool:
        """Return whether nothing of what was sent has arrived for a few round trips."""
        return self.is_open and self._progress.is_stalled(now_s)

    def unmoved_s(self, now_s: float) -> float:
        """Return for how long nothing of what was sent has arrived; 0 before the link is open."""
        return self._progress.unmoved_s(now_s) if self.is_open else 0.0

    def wait_again(self, now_s: float) -> None:
        """Begin to wait for progress anew."""
        self._progress.wait_again(now_s)

    @property
    def can_move(self) -> bool:
        """True if another connection can go on with the session of this one."""
        return self.is_open and self._stream is not None

    def go_on_over(
        self,
        connection: Connection,
        agreement: Agreement,
        now_s: float,
        open_reverse: Callable[[], socket.socket | None] = lambda: None,
    ) -> tuple["OutgoingLink", list[int]]:
        """Return the link that goes on over another connection, and freed slots; end this one.

        The frames that wait go with it in their slots.
        """
        begun = self._begun_count()
        link = OutgoingLink(connection, agreement, now_s, self.suspend(), open_reverse)
        items = list(self._queue)
        self._queue.clear()
        for item in items[begun:]:
            assert item.slot is not None
            link.send(item.slot, item.view)
        self._end_reverse()
        self._connection.abort()
        return link, [item.slot for item in items[:begun] if item.slot is not None]

    def queued_slots(self) -> list[int]:
        """Return the slots of frames that are not completely sent; call it after the end."""
        return [item.slot for item in self._queue if item.slot is not None]

    def suspend(self) -> OutgoingStream | None:
        """Return the session, with the frames that were begun; None without one.

        Call it once, after the end.
        """
        if self._stream is not None and self.is_open:
            begun = islice(self._queue, self._begun_count())
            for number, item in enumerate(begun, self._frames_sent + 1):
                self._stream.cut(number, item.view if item.kept is None else item.kept)
        return self._stream

    def _begun_count(self) -> int:
        """Return how many queued frames were begun, on this connection or an earlier one."""
        count = 0
        for item in self._queue:
            if item.kept is None and not (count == 0 and self._written):
                break
            count += 1
        return count

    def _write(self, now_s: float, allowed_bytes: int | None, freed: list[int]) -> None:
        left_bytes = _WRITE_BUDGET_BYTES if allowed_bytes is None else allowed_bytes
        if self._unsent_agreement:
            count = self._connection.write(self._unsent_agreement)
            self._unsent_agreement = self._unsent_agreement[count:]
            if self._unsent_agreement:
                return
        self._write_reverse()
        while not self._is_reverse_begun and self._may_write_frame and left_bytes > 0:
            item = self._queue[0]
            end = len(item.view) if allowed_bytes is None else self._written + left_bytes
            count = self._connection.write(item.view[self._written : end])
            if not count:
                break
            left_bytes -= count
            self.frame_bytes_out += count
            if not self._written:
                self._frame_begun_s = now_s
            self._written += count
            if self._written == len(item.view):
                self._end_frame(now_s, freed)
        self._is_throttled = allowed_bytes is not None and left_bytes <= 0 and self._may_write_frame

    def _write_reverse(self) -> None:
        """Write frames in reverse, unless a frame of this side was begun."""
        if self._reverse is not None:
            has_room = len(self._unsent_reverse) <= _UNSENT_REVERSE_BYTES
            self._unsent_reverse += self._reverse.take(has_room=has_room)
        if not self._unsent_reverse or (self._is_frame_started and not self._is_reverse_begun):
            return
        with memoryview(self._unsent_reverse) as view:
            count = self._connection.write(view)
        del self._unsent_reverse[:count]
        self._is_reverse_begun = bool(self._unsent_reverse)

    def _end_frame(self, now_s: float, freed: list[int]) -> None:
        slot, view, kept = self._queue.popleft()
        self._written = 0
        self._frames_sent += 1
        if self._stream is not None:
            frame = view if kept is None else kept
            took_s = now_s - self._frame_begun_s
            self._stream.written(self._frames_sent, frame, took_s, self._decided_bytes)
        if slot is not None:
            freed.append(slot)

    def _read(self, now_s: float, acknowledgements: list[Acknowledgement]) -> None:
        for _ in range(_READS_PER_STEP):
            # After another verdict than OK the peer sends nothing more and closes.
            if self._is_rejected:
                return
            count = self._connection.read_into(self._buffer[self._filled : self._needed])
            if not count:
                return
            self._filled += count
            if self._filled < self._needed:
                continue
            try:
                acknowledgement = self._parse_answer(now_s)
            except WireError as error:
                raise LinkClosed(f"its answer is none: {error}") from error
            if acknowledgement is not None:
                acknowledgements.append(acknowledgement)

    def _parse_answer(self, now_s: float) -> Acknowledgement | None:
        expected = EXPECT_VERDICT if self.verdict is None else EXPECT_RESUMED
        if self.is_open:
            expected = EXPECT_ACKNOWLEDGEMENT if self._is_local else _EXPECT_WITH_REVERSE
        kind, length = decode_frame_header(self._buffer[:FRAME_HEADER_BYTES], expected)
        if self._filled < FRAME_HEADER_BYTES + length:
            self._needed = FRAME_HEADER_BYTES + length
            if self._needed > len(self._buffer):
                self._buffer = memoryview(bytearray(self._buffer) + bytearray(length))
            return None
        if self.is_open and kind not in EXPECT_ACKNOWLEDGEMENT:
            self._hear_reverse(kind, bytes(self._buffer[: self._needed]))
            self._filled, self._needed = 0, FRAME_HEADER_BYTES
            return None
        payload = self._buffer[FRAME_HEADER_BYTES : self._needed]
        self._filled, self._needed = 0, FRAME_HEADER_BYTES
        if self.verdict is None:
            self.verdict = decode_verdict(payload)
            return None
        if not self.is_open:
            self._go_on(decode_resumed(payload))
            return None
        if kind is FrameKind.BRIEF_ACKNOWLEDGEMENT:
            acknowledgement = decode_brief_acknowledgement(payload, self._acknowledged)
        else:
            acknowledgement = decode_acknowledgement(payload)
        is_news = acknowledgement.decided > self._acknowledged or bool(acknowledgement.refused)
        self._settle(acknowledgement, now_s)
        return acknowledgement if is_news else None

    def _hear_reverse(self, kind: FrameKind, frame: bytes) -> None:
        """Pass a frame in reverse on; one that comes after the end of them is ignored."""
        if not self._had_reverse:
            if kind is not FrameKind.AGREEMENT:
                raise LinkClosed(f"{kind.name} in reverse without an AGREEMENT")
            self._had_reverse = True
            wire = self._open_reverse()
            if wire is None:
                self._unsent_reverse += REVERSE_END_FRAME
            else:
                self._reverse = ReverseWay(wire, EXPECT_REVERSE_ANSWERS)
        if self._reverse is not None:
            self._unsent_reverse += self._reverse.hear(kind, frame)

    def _end_reverse(self) -> None:
        if self._reverse is not None:
            self._reverse.close()

    def _go_on(self, resumed: Resumed) -> None:
        """Put the frames that the peer has not got before those that wait."""
        assert self._stream is not None
        again = self._stream.go_on(resumed)
        self.resumed = resumed
        if again is None:
            return
        self._acknowledged = self._stream.acknowledged
        self._frames_sent = resumed.received
        self.resumed_frame = resumed.received + len(again)
        self._written = resumed.held_bytes
        views = [memoryview(kept.frame) for kept in again]
        # What is not kept any more was counted on an earlier connection.
        arrived = [
            _Unacknowledged(0, MESSAGES_MAX) for _ in range(resumed.received - self._acknowledged)
        ]
        arrived += [_Unacknowledged(len(view), message_count(view)) for view in views]
        self._unacknowledged_bytes += sum(each.length_bytes for each in arrived)
        self._unacknowledged.extendleft(reversed(arrived))
        for kept, view in reversed(list(zip(again, views, strict=True))):
            self._queue.appendleft(_QueuedFrame(None, view, kept.frame))

    def _settle(self, acknowledgement: Acknowledgement, now_s: float) -> None:
        decided, refused = acknowledgement
        if not self._acknowledged <= decided <= self._frames_sent:
            raise LinkClosed(
                f"the peer decided frame {decided}, "
                f"{self._acknowledged} to {self._frames_sent} were possible",
            )
        for each in refused:
            if not self._acknowledged < each.frame <= self._frames_sent:
                raise LinkClosed(
                    f"the peer refused a message of frame {each.frame}, "
                    f"{self._acknowledged + 1} to {self._frames_sent} were possible",
                )
            frame = self._unacknowledged[each.frame - self._acknowledged - 1]
            if not frame.may_refuse:
                raise LinkClosed(f"the peer refused more messages than frame {each.frame} holds")
            frame.may_refuse -= 1
        for _ in range(decided - self._acknowledged):
            length_bytes = self._unacknowledged.popleft().length_bytes
            self._decided_bytes += length_bytes
            self._unacknowledged_bytes -= length_bytes
        if decided > self._acknowledged:
            self._oldest_since_s = now_s if self._unacknowledged else None
        self._acknowledged = decided
        if self._stream is not None:
            self._stream.acknowledge(decided)

    def close(self) -> None:
        """Close the connection, and what it carries in reverse; idempotent."""
        self._end_reverse()
        self._connection.close()
