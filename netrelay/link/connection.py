"""A TLS 1.3 connection to a pinned peer, over a non-blocking socket, for either side.

    CONNECTING (-> UNSORTED) -> HANDSHAKING -> OPEN -> HALF_CLOSED -> CLOSED

CLOSED is reached from every state.

OPEN means that the peer proved possession of the key of a pinned certificate. A dialler also
requires the peer that it meant to dial, and must send nothing confidential before the listener's
first answer: in TLS 1.3 a client completes its handshake before the server has verified the
client's certificate (RFC 8446 section 4.4.2), so a refusal arrives as an alert at a later read. The
dialler is the client, except in a call, which it is to receive data on (core/call.py): there it is
the server, and whoever answers the call is the client.

Data flows both ways while OPEN. `half_close` sends close_notify and FIN, and from then on discards
what arrives until the peer closes. A connection also ends by the peer's close_notify or alert, by
RST, and at `deadline_s`; LinkClosed tells which. All bytes that arrived before the end are read
before it is raised. A write is only copied to the kernel: delivery is known by the peer's answer
alone.

OpenSSL needs two precautions. A write that would block has already encrypted its record and must be
repeated with the same bytes (SSL_write(3)); other bytes would silently be lost, so the record is
kept and compared. And OpenSSL's error queue belongs to the thread, not to the connection; the ssl
module reads it without clearing it first (https://github.com/python/cpython/issues/148594). An
error left by one connection (Python 3.11, an alert that was never read) would close the next one
that has nothing to read, so every close clears the queue.
"""

import errno
import hashlib
import os
import socket
import ssl
import struct
from collections.abc import Callable
from contextlib import suppress
from enum import Enum
from typing import Final, NoReturn

from netrelay.core.call import CALL, FirstBytes
from netrelay.link.call_probes import is_probe_unanswered, is_unanswered
from netrelay.link.call_sorting import CallArrived, CallSorter
from netrelay.link.failures import failure_of
from netrelay.link.link_closed import CloseCause, LinkClosed
from netrelay.link.record_sizes import record_size_bytes
from netrelay.link.tcp_progress import TcpProgress
from netrelay.link.wire_bytes import wire_bytes

__all__ = ["CloseCause", "Connection", "LinkClosed", "LinkState", "Pins"]

_DISCARD_BYTES: Final = 65536
_DISCARDS_PER_STEP: Final = 16
# A peer that a router has forgotten never hears the end: the kernel would repeat it once a second
# for as long as the connection had to be answered (socket_options.py).
_END_TIMEOUT_MS: Final = 10_000
# struct linger, on for 0 s (socket(7)): close(2) sends RST and drops unsent data.
_LINGER_RESET: Final = struct.pack("ii", 1, 0)

# Certificate pinning: the node id of the peer whose certificate (DER) has this SHA-256, 32 bytes;
# None for an unknown one, OWN_IDENTITY for this node's own, which is refused too.
Pins = Callable[[bytes], str | None]
OWN_IDENTITY: Final = "this node"


class LinkState(Enum):
    """State of a connection; the values appear in the reasons of LinkClosed."""

    CONNECTING = "connecting"
    UNSORTED = "silent"  # TLS or a call: its first bytes say
    HANDSHAKING = "handshaking"
    OPEN = "open"
    HALF_CLOSED = "half-closed"
    CLOSED = "closed"


