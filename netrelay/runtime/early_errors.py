"""Errors while there is no database to write them to: to the journal with fields, else syslog.

    MESSAGE            the text, without control characters
    MESSAGE_ID         the same in all of them: `journalctl MESSAGE_ID=...` shows them
    NETRELAY_PROCESS   which of the eight
    NETRELAY_EVENT     config, cannot-start, cannot-log, unit-failed
    NETRELAY_NODE      the node's name, where the configuration could be read

Through systemd-python where it is installed, else by a datagram of our own to the same socket.
"""

import importlib
import os
import sys
import syslog
from contextlib import suppress
from typing import Final

from netrelay.core.printable import printable
from netrelay.runtime.service_manager import send_datagram

# Drawn once, by systemd-id128 new.
MESSAGE_ID: Final = "5d0c2ff0a1c84a1bb7a5e4b6ad2b7c11"
_JOURNAL = "/run/systemd/journal/socket"
_STANDARD_ERROR = 2


def report_early(process: str, event: str, text: str, node: str = "") -> None:
    """Report an error before the database is open: to the journal, else syslog, and stderr."""
    line = printable(text)
    fields = {
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "netrelay",
        "NETRELAY_PROCESS": process,
        "NETRELAY_EVENT": event,
    }
    if node:
        fields["NETRELAY_NODE"] = node
    is_in_journal = _tell_journal(line, fields)
    if not (is_in_journal and _is_journal(_STANDARD_ERROR)):
        # Nobody may hold the other end any more.
        with suppress(OSError, ValueError, AttributeError):
            print(f"netrelay {process}: {line}", file=sys.stderr, flush=True)  # noqa: T201
    if not is_in_journal:
        syslog.openlog("netrelay", syslog.LOG_PID, syslog.LOG_DAEMON)
        syslog.syslog(syslog.LOG_ERR, f"{process}: {line}")


def _tell_journal(line: str, fields: dict[str, str]) -> bool:
    if not os.path.lexists(_JOURNAL):
        return False  # libsystemd would call it sent
    # Only here: it takes 2.3 MiB and 50 ms (measured), which nobody minds who is about to end.
    # Another project on PyPI is called systemd too, so what it can is tried.
    with suppress(Exception):
        journal = importlib.import_module("systemd.journal")
        journal.send(line, MESSAGE_ID=MESSAGE_ID, **fields)
        return True
    entry = {"MESSAGE": line, "MESSAGE_ID": MESSAGE_ID, **fields}
    data = "".join(f"{key}={value}\n" for key, value in entry.items())
    return send_datagram(_JOURNAL, data.encode(errors="replace"))


def _is_journal(descriptor: int) -> bool:
    """Tell whether a descriptor leads into the journal: JOURNAL_STREAM of systemd.exec(5)."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
