"""The hash of a directory: of all that a directory stream says but modification times.

BLAKE3-256 in derive_key mode, context "netrelay 2026 directory hash v1", of each entry in the order
of the stream (directory_stream.py), and one zero byte:

    entry    u8 kind (1 file, 2 directory) | u16 length of the path | path | u64 size | content

Times are left out: a copy, an archive and a file system each keep what they can of them.
"""

from struct import Struct
from typing import Final

from blake3 import blake3

from netrelay.core.directory_stream import EntryKind
from netrelay.core.msgpack_array import Octets

_CONTEXT: Final = "netrelay 2026 directory hash v1"
_HEAD: Final = Struct(">BH")
_SIZE: Final = Struct(">Q")
_END: Final = b"\0"


class TreeHash:
    """Hashes one directory: each entry, then the content of a file in as many parts as it comes."""

    def __init__(self) -> None:
        self._hash = blake3(derive_key_context=_CONTEXT)

    def add(self, kind: EntryKind, path: bytes, size_bytes: int) -> None:
        """Hash an entry; its path and size end where the content begins."""
        self._hash.update(_HEAD.pack(kind, len(path)) + path + _SIZE.pack(size_bytes))

    def add_content(self, part: Octets) -> None:
        """Hash a part of the content of the entry that was added last."""
        self._hash.update(part)

    def digest(self) -> bytes:
        """Return the hash after the last entry."""
        ended = self._hash.copy()
        ended.update(_END)
        return ended.digest()
