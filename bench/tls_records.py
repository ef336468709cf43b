"""Splits captured TLS streams into records: handshake messages, application data, close_notify.

The content of records is encrypted; a handshake of TLS 1.3 with both certificates has its messages
in a fixed order, one in each record as OpenSSL sends them (RFC 8446, section 2).
"""

from collections.abc import Iterator
from itertools import islice
from struct import unpack_from
from typing import Final, NamedTuple

_HEADER_BYTES: Final = 5
_CHANGE_CIPHER_SPEC: Final = 20
_HANDSHAKE: Final = 22
_CLIENT_HELLO: Final = 1
CLOSE_NOTIFY_BYTES: Final = 24
SERVER_MESSAGES: Final = (
    "EncryptedExtensions",
    "CertificateRequest",
    "Certificate",
    "CertificateVerify",
    "Finished",
)
CLIENT_MESSAGES: Final = ("Certificate", "CertificateVerify", "Finished")


class Piece(NamedTuple):
    """A record: what it is ("carried" after the handshake), and its bytes with its header."""

    name: str
    size_bytes: int


class Stream:
    """Reassembles what one side of a TCP connection sent; a retransmitted byte counts once."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._next: int | None = None

    def add(self, sequence: int, payload: bytes) -> None:
        """Add the payload of a packet."""
        begin = 0 if self._next is None else (self._next - sequence) % (1 << 32)
        if begin < 1 << 31 and begin < len(payload):
            self._bytes += payload[begin:]
            self._next = (sequence + len(payload)) % (1 << 32)

    def pieces(self) -> Iterator[Piece]:
        """Yield its records; those of a connection that began before are all "carried"."""
        messages: Iterator[str] = iter(())
        for kind, record in self._records():
            if kind == _HANDSHAKE:
                is_client = record[_HEADER_BYTES] == _CLIENT_HELLO
                messages = iter(CLIENT_MESSAGES if is_client else SERVER_MESSAGES)
                yield Piece("ClientHello" if is_client else "ServerHello", len(record))
            elif kind == _CHANGE_CIPHER_SPEC:
                yield Piece("ChangeCipherSpec", len(record))
            elif message := "".join(islice(messages, 1)):
                yield Piece(message, len(record))
            elif len(record) == CLOSE_NOTIFY_BYTES:
                yield Piece("close_notify", len(record))
            else:
                yield Piece("carried", len(record))

    def _records(self) -> Iterator[tuple[int, bytes]]:
        at = 0
        while at + _HEADER_BYTES <= len(self._bytes):
            (length,) = unpack_from(">H", self._bytes, at + 3)
            end = at + _HEADER_BYTES + length
            yield self._bytes[at], bytes(self._bytes[at:end])
            at = end
