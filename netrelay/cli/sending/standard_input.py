"""Standard input as a source of `send`: stored whole before it is copied."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from netrelay.cli.sending.source import Source
from netrelay.core.ignored_names import IgnoredNames

STANDARD_INPUT: Final = "-"


@contextmanager
def stored_input(folder: Path) -> Iterator[Source]:
    """Store standard input in a file without a name for the block, in the folder where possible."""
    with _nameless(folder) as file:
        shutil.copyfileobj(sys.stdin.buffer, file)
        file.flush()
        yield Source(Path(STANDARD_INPUT), file.fileno(), IgnoredNames(()))


def _nameless(folder: Path) -> IO[Any]:
    try:
        # open(2): O_TMPFILE. The file system of the home has the room that the copy needs too.
        return os.fdopen(os.open(folder, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600), "w+b")
    except OSError:
        return tempfile.TemporaryFile()
