"""Errors that no log line can be stored of: to the journal with fields, else to syslog.

    MESSAGE            the text, without control characters
    MESSAGE_ID         one for all of them: `journalctl MESSAGE_ID=...`
    NETRELAY_PROCESS   name of the process
    NETRELAY_EVENT     config, cannot-start, cannot-log, unit-failed, disk-full, disk-has-room,
                       database-locked, database-unlocked
    NETRELAY_NODE      name of the node, if the configuration could be read

They are sent by systemd-python where it is installed, else as a native journal datagram.
"""

import importlib
import os
import sys
import syslog
from contextlib import suppress
from typing import Final

from netrelay.core.printable import printable
from netrelay.runtime.service_manager import send_datagram

# Generated once with `systemd-id128 new`.
MESSAGE_ID: Final = "5d0c2ff0a1c84a1bb7a5e4b6ad2b7c11"
_JOURNAL = "/run/systemd/journal/socket"
_STANDARD_ERROR = 2


def report_early(process: str, event: str, text: str, node: str = "") -> None:
    """Report an error to the journal, else to syslog; and to stderr unless that is the journal."""
    line = printable(text)
    fields = {
        "PRIORITY": "3",
        "SYSLOG_IDENTIFIER": "netrelay",
        "NETRELAY_PROCESS": process,
        "NETRELAY_EVENT": event,
    }
    if node:
        fields["NETRELAY_NODE"] = node
    is_in_journal = _send_to_journal(line, fields)
    if not (is_in_journal and _is_journal(_STANDARD_ERROR)):
        # stderr may be closed, or a pipe without reader.
        with suppress(OSError, ValueError, AttributeError):
            # print() writes twice, and lines of the eight would mix on a terminal.
            sys.stderr.write(f"netrelay {process}: {line}\n")
            sys.stderr.flush()
    if not is_in_journal:
        syslog.openlog("netrelay", syslog.LOG_PID, syslog.LOG_DAEMON)
        syslog.syslog(syslog.LOG_ERR, f"{process}: {line}")


def _send_to_journal(line: str, fields: dict[str, str]) -> bool:
    if not os.path.lexists(_JOURNAL):
        return False  # libsystemd would report success
    # Imported only here, where the process is about to end: it takes 2.3 MiB and 50 ms (measured).
    # PyPI has another package called systemd, hence any exception.
    with suppress(Exception):
        journal = importlib.import_module("systemd.journal")
        journal.send(line, MESSAGE_ID=MESSAGE_ID, **fields)
        return True
    entry = {"MESSAGE": line, "MESSAGE_ID": MESSAGE_ID, **fields}
    data = "".join(f"{key}={value}\n" for key, value in entry.items())
    return send_datagram(_JOURNAL, data.encode(errors="replace"))


def _is_journal(descriptor: int) -> bool:
    """Return True if the descriptor is the journal: JOURNAL_STREAM of systemd.exec(5)."""
    try:
        status = os.fstat(descriptor)
    except OSError:
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
