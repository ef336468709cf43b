"""Delivery of complete files to the inbox, exactly once across power cuts.

    1  COMMIT the chosen name                 files.inbox_name
    2  link    inbox/.staging/<identity> -> inbox/<source>/<name>     (never over an existing file)
    3  fsync   inbox/<source>                 the new name is durable before the old one goes
    4  unlink  inbox/.staging/<identity>, fsync the folder
    5  COMMIT exported                        F, and the receipt is owed

A start after a power cut repeats the steps. If both names have one inode, only the unlink is
missing. If the staging name is gone after step 1, the file was delivered, even if a person has
moved it since.

A directory has been unpacked before (unpacking.py), and step 2 is one rename:

            inbox/.unpacking/<identity> -> inbox/<source>/<name>

Its old name is gone once it was delivered. So it is with what was copied, or unpacked, on another
disk (inbox_copies.py).
"""

import errno
import os
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path
from stat import S_ISREG
from typing import NamedTuple

from netrelay.core.words import FileKind
from netrelay.disk.exclusive_rename import rename_to_new
from netrelay.disk.folders import flush_folder, flush_folders, make_folder
from netrelay.store.coming_files import Complete
from netrelay.transfer.copying import CopyGoneError, hidden_folder, place_copy
from netrelay.transfer.free_names import free_text_names

# Neither executable nor open to everyone: the recipient decides about both.
FILE_MODE = 0o640
_FOLDER_MODE = 0o2750  # setgid, as inbox/ has it


class Put(NamedTuple):
    """The result of `put`; there: in the inbox. failed: with the error.

    clashed: another file has taken the name since it was chosen, so another name is needed.
    unflushed: linked in the inbox, but a power cut may remove the name. gone: removed from the
    staging folder, or changed there, before it was ever linked. unremoved: in the inbox, and still
    linked in the staging folder until the next start.
    """

    there: list[Complete]
    clashed: list[Complete]
    failed: list[tuple[Complete, OSError]]
    unflushed: list[tuple[Complete, OSError]]
    gone: list[Complete]
    unremoved: list[tuple[Complete, OSError]]


