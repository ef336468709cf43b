"""What both ends of a channel share: the step, the bell's packets, and the end of a generation."""

import errno
import select
import socket
from enum import Enum

from .layout import BELL_PACKET, COUNTS, HELLO, RING_RECORDS
from .ring import RingDamaged
from .session import ChannelNames, Session
from .shared_file import SharedFileError
from .slots import SlotPool, SlotWindow

_PACKETS_A_SERVICE = 1024
# What was consumed is news to the writer only when it may be short of room; told at a quarter, a
# burst of records costs it no wake-ups, and a writer that sees a full ring is always told in time.
_CONSUMED_TELL_STEP = RING_RECORDS // 4


class ChannelChange(Enum):
    """What one service() found."""

    NONE = "nothing changed; there may be records to take"
    OPENED = "a new generation: rings empty, all slots free"
    CLOSED = "not connected any more; a connector calls connect() again"


class ChannelClosedError(Exception):
    """Slots or generation asked of a channel that is not open."""


class Channel:
    """What both ends share. Never blocks, and never raises because the other end died."""

    def __init__(self, names: ChannelNames) -> None:
        self._names = names.check()
        # One descriptor for all there is to wait for, writing included, whatever connects.
        self._epoll = select.epoll()
        self._bell: socket.socket | None = None
        self._bell_is_full = False
        self._session: Session | None = None
        self._damage = ""
        self._unheard: list[bytes] = []
        self.close_reason = ""

    def filenos(self) -> tuple[int, ...]:
        """Descriptors to wait on for reading; the same ones as long as this object lives.

        Level-triggered: readable until service() has dealt with all there is.
        """
        return (self._epoll.fileno(),)

    @property
    def is_open(self) -> bool:
        """True while a generation is shared with the other end, as far as this end knows."""
        return self._session is not None

    @property
    def generation(self) -> int:
        """The number of the generation, 63 random bits; ChannelClosedError while there is none."""
        return self._open_session().generation

    @property
    def slots(self) -> SlotWindow:
        """Views of the slots, for either end; ChannelClosedError while there is no generation."""
        return self._open_session().slots

    @property
    def pool(self) -> SlotPool:
        """The slots with take and give_back, for the end that fills; TypeError at the other end."""
        slots = self._open_session().slots
        if not isinstance(slots, SlotPool):
            raise TypeError(f"slots of {self._names.bell} are filled by {self._names.filled_by}")
        return slots

    @property
    def is_all_told(self) -> bool:
        """True when the other end has been told of all that was appended, or is gone."""
        session = self._session
        return session is None or session.told_appended == session.writer.appended

    @property
    def waiting(self) -> int:
        """Records that take() would give now; after a take with a limit, look before sleeping."""
        return 0 if self._session is None else self._session.reader.waiting

    def append(self, payload: bytes) -> bool:
        """Write one record; False when the ring is full or the channel is not open.

        The other end sees it after flush(). The caller keeps what got False and tries again when
        filenos() is readable. Raises ValueError for a payload over PAYLOAD_LIMIT_BYTES.
        """
        session = self._session
        return session is not None and session.writer.append(payload)

    def take(self, limit: int = RING_RECORDS) -> list[bytes]:
        """The next payloads in order, copied, at most `limit`; empty when none or not open.

        Damaged records are not given out: the channel closes and service() says so.
        """
        session = self._session
        if session is None:
            return []
        try:
            return session.reader.take(limit)
        except RingDamaged as damage:
            self._give_up(str(damage))
            return []

    def take_unheard(self) -> list[bytes]:
        """The payloads that the other end had told of when it went, and nobody took; once.

        Their slots are nobody's any more.
        """
        unheard, self._unheard = self._unheard, []
        return unheard

    def flush(self) -> None:
        """Tell the other end, in one packet, what was appended and consumed; once a step.

        Without it the other end never sees what was appended. A bell that is full of unread packets
        is tried again by service() as soon as there is room.
        """
        session, bell = self._session, self._bell
        if session is None or bell is None or self._bell_is_full:
            return
        appended, consumed = session.writer.appended, session.reader.consumed
        if (
            appended == session.told_appended
            and consumed - session.told_consumed < _CONSUMED_TELL_STEP
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
            session.told_appended = appended
            session.told_consumed = consumed

    def service(self) -> ChannelChange:
        """Read the bell, accept or open as needed, without blocking: once in every step.

        After CLOSED `close_reason` says why. A change is returned at once, so there may be more:
        filenos() stays readable then.
        """
        raise NotImplementedError

    def close(self) -> None:
        """End the generation and free everything; the other end sees CLOSED. May be repeated."""
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
        self._unheard = []
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
        for _ in range(_PACKETS_A_SERVICE):
            try:
                packet = bell.recv(BELL_PACKET.size + 1)
            except BlockingIOError:
                break
            except ConnectionResetError:
                # It went with packets unread, which is told once, before those it had sent.
                continue
            if not packet:
                self._unheard = self.take()
                return self._end("the other end is gone")
            try:
                change = self._heed(packet)
            except (RingDamaged, SharedFileError) as error:
                return self._end(str(error))
            if change is not ChannelChange.NONE:
                return change
        return ChannelChange.NONE

    def _heed(self, packet: bytes) -> ChannelChange:
        if len(packet) != BELL_PACKET.size:
            raise RingDamaged(f"bell packet of {len(packet)} bytes: must be {BELL_PACKET.size}")
        kind, first, second = BELL_PACKET.unpack(packet)
        session = self._session
        if session is None:
            if kind != HELLO:
                raise RingDamaged(f"first bell packet of kind {kind}: must be {HELLO}")
            return self._greeted(first)
        if kind != COUNTS:
            raise RingDamaged(f"bell packet of kind {kind}: must be {COUNTS}")
        session.reader.note_published(first)
        session.writer.note_consumed(second)
        return ChannelChange.NONE

    def _greeted(self, generation: int) -> ChannelChange:
        raise RingDamaged(f"generation {generation} announced to the end that announces")

    def _give_up(self, reason: str) -> None:
        # Shutting the bell down makes both ends read an end of file, so that the closing is found
        # where every closing is found: in service(), for which filenos() is now readable.
        self._damage = reason
        self._session = None
        if self._bell is not None:
            self._bell.shutdown(socket.SHUT_RDWR)

    def _end(self, reason: str) -> ChannelChange:
        if self._bell is not None:
            self._epoll.unregister(self._bell)
            self._bell.close()
        self._bell = None
        # Dropped, not unmapped: views that callers still hold stay valid until they drop them.
        self._session = None
        self._damage = ""
        self.close_reason = reason
        return ChannelChange.CLOSED
