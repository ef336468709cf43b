"""BLAKE3 of files that are complete in the staging folder, for the receipts that tell of them.

A file that was not hashed as it came (running_hashes.py) is read once more before it gets its name
in the inbox. It costs no write. A directory is hashed while it is unpacked (unpacking.py).
"""

import os
from pathlib import Path
from typing import Final, NamedTuple

from blake3 import blake3

from netrelay.core.words import FileKind
from netrelay.disk.descriptors import opened_regular_file
from netrelay.store.coming_files import Complete

# The limit of one step, for small files together and for one large file beside them: a third of a
# second of a card that reads 90 MiB/s.
_BYTES_A_STEP: Final = 32 * 1024 * 1024
_SMALL_BYTES: Final = 1024 * 1024
_READ_BYTES: Final = 1024 * 1024
# Hashes of large files that are copied to another disk, or could not be put into the inbox yet:
# more than exporter has in hand in one step.
_MOST_KEPT: Final = 4096


def is_large(item: Complete) -> bool:
    """Return whether the hash of a file may take several steps."""
    return item.kind is FileKind.FILE and item.size_bytes > _SMALL_BYTES


class _Mark(NamedTuple):
    """Fields of a staged file that change when other bytes take its place."""

    inode: int
    size_bytes: int
    mtime_ns: int


class ContentHashes:
    """Hashes complete files, a part of each large one in a step; large ones take turns.

    The name of a staged file is its identity, which a source may use for other bytes when the first
    have died here: a hash counts only for the file that was read.
    """

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._kept: dict[str, tuple[_Mark, bytes]] = {}
        self._begun: _Hashing | None = None
        self._last_source = ""

    def advance(self, complete: list[Complete]) -> list[Complete]:
        """Return what can be delivered now, with its hash; the others are still being read.

        A file that cannot be read is delivered as ever, and has no hash.
        """
        done: list[Complete] = []
        large: list[Complete] = []
        left_bytes = _BYTES_A_STEP
        for item in complete:
            if not _is_wanted(item):
                done.append(item)
            elif (found := self._known(item.staged_name)) is not None:
                done.append(item._replace(content_hash=found))
            elif is_large(item):
                large.append(item)
            elif left_bytes > 0:
                left_bytes -= item.size_bytes
                done.append(item._replace(content_hash=self._whole(item)))
        return done + self._advance_large(large)

    def close(self) -> None:
        """Leave the file that is half read; it begins again."""
        if self._begun is not None:
            self._begun.close()
            self._begun = None

    def _advance_large(self, large: list[Complete]) -> list[Complete]:
        begun = [each for each in large if self._begun and self._begun.name == each.staged_name]
        if not begun:
            self.close()
            large.sort(key=lambda each: each.source_name == self._last_source)
        for item in (begun or large)[:1]:
            self._last_source = item.source_name
            try:
                if self._begun is None:
                    self._begun = _Hashing(self._staging, item.staged_name)
                found = self._begun.advance(_BYTES_A_STEP)
            except OSError:
                self.close()
                return [item]
            if found is not None:
                self._keep(self._begun, found)
                self.close()
                return [item._replace(content_hash=self._known(item.staged_name))]
        return []

    def _keep(self, hashing: "_Hashing", found: bytes) -> None:
        self._kept[hashing.name] = hashing.mark, found
        if len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]

    def _known(self, name: str) -> bytes | None:
        """Return the hash of a file that was read, unless it is another one by now."""
        kept = self._kept.pop(name, None)
        if kept is None:
            return None
        mark, found = kept
        try:
            if _mark(os.lstat(self._staging / name)) != mark:
                return None
        except OSError:
            return None
        self._kept[name] = kept
        return found

    def _whole(self, item: Complete) -> bytes | None:
        try:
            hashing = _Hashing(self._staging, item.staged_name)
        except OSError:
            return None
        try:
            # Another size than its row says: its delivery finds out.
            return hashing.advance(item.size_bytes)
        except OSError:
            return None
        finally:
            hashing.close()


class _Hashing:
    """One file that is being read."""

    def __init__(self, staging: Path, name: str) -> None:
        self.name = name
        self._hash = blake3()
        self._descriptor = opened_regular_file(staging / name)
        self.mark = _mark(os.fstat(self._descriptor))
        self._left_bytes = self.mark.size_bytes

    def advance(self, most_bytes: int) -> bytes | None:
        """Read so many bytes, or a few more; return the hash when all were read."""
        while self._left_bytes and most_bytes > 0:
            part = os.read(self._descriptor, min(_READ_BYTES, self._left_bytes))
            if not part:
                raise OSError("it was cut short while it was read")
            self._hash.update(part)
            self._left_bytes -= len(part)
            most_bytes -= len(part)
        return None if self._left_bytes else self._hash.digest()

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)


def _mark(status: os.stat_result) -> _Mark:
    return _Mark(status.st_ino, status.st_size, status.st_mtime_ns)


def _is_wanted(item: Complete) -> bool:
    """Return whether a file has to be read; one with a name had its hash stored with it."""
    is_over = item.delivered or item.inbox_name is not None
    return item.kind is FileKind.FILE and not is_over and item.content_hash is None
