"""The folder of netrelay on a medium that people carry: opened once, then used by its descriptor.

    DIR/netrelay/ADDRESSEE-ID.carry     a complete file
    DIR/netrelay/ID.part                one that is being written, or that was cut short

Whoever had the medium before chooses what lies there: names are checked before they are opened,
links are not followed, and only regular files are read. All names are valid on FAT32 and exFAT.
"""

import errno
import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from stat import S_ISREG
from typing import Final

from netrelay.disk.descriptors import open_directory

FOLDER: Final = "netrelay"
MOST_MEDIUM_FILES: Final = 4096
"""Files that are looked at; with those that netrelay writes 128 GiB."""

_COMPLETE: Final = re.compile(r"[a-z2-7]{32}-[0-9a-f]{32}\.carry")
_UNFINISHED: Final = re.compile(r"[0-9a-f]{32}\.part")
# Entries of any name; a folder with more is read no further.
_MOST_ENTRIES: Final = 65_536


class MediumFolder:
    """An open folder of netrelay on a medium.

    rights: entered around each call that the kernel judges by the user.
    """

    def __init__(
        self, descriptor: int, rights: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> None:
        self._descriptor = descriptor
        self._rights = rights

    @classmethod
    def opened(
        cls,
        medium: Path,
        *,
        is_made: bool,
        rights: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> "MediumFolder":
        """Open the folder below a directory, and make it if is_made.

        FileNotFoundError, NotADirectoryError, PermissionError and the like, which name the path.
        """
        with rights():
            # The directory itself may be named by a link: a person has typed it.
            above = os.open(medium, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                if is_made:
                    with suppress(FileExistsError):
                        os.mkdir(FOLDER, 0o755, dir_fd=above)
                        os.fsync(above)
                return cls(open_directory(FOLDER, above), rights)
            except OSError as error:
                error.filename = os.fspath(medium / FOLDER)
                raise
            finally:
                os.close(above)

    def names(self) -> list[str]:
        """Return the names of complete files, sorted; at most MOST_MEDIUM_FILES."""
        return sorted(self._matching(_COMPLETE))[:MOST_MEDIUM_FILES]

    def size_bytes(self) -> int:
        """Return the size of all complete files together."""
        count_bytes = 0
        for name in self.names():
            with suppress(OSError), self._rights():
                status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
                count_bytes += status.st_size
        return count_bytes

    def open_file(self, name: str) -> int:
        """Return a descriptor of a regular file, for reading; OSError for anything else."""
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        with self._rights():
            # To open a device is to use it: that of a watchdog starts it.
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
            if not S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "it is no regular file", name)
            descriptor = os.open(name, flags, dir_fd=self._descriptor)
        if not S_ISREG(os.fstat(descriptor).st_mode):
            os.close(descriptor)
            raise OSError(errno.EINVAL, "it is no regular file", name)
        return descriptor

    def create(self, file_id: bytes) -> int:
        """Return a descriptor of a new file for `complete`, for writing."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with self._rights():
            return os.open(_unfinished(file_id), flags, 0o644, dir_fd=self._descriptor)

    def complete(self, descriptor: int, file_id: bytes, addressee: str) -> str:
        """Flush a file and give it its name, which is returned; durable on return."""
        os.fsync(descriptor)
        name = f"{addressee}-{file_id.hex()}.carry"
        within = self._descriptor
        with self._rights():
            os.rename(_unfinished(file_id), name, src_dir_fd=within, dst_dir_fd=within)
        os.fsync(within)
        return name

    def discard(self, file_id: bytes) -> None:
        """Remove a file that was not completed, if it can be removed."""
        with suppress(OSError):
            self.remove(_unfinished(file_id))

    def sweep(self) -> None:
        """Remove what a pulled medium left unfinished, if it can be removed."""
        for name in self._matching(_UNFINISHED):
            with suppress(OSError):
                self.remove(name)

    def remove(self, name: str) -> None:
        """Remove a file; it is durable after `flush`."""
        with self._rights():
            os.unlink(name, dir_fd=self._descriptor)

    def flush(self) -> None:
        """Make the names durable."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Close it."""
        os.close(self._descriptor)

    def _matching(self, pattern: re.Pattern[str]) -> list[str]:
        found = []
        with os.scandir(self._descriptor) as entries:
            for count, entry in enumerate(entries):
                if count >= _MOST_ENTRIES:
                    break
                if pattern.fullmatch(entry.name):
                    found.append(entry.name)
        return found


def _unfinished(file_id: bytes) -> str:
    return f"{file_id.hex()}.part"
