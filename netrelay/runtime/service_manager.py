"""What the service manager hears from us: READY and WATCHDOG (sd_notify(3)), early errors."""

import os
import socket
import sys
import syslog
import time
from contextlib import suppress

_JOURNAL = "/run/systemd/journal/socket"


def notify(text: str) -> None:
    """Tell the service manager something, if one listens; never blocks, never fails."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    _send(address, text.encode())


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

    def feed(self) -> None:
        """Say that this process still turns, if it is time; cheap, so call it every turn."""
        now_s = time.monotonic()
        # Half an interval early at most: a busy process must not flood the service manager.
        if self._interval_s is not None and now_s >= self._due_s - self._interval_s / 2:
            notify("WATCHDOG=1")
            self._due_s = now_s + self._interval_s

    def sleep_s(self, wanted_s: float | None) -> float | None:
        """Give how long to sleep, so as not to miss the next feeding; None for ever."""
        if self._interval_s is None:
            return wanted_s
        left_s = max(self._due_s - time.monotonic(), 0.0)
        return left_s if wanted_s is None else min(wanted_s, left_s)


def printable(text: str) -> str:
    """Give a text with everything escaped that a terminal, a journal or a line cannot take."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def report_early(process: str, event: str, text: str) -> None:
    """Report an error before the database is open: to the journal, else syslog, and stderr."""
    line = printable(text)
    with suppress(OSError, ValueError, AttributeError):  # nobody may hold the other end any more
        print(f"netrelay {process}: {line}", file=sys.stderr, flush=True)  # noqa: T201
    fields = {
        "MESSAGE": line,
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "netrelay",
        "NETRELAY_PROCESS": process,
        "NETRELAY_EVENT": event,
    }
    entry = "".join(f"{key}={value}\n" for key, value in fields.items())
    if not _send(_JOURNAL, entry.encode(errors="replace")):
        syslog.openlog("netrelay", syslog.LOG_PID, syslog.LOG_DAEMON)
        syslog.syslog(syslog.LOG_ERR, f"{process}: {line}")


def _send(address: str, data: bytes) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as connection:
        try:
            connection.sendto(data, socket.MSG_DONTWAIT, address)
        except OSError:
            return False
    return True
