"""The state of a serial line as its process tells it: a small file in the runtime directory.

It changes every few seconds and is of no use after a restart, so it is no row: the runtime
directory is in memory, and the process of a line has no database.
"""

import fcntl
import json
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, NamedTuple

from netrelay.link.line_door import line_name

_MOST_BYTES: Final = 4096


class LineState(NamedTuple):
    """The state of a line; times in seconds ago.

    trouble: why it is not up, or what is wrong with it; "" for nothing. silent_s: since the other
    side was heard, None if it never was. lost_share: of the frames that this node sends, in their
    present size, how many are lost.
    """

    way: str
    is_running: bool
    is_up: bool = False
    trouble: str = ""
    silent_s: float | None = None
    streams: int = 0
    bytes_in: int = 0
    bytes_out: int = 0
    frames_in: int = 0
    bad: int = 0
    sent_again_bytes: int = 0
    piece_bytes: int = 0
    lost_share: float = 0.0
    airtime_s: float = 0.0


class LineStateFile:
    """The file of one line, for its process, which holds a lock on it while it runs."""

    def __init__(self, directory: Path, way: str) -> None:
        """Open it; BlockingIOError when another process of this line runs."""
        self._path = directory / f"{line_name(way)}.line"
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        self._descriptor = os.open(self._path, flags, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise

    def write(self, state: LineState) -> None:
        """Replace what it says, in one write of fixed length, so that no reader sees half of it."""
        said = json.dumps({**state._asdict(), "written_s": time.monotonic()}).encode()
        os.pwrite(self._descriptor, said[:_MOST_BYTES].ljust(_MOST_BYTES), 0)

    def close(self) -> None:
        """Close it; its lock ends."""
        os.close(self._descriptor)


def line_state(directory: Path, way: str) -> LineState:
    """Return the state of a line; without a running process it says so."""
    try:
        descriptor = os.open(directory / f"{line_name(way)}.line", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return LineState(way, is_running=False)
    try:
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            return LineState(way, is_running=False)
        said: dict[str, Any] = json.loads(os.pread(descriptor, _MOST_BYTES, 0))
        ago_s = time.monotonic() - said.pop("written_s")
        found = LineState(**said)
    except (OSError, ValueError, TypeError, KeyError):  # it has just begun
        return LineState(way, is_running=True)
    finally:
        os.close(descriptor)
    silent_s = None if found.silent_s is None else found.silent_s + ago_s
    return found._replace(silent_s=silent_s)
