"""Drop folders that cannot be used for now: each is tried again by itself, and stops no other."""

import errno
import os
from collections.abc import Container
from time import monotonic
from typing import NamedTuple

from netrelay.runtime.log import DROP_FOLDER_UNUSABLE, Log

AGAIN_S = 60.0
# Something else has the name: a look costs nothing, and a person mends it with an event.
_WRONG_KIND = frozenset({errno.EEXIST, errno.ENOTDIR, errno.ELOOP})


class _Trouble(NamedTuple):
    code: int
    until_s: float


class UnusableFolders:
    """The drop folders in which the last try met an error, by name; "" is drop/ itself."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._troubles: dict[str, _Trouble] = {}

    def note(self, name: str, error: OSError) -> None:
        """Note an error, and log it unless the folder had the same one before."""
        code = error.errno or errno.EIO
        before = self._troubles.get(name)
        if before is None or before.code != code:
            folder = f"drop/{name}" if name else "drop"
            self._log.write(DROP_FOLDER_UNUSABLE, folder=folder, error=_why(code))
        self._troubles[name] = _Trouble(code, monotonic() + AGAIN_S)

    def forget(self, name: str) -> None:
        """Note that a folder was used without an error, or belongs to no peer any more."""
        self._troubles.pop(name, None)

    def keep(self, names: Container[str]) -> None:
        """Forget all folders but these and drop/ itself."""
        self._troubles = {
            name: each for name, each in self._troubles.items() if not name or name in names
        }

    def is_left_alone(self, name: str) -> bool:
        """Return whether a folder is not to be tried yet: a failing disk may be slow."""
        trouble = self._troubles.get(name)
        if trouble is None or trouble.code in _WRONG_KIND:
            return False
        return monotonic() < trouble.until_s

    def try_again(self) -> None:
        """Have every folder tried at the next step: a disk was mounted, or taken away."""
        self._troubles = {name: _Trouble(each.code, 0.0) for name, each in self._troubles.items()}

    def again_s(self) -> float | None:
        """Return the seconds until one is tried again; None without one."""
        times_s = [each.until_s for each in self._troubles.values()]
        return max(min(times_s) - monotonic(), 0.0) if times_s else None

    def reasons(self) -> dict[bytes, str]:
        """Return the folders of peers, each with the reason for a person."""
        return {
            os.fsencode(name): f"it cannot be used as the folder of a peer: {_why(each.code)}"
            for name, each in self._troubles.items()
            if name
        }


def _why(code: int) -> str:
    if code == errno.ENOSPC:
        return "no more folders can be watched: fs.inotify.max_user_watches is too low (sysctl)"
    if code in _WRONG_KIND:
        return "it has to be a folder, not a link to one"
    return os.strerror(code)
