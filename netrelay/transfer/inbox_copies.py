"""Inbox folders on another disk than the staging folder: their files are copied, then renamed.

    1  copy   inbox/.staging/<identity> -> inbox/<source>/.unfinished/<identity>    durable
    2  COMMIT name and copy               files.inbox_name, files.copied
    3  rename inbox/<source>/.unfinished/<identity> -> inbox/<source>/<name>, fsync (delivery.py)

A directory is unpacked into the folder .unfinished, and not copied.
"""

import os
from collections.abc import Callable, Container
from pathlib import Path

from netrelay.disk.mounts import is_on_another_mount
from netrelay.store.coming_files import Complete
from netrelay.transfer.copying import (
    BYTES_A_STEP,
    Attributes,
    Copying,
    remove_other_copies,
)
from netrelay.transfer.delivery import FILE_MODE


class InboxCopies:
    """The copies of one exporter, one after the other, a part in each step."""

    def __init__(self, inbox: Path, staging: Path, copied: Callable[[], Container[str]]) -> None:
        """copied returns the names of the complete copies that are not in their place."""
        self._inbox = inbox
        self._staging = staging
        self._copied = copied
        self._current: tuple[str, Copying] | None = None
        self._elsewhere: dict[str, bool] = {}
        self._swept: set[str] = set()

    def look_again(self) -> None:
        """Forget where the folders are: a disk may have been mounted or unmounted."""
        self._elsewhere.clear()

    def folder(self, source_name: str) -> Path | None:
        """Return the inbox folder of a source if it is on another disk, else None.

        What interrupted runs have left there is removed when the disk is seen first.
        """
        folder = self._inbox / source_name
        if source_name not in self._elsewhere:
            is_elsewhere = is_on_another_mount(folder, self._staging)
            self._elsewhere[source_name] = is_elsewhere
            if not is_elsewhere:
                self._swept.discard(source_name)
            elif source_name not in self._swept:
                self._swept.add(source_name)
                remove_other_copies(folder, self._copied())
        return folder if self._elsewhere[source_name] else None

    def is_begun(self, item: Complete) -> bool:
        """Return whether a copy is half made."""
        return self._current is not None and self._current[0] == item.staged_name

    def advance(
        self, waiting: list[Complete]
    ) -> tuple[list[Complete], list[tuple[Complete, OSError]]]:
        """Copy parts of files that are not copied yet, within the bound of a step.

        Return those whose copies are complete and durable, and those that could not be copied.
        """
        waiting = sorted(waiting, key=lambda item: not self.is_begun(item))
        if self._current is not None and not (waiting and self.is_begun(waiting[0])):
            self.close()
        left_bytes = BYTES_A_STEP
        done: list[Complete] = []
        failed: list[tuple[Complete, OSError]] = []
        for item in waiting:
            # Two attempts of one file are one delivery.
            if left_bytes <= 0 or any(item.file == each.file for each in done):
                break
            try:
                is_whole, used_bytes = self._advance(item, left_bytes)
            except OSError as error:
                self._current = None
                failed.append((item, error))
                left_bytes -= BYTES_A_STEP // 32
                continue
            left_bytes -= used_bytes
            if is_whole:
                self.close()
                done.append(item._replace(copied=item.staged_name))
        return done, failed

    def _advance(self, item: Complete, most_bytes: int) -> tuple[bool, int]:
        if self._current is None:
            staged = os.fsencode(self._staging / item.staged_name)
            folder = self._inbox / item.source_name
            attributes = Attributes(FILE_MODE, item.mtime_ns)
            self._current = (
                item.staged_name,
                Copying(staged, folder, os.fsencode(item.staged_name), attributes),
            )
        return self._current[1].advance(most_bytes)

    def close(self) -> None:
        """Leave the present copy; it begins again."""
        if self._current is not None:
            self._current[1].close()
            self._current = None
