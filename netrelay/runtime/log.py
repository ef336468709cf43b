"""Every line that netrelay logs, by process, and the log that stores them as rows."""

from contextlib import suppress
from typing import NamedTuple

from netrelay.core.printable import printable
from netrelay.runtime.clock import unix_s
from netrelay.store.database import Database
from netrelay.store.database_errors import DiskFullError

_LONGEST_TEXT = 500
_QUIET_S = 60.0
_MOST_REMEMBERED = 256
# Any host can cause lines that differ, and each costs a flush: limit them for each kind.
_MOST_PER_KIND = 60
_MOST_KEPT = 20_000
# While the disk is full no line can be stored: the newest wait.
_MOST_WAITING = 200


class LogLine(NamedTuple):
    """A kind of log line: process ("*": any), event name, level, and text with named fields."""

    process: str
    event: str
    level: str
    text: str


# Any process
CRASHED = LogLine("*", "crashed", "error", "unexpected error, starting again: {error}")
RESTARTED = LogLine(
    "*",
    "restarted",
    "warning",
    "started again: the process before it was ended by a signal, and could say nothing",
)
CANNOT_START = LogLine("*", "cannot-start", "error", "cannot start: {error}")
DISK_FULL = LogLine(
    "*",
    "disk-full",
    "error",
    "the disk was full, so nothing could be stored; what came meanwhile was refused for now",
)
DATABASE_LOCKED = LogLine(
    "*",
    "database-locked",
    "warning",
    "{holder}, which is not netrelay, had the database locked for {seconds} s: nothing was stored"
    " meanwhile",
)
MACHINE_RENEWED = LogLine(
    "*", "machine-renewed", "notice", "the database had another netrelay's machine; it has ours now"
)

FOLDER_MADE_AGAIN = LogLine(
    "*", "folder-made-again", "warning", "{folder}/ was not there any more, and was made again"
)
DATABASE_MIGRATED = LogLine(
    "*",
    "database-migrated",
    "notice",
    "the database was migrated from schema version {from_version} to {to_version}; {copy} beside it"
    " is what it was before",
)

# importer
CLAIM_FAILED = LogLine("importer", "claim-failed", "error", "cannot take {name!r}: {error}")
NOT_PUT_AWAY = LogLine(
    "importer", "not-put-away", "error", "cannot put away what {peer_name} has: {error}"
)
DROP_FOLDER_UNUSABLE = LogLine(
    "importer",
    "drop-folder-unusable",
    "error",
    "{folder} cannot be used, and nothing in it is sent: {error}; it is tried again by itself",
)
LEFT_ALONE = LogLine("importer", "left-alone", "warning", "{name!r} stays in {folder}: {reason}")
FOLDER_NOT_RENAMED = LogLine(
    "importer",
    "folder-not-renamed",
    "warning",
    "{folder} stays, and goes on being used: it cannot be renamed to {new_name} ({reason})",
)
NO_SUCH_PEER = LogLine(
    "importer",
    "no-such-peer",
    "warning",
    "{name!r} in drop/ is named like no peer, so what is in it stays; allowed: {allowed}",
)
NO_PEERS_FOLDER = LogLine(
    "importer",
    "no-peers-folder",
    "warning",
    "{name!r} lies in drop/ itself and stays there: put it into the folder of who shall get it,"
    " drop/NAME; allowed: {allowed}",
)
CLAIM_NOT_FLUSHED = LogLine(
    "importer",
    "claim-not-flushed",
    "error",
    "{name!r} and what else lies in {folder} is not sent yet: its disk cannot be flushed ({error});"
    " it is tried again by itself",
)
CLAIM_OF_NOBODY = LogLine(
    "importer",
    "claim-of-nobody",
    "warning",
    "{name!r} was to go to {peer_name!r}, who is no peer any more: it stays in {folder};"
    " netrelay peer add CARD lets it go",
)
CLAIM_FOUND = LogLine(
    "importer", "claim-found", "notice", "{name!r} was claimed and had no row yet"
)

