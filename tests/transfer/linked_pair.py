"""Two nodes in one process: real databases, files and keys; frames are handed over as bytes.

    source.drop_file -> source.fill -> frames -> destination.take -> destination.deliver
                                                                  -> destination.fill (receipts)

What the processes do between two commits is done here in the same order, without rings.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from blake3 import blake3

from netrelay.core.frames import FRAME_HEADER_BYTES, RefusedMessage
from netrelay.core.header import (
    PRIORITY_DEFAULT,
    decode_end_to_end,
    decode_hop,
    encode_end_to_end,
    encode_hop,
)
from netrelay.core.message_frames import (
    MessagesWriter,
    messages_frame_limit_bytes,
    read_messages,
)
from netrelay.core.segments import CAPACITY_MAX_BYTES
from netrelay.core.single import single_header_bytes
from netrelay.core.words import Refusal
from netrelay.runtime.home import Home
from netrelay.runtime.log import NO_MOVE, LogLine
from netrelay.seal import identity as identities
from netrelay.seal.certificate import certificate_pin
from netrelay.seal.group_keys import GroupKeys
from netrelay.store.coming_files import complete_files, name_files, unname_files
from netrelay.store.database import Database
from netrelay.store.database_file import SelfInfo, create_database
from netrelay.store.facts import Facts
from netrelay.store.jobs import NewJob, add_jobs, add_texts, close_files
from netrelay.store.lock import WriteLock
from netrelay.store.node_clock import Clock
from netrelay.store.outgoing import Neighbour, Ready
from netrelay.store.peers import add_group_peer, read_peers
from netrelay.store.routes import set_routes
from netrelay.transfer.claimed_file import ClaimedFiles
from netrelay.transfer.claims import Claimed, Claims
from netrelay.transfer.delivery import Delivery
from netrelay.transfer.flight import Flight
from netrelay.transfer.frame_filler import Slot
from netrelay.transfer.inbound import ArrivedFrame, Inbound, JudgedFrame
from netrelay.transfer.judgement import Judgement
from netrelay.transfer.outbound import Outbound
from netrelay.transfer.sealer import Sealer
from netrelay.transfer.spool import SpoolReader
from netrelay.transfer.staging import Staging
from tests.prepared_folder import copy_prepared

SEGMENT = 65_536
SIZE = 2 * SEGMENT
LIFETIME_S = 100_000
PROCESSES = ("importer", "processor_s", "processor_r", "exporter")


class Sent(NamedTuple):
    """A frame as it travels, the messages that its source laid into it, and its connection."""

    payload: bytes
    messages: list[Ready]
    handle: int
    number: int


class Message(NamedTuple):
    """One message of a frame, as bytes that a test may change."""

    end_to_end: bytes
    hop: bytes
    body: bytes


def messages_of(frames: list[Sent]) -> list[Message]:
    """Return all messages of frames, in order."""
    return [
        Message(*map(bytes, views))
        for frame in frames
        for views in read_messages(memoryview(frame.payload))
    ]


def frame_of(*messages: Message) -> bytes:
    """Return the payload of a frame that holds these messages."""
    length = FRAME_HEADER_BYTES + 4 + sum(8 + sum(map(len, message)) for message in messages)
    memory = memoryview(bytearray(length))
    writer = MessagesWriter(memory, CAPACITY_MAX_BYTES)
    for end_to_end, hop, body in messages:
        writer.reserve(end_to_end, len(body))[:] = body
        writer.finish_message(hop)
    writer.finish()
    return bytes(memory[FRAME_HEADER_BYTES:])


class Opened(dict[str, Database]):
    """The databases by process, each opened by the first who asks: SQLite reads the whole schema.

    importer and exporter of a node have nothing to do in most tests.
    """

    def __init__(self, open_one: Callable[[str], Database]) -> None:
        super().__init__()
        self._open_one = open_one

    def __missing__(self, process: str) -> Database:
        assert process in PROCESSES
        self[process] = self._open_one(process)
        return self[process]


class TestNode:
    """One node: a home of its own, and the parts of its processes that move files."""

    __test__ = False

    def __init__(
        self, root: Path, name: str, capacity_bytes: int = SIZE, *, is_new: bool = True
    ) -> None:
        self.name = name
        self.capacity_bytes = capacity_bytes
        self.time_s = 1_000.0
        self.wants_custody = False
        self.home = Home(root / name)
        if is_new:
            self._make()
        self.identity = identities.load(self.home.keys)
        self.id = self.identity.node_id
        self.refused: list[str] = []
        self.databases = Opened(self.open)
        self.start()
        self.refresh()

    def _make(self) -> None:
        for folder in (
            self.home.claims,
            self.home.staging,
            self.home.sent,
            self.home.spool,
        ):
            folder.mkdir(parents=True)
        node = identities.create(self.home.keys).node_id
        create_database(
            self.home.database,
            SelfInfo(
                *(node, self.name, "127.0.0.1", 7411, "[7412]"),
                *(self.capacity_bytes, LIFETIME_S, os.urandom(8)),
            ),
        )

    def start(self) -> None:
        """Open everything as after a start: nothing is left of what was only in memory."""
        self.close()
        self.claims = Claims(self.home.path, self.home.claims)
        self.start_source()
        self.start_destination()
        self.start_exporter()

    def open(self, process: str) -> Database:
        """Open the database in the name of one process, with a clock that the test moves."""
        lock = WriteLock(self.home.path / "lock", process)
        return Database(self.home.database, process, lock, self._clock())

    def _clock(self) -> Clock:
        return Clock(lambda: self.time_s, "boot", lambda: 1e9 + self.time_s)

    def start_source(self) -> None:
        """Make anew what processor_s keeps in memory."""
        database = self.databases["processor_s"]
        self.files = ClaimedFiles(self.home.path)
        self.sealer = Sealer(
            self.identity,
            self.files,
            SpoolReader(self.home.spool),
            self.capacity_bytes,
            GroupKeys(self.home.groups),
        )
        self.logged: list[str] = []
        self.outbound = Outbound(
            database,
            self.sealer,
            self.name,
            self._log,
            lambda _name, _number: None,
            wants_custody=self.wants_custody,
        )
        self.outbound.start_anew()
        self.filler, self.own = self.outbound._filler, self.outbound._own
        self._handle = 0

    def _log(self, line: LogLine, **fields: object) -> None:
        """Keep what processor_s would log; a fact that is no move is a fault of the test."""
        shown = line.text.format(**{"peer": "", "message": "", **fields})
        (self.refused if line is NO_MOVE else self.logged).append(shown)

    def start_destination(self) -> None:
        """Make anew what processor_r keeps in memory."""
        self.staging = Staging(self.home.staging)
        self.inbound = Inbound(
            self.identity,
            self.databases["processor_r"],
            self.staging,
            Staging(self.home.spool),
            self.capacity_bytes,
            self._log,
            lambda _name, _number: None,
            wants_custody=self.wants_custody,
            groups=GroupKeys(self.home.groups),
        )

    def start_exporter(self) -> None:
        """Make anew what exporter keeps in memory."""
        self.delivery = Delivery(self.home.inbox, self.home.staging, self.home.unpacking)

    @property
    def exporter_facts(self) -> Facts:
        """The facts of exporter."""
        return Facts(self.databases["exporter"], self.refused.append)

    def close(self) -> None:
        """Close the databases."""
        for database in self.databases.values():
            database.close()
        self.databases.clear()

    # What a person and consensus settle.

    def know(self, other: "TestNode", *rights: str, quota_bytes: int | None = None) -> None:
        """Enrol another node, with a direct route."""
        database, identity = self.databases["processor_s"], other.identity
        der = identity.certificate_der
        with database.transaction():
            database.execute(
                "INSERT INTO peers (node, name, pin, via, quota_bytes) VALUES (?, ?, ?, ?, ?)",
                (other.id, other.name, certificate_pin(der), other.id, quota_bytes),
            )
            database.execute(
                "INSERT INTO peer_keys VALUES (?, ?, ?)",
                (other.id, der, identity.sealing_key.public_bytes),
            )
        for right in rights:
            self.allow(other, right)
        self.refresh()

    def know_group(self, identity: identities.Identity, name: str, hop: "TestNode") -> None:
        """Enrol a group, whose next hop is a member or a relay."""
        database, der = self.databases["processor_s"], identity.certificate_der
        keys = der, certificate_pin(der), identity.sealing_key.public_bytes
        with database.transaction():
            add_group_peer(database, identity.node_id, name, *keys)
            set_routes(database, identity.node_id, [hop.id])
        self.refresh()

    def allow(self, other: "TestNode", verb: str, subject: str = "") -> None:
        """Return a right."""
        self.write("INSERT INTO rights VALUES (?, ?, ?)", other.id, verb, subject)

    def agree(self, other: "TestNode", size_bytes: int = SIZE, number: int = 2) -> None:
        """Store an agreement as consensus would."""
        self.write(
            "INSERT INTO agreements VALUES (?, '[]', 7411, '[7412]', ?, ?, x'0101010101010101')",
            *(other.id, size_bytes, number),
        )

    def write(self, sql: str, *values: str | int | bytes | None) -> None:
        """Run one statement in a transaction of its own."""
        with self.databases["processor_s"].transaction():
            self.databases["processor_s"].execute(sql, values)

    def retry(self, message: int) -> None:
        """Let a person try a dead message again."""
        self.write("INSERT INTO facts VALUES (?, 'retry', 'person', NULL, NULL)", message)

    def refresh(self) -> None:
        """Read the peers again, as a process does at its bell."""
        self.inbound.peers = self.outbound.peers = read_peers(self.databases["processor_s"])

    # Looking.

    def value(self, sql: str, *values: str | int | bytes) -> object:
        """Return the first column of the first row."""
        return self.databases["processor_s"].value(sql, values)

    def rows(self, sql: str, *values: str | int | bytes) -> list[tuple[object, ...]]:
        """Return all rows."""
        return list(self.databases["processor_s"].rows(sql, values))

    def states(self, type_: int) -> list[str]:
        """Return the states of all messages of a type, oldest first."""
        rows = self.rows("SELECT state FROM messages WHERE type = ? ORDER BY id", type_)
        return [str(state) for (state,) in rows]

    def job(self) -> int:
        """Return the id of the only job."""
        ((job,),) = self.rows("SELECT id FROM messages WHERE type = 6")
        assert isinstance(job, int)
        return job

    def inbox(self, source: "TestNode") -> dict[str, bytes]:
        """Return what is in the inbox of a source: names and contents."""
        folder = self.home.inbox / source.name
        if not folder.is_dir():
            return {}
        return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}

    def texts(self) -> list[str]:
        """Return the texts that came, oldest first."""
        return [str(text) for (text,) in self.rows("SELECT text FROM texts ORDER BY id")]

    # The source.

    def drop_file(
        self, other: "TestNode", name: bytes, content: bytes, priority: int = PRIORITY_DEFAULT
    ) -> Claimed:
        """Drop a file for another node and make a job of it, as importer does."""
        folder = self.home.drop / other.name
        folder.mkdir(exist_ok=True)
        (folder / os.fsdecode(name)).write_bytes(content)
        (claimed,) = self.claims.claim(folder, other.name, [name])
        self.add_jobs(other, [claimed], priority)
        return claimed

    def add_jobs(
        self, other: "TestNode", claimed: list[Claimed], priority: int = PRIORITY_DEFAULT
    ) -> None:
        """Make the rows of claimed files."""
        jobs = [
            NewJob(
                item.path,
                item.name.decode("utf-8", "backslashreplace"),
                item.size_bytes,
                item.mtime_ns,
                item.fingerprint,
                single_header_bytes(item.name),
                priority=priority,
            )
            for item in claimed
        ]
        database = self.databases["importer"]
        with database.transaction():
            add_jobs(database, other.id, jobs, LIFETIME_S, 0.0)

    def add_texts(self, other: "TestNode", *bodies: bytes) -> list[int]:
        """Make messages of the plaintexts of texts."""
        database = self.databases["importer"]
        with database.transaction():
            return add_texts(database, other.id, bodies, LIFETIME_S)

    def connect(self, other: "TestNode", size_bytes: int = SIZE) -> int:
        """Open a connection to another node; return its handle."""
        self._handle += 1
        neighbour = Neighbour(other.id, other.name, (), (), 2, size_bytes)
        self.outbound.call_answered(neighbour, self._handle, 0, 0, "192.0.2.1", "", self.time_s)
        return self._handle

    def fill_once(self, other: "TestNode", slots: int = 8, size_bytes: int = SIZE) -> list[Sent]:
        """Seal what is ready into fresh slots and commit it as handed, as one step does."""
        taken: list[Slot] = []
        handle = self.connect(other, size_bytes)

        def take_slot(flight: Flight) -> Slot | None:
            if len(taken) == slots or flight.handle != handle:
                return None
            # What a slot held before must never show.
            memory = bytearray(b"\xee" * messages_frame_limit_bytes(size_bytes))
            taken.append(Slot(len(taken), memoryview(memory)))
            return taken[-1]

        fills = self.outbound.fill(take_slot, self.time_s)
        committed = self.outbound.commit(fills, self.time_s)
        laid = [frame for _, filled in fills for frame in filled.frames if frame.messages]
        return [
            Sent(
                bytes(taken[frame.slot].view[FRAME_HEADER_BYTES : frame.length_bytes]),
                each.messages,
                frame.handle,
                frame.number,
            )
            for frame, each in zip(committed.frames, laid, strict=True)
        ]

    def fill(self, other: "TestNode", size_bytes: int = SIZE) -> list[Sent]:
        """Return every frame that is ready, keys first made where they are wanted."""
        sent: list[Sent] = []
        for _ in range(50):
            frames = self.fill_once(other, size_bytes=size_bytes)
            if not frames:
                frames = self.fill_once(other, size_bytes=size_bytes)
                if not frames:
                    return sent
            sent.extend(frames)
        raise AssertionError("never runs dry")

    def give_away(self, other: "TestNode", size_bytes: int = SIZE) -> list[Sent]:
        """Send everything and believe that it was acknowledged; the frames are for the test."""
        sent: list[Sent] = []
        for _ in range(50):
            frames = self.fill(other, size_bytes)
            if not frames:
                return sent
            for frame in frames:
                self.conclude(frame, [Judgement(None, None)] * len(frame.messages))
            sent.extend(frames)
        raise AssertionError("never runs dry")

    def lose(self, frames: list[Sent]) -> None:
        """Lose the connections on which these frames were sent."""
        for handle in {frame.handle for frame in frames}:
            self.outbound.ended(handle, "the test cuts it", self.time_s)
        self.outbound.commit([], self.time_s)

    def conclude(self, sent: Sent, judged: list[Judgement]) -> None:
        """Let the peer decide a frame, and store what became of each of its messages."""
        for index, judgement in enumerate(judged):
            if judgement.refused is not None:
                refusal, _, wait_s = judgement.refused[:3]
                refused = RefusedMessage(sent.number, index, refusal, wait_s)
                self.outbound.refused(sent.handle, refused)
        self.outbound.decided(sent.handle, sent.number, self.time_s)
        self.outbound.commit([], self.time_s)

    # The destination.

    def judge(self, other: "TestNode", payloads: list[bytes]) -> list[JudgedFrame]:
        """Judge frames without storing anything; what a slot holds is gone afterwards."""
        self.inbound.agreement_changes()
        memories = [bytearray(payload) for payload in payloads]
        frames = [
            ArrivedFrame(1, other.id, number, memoryview(memory))
            for number, memory in enumerate(memories, 1)
        ]
        judged = list(self.inbound.judge(frames))
        for frame, memory in zip(frames, memories, strict=True):
            frame.payload.release()
            memory[:] = b"\xee" * len(memory)
        return judged

    def store(self, judged: list[JudgedFrame]) -> list[list[Judgement]]:
        """Flush bodies and commit rows, as one step of processor_r does."""
        self.inbound.commit(judged)
        return [frame.judgements for frame in judged]

    def take(self, other: "TestNode", payloads: list[bytes]) -> list[list[Judgement]]:
        """Judge frames and store them in one commit; return what became of each message."""
        return self.store(self.judge(other, payloads))

    def deliver(self) -> list[str]:
        """Run exporter's steps until nothing is left to put into the inbox; return the names."""
        database = self.databases["exporter"]
        names: list[str] = []
        for _ in range(20):
            complete = complete_files(database, 256)
            if not complete:
                return names
            chosen = self.delivery.choose_names(complete)
            with database.transaction():
                name_files(database, chosen, {})
            named = [
                item._replace(inbox_name=chosen.get(item.file, item.inbox_name))
                for item in complete
            ]
            put = self.delivery.put(named, chosen.keys())
            there, clashed, gone = put.there, put.clashed, put.gone
            for _, error in put.failed + put.unflushed + put.unremoved:
                raise error
            with database.transaction():
                unname_files(database, [item.file for item in (*clashed, *gone)])
                close_files(database, [item.file for item in there])
                for item in there:
                    self.exporter_facts.report(item.message, "exported")
                for item in gone:
                    self.exporter_facts.report(item.message, "undeliverable", "gone")
            names += [str(item.inbox_name) for item in there]
        raise AssertionError("exporter never finishes")

    def say_receipts(self) -> None:
        """Sign what is owed."""
        database = self.databases["processor_s"]
        for source in self.own.owed_nodes():
            with database.transaction():
                self.own.make_receipt(source)


class Pair:
    """A source and a destination that know each other; the destination lets the source deliver."""

    def __init__(self, root: Path, size_bytes: int = SIZE) -> None:
        copy_prepared(root, _make_pair, size_bytes)
        self.source = TestNode(root, "alba", is_new=False)
        self.destination = TestNode(root, "brno", is_new=False)
        self.size_bytes = size_bytes

    def send(self) -> list[Refusal]:
        """Carry everything that is ready over, one commit for each frame; return the refusals."""
        return list(self._carry(self.source, self.destination))

    def answer(self) -> list[Refusal]:
        """Bring what the destination owes back to the source."""
        self.destination.say_receipts()
        return list(self._carry(self.destination, self.source))

    def finish(self) -> list[Refusal]:
        """Send, deliver and receipt everything; return what was refused on the way."""
        refusals = self.send()
        self.destination.deliver()
        return refusals + self.answer()

    def _carry(self, giver: TestNode, taker: TestNode) -> Iterator[Refusal]:
        for _ in range(50):
            frames = giver.fill(taker, self.size_bytes)
            if not frames:
                return
            for sent in frames:
                (judged,) = taker.take(giver, [sent.payload])
                giver.conclude(sent, judged)
                for judgement in judged:
                    if judgement.refused is not None:
                        yield judgement.refused.refusal
        raise AssertionError("never runs dry")

    def close(self) -> None:
        """Close both."""
        self.source.close()
        self.destination.close()


def _make_pair(root: Path, size_bytes: int) -> None:
    source, destination = TestNode(root, "alba"), TestNode(root, "brno")
    source.know(destination)
    destination.know(source, "deliver")
    source.agree(destination, size_bytes)
    destination.agree(source, size_bytes)
    source.close()
    destination.close()


def words_due(node: TestNode) -> list[tuple[object, ...]]:
    """Return what a destination owes: (sequence, attempt, verdict, reason)."""
    return node.rows("SELECT sequence, attempt, verdict, reason FROM receipts_due ORDER BY 1, 2")


def info_words(node: TestNode) -> list[object]:
    """Return the words of all receipts that came to a node."""
    rows = node.rows("SELECT info FROM messages WHERE type = 7 AND info IS NOT NULL ORDER BY id")
    return [word for (info,) in rows for word in json.loads(str(info))["words"]]


def rehashed(message: Message) -> Message:
    """Let the hop header say what the body is: only its seal or signature can tell now."""
    hop = decode_hop(message.hop)
    return message._replace(hop=encode_hop(hop._replace(body_hash=blake3(message.body).digest())))


def with_header(message: Message, **fields: Any) -> Message:
    """Change fields of the end-to-end header, which no hop may."""
    header = decode_end_to_end(message.end_to_end)._replace(**fields)
    return message._replace(end_to_end=encode_end_to_end(header))


def refusals(judged: list[list[Judgement]]) -> list[Refusal | None]:
    """Return the refusal of each message of frames, None where it is taken."""
    return [
        None if judgement.refused is None else judgement.refused.refusal
        for judgements in judged
        for judgement in judgements
    ]
