"""One record and its answer over the commsport, from either side.

    dialler      512-byte hello ------------------------------>   listener
                 <-----------------------------  16-byte answer, after it is stored

Each record has a connection of its own, so there is nothing to confuse it with.
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
from netrelay.link.ends import LinkClosed


class HelloSending:
    """Drives the dialler's side; `service` gives the answer once it is there."""

    def __init__(self, connection: Connection, record: bytes, now_s: float) -> None:
        self._connection = connection
        self._unsent = memoryview(record)
        self._answer = memoryview(bytearray(HELLO_ANSWER_BYTES))
        self._filled = 0
        connection.deadline_s = now_s + HELLO_DEADLINE_S

    @property
    def deadline_s(self) -> float | None:
        """When it is over, on the monotonic clock."""
        return self._connection.deadline_s

    def wait(self) -> tuple[int, bool, bool]:
        """Give the descriptor and whether to wait for reading and for writing."""
        return self._connection.fileno(), True, bool(self._unsent) or self._connection.wants_write

    def service(self, now_s: float) -> HelloAnswer | None:
        """Do what can be done now; LinkClosed when the exchange failed."""
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

    def close(self) -> None:
        """Close the connection; may be repeated."""
        self._connection.close()


class HelloTaking:
    """Drives the listener's side: gives the hello, then sends the answer it is told."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._record = memoryview(bytearray(HELLO_BYTES))
        self._filled = 0
        self._answer: memoryview | None = None
        self.is_over = False

    @property
    def peer(self) -> str | None:
        """The pinned peer, once the handshake is done."""
        return self._connection.peer

    @property
    def was_silent(self) -> bool:
        """True when a peer got in and sent nothing: `netrelay peer ping` does so."""
        return self._connection.peer is not None and self._filled == 0

    @property
    def deadline_s(self) -> float | None:
        """When it is over, on the monotonic clock."""
        return self._connection.deadline_s

    def wait(self) -> tuple[int, bool, bool]:
        """Give the descriptor and whether to wait for reading and for writing."""
        connection = self._connection
        # What comes after the record is not for us, and would wake us for nothing.
        wants_read = connection.wants_read and self._filled < HELLO_BYTES
        return connection.fileno(), wants_read, connection.wants_write

    def service(self, now_s: float) -> Hello | None:
        """Do what can be done now; the hello when it is whole, and only once.

        LinkClosed when the connection failed, WireError when what came is no hello: answer it.
        """
        try:
            if not self._connection.advance(now_s):
                return None
            if self._answer is not None:
                self._send()
                return None
            if self._filled == HELLO_BYTES:
                return None
            self._filled += self._connection.read_into(self._record[self._filled :])
        except LinkClosed as closed:
            if not 0 < self._filled < HELLO_BYTES:
                raise
            so_far = f"its hello stopped after {self._filled} of {HELLO_BYTES} bytes"
            raise LinkClosed(f"{so_far}: {closed}", closed.end) from closed
        return decode_hello(self._record) if self._filled == HELLO_BYTES else None

    def answer(self, code: HelloAnswer) -> None:
        """Say what became of the hello; OK only after it is durable."""
        self._answer = memoryview(encode_hello_answer(code))
        self._send()

    def _send(self) -> None:
        assert self._answer is not None
        self._answer = self._answer[self._connection.write(self._answer) :]
        self.is_over = not self._answer

    def close(self) -> None:
        """Close the connection; may be repeated."""
        self._connection.close()
