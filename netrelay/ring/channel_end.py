"""Base of both endpoints of a channel: the step, the packets, the end of a generation."""

import errno
import select
import socket
from enum import Enum

from .layout import BELL_PACKET, COUNTS, HELLO, RING_RECORDS
from .ring import RingDamaged
from .session import ChannelNames, Session
from .shared_file import SharedFileError
from .slots import SlotPool, SlotWindow

_PACKETS_PER_SERVICE = 1024
# Consumption is reported per quarter of a ring: a short burst of records wakes the writer for no
# acknowledgement, and a writer that finds the ring full is always woken.
_CONSUMED_REPORT_STEP = RING_RECORDS // 4


class ChannelChange(Enum):
    """Result of one service()."""

    NONE = "same generation; there may be records to take"
    OPENED = "new generation: rings empty, all slots free"
    CLOSED = "generation ended; a connector calls connect() again"


class ChannelClosedError(Exception):
    """Slots or generation were requested from a channel that is not open."""


class Channel:
    """Base of both endpoints; never blocks, and raises nothing when the other process dies.

    States: not connected; connected, waiting for HELLO (connector only); open, with a session;
    damaged, after invalid data was read: the bell is shut down, and the next service() returns
    CLOSED. The listener enters open at once when it accepts, since it sends HELLO itself.
    """

    def __init__(self, names: ChannelNames) -> None:
        self._names = names.check()
        # One descriptor for bell and listening socket, reading and writing, in every state.
        self._epoll = select.epoll()
        self._bell: socket.socket | None = None
        self._bell_is_full = False
        self._session: Session | None = None
        self._damage = ""
        self._unread: list[bytes] = []
        self.close_reason = ""

    def filenos(self) -> tuple[int, ...]:
        """Return the descriptors to poll for reading; constant for the lifetime of this object.

        Level-triggered: they stay readable until service() has handled everything.
        """
        return (self._epoll.fileno(),)

    @property
    def is_open(self) -> bool:
        """True while a generation is shared with the other process, as far as this one knows."""
        return self._session is not None

    @property
    def generation(self) -> int:
        """Number of the generation, 63 random bits; raises ChannelClosedError when not open."""
        return self._open_session().generation

    @property
    def slots(self) -> SlotWindow:
        """Views of the slots, for either endpoint; raises ChannelClosedError when not open."""
        return self._open_session().slots

    @property
    def pool(self) -> SlotPool:
        """Allocator of the slots; raises TypeError at the endpoint that does not fill them."""
        slots = self._open_session().slots
        if not isinstance(slots, SlotPool):
            raise TypeError(f"slots of {self._names.bell} are filled by {self._names.filled_by}")
        return slots

    @property
    def is_all_published(self) -> bool:
        """True when everything appended has been published, or the other process is gone."""
        session = self._session
        return session is None or session.sent_appended == session.writer.appended

    @property
    def waiting(self) -> int:
        """Number of records that take() would return; check it before sleeping."""
        return 0 if self._session is None else self._session.reader.waiting

    def append(self, payload: bytes) -> bool:
        """Write one record; return False when the ring is full or the channel is not open.

        Published by flush(). On False the caller keeps the record and retries when filenos() is
        readable. Raise ValueError for a payload over PAYLOAD_LIMIT_BYTES.
        """
        session = self._session
        return session is not None and session.writer.append(payload)

    def take(self, limit: int = RING_RECORDS) -> list[bytes]:
        """Return copies of the next payloads in order, at most `limit`; empty when not open.

        Damaged records are never returned: the channel closes, and service() reports it.
        """
        session = self._session
        if session is None:
            return []
        try:
            return session.reader.take(limit)
        except RingDamaged as damage:
            self._shut_down(str(damage))
            return []

    def take_unread(self) -> list[bytes]:
        """Return, once, the payloads that the other process published before it went.

        Their slots belong to no generation any more.
        """
        unheard, self._unread = self._unread, []
        return unheard

    def flush(self) -> None:
        """Publish what was appended and report what was consumed, in one packet; once per step.

        Returns at once when the bell is full: service() sends the counts as soon as there is room.
        """
        session, bell = self._session, self._bell
        if session is None or bell is None or self._bell_is_full:
            return
        appended, consumed = session.writer.appended, session.reader.consumed
        if (
            appended == session.sent_appended
            and consumed - session.sent_consumed < _CONSUMED_REPORT_STEP
        ):
            return
        try:
            bell.send(BELL_PACKET.pack(COUNTS, appended, consumed))
        except BlockingIOError:
            self._bell_is_full = True
            self._epoll.modify(bell, select.EPOLLIN | select.EPOLLOUT)
        except OSError as error:
            if error.errno not in (errno.EPIPE, errno.ECONNRESET):
                raise
            # The bell is now readable: service() reads the end of file.
        else:
            session.sent_appended = appended
            session.sent_consumed = consumed

    def service(self) -> ChannelChange:
        """Read the bell, accept or open as needed, without blocking; call once per step.

        After CLOSED `close_reason` holds the reason. A change is returned at once and more may
        follow: filenos() stays readable then.
        """
        raise NotImplementedError

    def catch_up(self) -> None:
        """Read the counts of the bell, for take() to return what was published since service().

        Everything else, the end of the generation too, stays for the next service().
        """
        while self._session is not None and self._bell is not None:
            try:
                packet = self._bell.recv(BELL_PACKET.size + 1, socket.MSG_PEEK)
            except (BlockingIOError, ConnectionResetError):
                return
            if len(packet) != BELL_PACKET.size or BELL_PACKET.unpack(packet)[0] != COUNTS:
                return
            self._bell.recv(BELL_PACKET.size)
            try:
                self._handle_packet(packet)
            except RingDamaged as damage:
                self._shut_down(str(damage))

    def close(self) -> None:
        """End the generation and free everything; the other process sees CLOSED. Idempotent."""
        if not self._epoll.closed:
            self._end("closed by this end")
            self._epoll.close()

    def _open_session(self) -> Session:
        if self._session is None:
            raise ChannelClosedError(f"{self._names.bell}: {self.close_reason or 'not open yet'}")
        return self._session

    def _ready(self) -> set[int]:
        return {descriptor for descriptor, _ in self._epoll.poll(0)}

    def _attach(self, bell: socket.socket) -> None:
        self._unread = []
        self._bell = bell
        self._bell_is_full = False
        self._epoll.register(bell, select.EPOLLIN)

    def _serve_bell(self, bell: socket.socket) -> ChannelChange:
        if self._damage:
            return self._end(self._damage)
        if self._bell_is_full:
            self._bell_is_full = False
            self._epoll.modify(bell, select.EPOLLIN)
            self.flush()
        for _ in range(_PACKETS_PER_SERVICE):
            try:
                packet = bell.recv(BELL_PACKET.size + 1)
            except BlockingIOError:
                break
            except ConnectionResetError:
                # It closed with packets unread: Linux reports that once, before queued data.
                continue
            if not packet:
                self._unread = self.take()
                return self._end("the other end is gone")
            try:
                change = self._handle_packet(packet)
            except (RingDamaged, SharedFileError) as error:
                return self._end(str(error))
            if change is not ChannelChange.NONE:
                return change
        return ChannelChange.NONE

    def _handle_packet(self, packet: bytes) -> ChannelChange:
        if len(packet) != BELL_PACKET.size:
            raise RingDamaged(f"bell packet of {len(packet)} bytes: must be {BELL_PACKET.size}")
        kind, first, second = BELL_PACKET.unpack(packet)
        session = self._session
        if session is None:
            if kind != HELLO:
                raise RingDamaged(f"first bell packet of kind {kind}: must be {HELLO}")
            return self._handle_hello(first)
        if kind != COUNTS:
            raise RingDamaged(f"bell packet of kind {kind}: must be {COUNTS}")
        session.reader.note_published(first)
        session.writer.note_consumed(second)
        return ChannelChange.NONE

    def _handle_hello(self, generation: int) -> ChannelChange:
        raise RingDamaged(f"generation {generation} announced to the end that announces")

    def _shut_down(self, reason: str) -> None:
        # Both endpoints then read an end of file, so the damage surfaces where every other end of a
        # generation does: in service(), for which filenos() is now readable.
        self._damage = reason
        self._session = None
        if self._bell is not None:
            self._bell.shutdown(socket.SHUT_RDWR)

    def _end(self, reason: str) -> ChannelChange:
        if self._bell is not None:
            self._epoll.unregister(self._bell)
            self._bell.close()
        self._bell = None
        # Dropped, not unmapped: views held by callers stay valid until they drop them.
        self._session = None
        self._damage = ""
        self.close_reason = reason
        return ChannelChange.CLOSED
