"""Programs that are not netrelay and hold SQLite's own write lock, and the wait for them.

netrelay's processes exclude one another by a lock file (lock.py), so SQLite is busy only because of
another program: `sqlite3` with an open BEGIN IMMEDIATE, a backup program, a viewer.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from netrelay.core.printable import printable
from netrelay.store.database_errors import DatabaseLockedError

_LOCKS = Path("/proc/locks")
# WAL_WRITE_LOCK of SQLite's WAL index (sqlite.org/walformat.html, section 2.3).
_WRITE_LOCK_BYTE = 120
_WAIT_S = 0.05
_PATIENCE_S = 30.0
_UNKNOWN = "another program"


def holder_text(database: Path) -> str:
    """Return the program that holds SQLite's write lock, with its pid, as far as it can be seen.

    /proc/locks is read because a second descriptor of the file would end SQLite's own locks when it
    is closed (fcntl(2), F_SETLK).
    """
    return _named(_holder(database)[0])


def foreign_holder(database: Path, lock_file: Path) -> str | None:
    """Return the program that holds SQLite's write lock without netrelay's lock file, or None."""
    first = _foreign_pid(database, lock_file)
    # The list is not read in one moment: a process of ours may just have come or gone.
    if first is None or _foreign_pid(database, lock_file) != first:
        return None
    return _named(first)


class ForeignWait:
    """The wait of transactions for another program's lock; it holds nothing meanwhile.

    while_locked: called many times a second, with the seconds since the wait began; it may raise.
    Without it the wait ends after 30 s with DatabaseLockedError.
    """

    def __init__(self, database: Path, while_locked: Callable[[float], None] | None) -> None:
        self._database = database
        self._while_locked = while_locked
        self._began_s: float | None = None

    def wait(self) -> None:
        """Block for a moment, before the next try."""
        now_s = time.monotonic()
        if self._began_s is None:
            self._began_s = now_s
        if self._while_locked is not None:
            self._while_locked(now_s - self._began_s)
        elif now_s - self._began_s > _PATIENCE_S:
            raise locked_error(self._database)
        time.sleep(_WAIT_S)


def locked_error(database: Path) -> DatabaseLockedError:
    """Return the error that names the program which has the lock."""
    return DatabaseLockedError(
        f"{database} is locked by {holder_text(database)}, which is not netrelay: nothing can be"
        " stored until it ends its transaction"
    )


def _named(pid: int | None) -> str:
    if pid is not None:
        with suppress(OSError):
            # Any bytes, cut after the fifteenth: also within a character.
            name = Path(f"/proc/{pid}/comm").read_bytes().strip().decode("utf-8", "replace")
            return f"{printable(name)} (pid {pid})"
    return _UNKNOWN


def _foreign_pid(database: Path, lock_file: Path) -> int | None:
    pid, lines = _holder(database)
    if pid is None:
        return None
    try:
        inode = str(lock_file.stat().st_ino)
    except FileNotFoundError:
        return pid
    except OSError:
        # Another user's node: its processes cannot be told from other programs.
        return None
    is_ours = any(_is_of(words, "FLOCK", inode) and words[4] == str(pid) for words in lines)
    return None if is_ours else pid


def _holder(database: Path) -> tuple[int | None, list[list[str]]]:
    """Return the pid of the lock's holder, 0 where it is not shown, and the lines of all locks."""
    try:
        inode = str(database.with_name(f"{database.name}-shm").stat().st_ino)
        lines = [line.split() for line in _LOCKS.read_text().splitlines()]
    except OSError:
        return None, []
    for words in lines:
        if _is_of(words, "POSIX", inode) and words[3] == "WRITE":
            first, last = words[6], words[7]
            if int(first) <= _WRITE_LOCK_BYTE and (last == "EOF" or int(last) >= _WRITE_LOCK_BYTE):
                return int(words[4]), lines
    return None, lines


def _is_of(words: list[str], kind: str, inode: str) -> bool:
    # "1: POSIX  ADVISORY  WRITE 1234 fd:01:5678 120 120"; one that waits has "->" in second place.
    return len(words) == 8 and words[1] == kind and words[5].rpartition(":")[2] == inode
