"""The monitor of an emulated machine: QMP over a unix socket, with a timeout for every reply."""

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from labgrid.util.qmp import QMPError, QMPMonitor

ANSWER_S = 120.0
"""savevm of 768 MiB on a busy machine is the longest that is asked for."""

APPEARS_S = 30.0

KEY_HELD_MS = 40
"""Of the guest's time. Linux repeats a key that is held for 250 ms (REP_DELAY, input-event.h)."""


class MonitorError(Exception):
    """The machine rejected a command, or its monitor is closed."""


class Monitor:
    """A connection to a running machine; close it before waiting for its end."""

    def __init__(self, path: Path, is_alive: Callable[[], bool]) -> None:
        self._socket = _connect(path, is_alive)
        self._socket.settimeout(ANSWER_S)
        try:
            self._qmp = QMPMonitor(self._socket.makefile("rb"), self._socket.makefile("wb"))
        except (OSError, ValueError, QMPError) as error:
            raise MonitorError(f"{path}: no QEMU monitor answers: {error}") from error

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run a QMP command and return its result."""
        try:
            return self._qmp.execute(command, arguments)
        # TypeError: labgrid 26.0.1 passes a dict to its QMPError, which rejects it.
        except (OSError, ValueError, TypeError, QMPError) as error:
            raise MonitorError(f"{command} {arguments}: {error}") from error

    def set_cable(self, network: str, *, plugged: bool) -> None:
        """Plug in or unplug the cable of one network; the guest sees the carrier change."""
        self.execute("set_link", name=network, up=plugged)

    def type_line(self, text: str) -> None:
        """Type lower-case letters, digits and hyphens on the keyboard, then Enter.

        Returns before the guest has read them: QEMU queues the keys.
        """
        for key in [*("minus" if letter == "-" else letter for letter in text), "ret"]:
            self.execute(
                "send-key", keys=[{"type": "qcode", "data": key}], **{"hold-time": KEY_HELD_MS}
            )

    def save(self, snapshot: str) -> None:
        """Store a snapshot of memory and disk in the disk; the machine pauses meanwhile."""
        self._human(f"savevm {snapshot}")

    def restore(self, snapshot: str) -> None:
        """Restore the snapshot of this name."""
        self._human(f"loadvm {snapshot}")

    def close(self) -> None:
        """Close the connection; the machine keeps running."""
        self._socket.close()

    def _human(self, line: str) -> None:
        words = self.execute("human-monitor-command", **{"command-line": line})
        if words.strip():
            raise MonitorError(f"{line}: {words.strip()}")


def _connect(path: Path, is_alive: Callable[[], bool]) -> socket.socket:
    deadline = time.monotonic() + APPEARS_S
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
        except OSError as error:
            connection.close()
            if time.monotonic() > deadline or not is_alive():
                raise MonitorError(f"{path}: no QEMU monitor appeared: {error}") from error
            time.sleep(0.05)
        else:
            return connection
