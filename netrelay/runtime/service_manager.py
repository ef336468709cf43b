"""What the service manager hears from us: READY, WATCHDOG, STATUS and descriptors (sd_notify(3)).

Our own client of its protocol, not systemd-python's: that one maps libsystemd into each of eight
processes, 0.65 MiB each (measured), for what is one datagram.
"""

import array
import os
import select
import socket
import time
from collections.abc import Callable, Sequence

_PATIENCE_S = 5.0
_EXTEND_EVERY_S = 10.0


def notify(text: str, descriptors: Sequence[int] = ()) -> None:
    """Tell the service manager something, if one listens; never fails.

    Never blocks either, unless it hands over descriptors, which must not get lost: then 5 s at
    most.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    send_datagram(address, text.encode(), descriptors)


def wait_until_heard() -> None:
    """Return when the service manager has done what was said to it before, or after 5 s.

    BARRIER=1 of sd_notify_barrier(3): it closes the descriptor once it gets there.
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
        closed.poll(_PATIENCE_S * 1000)
    finally:
        os.close(reader)


def watchdog_interval_s() -> float | None:
    """Give how often to feed the watchdog: at half its limit, as sd_watchdog_enabled(3) asks."""
    microseconds = os.environ.get("WATCHDOG_USEC", "")
    ours = os.environ.get("WATCHDOG_PID", "") in ("", str(os.getpid()))
    if not ours or not microseconds.isdecimal() or int(microseconds) == 0:
        return None
    return int(microseconds) / 2_000_000


class Watchdog:
    """The service manager's watchdog, fed as often as it asks for and no oftener."""

    def __init__(self) -> None:
        self._interval_s = watchdog_interval_s()
        self._due_s = 0.0
        self._status = ""

    def feed(self, status: Callable[[], str] | None = None) -> None:
        """Say that this process still turns, if it is time; cheap, so call it every turn.

        status: gives what `systemctl status` shows beside it; asked only then.
        """
        now_s = time.monotonic()
        # Half an interval early at most: a busy process must not flood the service manager.
        if self._interval_s is None or now_s < self._due_s - self._interval_s / 2:
            return
        notify("WATCHDOG=1")
        if status is not None and (text := status()) != self._status:
            notify(f"STATUS={text}")
            self._status = text
        self._due_s = now_s + self._interval_s

    def sleep_s(self, wanted_s: float | None) -> float | None:
        """Give how long to sleep, so as not to miss the next feeding; None for ever."""
        if self._interval_s is None:
            return wanted_s
        left_s = max(self._due_s - time.monotonic(), 0.0)
        return left_s if wanted_s is None else min(wanted_s, left_s)


class SlowStart:
    """The time that the service manager gives a start, extended while something large goes on.

    EXTEND_TIMEOUT_USEC= of sd_notify(3): it has to be repeated within the time that it names.
    """

    def __init__(self) -> None:
        self._due_s = 0.0

    def extend(self) -> None:
        """Ask for another minute, every ten seconds at most; cheap, so call it often."""
        now_s = time.monotonic()
        if now_s >= self._due_s:
            notify("EXTEND_TIMEOUT_USEC=60000000")
            self._due_s = now_s + _EXTEND_EVERY_S


def send_datagram(address: str, data: bytes, descriptors: Sequence[int] = ()) -> bool:
    """Send one datagram to a unix socket; False when it did not get there. See `notify`."""
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        connection.settimeout(_PATIENCE_S if descriptors else 0)
        try:
            connection.sendmsg([data], rights if descriptors else [], 0, address)
        except OSError:
            return False
    return True
