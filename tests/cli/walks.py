"""A node's database in the middle of work, made by the engine from the facts of processes."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from netrelay.core.words import Refusal
from netrelay.runtime.node import open_database
from netrelay.store.jobs import NewJob, add_jobs
from tests.cli.command_line import CommandLine

MIB = 1024 * 1024


class Walks:
    """The facts that the processes of one node would report to its database."""

    def __init__(self, line: CommandLine) -> None:
        self.line = line
        self.database = open_database(line.home, "test")
        self.own = str(self.database.value("SELECT node FROM selfinfo"))

    def node(self, name: str) -> str:
        """Return the node id of a peer."""
        return str(self.database.value("SELECT node FROM peers WHERE name = ?", (name,)))

    def claim(self, peer: str, name: str, size_bytes: int) -> int:
        """Claim a file for a peer, as importer does; return the job."""
        job = NewJob(f"drop/.claimed/{peer}/1/{name}".encode(), name, size_bytes, 0, "1:2:3:4", 50)
        with self.database.transaction():
            add_jobs(self.database, self.node(peer), [job], 3600, 1_700_000_000)
        return self._last(6)

    def agree(self, peer: str, size_bytes: int = MIB) -> None:
        """Store an agreement about a message size."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO agreements"
                " VALUES (?, '[]', 7411, '[7412]', ?, 2, x'0102030405060708')",
                (self.node(peer), size_bytes),
            )

    def arrive(self, peer: str, name: str, size_bytes: int, chunk_bytes: int = MIB) -> int:
        """Store a manifest and all its chunks as arrived; return the manifest."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO files (source, destination, epoch, sequence, name, size_bytes,"
                " mtime_ns, unix_s) VALUES (?, ?, x'0102030405060708', 1, ?, ?, 0, 0)",
                (self.node(peer), self.own, name, size_bytes),
            )
            file = self.database.value("SELECT max(id) FROM files")
            manifest = self._arrived(3, peer, 0, 0, size_bytes, 0, file)
            for offset in range(0, size_bytes, chunk_bytes):
                length = min(chunk_bytes, size_bytes - offset)
                self._arrived(2, peer, offset, length, size_bytes, manifest, file)
        return manifest

    def report(
        self,
        event: str,
        actor: str,
        where: str,
        reason: str | None = None,
        due_in_s: float | None = None,
    ) -> None:
        """Report a fact for every message that matches; due_in_s: not before so many seconds."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO facts (message, event, actor, reason, due_s)"
                f" SELECT id, ?, ?, ?, clock() + ? FROM messages WHERE {where}",
                (event, actor, reason, due_in_s),
            )

    def refuse(self, where: str, reason: str, retry_after_s: int) -> None:
        """Report a refusal of every message that matches; the reason begins with the name."""
        code = Refusal[reason.partition(":")[0]]
        with self.database.transaction():
            self.database.execute(
                f"INSERT INTO outcomes SELECT id, ?, ?, ? FROM messages WHERE {where}",
                (int(code), retry_after_s, reason),
            )

    def connection(self, peer: str, handle: int, reason: str = "", address: str = "") -> None:
        """Report an answer of sender."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO connections (peer, handle, failures, due_s, changed_s, down_s, reason,"
                " address, unreached_s)"
                " VALUES (?, ?, 1, clock() + 100, clock(), clock(), ?, ?, clock())",
                (self.node(peer), handle, reason, address),
            )

    def log(self, level: str, text: str) -> None:
        """Log a line as a process."""
        with self.database.transaction():
            self.database.execute(
                "INSERT INTO logs (unix_s, at_s, process, level, event, text)"
                " VALUES (1700000000, 1, 'sender', ?, 'test', ?)",
                (level, text),
            )

    def _arrived(self, kind: int, peer: str, *rest: Any) -> int:
        self.database.execute(
            "INSERT INTO messages (type, source, destination, epoch, sequence, birth, actor,"
            ' lifetime_s, "offset", size_bytes, total_bytes, parent, file)'
            " VALUES (?, ?, ?, x'0102030405060708', 1, 'arrived', 'processor_r', 3600,"
            " ?, ?, ?, ?, ?)",
            (kind, self.node(peer), self.own, *rest),
        )
        return self._last(kind)

    def _last(self, kind: int) -> int:
        return int(str(self.database.value("SELECT max(id) FROM messages WHERE type = ?", (kind,))))


@contextmanager
def walks(line: CommandLine) -> Iterator[Walks]:
    """Yield the walks of a node."""
    with line.environment():
        found = Walks(line)
        try:
            yield found
        finally:
            found.database.close()
