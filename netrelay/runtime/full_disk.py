"""A full disk as a state of a process: reported when it begins and when it is over."""

from time import monotonic

from netrelay.runtime.early_errors import report_early
from netrelay.runtime.log import DISK_FULL
from netrelay.runtime.node import Node

RETRY_S = 1.0
"""The delay before a process tries again to store what had no room."""
# A small row may be stored where a large batch had no room: it is over after a while without.
_QUIET_S = 10.0


class FullDiskState:
    """Reports to the journal, since no log line can be stored while the disk is full."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._last_s: float | None = None

    def look(self) -> float | None:
        """Report a change of the state; return the longest delay until the next call, None: any."""
        if self._node.database.is_disk_full:
            if self._last_s is None:
                # Stored as soon as there is room, which is how a process without work notices it.
                self._node.log.write(DISK_FULL)
                self._report(
                    "disk-full",
                    f"{self._node.home.path}: the disk is full: nothing is stored until there is"
                    " room; it is tried again every second",
                )
            self._last_s = monotonic()
            return RETRY_S
        if self._last_s is None:
            return None
        left_s = self._last_s + _QUIET_S - monotonic()
        if left_s > 0:
            return left_s
        self._last_s = None
        self._report("disk-has-room", f"{self._node.home.path}: the disk has room again")
        return None

    def _report(self, event: str, text: str) -> None:
        report_early(self._node.process, event, text, self._node.config.name)