# processor_s
SEND_REFUSED = LogLine("processor_s", "send-refused", "warning", "{reason}")
FILE_CHANGED = LogLine(
    "processor_s", "file-changed", "error", "{name!r} changed while it was being sent: {reason}"
)
FILE_TOUCHED = LogLine(
    "processor_s",
    "file-touched",
    "notice",
    "{name!r} is sent again from its beginning: {reason}, while its size and time stayed",
)
COPY_CHANGED = LogLine(
    "processor_s",
    "copy-changed",
    "notice",
    "{name!r} is sent again from its beginning, and not compressed: {reason}",
)
FILE_UNREAD = LogLine(
    "processor_s",
    "file-unread",
    "warning",
    "{name!r} waits until it can be read: {reason}; netrelay check says what to do",
)
NOT_CONNECTED = LogLine(
    "processor_s", "not-connected", "warning", "no connection to {peer_name}: {reason}"
)
ROUTE_TURNED = LogLine(
    "processor_s",
    "route-turned",
    "warning",
    "{before_name} has not been reached for a minute, so what is for {peer_name} goes {way} now:"
    " {reason}",
)
MEMBER_LEFT = LogLine(
    "processor_s",
    "member-left",
    "warning",
    "{before_name} has given no receipt of the group {peer_name} in time, so what has none goes"
    " {way} now; netrelay group ls says more",
)
ROUTE_BACK = LogLine(
    "processor_s",
    "route-back",
    "notice",
    "what is for {peer_name} goes {way} again, and no longer {way_before}",
)
BUDGET_NEARLY_USED = LogLine(
    "processor_s",
    "budget-nearly-used",
    "warning",
    "{used} of {limit} a {period} with {peer_name} are used; netrelay budget {peer_name} says more",
)
CARRIED_LOST = LogLine(
    "processor_s", "carried-lost", "warning", "cannot carry on what {source_name} sent: {reason}"
)
NO_WAY_BACK = LogLine(
    "processor_s",
    "no-way-back",
    "warning",
    "receipts for {source_name} wait for a route: netrelay peer route {source_name} --direct"
    " (or --via NODE)",
)
DISCONNECTED = LogLine(
    "processor_s", "disconnected", "notice", "connection to {peer_name} ended: {reason}"
)
NO_MOVE = LogLine("*", "no-move", "error", "the machine refused a fact: {error}")

# sender
STALLED = LogLine(
    "sender",
    "stalled",
    "notice",
    "nothing of what was sent to {peer_name} arrives: another connection is dialled beside it",
)

# sender, receiver
STRANGER = LogLine("*", "stranger", "warning", "connection from {address} ended: {reason}")

# receiver
CONNECTIONS_IN_USE = LogLine(
    "receiver",
    "connections-in-use",
    "warning",
    "no room for one more connection of {peer_name}: all {held} are in use, {own} of them its own",
)
CONNECTION_REPLACED = LogLine(
    "receiver",
    "connection-replaced",
    "notice",
    "an idle connection of {peer_name}, which holds most, made room for another",
)

# processor_r
ARRIVAL_REFUSED = LogLine(
    "processor_r", "arrival-refused", "warning", "refused a message from {peer_name}: {reason}"
)
STAGED_LOST = LogLine(
    "processor_r",
    "staged-lost",
    "error",
    "a file of {source_name} was taken out of inbox/.staging: all of it is asked for again",
)
STAGED_NOT_REMOVED = LogLine("*", "staged-not-removed", "error", "cannot remove {name!r}: {error}")

# exporter
DELIVERY_FAILED = LogLine(
    "exporter", "delivery-failed", "error", "cannot put {name!r} into the inbox: {error}"
)
SENT_NOT_REMOVED = LogLine(
    "exporter", "sent-not-removed", "error", "cannot remove {name!r} from sent/: {error}"
)
HOOK_FAILED = LogLine(
    "exporter",
    "hook-failed",
    "warning",
    "{path} ended with status {status} for {name!r}; it said: {output}",
)

ALARM_FAILED = LogLine(
    "exporter",
    "alarm-failed",
    "warning",
    "{path} ended with status {status} for the alarm {kind} of {subject}; it said: {output}",
)

# lander
LANDING_FAILED = LogLine(
    "lander", "landing-failed", "warning", "cannot put {name!r} into the store yet: {error}"
)
UPLOADS_ABORTED = LogLine(
    "lander",
    "uploads-aborted",
    "notice",
    "{number} uploads that an earlier run left half done in the store were aborted",
)
UPLOADS_NOT_ABORTED = LogLine(
    "lander",
    "uploads-not-aborted",
    "warning",
    "half uploaded files of an earlier run, if there are any, stay in the store: {error}",
)

