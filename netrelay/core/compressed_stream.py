"""Compressed content: one Zstandard frame (RFC 8878), checked while it is unpacked.

The frame needs no dictionary and a window of at most WINDOW_MAX_BYTES, and is all of the content:
no skippable frame, no second one, no byte after it. What it unpacks to has the size and the hash
that its source states (plain_content.py). The library is imported when something is compressed or
unpacked: it takes 1 MiB of a process, and most have no use for it.
"""

from collections.abc import Iterator
from typing import Final

from blake3 import blake3

from netrelay.core.msgpack_array import Octets, malformed
from netrelay.core.plain_content import PlainContent

WINDOW_MAX_BYTES: Final = 8 * 1024 * 1024
# Level 3 takes 4 MiB of memory here and 3 MiB at the destination. Level 6 takes more than twice
# the time for 6 % less of a log (measured).
_LEVEL: Final = 3
_WINDOW_LOG: Final = 21
_MAGIC: Final = b"\x28\xb5\x2f\xfd"
_HEADER_MAX_BYTES: Final = 18
# A block of 4 bytes unpacks to 128 KiB: what the library is given at once bounds what it returns.
_PART_BYTES: Final = 512
_UNKNOWN_SIZE: Final = (-1, 2**64 - 1)


class Compressor:
    """Compresses one content of known size, part by part; feed it in order, then `finish`."""

    def __init__(self, size_bytes: int) -> None:
        import zstandard

        level = zstandard.ZstdCompressionParameters.from_level(
            _LEVEL, source_size=size_bytes, threads=0
        )
        parameters = zstandard.ZstdCompressionParameters(
            window_log=min(level.window_log, _WINDOW_LOG),
            chain_log=level.chain_log,
            hash_log=level.hash_log,
            search_log=level.search_log,
            min_match=level.min_match,
            target_length=level.target_length,
            strategy=level.strategy,
        )
        compressor = zstandard.ZstdCompressor(compression_params=parameters)
        self._stream = compressor.compressobj(size=size_bytes)
        self._hasher = blake3()
        self._size_bytes = 0

    def add(self, data: Octets) -> bytes:
        """Return the compressed bytes that follow from more content, maybe none."""
        self._hasher.update(data)
        self._size_bytes += len(data)
        return self._stream.compress(data)

    def finish(self) -> tuple[bytes, PlainContent]:
        """Return the last compressed bytes, and what all of them unpack to."""
        return self._stream.flush(), PlainContent(self._size_bytes, self._hasher.digest())


class Decompressor:
    """Unpacks one content; WireError MALFORMED for what is not as its source states.

    Feed it the compressed bytes in order, the first 18 or all at once, then `finish`.
    """

    def __init__(self, plain: PlainContent) -> None:
        import zstandard

        self._library = zstandard
        self._plain = plain
        self._stream = zstandard.ZstdDecompressor(max_window_size=WINDOW_MAX_BYTES).decompressobj()
        self._hasher = blake3()
        self._begun = False
        self._size_bytes = 0

    def add(self, data: Octets) -> Iterator[bytes]:
        """Yield what these bytes unpack to, 16 MiB at most at a time; exhaust it."""
        view = memoryview(data)
        if not self._begun:
            self._check_header(bytes(view[:_HEADER_MAX_BYTES]))
            self._begun = True
        for at in range(0, len(view), _PART_BYTES):
            yield from self._unpack(view[at : at + _PART_BYTES])

    def finish(self) -> None:
        """Check that the content is complete."""
        if not self._stream.eof:
            raise malformed(
                f"compressed content ends after {self._size_bytes} of {self._plain.size_bytes}"
                " unpacked bytes"
            )
        if self._size_bytes != self._plain.size_bytes:
            raise malformed(
                f"content unpacks to {self._size_bytes} bytes, its source says"
                f" {self._plain.size_bytes}"
            )
        if self._hasher.digest() != self._plain.hash:
            raise malformed("content unpacks to something else than its source says (its hash)")

    def _check_header(self, head: bytes) -> None:
        """Look at the frame header before the library allocates anything by it."""
        if head[:4] != _MAGIC:
            raise malformed(f"compressed content begins with {head[:4].hex()}, no Zstandard frame")
        try:
            frame = self._library.get_frame_parameters(head)
        except self._library.ZstdError as error:
            raise malformed(f"compressed content has no frame header: {error}") from error
        if frame.dict_id:
            raise malformed(f"compressed content needs the dictionary {frame.dict_id}")
        if frame.window_size > WINDOW_MAX_BYTES:
            raise malformed(
                f"compressed content needs a window of {frame.window_size} bytes, at most"
                f" {WINDOW_MAX_BYTES}"
            )
        if frame.content_size not in (*_UNKNOWN_SIZE, self._plain.size_bytes):
            raise malformed(
                f"content unpacks to {frame.content_size} bytes, its source says"
                f" {self._plain.size_bytes}"
            )

    def _unpack(self, part: memoryview) -> Iterator[bytes]:
        if self._stream.eof:
            raise malformed("compressed content has bytes after its frame")
        try:
            unpacked = self._stream.decompress(part)
        except self._library.ZstdError as error:
            raise malformed(f"compressed content does not unpack: {error}") from error
        self._size_bytes += len(unpacked)
        if self._size_bytes > self._plain.size_bytes:
            raise malformed(
                f"content unpacks to more than the {self._plain.size_bytes} bytes that its source"
                " says"
            )
        self._hasher.update(unpacked)
        if self._stream.unused_data:
            raise malformed("compressed content has bytes after its frame")
        yield unpacked
