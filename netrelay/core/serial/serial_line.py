"""One end of a serial line: byte streams over a device that damages, loses and doubles bytes.

Without clock, input and output: `receive` takes what has come, `next_write` returns what is to be
written now and when to ask again, `take_events` returns what has happened. Times are on one
monotonic clock of the caller. docs/protocol.md has the bytes.

    DOWN  -- each side has heard its own session number from the other -->  UP
    UP    -- the other side is silent, or has a new session -->  DOWN, all streams are gone
"""

import struct
import zlib
from typing import Final, NamedTuple

from netrelay.core.serial.airtime import Airtime
from netrelay.core.serial.line_frames import (
    CRC_BYTES,
    DELIMITER,
    NO_SESSIONS,
    FrameSplitter,
    encode_frame,
    is_intact,
    sessions_start,
)
from netrelay.core.serial.line_records import (
    LineData,
    LineFlag,
    LineHave,
    LineHello,
    LineRecord,
    decode_line_record,
    encode_line_record,
)
from netrelay.core.serial.line_settings import LineSettings
from netrelay.core.serial.line_streams import LineStreams, LineViolationError, StreamEvent
from netrelay.core.serial.line_turns import LineTurns
from netrelay.core.serial.piece_sizes import FRAME_COST_BYTES, PieceSizes
from netrelay.core.serial.received_bytes import ReceivedBytes
from netrelay.core.serial.sent_bytes import SentBytes

# The device gets the next bytes so long before the line has sent the last ones: it is never idle.
_AHEAD_S: Final = 0.03
# Frames whose arrival one HAVE says, and how long the first of them waits for the others.
_FRAMES_A_HAVE: Final = 4
_HAVE_WITHIN_S: Final = 0.1
_HELLO_EVERY_S: Final = 1.0
_HELLO_SELDOM_S: Final = 10.0
# An idle line says HELLO so often; one that says nothing at all for the second time is down. Both
# are longer where either side may transmit for a part of the time only.
KEEP_ALIVE_S: Final = 30.0
SILENCE_S: Final = 100.0
_ASK_LONGEST_S: Final = 10.0
_MOST_ASKS: Final = 6
# Most that the streams say at once (line_streams.py).
_WORDS_BYTES: Final = 1024 + 3


class LineUp(NamedTuple):
    """Both sides know one another; streams can be opened."""


class LineDown(NamedTuple):
    """All streams are gone."""

    reason: str


LineEvent = LineUp | LineDown | StreamEvent


class LineWrite(NamedTuple):
    """Bytes to write now, and when to call `next_write` again; None: after the next input."""

    data: bytes
    due_s: float | None


class LineCounts(NamedTuple):
    """Counts since the start; bad: frames that were damaged, or say what no side may say."""

    bytes_in: int
    bytes_out: int
    frames_in: int
    bad: int
    echoes: int
    sent_again_bytes: int
    airtime_s: float


class SerialLine:
    """One end; nothing that the other side sends raises an error or is kept without a bound."""

    def __init__(self, settings: LineSettings, session: int, now_s: float) -> None:
        """Begin; session: a random number from 1 to 2**32 - 1, which is new at each start."""
        self._settings = settings
        self._session = session
        self._peer = 0
        self._peer_airtime = 100
        self.is_up = False
        self.trouble = ""
        """Why the other side is not understood; "" if nothing is known."""
        self._splitter = FrameSplitter()
        self._airtime = Airtime(settings.airtime_percent, now_s)
        self._turns = LineTurns(settings, session, now_s) if settings.is_half_duplex else None
        self._sizes = PieceSizes()
        self._free_s = now_s
        self._heard_s: float | None = None
        self._events: list[LineEvent] = []
        self._draws = 0
        self._counted = dict.fromkeys(("in", "out", "frames_in", "bad", "echoes"), 0)
        self._again_before_bytes = 0
        self._begin_session(now_s)

    def _begin_session(self, now_s: float) -> None:
        self._sent = SentBytes(self._sizes)
        self._received = ReceivedBytes()
        self.streams = LineStreams(has_odd_numbers=self._session > self._peer)
        self._start_in = sessions_start(self._peer, self._session)
        self._start_out = sessions_start(self._session, self._peer)
        self._hello_s: float | None = now_s
        self._hello_wait_s = _HELLO_EVERY_S
        self._asked_hello_s = float("-inf")
        self._replies_hello = False
        self._have_s: float | None = None
        self._unsaid_frames = 0
        self._owes_answer = False
        self._asks = 0
        self._asked_s: float | None = None

    @property
    def session(self) -> int:
        """Number of the present session of this side."""
        return self._session

    @property
    def size_bytes(self) -> int:
        """Bytes of the next DATA frame, by the errors of the line."""
        longest_bytes = int(self._airtime.longest_s * self._settings.baud / 10) - FRAME_COST_BYTES
        return max(1, min(self._sizes.size_bytes, longest_bytes))

    @property
    def error_rate(self) -> float:
        """Lost frames for each byte in them, as measured on what this side has sent."""
        return self._sizes.error_rate

    @property
    def counts(self) -> LineCounts:
        """Return what was counted since the start."""
        counted = self._counted
        return LineCounts(
            *(counted["in"], counted["out"], counted["frames_in"]),
            *(counted["bad"] + self._splitter.unreadable, counted["echoes"]),
            self._again_before_bytes + self._sent.sent_again_bytes,
            self._airtime.used_s,
        )

    def silent_s(self, now_s: float) -> float | None:
        """Return for how long no frame of the other side has come; None: never one."""
        return None if self._heard_s is None else now_s - self._heard_s

    def take_events(self) -> list[LineEvent]:
        """Return what has happened since the last call, in its order."""
        events, self._events = self._events, []
        return events

    def receive(self, data: bytes, now_s: float) -> None:
        """Apply bytes that have come from the line."""
        if not data:
            return
        self._counted["in"] += len(data)
        if self._turns is not None:
            self._turns.hear(now_s)
        for found in self._splitter.feed(data):
            self._hear_frame(found, now_s)

    def _hear_frame(self, found: bytes, now_s: float) -> None:
        content = found[:-CRC_BYTES]
        is_greeting = is_intact(found, NO_SESSIONS)
        if not (is_greeting or (self._peer and is_intact(found, self._start_in))):
            is_echo = is_intact(found, self._start_out)
            self._counted["echoes" if is_echo else "bad"] += 1
            return
        record = decode_line_record(content)
        if record is None or isinstance(record, LineHello) is not is_greeting:
            self._counted["bad"] += 1
            if is_greeting:
                self.trouble = "the other side speaks another version of the line protocol"
            return
        if isinstance(record, LineHello) and record.session == self._session:
            self._counted["echoes"] += 1
            return
        self._counted["frames_in"] += 1
        self._heard_s = now_s
        self._hear_record(record, now_s)
        # Behind it: a HELLO may have begun a session.
        if self._turns is not None:
            self._turns.take(now_s, is_over=LineFlag.OVER in record.flags)

    def _hear_record(self, record: LineRecord, now_s: float) -> None:
        match record:
            case LineHello():
                self._hear_hello(record, now_s)
            case LineData():
                self._go_up()
                self._hear_data(record, now_s)
            case LineHave():
                self._go_up()
                self._hear_have(record, now_s)

    def _hear_hello(self, hello: LineHello, now_s: float) -> None:
        if hello.is_half_duplex is not self._settings.is_half_duplex:
            other = "half" if hello.is_half_duplex else "full"
            self.trouble = f"the other side is set to {other} duplex, and this one is not"
            if self.is_up:
                self._begin_anew(self.trouble, now_s)
            return
        self.trouble = ""
        if hello.session != self._peer:
            self._go_down("the other side has begun anew")
            self._peer = hello.session
            self._begin_session(now_s)
        self._peer_airtime = hello.airtime_percent
        if hello.heard == self._session:
            self._go_up()
        if hello.heard != self._session or LineFlag.ASK in hello.flags:
            self._replies_hello = True

    def _hear_data(self, data: LineData, now_s: float) -> None:
        had_gap = self._received.has_gap
        ordered = self._received.take(data)
        self._unsaid_frames += 1
        is_urgent = ordered is None or had_gap is not self._received.has_gap
        if is_urgent or self._unsaid_frames >= _FRAMES_A_HAVE or self._turns is not None:
            self._have_s = now_s
        elif self._have_s is None:
            self._have_s = now_s + _HAVE_WITHIN_S
        if ordered:
            try:
                self._events += self.streams.hear(ordered)
            except LineViolationError as error:
                self._counted["bad"] += 1
                self._begin_anew(str(error), now_s)

    def _hear_have(self, have: LineHave, now_s: float) -> None:
        is_last_word = self._turns is not None and not self._turns.is_on
        is_answer = LineFlag.ANSWER in have.flags
        self._sent.heard(have, now_s, is_answer=is_answer, is_last_word=is_last_word)
        self._asks = 0
        self._asked_s = None
        if LineFlag.ASK in have.flags:
            self._owes_answer = True
            self._have_s = now_s

    def _go_up(self) -> None:
        if not self.is_up:
            self.is_up = True
            self._hello_s = None
            self._events.append(LineUp())

    def _go_down(self, reason: str) -> None:
        self._again_before_bytes += self._sent.sent_again_bytes
        self._sent.sent_again_bytes = 0
        if self.is_up:
            self.is_up = False
            self._events.append(LineDown(reason))

    def _begin_anew(self, reason: str, now_s: float) -> None:
        """Begin a session that the other side cannot mistake for the one before."""
        self._go_down(reason)
        self._session = zlib.crc32(struct.pack(">II", self._session, self._peer)) or 1
        self._peer = 0
        self._begin_session(now_s)

    def next_write(self, now_s: float) -> LineWrite:
        """Return what is to be written now; call it again at its time, and after each `receive`."""
        self._watch_silence(now_s)
        if now_s < self._free_s - _AHEAD_S:
            return LineWrite(b"", self._free_s - _AHEAD_S)
        if self._turns is not None and not self._turns.is_on:
            if not self._has_something(now_s):
                return LineWrite(b"", self._due_s())
            if now_s < self._turns.clear_s:
                return LineWrite(b"", self._turns.clear_s)
            self._turns.begin(max(now_s, self._free_s))
        record = self._next_record(now_s)
        if record is None:
            return LineWrite(b"", self._due_s())
        return self._write(record, now_s)

    def _write(self, record: LineRecord, now_s: float) -> LineWrite:
        start = NO_SESSIONS if isinstance(record, LineHello) else self._start_out
        data = encode_frame(encode_line_record(record), start)
        if now_s > self._free_s:
            # Noise since the last frame ends here: the other side drops it as a frame of its own.
            data = DELIMITER + data
        needed_s = self._settings.line_s(len(data))
        may_send_s = self._airtime.may_send_s(now_s, needed_s)
        if may_send_s > now_s:
            if self._turns is not None:
                self._turns.give_up(may_send_s)
            return LineWrite(b"", may_send_s)
        self._airtime.spend(needed_s)
        self._free_s = max(self._free_s, now_s) + needed_s
        self._counted["out"] += len(data)
        self._note_written(record, now_s)
        if self._turns is not None and LineFlag.OVER in record.flags:
            self._turns.end(self._free_s)
        return LineWrite(data, self._free_s - _AHEAD_S)

    def _note_written(self, record: LineRecord, now_s: float) -> None:
        match record:
            case LineHello():
                self._replies_hello = False
                if self._hello_s is not None:
                    drawn = self._drawn()
                    self._hello_s = now_s + self._hello_wait_s * self._slower * (0.5 + drawn)
                    self._hello_wait_s = min(1.5 * self._hello_wait_s, _HELLO_SELDOM_S)
                elif self.is_up:
                    self._asked_hello_s = now_s
            case LineData():
                self._sent.left(record, self._free_s)
            case LineHave():
                self._have_s = None
                self._unsaid_frames = 0
                self._owes_answer = False
                if LineFlag.ASK in record.flags:
                    self._sent.asked()
                    self._asks = min(self._asks + 1, _MOST_ASKS)
                    self._asked_s = self._free_s

    def _next_record(self, now_s: float) -> LineRecord | None:
        """Return what goes on the line now; nothing changes until it is written."""
        over = LineFlag.OVER if self._turns is not None else LineFlag.NONE
        if self._is_hello_due(now_s):
            asks = LineFlag.NONE if self._replies_hello and self.is_up else LineFlag.ASK
            percent = self._settings.airtime_percent
            is_half_duplex = self._settings.is_half_duplex
            return LineHello(self._session, self._peer, is_half_duplex, percent, over | asks)
        if not self.is_up:
            return None
        ask_s = self._ask_s()
        is_asking = ask_s is not None and now_s >= ask_s
        if self._turns is None:
            if is_asking or (self._have_s is not None and now_s >= self._have_s):
                return self._have(LineFlag.ASK if is_asking else LineFlag.NONE)
            return self._next_piece()
        piece = self._next_piece() if max(now_s, self._free_s) < self._turns.ends_s else None
        if piece is not None:
            return piece
        return self._have(over | (LineFlag.ASK if is_asking else LineFlag.NONE))

    def _have(self, flags: LineFlag) -> LineHave:
        return self._received.have(
            flags | (LineFlag.ANSWER if self._owes_answer else LineFlag.NONE)
        )

    def _next_piece(self) -> LineData | None:
        size_bytes = self.size_bytes
        while self._sent.unsent_bytes < size_bytes and self._sent.room_bytes >= _WORDS_BYTES:
            words = self.streams.next_words()
            if not words:
                break
            self._sent.add(words)
        return self._sent.next_piece(size_bytes)

    def _has_something(self, now_s: float) -> bool:
        ask_s = self._ask_s()
        return (
            self._is_hello_due(now_s)
            or (self._have_s is not None and now_s >= self._have_s)
            or (self.is_up and self._has_data)
            or (ask_s is not None and now_s >= ask_s)
        )

    @property
    def _has_data(self) -> bool:
        has_new = self.streams.has_words and self._sent.room_bytes >= _WORDS_BYTES
        return self._sent.has_again or self._sent.unsent_bytes > 0 or has_new

    def _is_hello_due(self, now_s: float) -> bool:
        if self._replies_hello:
            return True
        hello_s = self._hello_due_s()
        return hello_s is not None and now_s >= hello_s

    def _hello_due_s(self) -> float | None:
        """Return when HELLO is said unasked: until the line is up, and when it is silent."""
        if not self.is_up:
            return self._hello_s
        assert self._heard_s is not None
        silent_s = self._heard_s + KEEP_ALIVE_S * self._slower
        return max(silent_s, self._asked_hello_s + _HELLO_SELDOM_S * self._slower)

    def _ask_s(self) -> float | None:
        """Return when it is asked what has arrived; None while nothing is on its way."""
        left_s = self._sent.last_left_s
        if left_s is None or not self.is_up:
            return None
        wait_s = self._sent.waits_s + _HAVE_WITHIN_S
        if self._turns is not None:
            wait_s += self._turns.answer_s
        doubled_s = min(wait_s * (1 << self._asks), _ASK_LONGEST_S)
        return max(left_s, self._asked_s or left_s) + doubled_s * self._slower

    @property
    def _slower(self) -> float:
        """Factor of the time that an answer may take, since a side has to be silent for so long."""
        return 100 / min(self._settings.airtime_percent, self._peer_airtime)

    def _watch_silence(self, now_s: float) -> None:
        if self.is_up and self._heard_s is not None:
            silent_s = now_s - self._heard_s
            if silent_s >= SILENCE_S * self._slower:
                self._begin_anew(f"the other side was silent for {silent_s:.0f} s", now_s)

    def _due_s(self) -> float | None:
        """Return when there is something to do although nothing comes."""
        dues = [self._hello_due_s(), self._have_s, self._ask_s()]
        if self.is_up and self._heard_s is not None:
            dues.append(self._heard_s + SILENCE_S * self._slower)
        return min((due for due in dues if due is not None), default=None)

    def _drawn(self) -> float:
        """Return a number from 0 to 1 that the other side does not draw at the same time."""
        self._draws += 1
        return float(zlib.crc32(struct.pack(">II", self._session, self._draws)) / 2**32)