class Delivery:
    """Mover of complete files and unpacked directories into the inbox folders of their sources."""

    def __init__(self, inbox: Path, staging: Path, unpacking: Path) -> None:
        self._inbox = inbox
        self._staging = staging
        self._unpacking = unpacking
        self._names = free_text_names()

    def choose_names(self, complete: list[Complete]) -> dict[int, str]:
        """Return a free name for each file that has none yet, by the id of its row."""
        chosen: dict[int, str] = {}
        taken: set[tuple[str, str]] = set()
        for item in complete:
            if item.inbox_name is not None:
                taken.add((item.source_name, item.inbox_name))
        for item in complete:
            if item.inbox_name is None and item.file not in chosen:
                name = self._free_name(item, taken)
                taken.add((item.source_name, name))
                chosen[item.file] = name
        return chosen

    def put(self, complete: list[Complete], fresh: Collection[int] = ()) -> Put:
        """Move files into the inbox under their committed names; durable when it returns.

        Two attempts of one file are one delivery. fresh: the files whose names were chosen just
        now, so no earlier run can have linked them.
        """
        put = Put([], [], [], [], [], [])
        folders: set[Path] = set()
        delivered: set[int] = set()
        for item in complete:
            folder = self._inbox / item.source_name
            is_known = item.delivered or item.file in delivered
            if not is_known and item.copied is None and self.is_gone(item, item.file in fresh):
                put.gone.append(item)
                continue
            try:
                if folder not in folders:
                    make_folder(folder, _FOLDER_MODE)
                is_there = is_known or self._place(item, folder)
            except OSError as error:
                put.failed.append((item, error))
                continue
            folders.add(folder)
            if is_there:
                delivered.add(item.file)
            (put.there if is_there else put.clashed).append(item)
        self._flush(folders, put)
        put.unremoved.extend(self.remove_staged(put.there))
        return put

    def remove_staged(self, there: list[Complete]) -> list[tuple[Complete, OSError]]:
        """Remove staged bytes that are needed no more; return those that cannot be, and why."""
        unremoved = []
        for item in there:
            try:
                (self._staging / item.staged_name).unlink(missing_ok=True)
            except OSError as error:
                unremoved.append((item, error))
        with suppress(OSError):
            flush_folder(self._staging)
        return unremoved

    def is_gone(self, item: Complete, is_fresh: bool) -> bool:
        """Return whether the staged bytes are not those that came, as far as a look shows it.

        is_fresh: no earlier run can have delivered them.
        """
        try:
            status = (self._staging / item.staged_name).lstat()
        except FileNotFoundError:
            return is_fresh
        except OSError:
            return False  # the error appears again when it is linked
        if item.kind is FileKind.DIRECTORY:
            return False  # it was checked when it was unpacked
        is_whole = item.whole_bytes is None or status.st_size == item.whole_bytes
        return not S_ISREG(status.st_mode) or not is_whole

    def is_staged(self, item: Complete) -> bool:
        """Return whether a file is in the staging folder, whatever is in it."""
        try:
            return S_ISREG((self._staging / item.staged_name).lstat().st_mode)
        except OSError:
            return False

    def _flush(self, folders: set[Path], put: Put) -> None:
        """Make the new names durable; what is in a folder that cannot be flushed is not there."""
        for folder in sorted(folders):
            try:
                flush_folders([folder])
            except OSError as error:
                within = [each for each in put.there if self._inbox / each.source_name == folder]
                put.unflushed.extend((item, error) for item in within)
                put.there[:] = [each for each in put.there if each not in within]
        # Old names that come back after a power cut belong to no row: the next start removes them.
        if any(item.kind is FileKind.DIRECTORY for item in put.there):
            with suppress(OSError):
                flush_folder(self._unpacking)
        for name in {item.source_name for item in put.there if item.copied is not None}:
            with suppress(OSError):
                flush_folder(hidden_folder(self._inbox / name))

    def _free_name(self, item: Complete, taken: set[tuple[str, str]]) -> str:
        source, folder = item.source_name, self._inbox / item.source_name
        return self._names.choose(
            source,
            item.name,
            lambda name: (source, name) in taken or os.path.lexists(folder / name),
        )

    def _place(self, item: Complete, folder: Path) -> bool:
        """Move a file to its name; return False if another one has taken it."""
        assert item.inbox_name is not None
        if item.copied is not None:
            try:
                return place_copy(folder, os.fsencode(item.copied), os.fsencode(item.inbox_name))
            except CopyGoneError:
                if self.is_staged(item):
                    raise
                # An earlier run placed it and removed the staging name.
                return True
        place = self._rename if item.kind is FileKind.DIRECTORY else self._link
        return place(item, folder)

    def _link(self, item: Complete, folder: Path) -> bool:
        assert item.inbox_name is not None
        staged = self._staging / item.staged_name
        target = folder / item.inbox_name
        try:
            staged.chmod(FILE_MODE)
            # The source chose the time; one that this file system cannot store is left out.
            with suppress(OverflowError, OSError):
                os.utime(staged, ns=(item.mtime_ns, item.mtime_ns))
            target.hardlink_to(staged)
        except FileNotFoundError:
            if os.path.lexists(staged):
                raise  # the folder is missing, not the file
            # An earlier run linked it and removed the staging name.
            return True
        except FileExistsError:
            return target.lstat().st_ino == staged.stat().st_ino
        except OSError as error:
            # A disk was mounted over the folder after an earlier run had linked it there.
            if error.errno == errno.EXDEV and staged.stat().st_nlink > 1:
                return True
            raise
        return True

    def _rename(self, item: Complete, folder: Path) -> bool:
        assert item.inbox_name is not None
        unpacked = self._unpacking / item.staged_name
        with suppress(OverflowError, OSError):
            os.utime(unpacked, ns=(item.mtime_ns, item.mtime_ns))
        try:
            rename_to_new(os.fsencode(unpacked), os.fsencode(folder / item.inbox_name))
        except FileNotFoundError:
            if os.path.lexists(unpacked):
                raise  # the folder is missing, not the file
            return True
        except FileExistsError:
            # A rename is atomic: a directory that is still here was not moved.
            return not os.path.lexists(unpacked)
        return True