# initial_sender, initial_receiver
HELLO_FAILED = LogLine(
    "*", "hello-failed", "warning", "no consensus with {peer_name} yet: {reason}"
)
HELLO_REFUSED = LogLine(
    "initial_receiver", "hello-refused", "warning", "refused a hello from {address}: {reason}"
)
HELLO_ADDRESS_REFUSED = LogLine(
    "initial_receiver",
    "hello-address-refused",
    "warning",
    "{peer_name} states the address {stated}, which is neither where it connects from ({address})"
    " nor on its card: not dialled; netrelay peer address {peer_name} {stated} allows it",
)
HELLOS_TOO_MANY = LogLine(
    "initial_receiver",
    "hellos-too-many",
    "warning",
    "{peer_name} says hello more than once a second: some of it is answered BUSY and not stored",
)
IDENTITY_USED_TWICE = LogLine(
    "initial_receiver",
    "identity-used-twice",
    "error",
    "two machines use the identity of {peer_name}: an epoch that it had left came back;"
    " `netrelay why {peer_name}` says what to do",
)
OWN_IDENTITY_USED_TWICE = LogLine(
    "initial_receiver",
    "own-identity-used-twice",
    "error",
    "{peer_name} says that it hears the identity of this node from two machines: `netrelay check`"
    " says what to do",
)

# a person, by `netrelay page control`
ASKED_ON_PAGE = LogLine("person", "asked-on-page", "notice", "{person} asked on the page: {act}")

# a person, or a stick, by `netrelay carry`
MEDIUM_WRITTEN = LogLine("person", "medium-written", "notice", "by hand, {what}")
MEDIUM_READ = LogLine("person", "medium-read", "notice", "by hand, {what} ({medium})")


class Log:
    """Collects the lines of a process; they are durable after `store`, which the loop calls."""

    def __init__(self, process: str, database: Database) -> None:
        self._process = process
        self._database = database
        self._pending: list[tuple[LogLine, str, int | None, str | None]] = []
        self.written_bytes = 0
        """Bytes that the transactions of the log have written to the disk."""
        self._last_logged_s: dict[str, float] = {}
        # For each kind of line: start of its minute, and the number of lines in it.
        self._minutes: dict[str, tuple[float, int]] = {}

    def write(
        self,
        line: LogLine,
        *,
        message: int | None = None,
        peer: str | None = None,
        **fields: object,
    ) -> None:
        """Queue one line; control characters in its fields are escaped, long texts are cut.

        To spare the SD card, the same text is logged once a minute, and 60 lines of a kind.
        """
        shown = printable(line.text.format(**fields))[:_LONGEST_TEXT]
        now_s = self._database.now_s()
        if now_s - self._last_logged_s.get(shown, -_QUIET_S) < _QUIET_S:
            return
        started_s, count = self._minutes.get(line.event, (now_s, 0))
        if now_s - started_s >= _QUIET_S:
            started_s, count = now_s, 0
        self._minutes[line.event] = started_s, count + 1
        if count >= _MOST_PER_KIND:
            return
        if count == _MOST_PER_KIND - 1:
            shown += " (more lines of this kind are left out for a minute)"
        if len(self._last_logged_s) >= _MOST_REMEMBERED:
            self._last_logged_s.clear()
        self._last_logged_s[shown] = now_s
        self._pending.append((line, shown, message, peer))
        del self._pending[:-_MOST_WAITING]

    def store(self) -> None:
        """Store the queued lines in one transaction; the oldest rows over the limit are deleted.

        While the disk is full the newest lines wait for a later call.
        """
        if not self._pending:
            return
        with suppress(DiskFullError):
            self._store()

    def _store(self) -> None:
        now_s, wall_s = self._database.now_s(), unix_s()
        before_bytes = self._database.written_bytes
        with self._database.transaction():
            self._database.execute_many(
                "INSERT INTO logs (unix_s, at_s, process, level, event, message, peer, text)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (wall_s, now_s, self._process, line.level, line.event, message, peer, text)
                    for line, text, message, peer in self._pending
                ],
            )
            self._database.execute(
                "DELETE FROM logs WHERE id <= (SELECT max(id) FROM logs) - ?", (_MOST_KEPT,)
            )
        self.written_bytes += self._database.written_bytes - before_bytes
        self._pending.clear()
