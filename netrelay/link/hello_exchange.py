"""The hello exchange on the commsport: one record and one answer, or both in both directions.

    dialler      512-byte hello ------------------------------>   listener
                 <------------------------  16-byte answer, once the hello is durable

A dialler that waits for it gets the reply on the same connection: after the answer both sides turn,
the listener sends its record and the dialler answers it. Where both sides take frames both ways
the connection then goes on (shared_connection.py).

docs/protocol.md has the formats. The dialler repeats a hello whose answer it did not receive, so
the listener must treat a repeated record as idempotent.
"""

from netrelay.core.hello import (
    HELLO_ANSWER_BYTES,
    HELLO_BYTES,
    Hello,
    HelloAnswer,
    decode_hello,
    decode_hello_answer,
    encode_hello_answer,
)
from netrelay.core.pace import HELLO_DEADLINE_S
from netrelay.core.words import WireError
from netrelay.link.connection import Connection
from netrelay.link.link_closed import LinkClosed


class HelloSender:
    """Dialler's side: sends a hello, and receives its answer within HELLO_DEADLINE_S."""

    def __init__(self, connection: Connection, record: bytes, now_s: float) -> None:
        self._connection = connection
        self._unsent = memoryview(record)
        self._answer = memoryview(bytearray(HELLO_ANSWER_BYTES))
        self._filled = 0
        connection.deadline_s = now_s + HELLO_DEADLINE_S * connection.slowness

    @property
    def deadline_s(self) -> float | None:
        """Absolute deadline of the exchange, on the monotonic clock."""
        return self._connection.deadline_s

    def interest(self) -> tuple[int, bool, bool]:
        """Return the descriptor, and whether to poll it for reading and for writing."""
        return self._connection.fileno(), True, bool(self._unsent) or self._connection.wants_write

    def service(self, now_s: float) -> HelloAnswer | None:
        """Send and receive without blocking; return the answer once, None until then.

        LinkClosed when the exchange failed.
        """
        self._connection.advance(now_s)
        if self._unsent:
            self._unsent = self._unsent[self._connection.write(self._unsent) :]
        self._filled += self._connection.read_into(self._answer[self._filled :])
        if self._filled < HELLO_ANSWER_BYTES:
            return None
        try:
            return decode_hello_answer(self._answer)
        except WireError as error:
            raise LinkClosed(f"its answer is none: {error}") from error

    def wire_bytes(self) -> int:
        """Return the bytes that the connection has put on the wire, both ways."""
        return self._connection.wire_bytes()

    def turn(self, record_bytes: int = HELLO_BYTES) -> "HelloReceiver":
        """Return the side that receives the reply on this connection, within the same deadline."""
        return HelloReceiver(self._connection, record_bytes)

    def release(self) -> Connection:
        """Return the connection, which is the caller's from then on."""
        return self._connection

    def close(self) -> None:
        """Close the connection; idempotent."""
        self._connection.close()


class HelloReceiver:
    """Listener's side: receives a hello, and sends the answer that the caller chooses."""

    def __init__(self, connection: Connection, record_bytes: int = HELLO_BYTES) -> None:
        """Wait for a record; record_bytes: what is sent of it, the rest is zero."""
        self._connection = connection
        self._record = memoryview(bytearray(HELLO_BYTES))
        self._record_bytes = record_bytes
        self._filled = 0
        self._answer: memoryview | None = None
        self.is_answered = False

    @property
    def peer(self) -> str | None:
        """Node id of the peer, once the handshake is complete."""
        return self._connection.peer

    @property
    def was_silent(self) -> bool:
        """True if a peer was authenticated and sent nothing, as `netrelay peer ping` does."""
        return self._connection.peer is not None and self._filled == 0

    @property
    def deadline_s(self) -> float | None:
        """Absolute deadline of the exchange, on the monotonic clock."""
        return self._connection.deadline_s

    def interest(self) -> tuple[int, bool, bool]:
        """Return the descriptor, and whether to poll it for reading and for writing."""
        connection = self._connection
        # Bytes after the record are never read: polling for them would spin.
        wants_read = connection.wants_read and self._filled < self._record_bytes
        return connection.fileno(), wants_read, connection.wants_write

    def service(self, now_s: float) -> Hello | None:
        """Receive without blocking, or send the rest of the answer; return the hello once.

        LinkClosed when the connection failed. WireError when the record is malformed; the
        connection is still open, so `answer` it.
        """
        try:
            if not self._connection.advance(now_s):
                return None
            if self._answer is not None:
                self._send()
                return None
            if self._filled == self._record_bytes:
                return None
            self._filled += self._connection.read_into(
                self._record[self._filled : self._record_bytes]
            )
        except LinkClosed as closed:
            if not 0 < self._filled < self._record_bytes:
                raise
            progress = f"its hello stopped after {self._filled} of {self._record_bytes} bytes"
            raise LinkClosed(f"{progress}: {closed}", closed.cause) from closed
        return decode_hello(self._record) if self._filled == self._record_bytes else None

    def answer(self, code: HelloAnswer) -> None:
        """Send the answer; OK promises that the hello is durable. LinkClosed as in `service`."""
        self._answer = memoryview(encode_hello_answer(code))
        self._send()

    def _send(self) -> None:
        assert self._answer is not None
        self._answer = self._answer[self._connection.write(self._answer) :]
        self.is_answered = not self._answer

    def wire_bytes(self) -> int:
        """Return the bytes that the connection has put on the wire, both ways."""
        return self._connection.wire_bytes()

    def turn(self, record: bytes, now_s: float) -> HelloSender:
        """Return the side that sends the reply on this connection; after `is_answered`."""
        return HelloSender(self._connection, record, now_s)

    def release(self) -> Connection:
        """Return the connection, which is the caller's from then on."""
        return self._connection

    def close(self) -> None:
        """Close the connection; idempotent."""
        self._connection.close()
