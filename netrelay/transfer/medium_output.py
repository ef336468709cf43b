"""A file that is being written to a medium: parts first, then the header that names them."""

import os
from typing import Final

from blake3 import blake3

from netrelay.core.medium_file import (
    FILE_ID_BYTES,
    MEDIUM_DOMAIN,
    MEDIUM_HEADER_BYTES,
    MEDIUM_PARTS_MAX,
    MediumHeader,
    MediumKind,
    MediumPart,
    encode_medium_header,
)
from netrelay.core.segments import CAPACITY_MIN_BYTES
from netrelay.disk.medium_folder import MediumFolder
from netrelay.seal.identity import Identity

# The rest of a file that is torn is lost: so much is written again.
_FILE_BYTES: Final = 32 * 1024 * 1024


class MediumOutput:
    """One unfinished file: `append` parts, then `complete` it, or `discard` it."""

    def __init__(self, folder: MediumFolder, identity: Identity, addressee: str) -> None:
        """Make the file; OSError of the medium."""
        self._folder = folder
        self._identity = identity
        self._addressee = addressee
        self._file_id = os.urandom(FILE_ID_BYTES)
        self._descriptor = folder.create(self._file_id)
        self._end = MEDIUM_HEADER_BYTES
        self.parts: list[MediumPart] = []
        self.message_size_bytes = CAPACITY_MIN_BYTES
        """A message size that all of its messages fit."""

    def is_full(self, more_bytes: int) -> bool:
        """Return whether so much more belongs into another file."""
        # One part may be begun, and two more by a message and its manifest.
        is_long = len(self.parts) + 3 > MEDIUM_PARTS_MAX
        return is_long or self._end + more_bytes > _FILE_BYTES

    def append(self, part: bytes | memoryview) -> None:
        """Write a part behind the others; OSError of the medium."""
        self._write(self._end, memoryview(part))
        self._end += len(part)
        self.parts.append(MediumPart(len(part), blake3(part).digest()))

    def complete(self, kind: MediumKind) -> None:
        """Sign the file and give it its name; durable on return. OSError of the medium."""
        signed = encode_medium_header(
            MediumHeader(
                *(kind, self._identity.node_id, self._addressee, self._file_id),
                *(self.message_size_bytes, tuple(self.parts)),
            )
        )
        head = signed + self._identity.sign(MEDIUM_DOMAIN, signed)
        self._write(0, memoryview(head))
        self._folder.complete(self._descriptor, self._file_id, self._addressee)
        os.close(self._descriptor)

    def discard(self) -> None:
        """Remove what was written of it, if the medium lets that be done."""
        os.close(self._descriptor)
        self._folder.discard(self._file_id)

    def _write(self, offset: int, view: memoryview) -> None:
        written = 0
        while written < len(view):
            written += os.pwrite(self._descriptor, view[written:], offset + written)