class Connection:
    """A TLS connection over one non-blocking socket, which it owns; not thread-safe.

    Poll `fileno` for `wants_read` and `wants_write`. Call `advance` until it returns True, then
    `read_into` and `write`. Each of them raises LinkClosed once the connection has ended, with the
    same reason at every later call. The descriptor stays valid until `close`, so that a poller can
    unregister it.
    """

    def __init__(
        self,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        pins: Pins,
        expected_peer: str | None,
        deadline_s: float | None,
        is_server: bool,
        unsent: bytes = b"",
        sorter: CallSorter | None = None,
        slowness: float = 1.0,
    ) -> None:
        """Use `accept`, `dial` or `answer` instead."""
        self.slowness = slowness
        """How many times longer the deadlines of its exchanges are (serial/line_settings.py)."""
        self._socket = connection
        self._is_server = is_server
        self._unsent = unsent
        self._sorter = sorter
        self._tls: ssl.SSLSocket | None = None
        self._context = context
        self._pins = pins
        self._expected_peer = expected_peer
        self._state = LinkState.CONNECTING
        self._closed: LinkClosed | None = None
        self._pending_close: tuple[str, CloseCause] | None = None
        self._blocked_record = b""
        self._sent_bytes = 0
        self._wants_read = False
        self._wants_write = True
        self.deadline_s = deadline_s
        """Absolute deadline in every state, on the clock that `advance` is given; None: none."""
        self.peer: str | None = None
        """Node id of the peer, once OPEN."""

    @classmethod
    def accept(
        cls,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        pins: Pins,
        deadline_s: float | None,
        may_be_call: bool = False,
        slowness: float = 1.0,
    ) -> "Connection":
        """Return the server side of an accepted socket; every pinned peer is let in.

        The deadline is absolute, on the caller's monotonic clock, and holds until the caller
        changes it: a peer that sends byte by byte does not extend it. may_be_call: `advance` raises
        CallArrived when it is a call.
        """
        return cls(
            connection,
            context,
            pins=pins,
            expected_peer=None,
            deadline_s=deadline_s,
            is_server=True,
            sorter=CallSorter(connection) if may_be_call else None,
            slowness=slowness,
        )

    @classmethod
    def dial(
        cls,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        pins: Pins,
        expected_peer: str,
        deadline_s: float | None,
        is_call: bool = False,
        slowness: float = 1.0,
    ) -> "Connection":
        """Return the client side of a socket from `dial.dial`; no other peer is accepted.

        is_call: it says first that it is a call, and is the server side.
        """
        return cls(
            connection,
            context,
            pins=pins,
            expected_peer=expected_peer,
            deadline_s=deadline_s,
            is_server=is_call,
            unsent=CALL if is_call else b"",
            slowness=slowness,
        )

    @classmethod
    def answer(
        cls,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        pins: Pins,
        deadline_s: float | None,
        slowness: float = 1.0,
    ) -> "Connection":
        """Return the client side of a call that arrived; every pinned peer is let in."""
        return cls(
            connection,
            context,
            pins=pins,
            expected_peer=None,
            deadline_s=deadline_s,
            is_server=False,
            slowness=slowness,
        )

    @property
    def state(self) -> LinkState:
        """State of the connection."""
        return self._state

    @property
    def is_open(self) -> bool:
        """True while data can be read and written."""
        return self._state is LinkState.OPEN

    @property
    def wants_read(self) -> bool:
        """True if progress needs the descriptor to be readable; always while OPEN."""
        return self._wants_read or self._state in (LinkState.OPEN, LinkState.HALF_CLOSED)

    @property
    def wants_write(self) -> bool:
        """True if progress needs the descriptor to be writable.

        While OPEN: the last `write` accepted less than it was given.
        """
        return self._wants_write

    def fileno(self) -> int:
        """Return the descriptor to poll; it never changes, and is -1 after `close`."""
        return self._wire.fileno()

    def set_options(self, change: Callable[[socket.socket], None]) -> None:
        """Change options of the socket; none is changed once it has ended."""
        if self._closed is None:
            with suppress(OSError):
                change(self._wire)

    @property
    def is_unanswered(self) -> bool:
        """True if TCP's last probe or segment had no answer; also after the end, until `close`."""
        try:
            return is_unanswered(self._wire)
        except OSError:
            return False

    @property
    def is_probe_unanswered(self) -> bool:
        """True if it was silent, and TCP's last probe had no answer; as `is_unanswered`."""
        try:
            return is_probe_unanswered(self._wire)
        except OSError:
            return False

    def advance(self, now_s: float) -> bool:
        """Connect and perform the handshake without blocking; return True while OPEN.

        Call it when the descriptor is ready and at the deadline, which only this method checks:
        with a deadline set, call it before each read. Read after the first True: data that arrived
        with the last handshake message is already buffered, and a poller does not report it.
        """
        self._raise_if_closed()
        if self.deadline_s is not None and now_s >= self.deadline_s:
            self._fail(f"time was up while {self._state.value}", CloseCause.DEADLINE)
        if self._state is LinkState.CONNECTING:
            self._connect()
        if self._state is LinkState.UNSORTED:
            self._sort()
        if self._state is LinkState.HANDSHAKING:
            self._handshake()
        if self._state is LinkState.HALF_CLOSED:
            self._await_close()
        return self.is_open

    def read_into(self, view: memoryview) -> int:
        """Read into the view what is available; return the number of bytes, 0 if none.

        After a full view check `pending`: a poller does not report what OpenSSL has buffered. The
        end of the connection is raised once all bytes before it have been read.
        """
        tls = self._require_open()
        filled, size = 0, len(view)
        try:
            while filled < size and self._pending_close is None:
                count = tls.recv_into(view[filled:], size - filled)
                if not count:
                    self._pending_close = "the peer ended the connection", CloseCause.CLOSE_NOTIFY
                filled += count
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass  # WantWrite: the reply to a KeyUpdate would block; the next read retries it
        except OSError as error:
            self._pending_close = failure_of(error)
        if self._pending_close is not None and not filled:
            self._fail(*self._pending_close)
        return filled

    def pending(self) -> int:
        """Return the number of decrypted bytes that wait to be read; a poller does not see them."""
        return self._tls.pending() if self._tls is not None and self._closed is None else 0

    def write(self, view: memoryview) -> int:
        """Copy bytes from the start of the view to the kernel; return how many, 0 if none.

        After a short write the next write must begin with the bytes that were not accepted; more
        may follow them. ValueError otherwise: their record is already encrypted. Accepted bytes may
        be overwritten at once, but only the peer's answer tells that they were delivered.
        """
        tls = self._require_open()
        written, size = 0, len(view)
        try:
            while written < size:
                record = self._next_record(view, written)
                count = tls.write(record)
                written += count
                self._sent_bytes += count
                self._blocked_record = b""
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self._blocked_record = bytes(record)
        except OSError as error:
            self._fail(*failure_of(error))
        self._wants_write = bool(self._blocked_record)
        return written

    def look(self, progress: TcpProgress, now_s: float) -> None:
        """Have the progress of this connection noted."""
        if self._closed is None:
            progress.look(self._wire, now_s)

    def abort(self) -> None:
        """Close the descriptor with RST: what is unsent is dropped; idempotent."""
        if self._closed is None:
            self._end(LinkClosed("given up by this node", CloseCause.CLOSED_HERE))
        self._reset_and_close()

    def wire_bytes(self) -> int:
        """Return the bytes on the wire so far, both ways (link/wire_bytes.py); 0 after `close`."""
        return wire_bytes(self._wire)

    def half_close(self) -> None:
        """Send close_notify and FIN; `advance` then discards input until the peer closes.

        What was written last is thereby delivered: `close` with unread input would send RST, which
        drops it. `advance` raises LinkClosed when the peer has closed. Set a deadline first.
        """
        tls = self._require_open()
        self._send_close_notify(tls)
        with suppress(OSError):
            tls.shutdown(socket.SHUT_WR)  # SSLSocket drops its TLS here: later reads are raw
        self._wants_write = False
        self._blocked_record = b""
        self._state = LinkState.HALF_CLOSED

    def close(self) -> None:
        """Send close_notify if that does not block, and close the descriptor; idempotent.

        With unread input TCP sends RST and drops what the peer has not yet received: to deliver
        what was written last, use `half_close` or let the peer close first.
        """
        if self.is_open and self._tls is not None:
            self._send_close_notify(self._tls)
        if self._closed is None:
            self._end(LinkClosed("closed by this node", CloseCause.CLOSED_HERE))
        with suppress(OSError):
            self._wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _END_TIMEOUT_MS)
        if self._closed is not None and self._closed.cause is CloseCause.CLOSE_NOTIFY:
            # The peer reads no more: unsent data would only occupy a slow line.
            self._reset_and_close()
        self._wire.close()

    def _reset_and_close(self) -> None:
        with suppress(OSError):
            self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_RESET)
        self._wire.close()

    @property
    def _wire(self) -> socket.socket:
        return self._socket if self._tls is None else self._tls

    def _send_close_notify(self, tls: ssl.SSLSocket) -> None:
        if not self._blocked_record:
            with suppress(OSError, ValueError):
                tls.unwrap()  # sends close_notify; raises instead of waiting for the peer's

    def _await_close(self) -> None:
        assert self._tls is not None
        try:
            for _ in range(_DISCARDS_PER_STEP):
                if not self._tls.recv(_DISCARD_BYTES):
                    break
            else:
                return
        except BlockingIOError:
            return
        except (OSError, ValueError):
            pass  # RST: closed as well
        self._fail("closed by this node", CloseCause.CLOSED_HERE)

    def _raise_if_closed(self) -> None:
        if self._closed is not None:
            raise self._closed.anew()

    def _require_open(self) -> ssl.SSLSocket:
        self._raise_if_closed()
        if self._tls is None or not self.is_open:
            raise RuntimeError(f"connection is {self._state.value}, must be open")
        return self._tls

    def _next_record(self, view: memoryview, start: int) -> memoryview:
        if not self._blocked_record:
            return view[start : start + record_size_bytes(self._sent_bytes)]
        record = view[start : start + len(self._blocked_record)]
        if record != self._blocked_record:
            raise ValueError("write must go on with the bytes that were not taken before")
        return record

    def _connect(self) -> None:
        dialled = self._expected_peer is not None
        try:
            failure = self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if failure:
                raise OSError(failure, os.strerror(failure))
            self._socket.getpeername()
        except OSError as error:
            if dialled and error.errno == errno.ENOTCONN:
                return  # still connecting
            reason = error.strerror or str(error)
            self._fail(reason, CloseCause.UNREACHABLE if dialled else CloseCause.BROKEN)
        if self._sorter is not None:
            self._state = LinkState.UNSORTED
            self._wants_read, self._wants_write = True, False
        elif self._say_that_it_calls():
            self._begin_tls()

    def _say_that_it_calls(self) -> bool:
        """Send what precedes TLS; return whether all of it was sent."""
        try:
            if self._unsent:
                self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return False
        except OSError as error:
            self._fail(*failure_of(error))
        return not self._unsent

    def _sort(self) -> None:
        """Begin TLS, or raise CallArrived, once the first bytes say which."""
        assert self._sorter is not None
        try:
            found = self._sorter.look()
        except LinkClosed as closed:
            self._fail(closed.reason, closed.cause)
        if found is FirstBytes.TLS:
            self._begin_tls()
        elif found is FirstBytes.CALL:
            self._end(LinkClosed("it is a call", CloseCause.CLOSED_HERE))
            raise CallArrived(self._socket)

    def _begin_tls(self) -> None:
        try:
            self._tls = self._context.wrap_socket(
                self._socket,
                server_side=self._is_server,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
            )
        except (OSError, ValueError) as error:
            self._fail(*failure_of(error))
        self._state = LinkState.HANDSHAKING

    def _handshake(self) -> None:
        tls = self._tls
        assert tls is not None
        self._wants_read = self._wants_write = False
        try:
            tls.do_handshake()
        except ssl.SSLWantReadError:
            self._wants_read = True
        except ssl.SSLWantWriteError:
            self._wants_write = True
        except (OSError, ValueError) as error:
            self._fail(*failure_of(error))
        else:
            self.peer = self._identify_peer(tls)
            self._state = LinkState.OPEN

    def _identify_peer(self, tls: ssl.SSLSocket) -> str:
        certificate_der = tls.getpeercert(binary_form=True)
        if not certificate_der:
            self._fail("the peer has no certificate", CloseCause.NOT_PINNED)
        pin = hashlib.sha256(certificate_der).digest()
        peer = self._pins(pin)
        if peer is None:
            self._fail(f"nobody we know has certificate {pin.hex()}", CloseCause.NOT_PINNED)
        if peer == OWN_IDENTITY:
            self._fail(
                "the identity of this node is there: the address is its own, or two machines have"
                " this identity",
                CloseCause.NOT_PINNED,
            )
        if self._expected_peer is not None and peer != self._expected_peer:
            reason = f"node {peer} answered where {self._expected_peer} was expected"
            self._fail(reason, CloseCause.WRONG_PEER)
        return peer

    def _clear_error_queue(self) -> None:
        # Creating an SSLObject is the only public call that clears it without side effects; 2 us.
        self._context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=self._is_server)

    def _fail(self, reason: str, cause: CloseCause) -> NoReturn:
        self._end(LinkClosed(reason, cause))
        raise LinkClosed(reason, cause)

    def _end(self, closed: LinkClosed) -> None:
        self._closed = closed
        self._state = LinkState.CLOSED
        self._wants_read = self._wants_write = False
        self._blocked_record = b""
        if self._tls is not None:
            self._clear_error_queue()
