"""A peer that lies: files of a stick that it has signed, with anything in them."""

import struct
from typing import NamedTuple

from blake3 import blake3

from netrelay.core.frames import FRAME_HEADER_BYTES, FrameKind, encode_frame_header
from netrelay.core.header import HOP_BYTES
from netrelay.core.medium_file import (
    MEDIUM_DOMAIN,
    MEDIUM_HEADER_BYTES,
    MEDIUM_SIGNED_BYTES,
    MediumHeader,
    MediumPart,
    decode_medium_header,
    encode_medium_header,
)
from netrelay.core.message_frames import read_messages
from netrelay.seal.identity import Identity

_LENGTHS = struct.Struct(">HHI")
_COUNT = struct.Struct(">HH")
_HASH_OF_HOP = slice(28, 60)  # netrelay/core/header.py


class RealFile(NamedTuple):
    """A file that `netrelay carry out` has written: its name and its bytes."""

    name: str
    content: bytes

    @property
    def header(self) -> MediumHeader:
        """Its header."""
        return decode_medium_header(self.content[:MEDIUM_SIGNED_BYTES])

    @property
    def parts(self) -> list[bytes]:
        """Its parts."""
        found, at = [], MEDIUM_HEADER_BYTES
        for part in self.header.parts:
            found.append(self.content[at : at + part.length_bytes])
            at += part.length_bytes
        return found


class RawMessage(NamedTuple):
    """A message of a frame: both headers encoded, and its body."""

    end_to_end: bytes
    hop: bytes
    body: bytes

    def rehashed(self) -> "RawMessage":
        """Return it with the hash of the body that it has."""
        hop = bytearray(self.hop)
        if len(hop) == HOP_BYTES:
            hop[_HASH_OF_HOP] = blake3(self.body).digest()
        return self._replace(hop=bytes(hop))


class Forger:
    """Signs what it is told to, as the peer whose keys it has."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    def file(self, header: MediumHeader, parts: list[bytes]) -> bytes:
        """Return a file with these parts, whose header is right about them."""
        hashed = tuple(MediumPart(len(part), blake3(part).digest()) for part in parts)
        header = header._replace(writer=self._identity.node_id, parts=hashed)
        return self.signed(encode_medium_header(header)) + b"".join(parts)

    def signed(self, header: bytes) -> bytes:
        """Return any header with a right signature."""
        return header + self._identity.sign(MEDIUM_DOMAIN, header)


def messages_of(part: bytes) -> list[RawMessage]:
    """Return the messages of a real part."""
    views = read_messages(memoryview(part)[FRAME_HEADER_BYTES:])
    return [RawMessage(*map(bytes, each)) for each in views]


def frame_of(messages: list[RawMessage], count: int | None = None) -> bytes:
    """Return a frame of these messages whose lengths are right; count: what it says it holds."""
    payload = _COUNT.pack((len(messages) if count is None else count) & 0xFFFF, 0)
    for each in messages:
        payload += _LENGTHS.pack(len(each.end_to_end), len(each.hop), len(each.body))
        payload += b"".join(each)
    return encode_frame_header(FrameKind.MESSAGES, len(payload)) + payload
