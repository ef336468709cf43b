"""Sources of `send`: opened with the rights of whoever typed the command, and kept open.

The copies are made with the rights of the home's owner. What is opened here stays open, so the
rest of `send` needs no other right.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.owner import own_rights
from netrelay.core.ignored_names import IgnoredNames
from netrelay.core.printable import printable
from netrelay.disk.descriptors import open_beneath
from netrelay.disk.inodes import fingerprint, kind_of_file
from netrelay.transfer.dropped_tree import Leaf, Tree, read_open_tree


class SourceChanged(Exception):  # noqa: N818 -- for the person who changed it
    """The source changed while it was copied."""


class Source:
    """An open file or directory."""

    def __init__(self, path: Path, descriptor: int, ignored: IgnoredNames) -> None:
        self._ignored = ignored
        self.path = path
        self.descriptor = descriptor
        self.status = os.fstat(descriptor)
        self.is_directory = stat.S_ISDIR(self.status.st_mode)

    def tree(self) -> Tree:
        """Read the directory recursively; TreeRefused when it holds what cannot be sent."""
        with own_rights():
            return read_open_tree(self.descriptor, os.fsencode(self.path), self._ignored)

    @contextmanager
    def opened(self, leaf: Leaf) -> Iterator[int]:
        """Open a file of the directory for the block; SourceChanged for another than was read."""
        try:
            with own_rights():
                descriptor = open_beneath(self.descriptor, leaf.entry.path, os.O_RDONLY)
        except (FileNotFoundError, NotADirectoryError):
            raise SourceChanged from None
        try:
            if fingerprint(os.fstat(descriptor)) != leaf.fingerprint:
                raise SourceChanged
            yield descriptor
        finally:
            os.close(descriptor)


@contextmanager
def opened_source(path: Path, ignored: IgnoredNames) -> Iterator[Source]:
    """Open a file or directory for the block; CommandError when it is neither or unreadable.

    ignored: names that are left out of a directory.
    """
    shown = printable(str(path))
    try:
        with own_rights():
            _refuse_other_kinds(path.stat().st_mode, shown)
            descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError as error:
        raise CommandError(Exit.NO_INPUT, f"{shown}: may not be read") from error
    except OSError as error:
        raise CommandError(Exit.NO_INPUT, f"{shown}: {error.strerror}") from error
    try:
        source = Source(path, descriptor, ignored)
        _refuse_other_kinds(source.status.st_mode, shown)
        yield source
    finally:
        os.close(descriptor)


def _refuse_other_kinds(mode: int, shown: str) -> None:
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise CommandError(
            Exit.NO_INPUT, f"{shown} is {kind_of_file(mode)}; allowed: files and directories"
        )
