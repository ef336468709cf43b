"""The files of an open database are still those at their paths.

Processes that have different -shm files do not see each other's locks, nor what the other ones have
committed: they overwrite it (sqlite.org/howtocorrupt.html, section 1.4).
"""

import os
from pathlib import Path

from netrelay.store.database_errors import DatabaseReplacedError

_SUFFIXES = ("", "-wal", "-shm")


class OpenedFiles:
    """The database, its WAL and the WAL's index, as they were when this was constructed.

    Construct it right after the first read, which makes the latter two.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._names = [f"{path}{suffix}" for suffix in _SUFFIXES]
        self._opened = [_identity(name) for name in self._names]

    def check(self) -> None:
        """Raise DatabaseReplacedError if one was removed or replaced; three calls of stat(2)."""
        for name, opened in zip(self._names, self._opened, strict=True):
            found = _identity(name)
            if found != opened:
                what = "removed" if found is None else "replaced"
                raise DatabaseReplacedError(
                    f"{name} was {what} while it was in use: this process has written nothing since"
                    f" and has to be started again. Nobody may touch {self._path.name}, -wal and"
                    " -shm while the node runs"
                )


def _identity(name: str) -> tuple[int, int] | None:
    try:
        status = os.stat(name)  # noqa: PTH116 -- three times in each transaction
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino
