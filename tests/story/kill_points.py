# ruff: noqa: E501 -- a table has one row a line
"""The points at which the processes of a node are killed, and the work in progress at each.

`python -m tests.story.kill_points` prints the table as docs/evidence/reliability.md shows it.
"""

import os
from collections.abc import Callable, Sequence
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple

from netrelay.runtime.clock import system_clock
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase


class When(StrEnum):
    """Before, after or during a call. IN: after half of the buffer that is its last argument."""

    BEFORE = "before"
    AFTER = "after"
    IN = "in the middle of"


class Seen(NamedTuple):
    """The unfinished work of a node at one moment: committed rows, and entries of its folders.

    messages: number of messages by type and state, without final ones. claimed: files without a
    row. coming: durable bytes of incoming files, and their total. owed: receipts that are due.
    unsaid: True if the newest hello or reply of this node is not recorded as sent.
    """

    messages: dict[str, int]
    files: list[str]
    claimed: list[str]
    coming: tuple[int, int]
    named: list[str]
    owed: int
    unsaid: bool
    staging: list[str]
    spool: list[str]
    inbox: list[str]

    def has(self, *kinds: str) -> bool:
        """Return True if there is a message of one of these types and states: "2 S-4"."""
        return any(kind in self.messages for kind in kinds)

    @property
    def is_over(self) -> bool:
        """True if no work is left."""
        return not (self.messages or self.files or self.claimed or self.owed)


def look(home: Path) -> Seen:
    """Return the unfinished work of a node, read from outside."""
    place = Home(home)
    with closing(ReadOnlyDatabase(place.database, system_clock())) as database:
        messages = {
            f"{kind!s} {state!s}": int(str(count))
            for kind, state, count in database.rows(
                "SELECT type, state, count(*) FROM messages WHERE id > 0 AND state NOT IN ('F', 'D')"
                " GROUP BY type, state"
            )
        }
        files = database.rows(
            "SELECT name, path, inbox_name, size_bytes FROM files WHERE NOT closed"
        )
        rows = {os.fsencode(place.path) + b"/" + bytes(path) for _, path, _, _ in files if path}  # type: ignore[arg-type]
        coming = database.value("SELECT coalesce(sum(last - first), 0) FROM ranges")
        owed = database.value("SELECT count(*) FROM receipts_due")
        unsaid = database.value(
            "SELECT NOT EXISTS (SELECT 1 FROM events WHERE message = m.id AND event = 'sent')"
            " FROM messages m WHERE type IN (4, 5) AND birth = 'made' ORDER BY id DESC LIMIT 1"
        )
        done = {name for (name,) in database.rows("SELECT inbox_name FROM files WHERE closed")}
    claims = [path for path in place.claims.rglob("*") if path.is_file()]
    return Seen(
        messages,
        sorted(str(name) for name, *_ in files),
        sorted(path.name for path in claims if os.fsencode(path) not in rows),
        (int(str(coming)), sum(int(str(size)) for _, path, _, size in files if path is None)),
        sorted(str(name) for _, _, name, _ in files if name is not None),
        int(str(owed)),
        bool(unsaid),
        sorted(path.name for path in place.staging.iterdir()),
        sorted(path.name for path in place.spool.iterdir()),
        sorted(path.name for path in place.inbox.glob("[!.]*/*") if path.name not in done),
    )


class Work(NamedTuple):
    """Work in progress: its description, and a predicate on this node and the others."""

    words: str
    is_in_hand: Callable[[Seen, Sequence[Seen]], bool]


CLAIMED = Work("a claimed file that has no row", lambda own, _: bool(own.claimed))
JOB = Work("a job whose file is not put away", lambda own, _: bool(own.files))
DELIVERED = Work(
    "a delivered file that is not put away",
    lambda own, _: bool(own.files) and not own.has("6 S-2W"),
)
READY = Work("chunks that are ready", lambda own, _: own.has("2 S-4"))
IN_FLIGHT = Work("chunks that were handed over", lambda own, _: own.has("2 S-4W"))
PART = Work(
    "a part of the file, not all of it",
    lambda own, _: own.has("3 N-4") and 0 < own.coming[0] < own.coming[1],
)
CARRIED = Work("a file in the spool", lambda own, _: bool(own.spool))
WHOLE = Work(
    "a whole file outside the inbox, without a name",
    lambda own, _: own.has("3 N-4") and bool(own.staging) and not own.inbox and not own.named,
)
NAMED = Work(
    "a whole file outside the inbox, its name committed",
    lambda own, _: own.has("3 N-4") and bool(own.staging) and not own.inbox and bool(own.named),
)
BOTH_NAMES = Work(
    "a file in the inbox and in the staging folder",
    lambda own, _: own.has("3 N-4") and bool(own.staging) and bool(own.inbox),
)
IN_INBOX = Work(
    "a file in the inbox that is not final",
    lambda own, _: own.has("3 N-4") and bool(own.inbox) and not own.staging,
)
OWED = Work("a receipt that is owed", lambda own, _: own.owed > 0)
RECEIPT = Work("a receipt that is ready", lambda own, _: own.has("7 S-4"))
RECEIPT_SENT = Work("a receipt that was handed over", lambda own, _: own.has("7 S-4W"))
RECEIPT_COMES = Work(
    "a receipt that its giver still holds",
    lambda _, others: any(other.has("7 S-4W") for other in others),
)
# The reply to a hello may arrive before the hello is recorded as sent.
HELLO = Work("a hello or a reply, not noted as sent", lambda own, _: own.unsaid)
HELLO_COMES = Work(
    "a hello or a reply that its giver has not noted as sent",
    lambda _, others: any(other.unsaid for other in others),
)


class Point(NamedTuple):
    """A point: process, function, number of the call, and the work in progress.

    where: roles in a transfer whose node is killed there. target: module:name.
    """

    name: str
    process: str
    target: str
    when: When
    passage: int
    work: Work
    where: tuple[str, ...]


SOURCE, RELAY, DESTINATION = "source", "relay", "destination"
EVERYWHERE = (SOURCE, DESTINATION, RELAY)
GIVERS = (SOURCE, RELAY)
TAKERS = (DESTINATION, RELAY)
BEFORE, AFTER, IN = When

POINTS = tuple(
    Point(name, process, f"netrelay.{target}", when, passage, work, where)
    for name, process, target, when, passage, work, where in (
        # importer
        ("after claim", "importer", "transfer.claims:Claims.claim", AFTER, 1, CLAIMED, EVERYWHERE),
        ("before commit of row", "importer", "transfer.new_jobs:add_jobs", AFTER, 1, CLAIMED, (SOURCE,)),
        ("after row", "importer", "transfer.new_jobs:NewJobs._commit", AFTER, 1, JOB, (SOURCE, DESTINATION)),
        ("after putting away", "importer", "transfer.ended_files:put_away", AFTER, 1, DELIVERED, (SOURCE,)),
        # processor_s
        ("in mid-chunk of a file", "processor_s", "transfer.claimed_file:ClaimedFiles.read_into", IN, 20, READY, (SOURCE,)),
        ("in mid-chunk of the spool", "processor_s", "transfer.spool:SpoolReader.read_into", IN, 10, READY, (RELAY,)),
        ("before commit of chunks", "processor_s", "transfer.outbound:Outbound._store_filled", AFTER, 2, READY, GIVERS),
        ("after commit, before sending", "processor_s", "transfer.flight:Flight.add", BEFORE, 10, IN_FLIGHT, GIVERS),
        ("before commit of acknowledgement", "processor_s", "transfer.flight:Flight._follow", AFTER, 3, IN_FLIGHT, GIVERS),
        ("before commit of receipt", "processor_s", "transfer.own_messages:OwnMessages.make_receipt", AFTER, 1, OWED, (DESTINATION,)),
        ("after receipt, before sending", "processor_s", "transfer.sealer:Sealer.lay_signed", AFTER, 1, RECEIPT, (DESTINATION,)),
        # sender
        ("in mid-frame", "sender", "link.connection:Connection.write", IN, 10, IN_FLIGHT, GIVERS),
        ("acknowledged, before telling", "sender", "link.outgoing_link:OutgoingLink._settle", AFTER, 2, IN_FLIGHT, GIVERS),
        ("receipt acknowledged, before telling", "sender", "link.outgoing_link:OutgoingLink._settle", AFTER, 1, RECEIPT_SENT, (DESTINATION,)),
        # receiver
        ("in mid-frame", "receiver", "link.connection:Connection.read_into", IN, 5, PART, (DESTINATION,)),
        ("in mid-frame", "receiver", "link.connection:Connection.read_into", IN, 5, CARRIED, (RELAY,)),
        ("after frame, before telling", "receiver", "link.incoming_link:IncomingLink._end_payload", AFTER, 5, PART, (DESTINATION,)),
        ("after receipt, before telling", "receiver", "link.incoming_link:IncomingLink._end_payload", AFTER, 1, RECEIPT_COMES, (SOURCE,)),
        ("after commit, before acknowledgement", "receiver", "link.incoming_link:IncomingLink.acknowledge", BEFORE, 2, PART, (DESTINATION,)),
        ("after commit, before acknowledgement", "receiver", "link.incoming_link:IncomingLink.acknowledge", BEFORE, 2, CARRIED, (RELAY,)),
        # processor_r
        ("in mid-chunk", "processor_r", "transfer.staging:Staging.write", IN, 10, PART, (DESTINATION,)),
        ("in mid-chunk", "processor_r", "transfer.staging:Staging.write", IN, 10, CARRIED, (RELAY,)),
        ("before flush", "processor_r", "transfer.staging:Staging.flush", BEFORE, 2, PART, (DESTINATION,)),
        ("after flush, before commit", "processor_r", "transfer.inbound:Inbound._store", BEFORE, 2, PART, (DESTINATION,)),
        ("receipt, before commit", "processor_r", "transfer.inbound:Inbound._store", BEFORE, 1, RECEIPT_COMES, (SOURCE,)),
        ("before commit of row", "processor_r", "transfer.inbound:store_arrivals", AFTER, 3, PART, (DESTINATION,)),
        ("before commit of row", "processor_r", "transfer.inbound:store_arrivals", AFTER, 3, CARRIED, (RELAY,)),
        ("after commit, before acknowledgement", "processor_r", "processes.processor_r:ProcessorR._decide", BEFORE, 2, PART, (DESTINATION,)),
        ("after commit, before acknowledgement", "processor_r", "processes.processor_r:ProcessorR._decide", BEFORE, 2, CARRIED, (RELAY,)),
        ("receipt committed, before acknowledgement", "processor_r", "processes.processor_r:ProcessorR._decide", BEFORE, 1, RECEIPT_COMES, (SOURCE,)),
        # exporter
        ("before commit of name", "exporter", "transfer.delivery:Delivery.choose_names", AFTER, 1, WHOLE, (DESTINATION,)),
        ("after commit of name", "exporter", "transfer.delivery:Delivery.put", BEFORE, 1, NAMED, EVERYWHERE),
        ("between link and unlink", "exporter", "transfer.delivery:Delivery._link", AFTER, 1, BOTH_NAMES, EVERYWHERE),
        ("between inbox and commit", "exporter", "transfer.delivery:Delivery.put", AFTER, 1, IN_INBOX, EVERYWHERE),
        ("before commit of delivery", "exporter", "processes.exporter:close_files", AFTER, 1, IN_INBOX, (DESTINATION,)),
        # initial_sender
        ("before hello", "initial_sender", "processes.initial_sender:composed", AFTER, 1, HELLO, (SOURCE,)),
        ("after hello, before sent", "initial_sender", "processes.initial_sender:InitialSender._note", AFTER, 1, HELLO, EVERYWHERE),
        # initial_receiver
        ("before commit", "initial_receiver", "runtime.hello_store:store_hellos", AFTER, 1, HELLO_COMES, EVERYWHERE),
        ("after commit, before answer", "initial_receiver", "link.hello_exchange:HelloReceiver.answer", BEFORE, 1, HELLO_COMES, EVERYWHERE),
    )
)  # fmt: skip


def slug(where: str, point: Point) -> str:
    """Return a name of a point at one role, for files and test ids."""
    return f"{where}-{point.process}-{point.name}".replace(",", "").replace(" ", "-")


def table() -> str:
    """Return the table of points as Markdown."""
    lines = [
        "| process | point | in the code | with this in hand | killed at |",
        "|---|---|---|---|---|",
    ]
    for point in POINTS:
        target = point.target.removeprefix("netrelay.").replace(":", ".")
        passage = "" if point.passage == 1 else f", passage {point.passage}"
        lines.append(
            f"| {point.process} | {point.name} | {point.when} `{target}`{passage}"
            f" | {point.work.words} | {', '.join(point.where)} |"
        )
    return "\n".join(lines) + "\n"


def from_json(seen: dict[str, Any]) -> Seen:
    """Return the Seen that was stored with `_asdict` at a kill."""
    return Seen(**{**seen, "coming": tuple(seen["coming"])})


if __name__ == "__main__":
    print(table(), end="")
