"""Makes tests/store/version_2.sql: a database of schema version 2 with rows in every resting state.

It was run once, at the last commit before there were migrations (ef8ed64), and is kept so that the
dump can be read; a later netrelay makes other rows of the same calls. From the checkout:

    python -m tests.store.make_version_2 > tests/store/version_2.sql

The node is `here`. It talks to `there` and `other`, of which it relays messages; `shrunk` agreed to
1 MiB and then to 64 KiB; `lost` has lost its agreement; `silent` never answered; `nowhere` has no
route.
"""

import json
import sqlite3
import sys
import tempfile
from pathlib import Path

from netrelay.store.arrivals import Arrived, Identity, add_coming_file, keep_key, keep_text
from netrelay.store.hooks import end_hook, owe_hooks
from netrelay.store.jobs import add_texts, choose_kept, close_files, note_sent
from netrelay.store.outgoing import add_made, keep_body, note_connection
from netrelay.store.wishes import Wish, add_wish, note_jobs
from tests.store.node import HERE, OTHER, THEIR_EPOCH, THERE, OpenNode

KIB, MIB = 1 << 10, 1 << 20
SHRUNK, LOST, SILENT, NOWHERE = "shrunk", "lost", "silent", "nowhere"
UNIX_S = 1_800_000_000
HASH = b"h" * 32


