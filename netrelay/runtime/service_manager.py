"""What the service manager hears from us: READY and WATCHDOG (sd_notify(3)), early errors."""

import os
import socket
import sys
import syslog

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
    if not microseconds.isdigit() or os.environ.get("WATCHDOG_PID", "") not in (
        "",
        str(os.getpid()),
    ):
        return None
    return int(microseconds) / 2_000_000


def report_early(process: str, event: str, text: str) -> None:
    """Report an error before the database is open: to the journal, else syslog, and stderr."""
    line = text.replace("\n", "\\n")
    print(f"netrelay {process}: {line}", file=sys.stderr)  # noqa: T201 -- the last resort
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
