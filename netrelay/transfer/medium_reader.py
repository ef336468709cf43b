"""Reads files of a medium: the signed header first, then each part against its hash."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from struct import Struct
from typing import Final

from blake3 import blake3

from netrelay.core.frames import FRAME_HEADER_BYTES, MESSAGES_MAX
from netrelay.core.header import END_TO_END_MAX_BYTES, HOP_BYTES, decode_end_to_end, decode_hop
from netrelay.core.medium_file import (
    MEDIUM_DOMAIN,
    MEDIUM_HEADER_BYTES,
    MEDIUM_SIGNED_BYTES,
    MediumHeader,
    decode_medium_header,
)
from netrelay.core.message_names import MessageName, name_of
from netrelay.core.msgpack_array import malformed
from netrelay.core.words import WireError
from netrelay.disk.medium_folder import MediumFolder
from netrelay.seal.signature import verify

_COUNT: Final = Struct(">HH")
_LENGTHS: Final = Struct(">HHI")


class NotOfMediumError(ValueError):
    """A file that is no file of netrelay, is damaged, or was written by nobody we know."""


class UnknownWriterError(NotOfMediumError):
    """The node that wrote a file is not known, so nothing of it is believed."""

    def __init__(self, writer: str) -> None:
        super().__init__(f"node {writer}, which wrote it, is no peer here")
        self.writer = writer


class MediumFile:
    """An open file of a medium whose header is signed by the writer that it names."""

    def __init__(self, descriptor: int, header: MediumHeader) -> None:
        self._descriptor = descriptor
        self.header = header

    @property
    def is_whole(self) -> bool:
        """True if it is as long as its header says; no part was read."""
        return os.fstat(self._descriptor).st_size == self.header.file_bytes

    def parts(self) -> Iterator[bytes | None]:
        """Yield each part; None for one that is not what was written. OSError of the medium."""
        offset = MEDIUM_HEADER_BYTES
        for length_bytes, part_hash in self.header.parts:
            part = _read(self._descriptor, offset, length_bytes)
            yield part if blake3(part).digest() == part_hash else None
            offset += length_bytes

    def names(self) -> set[MessageName]:
        """Return what it holds, without reading bodies; WireError if its frames are none.

        Nothing is compared with a hash: ask it of files of this node only.
        """
        found: set[MessageName] = set()
        offset = MEDIUM_HEADER_BYTES
        for length_bytes, _ in self.header.parts:
            found.update(self._names_at(offset, offset + length_bytes))
            offset += length_bytes
        return found

    def _names_at(self, offset: int, end: int) -> Iterator[MessageName]:
        at = offset + FRAME_HEADER_BYTES + _COUNT.size
        counted = _read(self._descriptor, at - _COUNT.size, _COUNT.size)
        count = _COUNT.unpack(counted)[0] if len(counted) == _COUNT.size else 0
        if not 1 <= count <= MESSAGES_MAX:
            raise malformed(f"a frame of {count} messages")
        for _ in range(count):
            lengths = _read(self._descriptor, at, _LENGTHS.size)
            if len(lengths) != _LENGTHS.size:
                raise malformed("a frame ends early")
            head_bytes, hop_bytes, body_bytes = _LENGTHS.unpack(lengths)
            if head_bytes > END_TO_END_MAX_BYTES or hop_bytes != HOP_BYTES:
                raise malformed(f"headers of {head_bytes} and {hop_bytes} bytes")
            at += _LENGTHS.size
            packed = _read(self._descriptor, at, head_bytes + hop_bytes)
            yield name_of(decode_end_to_end(packed[:head_bytes]), decode_hop(packed[head_bytes:]))
            at += head_bytes + hop_bytes + body_bytes
            if at > end:
                raise malformed("a message goes on behind its frame")


@contextmanager
def opened_medium_file(
    folder: MediumFolder, name: str, certificates: Mapping[str, bytes]
) -> Iterator[MediumFile]:
    """Open a file for the block; NotOfMediumError unless its header is signed by a known node.

    certificates: of the nodes that are known, by node id. OSError of the medium.
    """
    descriptor = folder.open_file(name)
    try:
        head = _read(descriptor, 0, MEDIUM_HEADER_BYTES)
        signed, signature = head[:MEDIUM_SIGNED_BYTES], head[MEDIUM_SIGNED_BYTES:]
        try:
            header = decode_medium_header(signed)
        except WireError as error:
            raise NotOfMediumError(str(error)) from error
        certificate = certificates.get(header.writer)
        if certificate is None:
            raise UnknownWriterError(header.writer)
        if not verify(certificate, MEDIUM_DOMAIN, signed, signature):
            raise NotOfMediumError("its signature is not that of the node that it names")
        yield MediumFile(descriptor, header)
    finally:
        os.close(descriptor)


def _read(descriptor: int, offset: int, length_bytes: int) -> bytes:
    """Return these bytes, fewer at the end of the file."""
    found = bytearray()
    while len(found) < length_bytes:
        more = os.pread(descriptor, length_bytes - len(found), offset + len(found))
        if not more:
            break
        found += more
    return bytes(found)