class Version2:
    """A node and what is done with it; each method makes the rows of one subject."""

    def __init__(self, folder: Path) -> None:
        self.node = OpenNode(folder)
        self.number = 0
        for peer in (THERE, OTHER, SHRUNK, LOST, SILENT):
            self.node.know(peer)
        self.node.know(NOWHERE, via=None)
        for peer in (THERE, OTHER, LOST):
            self.node.agree(peer)
        self.node.agree(SHRUNK, MIB)

    # Steps that several subjects need.

    def job(self, destination: str, size_bytes: int) -> int:
        self.number += 1
        return self.node.add_job(size_bytes, f"{destination}-{self.number}", destination)

    def pieces(self, job: int, type_: int) -> list[int]:
        rows = self.node.rows(
            "SELECT id FROM messages WHERE parent = ? AND type = ? ORDER BY id", job, type_
        )
        return [int(str(piece)) for (piece,) in rows]

    def piece(self, job: int, type_: int) -> int:
        (piece,) = self.pieces(job, type_)
        return piece

    def facts(self, message: int, *events: str, process: str = "processor_s") -> None:
        for event in events:
            self.node.fact(message, event, process)

    def refused(self, message: int) -> None:
        self.node.write(
            "INSERT INTO facts SELECT ?, 'nacked', 'processor_s', 'NO_ROOM: its disk is full',"
            " clock() + 60",
            message,
        )

    def arrive(self, type_: int, source: str, destination: str, **fields: object) -> int:
        self.number += 1
        identity = Identity(source, destination, THEIR_EPOCH, self.number, 1)
        arrived = Arrived(
            *(type_, identity, source, 0, 100, 100, HASH, HASH, 4, 3_600, 0, 0),
        )._replace(**fields)  # type: ignore[arg-type]
        message = self.node.arrive(type_, self.number, **arrived._asdict())
        assert message is not None
        return message

    def coming_file(self, name: str, size_bytes: int) -> int:
        database = self.node.open("processor_r")
        identity = Identity(THERE, HERE, THEIR_EPOCH, self.number + 1, 1)
        with database.transaction():
            return add_coming_file(database, identity, name, size_bytes, 5, UNIX_S)

    # What this node sends.

    def jobs_of_one_single(self) -> None:
        """A single in S-4, S-4W and F; its job in S-2W, F and D."""
        self.job(THERE, 5)
        handed = self.job(THERE, 6)
        refused = self.job(THERE, 7)
        waits = self.job(THERE, 8)
        delivered = self.job(THERE, 9)
        cancelled = self.job(THERE, 10)
        retried = self.job(THERE, 11)
        for job in (handed, refused, waits, delivered):
            self.facts(self.piece(job, 1), "handed")
        self.refused(self.piece(refused, 1))
        for job in (waits, delivered):
            self.facts(self.piece(job, 1), "acked")
        self.receipt(delivered, 1)
        self.put_away(delivered)
        for job in (cancelled, retried):
            self.facts(job, "cancelled", process="person")
        self.keep_failed(cancelled)
        self.facts(retried, "retry", process="person")

    def receipt(self, message: int, verdict: int) -> None:
        """The destination's word about a message of ours, in a message of type 7."""
        ((to, epoch, sequence, attempt),) = self.node.rows(
            "SELECT destination, hex(epoch), sequence, attempt FROM messages WHERE id = ?", message
        )
        words: list[list[object]] = [[to, epoch, sequence, attempt, verdict, [], ""]]
        self.arrive(7, str(to), HERE, size_bytes=0, info=json.dumps({"words": words}))

    def put_away(self, job: int) -> None:
        database = self.node.open("importer")
        with database.transaction():
            note_sent(database, [(self.file_of(job), b"sent/there/name")])

    def keep_failed(self, job: int) -> None:
        database = self.node.open("importer")
        with database.transaction():
            choose_kept(database, [(self.file_of(job), b"failed/there/name")])
        with database.transaction():
            close_files(database, [self.file_of(job)])

    def file_of(self, message: int) -> int:
        return int(str(self.node.value("SELECT file FROM messages WHERE id = ?", message)))

    def jobs_of_many_pieces(self) -> None:
        """A manifest and chunks in S-4, S-4W and F, a job in S-2 with 256 pieces, dead ones."""
        self.job(THERE, 200 * KIB)
        admitted = self.job(THERE, 250 * KIB)
        self.facts(self.piece(admitted, 3), "handed", "acked")
        keep_manifest = self.node.open("processor_s")
        with keep_manifest.transaction():
            keep_body(keep_manifest, self.piece(admitted, 3), b"manifest")
        first, second, third, _ = self.pieces(admitted, 2)
        self.facts(first, "handed", "acked")
        self.facts(second, "handed")
        self.facts(third, "handed")
        self.refused(third)
        asked = self.job(THERE, 130 * KIB)
        self.facts(self.piece(asked, 3), "handed")
        self.job(THERE, 257 * 64 * KIB)
        changed = self.job(THERE, 140 * KIB)
        self.facts(self.pieces(changed, 2)[0], "changed")

    def jobs_without_a_way(self) -> None:
        """A job, a text and pieces in S-1; a hello in S-5."""
        self.job(SILENT, 5)
        self.job(NOWHERE, 5)
        job = self.job(LOST, 200 * KIB)
        self.facts(self.piece(job, 3), "handed", "acked")
        self.facts(self.pieces(job, 2)[0], "handed")
        self.job(LOST, 5)
        self.node.time_s += 20
        self.node.write("INSERT INTO unknown_agreements VALUES (?, 2)", LOST)

    def pieces_cut_again(self) -> None:
        """What was cut for 1 MiB is cut for 64 KiB: a chunk and a single in S-2W with pieces.

        The pieces of the single are of type 1, of one whose parent is a job and of one that is
        carried for another.
        """
        chunks = self.job(SHRUNK, 1200 * KIB)
        self.facts(self.piece(chunks, 3), "handed", "acked")
        single = self.job(SHRUNK, 180 * KIB)
        sent = self.job(SHRUNK, 190 * KIB)
        self.facts(self.piece(sent, 1), "handed")
        carried = self.arrive(
            *(1, THERE, SHRUNK),
            size_bytes=170 * KIB,
            total_bytes=170 * KIB,
            envelope=b"envelope",
            salt=b"salt",
        )
        self.node.agree(SHRUNK, 64 * KIB, 4)
        self.facts(self.piece(sent, 1), "lost")
        for job in (single, sent):
            first, second, _ = self.pieces(self.piece(job, 1), 1)
            self.facts(first, "handed", "acked")
            self.facts(second, "handed")
        first, second, _ = self.pieces(carried, 1)
        self.facts(first, "handed", "acked")
        self.facts(second, "handed")
        self.facts(self.pieces(self.pieces(chunks, 2)[0], 2)[0], "handed", "acked")

    def texts(self) -> None:
        """A text in S-1, S-4, S-4W, S-2W, F and D."""
        database = self.node.open("person")
        for destination in (SILENT, NOWHERE):
            with database.transaction():
                add_texts(database, destination, [b"waits"], 3_600)
        with database.transaction():
            _, handed, waits, delivered, dead = add_texts(
                database, THERE, [b"one", b"two", b"three", b"four", b"five"], 3_600, 3
            )
        for text in (handed, waits, delivered):
            self.facts(text, "handed")
        for text in (waits, delivered):
            self.facts(text, "acked")
        self.receipt(delivered, 1)
        self.facts(dead, "cancelled", process="person")

    def made_here(self) -> None:
        """Keys for singles and receipts in S-1, S-4, S-4W, F and D."""
        database = self.node.open("processor_s")
        for type_ in (3, 7):
            for destination, events in (
                (SILENT, ()),
                (THERE, ()),
                (THERE, ("handed",)),
                (THERE, ("handed", "acked")),
                (THERE, ("handed", "refused")),
            ):
                with database.transaction():
                    made = add_made(database, type_, destination, 1)
                    keep_body(database, made.id, b"body")
                self.facts(made.id, *events)

    # What comes for this node.

    def files_that_come(self) -> None:
        """A manifest and a single in N-4, F and D; chunks in F; ranges, hooks, what is owed."""
        for name, chunks in (("half", 1), ("whole", 3), ("delivered", 3), ("withdrawn", 1)):
            file = self.coming_file(name, 192 * KIB)
            manifest = self.arrive(
                *(3, THERE, HERE),
                size_bytes=0,
                total_bytes=192 * KIB,
                file=file,
                envelope=b"envelope",
                info='{"kind": "file"}',
            )
            sequence = self.number
            database = self.node.open("processor_r")
            with database.transaction():
                keep_body(database, manifest, b"manifest")
            for chunk in range(chunks):
                self.number = sequence - 1
                self.arrive(
                    *(2, THERE, HERE),
                    offset=chunk * 64 * KIB,
                    size_bytes=64 * KIB,
                    parent=manifest,
                    total_bytes=192 * KIB,
                    file=file,
                )
            if name == "delivered":
                self.deliver(manifest, file)
            if name == "withdrawn":
                words = [[HERE, THEIR_EPOCH.hex(), sequence, 1, 5, [], "it was taken back"]]
                self.arrive(7, THERE, HERE, size_bytes=0, info=json.dumps({"words": words}))
        for name in ("single", "delivered single", "dead single", "single in parts"):
            file = self.coming_file(name, 100)
            single = self.arrive(1, THERE, HERE, file=file, envelope=b"envelope")
            if name == "delivered single":
                self.deliver(single, file)
            if name == "dead single":
                self.facts(single, "undeliverable", process="exporter")
            if name == "single in parts":
                self.node.write("INSERT INTO covered VALUES (?, 0, 60)", single)
        self.arrive(1, THERE, HERE, found=b"f" * 32)
        self.arrive(9, THERE, HERE)

    def deliver(self, message: int, file: int) -> None:
        self.node.write("UPDATE files SET inbox_name = name, closed = 1 WHERE id = ?", file)
        self.facts(message, "exported", process="exporter")
        database = self.node.open("exporter")
        with database.transaction():
            owe_hooks(database, [(file, message)])

    def texts_and_keys_that_come(self) -> None:
        """A text and a key in F."""
        database = self.node.open("processor_r")
        for text in ("hello", "good bye"):
            message = self.arrive(1, THERE, HERE, envelope=b"e", info='{"kind": "text"}')
            identity = Identity(THERE, HERE, THEIR_EPOCH, self.number, 1)
            with database.transaction():
                keep_text(database, message, identity, text, UNIX_S - 9, UNIX_S)
        self.arrive(3, THERE, HERE, size_bytes=0, envelope=b"e", info='{"kind": "key"}')
        identity = Identity(THERE, HERE, THEIR_EPOCH, self.number, 1)
        with database.transaction():
            keep_key(database, identity, b"key id", b"envelope", b"body")

    # What passes through.

    def carried_for_another(self) -> None:
        """Singles, manifests, chunks and receipts of `there` in S-1, S-4, S-4W, F and D."""
        for destination, events in (
            (SILENT, ()),
            (OTHER, ()),
            (OTHER, ("handed",)),
            (OTHER, ("handed", "acked")),
            (OTHER, ("handed", "refused")),
        ):
            for type_ in (1, 2, 3, 7):
                size_bytes = 64 * KIB if type_ in (1, 2) else 0
                message = self.arrive(
                    *(type_, THERE, destination),
                    size_bytes=size_bytes,
                    total_bytes=3 * size_bytes if type_ == 2 else max(size_bytes, 100),
                    envelope=b"envelope",
                    salt=b"salt" if size_bytes else None,
                )
                self.facts(message, *events)

    # Agreements.

    def consensus(self) -> None:
        """Hellos and replies in S-5, F and D, asked here and there."""
        said = {"addresses": ["10.0.0.9"], "commsport": 7411, "dataports": [7412]}
        for peer, event in ((THERE, ""), (OTHER, "sent"), (LOST, "expired")):
            info = json.dumps(said | {"capacity": 65_536})
            self.hello(4, peer, 100, info)
            (reply,) = self.node.rows(
                "SELECT id FROM messages WHERE type = 5 AND destination = ?", peer
            )
            if event:
                self.facts(int(str(*reply)), event, process="initial_sender")
        self.node.write("INSERT INTO wanted_agreements VALUES (?)", OTHER)
        ((number, epoch),) = self.node.rows(
            "SELECT sequence, hex(epoch) FROM messages WHERE type = 4 AND destination = ?", OTHER
        )
        echo = {"echo": epoch, "size": 65_536}
        self.hello(5, OTHER, int(str(number)), json.dumps(said | echo))
        self.node.write("INSERT INTO wanted_agreements VALUES (?)", THERE)
        (hello,) = self.node.rows(
            "SELECT id FROM messages WHERE type = 4 AND destination = ? AND state = 'S-5'", THERE
        )
        self.facts(int(str(*hello)), "expired", process="initial_sender")

    def hello(self, type_: int, source: str, number: int, info: str) -> None:
        self.node.write(
            "INSERT INTO messages (type, source, destination, epoch, sequence, info, birth, actor,"
            " lifetime_s) VALUES (?, ?, ?, ?, ?, ?, 'arrived', 'initial_receiver', 600)",
            *(type_, source, HERE, THEIR_EPOCH, number, info),
        )

    # Everything else that is stored.

    def beside_the_messages(self) -> None:
        """Wishes, hooks, rights, connections, logs."""
        database = self.node.open("importer")
        with database.transaction():
            add_wish(database, 4711, 5, Wish(2, 600))
            done = add_wish(database, 4712, 5, Wish(None, None))
            (path,) = database.row("SELECT path FROM files WHERE closed = 0") or ()
            note_jobs(database, [(done, path)])  # type: ignore[list-item]
        database = self.node.open("exporter")
        with database.transaction():
            (file,) = database.row("SELECT min(file) FROM hooks") or ()
            end_hook(database, int(str(file)), 127, "not found", UNIX_S)
        database = self.node.open("processor_s")
        with database.transaction():
            note_connection(database, THERE, 3, "", 0.0)
            note_connection(database, SILENT, -1, "connection refused", database.now_s() + 9)
        for peer, verb, subject in (
            (THERE, "deliver", ""),
            (THERE, "relay", ""),
            (THERE, "carry", OTHER),
        ):
            self.node.write("INSERT INTO rights VALUES (?, ?, ?)", peer, verb, subject)
        self.node.write("UPDATE peers SET paused_s = 1.0 WHERE node = ?", NOWHERE)
        self.node.write(
            "INSERT INTO logs (unix_s, at_s, process, level, event, message, peer, text)"
            " VALUES (?, 1.0, 'sender', 'warning', 'stranger', NULL, NULL, 'somebody')",
            UNIX_S,
        )

    def words_owed(self) -> None:
        """Every verdict that can be owed, to a source and to a destination."""
        for verdict in range(1, 6):
            to = (THERE, OTHER)[verdict == 5]
            self.node.write(
                "INSERT OR REPLACE INTO receipts_due VALUES (?, ?, ?, ?, 1, ?, 0, 'why')",
                *(to, to if verdict == 5 else HERE, THEIR_EPOCH, 900 + verdict, verdict),
            )

    def everything(self) -> None:
        self.jobs_of_one_single()
        self.jobs_of_many_pieces()
        self.jobs_without_a_way()
        self.pieces_cut_again()
        self.texts()
        self.made_here()
        self.files_that_come()
        self.texts_and_keys_that_come()
        self.carried_for_another()
        self.consensus()
        self.beside_the_messages()
        self.words_owed()
        self.node.close()


def dump(path: Path) -> str:
    """All of a database as SQL statements, its version and application id among them."""
    connection = sqlite3.connect(path)
    try:
        pragmas = [
            f"PRAGMA {name} = {connection.execute(f'PRAGMA {name}').fetchone()[0]};"
            for name in ("application_id", "user_version")
        ]
        return "\n".join([*pragmas, *connection.iterdump(), ""])
    finally:
        connection.close()


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Version2(Path(folder)).everything()
        sys.stdout.write(dump(Path(folder) / "netrelay.db"))


if __name__ == "__main__":
    main()
