"""One TLS connection with a peer that we know, from either side, without ever waiting.

    connecting -> handshaking -> open -> parting -> closed (from each of them)

A connection is open only after the certificate that the peer proved to own was found among the
pins; a dialler also insists on the peer it meant to reach. In TLS 1.3 the dialler's handshake ends
before the listener has judged the dialler: it may be open here and refused there, which shows at
the next read. So a dialler trusts nothing until the listener's first answer.

OpenSSL has already encrypted the record of a write that would have blocked, and wants the same
bytes offered again (SSL_write(3)); other bytes in their place would be dropped without a word. So
that record is kept here and compared.

OpenSSL also keeps its errors in one queue for the whole thread, which the ssl module reads without
emptying it first (https://github.com/python/cpython/issues/148594). What a goodbye leaves there
(Python 3.11, when the peer's alert was never read) would end the next connection that has nothing
to read, so `close` empties it.
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

from netrelay.link.ends import LinkClosed, LinkEnd

__all__ = ["Connection", "LinkClosed", "LinkEnd", "LinkState", "Pins"]

RECORD_BYTES: Final = 16384  # the most plaintext in one TLS record: RFC 8446 section 5.1

_DISCARD_BYTES: Final = 65536
_DISCARDS_A_STEP: Final = 16
# Who said goodbye reads no more: what the kernel has not sent yet would only hold up what is sent
# next. On for 0 s (socket(7)) is a reset.
_RESET: Final = struct.pack("ii", 1, 0)

Pins = Callable[[bytes], str | None]


class LinkState(Enum):
    """How far a connection has come."""

    CONNECTING = "connecting"
    HANDSHAKING = "handshaking"
    OPEN = "open"
    PARTING = "parting"
    CLOSED = "closed"


class Connection:
    """A TLS connection over one non-blocking socket, which it owns.

    Wait on `fileno` for what `wants_read` and `wants_write` say, then call `advance` until it is
    open, and `read_into` and `write` from then on. Any of them raises LinkClosed when it is over,
    and every later call raises the same again; the descriptor stays valid, so that it can be taken
    out of a poller, until `close`. Everything is for one thread.
    """

    def __init__(
        self,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        pins: Pins,
        expected_peer: str | None,
        deadline_s: float | None,
    ) -> None:
        """Use `accept` or `dial`, which say what differs between the sides."""
        self._socket = connection
        self._tls: ssl.SSLSocket | None = None
        self._context = context
        self._pins = pins
        self._expected_peer = expected_peer
        self._state = LinkState.CONNECTING
        self._closed: LinkClosed | None = None
        self._ending: tuple[str, LinkEnd] | None = None
        self._refused_record = b""
        self._wants_read = False
        self._wants_write = True
        self.deadline_s = deadline_s
        """When it is over whatever it is doing, on the clock of `advance`; None for never."""
        self.peer: str | None = None
        """The node id of the peer, once open."""
        self.bytes_in = 0
        """Plaintext bytes read."""
        self.bytes_out = 0
        """Plaintext bytes written."""

    @classmethod
    def accept(
        cls,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        pins: Pins,
        deadline_s: float | None,
    ) -> "Connection":
        """The listener's side, over a socket from `listen.accept`; any pinned peer may come.

        `pins` gives the node id of the peer whose certificate has this SHA-256 (32 bytes), None
        for a stranger. The deadline is absolute, on the caller's monotonic clock, and covers
        everything until the caller changes it: a peer that trickles bytes gains no time.
        """
        return cls(connection, context, pins=pins, expected_peer=None, deadline_s=deadline_s)

    @classmethod
    def dial(
        cls,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        pins: Pins,
        expected_peer: str,
        deadline_s: float | None,
    ) -> "Connection":
        """The dialler's side, over a socket from `dial.dial`; only this peer will do."""
        return cls(
            connection, context, pins=pins, expected_peer=expected_peer, deadline_s=deadline_s
        )

    @property
    def state(self) -> LinkState:
        """How far it has come."""
        return self._state

    @property
    def is_open(self) -> bool:
        """True from the end of the handshake, with a peer that was recognised, to the end."""
        return self._state is LinkState.OPEN

    @property
    def wants_read(self) -> bool:
        """True when progress needs the descriptor to be readable; always while open."""
        return self._wants_read or self._state in (LinkState.OPEN, LinkState.PARTING)

    @property
    def wants_write(self) -> bool:
        """True when progress needs the descriptor to be writable.

        While open: when the last `write` took less than it was offered.
        """
        return self._wants_write

    @property
    def remote_address(self) -> str:
        """The peer's address without port as the kernel knows it, "" when it does not."""
        try:
            name = self._wire.getpeername()
        except OSError:
            return ""
        return str(name[0]) if isinstance(name, tuple) else ""

    def fileno(self) -> int:
        """The descriptor to wait on; the same from the first day to `close`, then -1."""
        return self._wire.fileno()

    def advance(self, now_s: float) -> bool:
        """Connects and shakes hands as far as it goes now; True once open.

        Call it when the descriptor is ready, and at the deadline: in every state this is what
        checks it, so while there is one call it before each read. Data may have come with the end
        of the handshake, which a poller does not see: read after the first True.
        """
        self._raise_if_closed()
        if self.deadline_s is not None and now_s >= self.deadline_s:
            self._fail(f"time was up while {self._state.value}", LinkEnd.DEADLINE)
        if self._state is LinkState.CONNECTING:
            self._connect()
        if self._state is LinkState.HANDSHAKING:
            self._shake_hands()
        if self._state is LinkState.PARTING:
            self._await_end()
        return self.is_open

    def read_into(self, view: memoryview) -> int:
        """Fills the view as far as bytes are there; 0 when none are (or the view is empty).

        A full view says that more may wait: look at `pending`, since a poller does not see it.
        An end of the connection is raised only after the bytes before it were read.
        """
        tls = self._opened()
        filled, size = 0, len(view)
        try:
            while filled < size and self._ending is None:
                count = tls.recv_into(view[filled:], size - filled)
                if not count:
                    self._ending = "the peer ended the connection", LinkEnd.ENDED
                filled += count
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            pass  # to write is for the answer to a key update: the next read tries it again
        except OSError as error:
            self._ending = _end_of(error)
        if self._ending is not None and not filled:
            self._fail(*self._ending)
        self.bytes_in += filled
        return filled

    def pending(self) -> int:
        """Bytes that were decrypted and not yet read, of which a poller knows nothing."""
        return self._tls.pending() if self._tls is not None and self._closed is None else 0

    def write(self, view: memoryview) -> int:
        """Hands the kernel bytes from the start of the view as far as they go; 0 when none do.

        After less than all, the next write must begin with the bytes that were not taken (more may
        follow them): finish a frame before another one. ValueError when it does not, since the
        record is encrypted already. What was taken may be overwritten; it has reached no peer by
        that, only the peer's own answer says so.
        """
        tls = self._opened()
        written, size = 0, len(view)
        try:
            while written < size:
                record = self._next_record(view, written)
                written += tls.write(record)
                self._refused_record = b""
        except (ssl.SSLWantWriteError, ssl.SSLWantReadError):
            self._refused_record = bytes(record)
        except OSError as error:
            self._fail(*_end_of(error))
        self._wants_write = bool(self._refused_record)
        self.bytes_out += written
        return written

    def part(self) -> None:
        """Says goodbye, and from then on waits in `advance` for the peer to close.

        What the peer sends meanwhile is thrown away; LinkClosed comes when it has closed. So what
        was written last arrives, which `close` alone does not promise. Give it a deadline before.
        """
        tls = self._opened()
        self._say_goodbye(tls)
        with suppress(OSError):
            tls.shutdown(socket.SHUT_WR)  # its TLS ends here too: what is read now is raw
        self._wants_write = False
        self._refused_record = b""
        self._state = LinkState.PARTING

    def close(self) -> None:
        """Says goodbye if that goes at once, and gives the descriptor back; harmless when repeated.

        If the peer had sent bytes that were not read, TCP resets, and what was written last may be
        lost on its way: let the peer close first, or `part`, where its reading matters.
        """
        if self.is_open and self._tls is not None:
            self._say_goodbye(self._tls)
        if self._closed is None:
            self._end(LinkClosed("closed by this node", LinkEnd.CLOSED_HERE))
        if self._closed is not None and self._closed.end is LinkEnd.ENDED:
            with suppress(OSError):
                self._wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self._wire.close()

    @property
    def _wire(self) -> socket.socket:
        return self._socket if self._tls is None else self._tls

    def _say_goodbye(self, tls: ssl.SSLSocket) -> None:
        if not self._refused_record:
            with suppress(OSError, ValueError):
                tls.unwrap()  # sends close_notify; the peer's is not waited for

    def _await_end(self) -> None:
        assert self._tls is not None
        try:
            for _ in range(_DISCARDS_A_STEP):
                if not self._tls.recv(_DISCARD_BYTES):
                    break
            else:
                return
        except BlockingIOError:
            return
        except (OSError, ValueError):
            pass  # the peer has closed the harder way
        self._fail("closed by this node", LinkEnd.CLOSED_HERE)

    def _raise_if_closed(self) -> None:
        if self._closed is not None:
            raise LinkClosed(self._closed.reason, self._closed.end)

    def _opened(self) -> ssl.SSLSocket:
        self._raise_if_closed()
        if self._tls is None or not self.is_open:
            raise RuntimeError(f"connection is {self._state.value}, must be open")
        return self._tls

    def _next_record(self, view: memoryview, start: int) -> memoryview:
        if not self._refused_record:
            return view[start : start + RECORD_BYTES]
        record = view[start : start + len(self._refused_record)]
        if record != self._refused_record:
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
                return  # under way
            reason = error.strerror or str(error)
            self._fail(reason, LinkEnd.UNREACHABLE if dialled else LinkEnd.CUT)
        try:
            self._tls = self._context.wrap_socket(
                self._socket,
                server_side=not dialled,
                do_handshake_on_connect=False,
                suppress_ragged_eofs=False,
            )
        except (OSError, ValueError) as error:
            self._fail(*_end_of(error))
        self._state = LinkState.HANDSHAKING

    def _shake_hands(self) -> None:
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
            self._fail(*_end_of(error))
        else:
            self.peer = self._recognise(tls)
            self._state = LinkState.OPEN

    def _recognise(self, tls: ssl.SSLSocket) -> str:
        certificate_der = tls.getpeercert(binary_form=True)
        if not certificate_der:
            self._fail("the peer has no certificate", LinkEnd.STRANGER)
        pin = hashlib.sha256(certificate_der).digest()
        peer = self._pins(pin)
        if peer is None:
            self._fail(f"nobody we know has certificate {pin.hex()}", LinkEnd.STRANGER)
        if self._expected_peer is not None and peer != self._expected_peer:
            reason = f"node {peer} answered where {self._expected_peer} was expected"
            self._fail(reason, LinkEnd.WRONG_PEER)
        return peer

    def _empty_error_queue(self) -> None:
        # Making a TLS object is the one public call that does it (2 us) and changes nothing else.
        server_side = self._expected_peer is None
        self._context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=server_side)

    def _fail(self, reason: str, end: LinkEnd) -> NoReturn:
        self._end(LinkClosed(reason, end))
        raise LinkClosed(reason, end)

    def _end(self, closed: LinkClosed) -> None:
        self._closed = closed
        self._state = LinkState.CLOSED
        self._wants_read = self._wants_write = False
        self._refused_record = b""
        if self._tls is not None:
            self._empty_error_queue()


def _end_of(error: Exception) -> tuple[str, LinkEnd]:
    """Which end an error of the ssl module or of the kernel is, and its reason."""
    if isinstance(error, ssl.SSLEOFError):
        return "the connection broke", LinkEnd.CUT
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the peer's certificate is not trusted: {error.verify_message}", LinkEnd.STRANGER
    if isinstance(error, ssl.SSLError):
        return _end_of_tls(error.reason or str(error))
    strerror = getattr(error, "strerror", None)
    return f"the connection broke: {strerror or error}", LinkEnd.CUT


def _end_of_tls(reason: str) -> tuple[str, LinkEnd]:
    # OpenSSL's names: TLSV1_ALERT_UNKNOWN_CA, TLSV13_ALERT_CERTIFICATE_REQUIRED, and the like.
    if "ALERT" in reason:
        return f"the peer refused this node: {reason}", LinkEnd.REFUSED
    if reason == "PEER_DID_NOT_RETURN_A_CERTIFICATE":
        return "the peer has no certificate", LinkEnd.STRANGER
    return f"TLS failed: {reason}", LinkEnd.PROTOCOL
