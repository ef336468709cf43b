"""Client of the service manager's notification protocol (sd_notify(3)).

It replaces that of systemd-python, which maps libsystemd into each of the eight processes, 0.65 MiB
each (measured), to send one datagram.
"""

import array
import os
import select
import socket
import time
from collections.abc import Callable, Sequence

_TIMEOUT_S = 5.0
_EXTEND_EVERY_S = 10.0


def notify(text: str, descriptors: Sequence[int] = ()) -> None:
    """Send a notification to the service manager, if there is one; errors are ignored.

    Does not block, except with descriptors, which must not be lost: then for at most 5 s.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    send_datagram(address, text.encode(), descriptors)


def wait_for_barrier() -> None:
    """Block until the service manager has processed all earlier notifications, at most 5 s.

    BARRIER=1 of sd_notify_barrier(3): it closes the descriptor once it has processed the message.
    """
    if not os.environ.get("NOTIFY_SOCKET"):
        return
    reader, writer = os.pipe2(os.O_CLOEXEC)
    try:
        notify("BARRIER=1", (writer,))
    finally:
        os.close(writer)
    try:
        closed = select.poll()
        closed.register(reader, 0)
        closed.poll(_TIMEOUT_S * 1000)
    finally:
        os.close(reader)


def watchdog_interval_s() -> float | None:
    """Return half the limit of the watchdog (sd_watchdog_enabled(3)); None without a watchdog."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    ours = os.environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    if not ours or not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    return int(microseconds) / 2_000_000


class Watchdog:
    """The service manager's watchdog; fed at half its limit, not more often."""

    def __init__(self) -> None:
        self._interval_s = watchdog_interval_s()
        self._due_s = 0.0
        self._status = ""

    def feed(self, status: Callable[[], str] | None = None) -> None:
        """Send WATCHDOG=1 if it is due; cheap, so call it at every step.

        status: returns the text for `systemctl status`; called only when the watchdog is fed.
        """
        now_s = time.monotonic()
        # At most half an interval early, so that a busy process does not flood the service manager.
        if self._interval_s is None or now_s < self._due_s - self._interval_s / 2:
            return
        notify("WATCHDOG=1")
        if status is not None and (text := status()) != self._status:
            notify(f"STATUS={text}")
            self._status = text
        self._due_s = now_s + self._interval_s

    def sleep_s(self, wanted_s: float | None) -> float | None:
        """Return the given delay, shortened to the next feeding if necessary; None: no limit."""
        if self._interval_s is None:
            return wanted_s
        left_s = max(self._due_s - time.monotonic(), 0.0)
        return left_s if wanted_s is None else min(wanted_s, left_s)


class StartTimeout:
    """The service manager's time limit for a start, extended during a long operation.

    EXTEND_TIMEOUT_USEC= of sd_notify(3) must be repeated within the time that it names.
    """

    def __init__(self) -> None:
        self._due_s = 0.0

    def extend(self) -> None:
        """Request another minute, at most every ten seconds; cheap, so call it often."""
        now_s = time.monotonic()
        if now_s >= self._due_s:
            notify("EXTEND_TIMEOUT_USEC=60000000")
            self._due_s = now_s + _EXTEND_EVERY_S


def send_datagram(address: str, data: bytes, descriptors: Sequence[int] = ()) -> bool:
    """Send one datagram to a unix socket; return False if it failed. Blocks as `notify` does."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(_TIMEOUT_S if descriptors else 0)
        try:
            connection.sendmsg([data], rights if descriptors else [], 0, address)
        except OSError:
            return False
    return True
