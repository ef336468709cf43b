"""A database of a node on disk, with a connection for each process and a clock to set."""

from pathlib import Path
from typing import Any

from netrelay.core.words import FileKind
from netrelay.store.arrivals import Arrival, MessageIdentity, store_arrivals
from netrelay.store.database import Database, Value
from netrelay.store.database_file import SelfInfo, create_database
from netrelay.store.facts import Facts
from netrelay.store.jobs import NewJob, add_jobs
from netrelay.store.lock import WriteLock
from netrelay.store.node_clock import Clock

HERE, THERE, OTHER = "here", "there", "other"
EPOCH = b"12345678"
THEIR_EPOCH = b"abcdefgh"
SIZE = 65_536


class OpenNode:
    """One database, with its connections."""

    def __init__(self, folder: Path, is_new: bool = True) -> None:
        self._folder = folder
        self.time_s = 1_000.0
        self.rung: list[set[str]] = []
        self._opened: dict[str, Database] = {}
        if is_new:
            create_database(
                folder / "netrelay.db",
                SelfInfo(HERE, HERE, "::", 7411, "[7412]", SIZE, 3_600, EPOCH),
            )

    @property
    def clock(self) -> Clock:
        """Return a clock on the time that all its connections share."""
        return Clock(lambda: self.time_s, "boot", lambda: 1e9 + self.time_s)

    def open(self, process: str) -> Database:
        """Return the connection of one process, opened by the first call."""
        if process not in self._opened:
            lock = WriteLock(self._folder / "lock", process)
            self._opened[process] = Database(
                self._folder / "netrelay.db", process, lock, self.clock, self.rung.append
            )
        return self._opened[process]

    def close(self) -> None:
        """Close all connections."""
        for database in self._opened.values():
            database.close()
        self._opened.clear()

    def write(self, sql: str, *values: Value) -> None:
        """Run one statement in a transaction of its own."""
        database = self.open("processor_s")
        with database.transaction():
            database.execute(sql, values)

    def value(self, sql: str, *values: Value) -> Value:
        """Return the first column of the first row."""
        return self.open("processor_s").value(sql, values)

    def rows(self, sql: str, *values: Value) -> list[tuple[Value, ...]]:
        """Return all rows."""
        return self.open("processor_s").rows(sql, values)

    def know(self, peer: str, **columns: Value) -> None:
        """Enrol a peer with a direct route."""
        row: dict[str, Value] = {
            "node": peer,
            "name": f"name of {peer}",
            "pin": peer.encode().ljust(32, b"\0"),
            "via": peer,
        }
        row |= columns
        marks = ", ".join("?" * len(row))
        self.write(f"INSERT INTO peers ({', '.join(row)}) VALUES ({marks})", *row.values())
        keys = b"certificate of " + peer.encode(), b"key of " + peer.encode()
        self.write("INSERT INTO peer_keys VALUES (?, ?, ?)", peer, *keys)

    def agree(self, peer: str, size_bytes: int = SIZE, number: int = 2) -> None:
        """Store an agreement."""
        self.write(
            "INSERT INTO agreements VALUES (?, '[\"10.0.0.9\"]', 7411, '[7412, 7413]', ?, ?, ?)",
            *(peer, size_bytes, number, THEIR_EPOCH),
        )

    def fact(self, message: int, event: str, process: str = "processor_s") -> None:
        """Report a fact on the connection of a process."""
        database = self.open(process)
        refused: list[str] = []
        with database.transaction():
            Facts(database, refused.append).report(message, event)
        assert refused == []

    def add_job(self, size_bytes: int, name: str = "name", destination: str = THERE) -> int:
        """Insert a job of a claimed file, and return its id."""
        database = self.open("importer")
        path = f"drop/.claimed/{destination}/1/{name}".encode()
        job = NewJob(path, name, size_bytes, 5, "fingerprint", 20)
        with database.transaction():
            add_jobs(database, destination, [job], 3_600, 1_700_000_000.9)
        message = database.value("SELECT max(id) FROM messages WHERE type = 6")
        assert isinstance(message, int)
        return message

    def arrive(self, type_: int, sequence: int, **fields: Any) -> int:
        """Store a message that arrived from the peer, or answer its repeat; return its row."""
        arrival = arrived(type_, sequence)._replace(**fields)
        database = self.open("processor_r")
        with database.transaction():
            assert store_arrivals(database, [arrival]) == {}
        message = database.value(
            "SELECT max(id) FROM messages WHERE source = ? AND destination = ? AND epoch = ?"
            ' AND sequence = ? AND attempt = ? AND type = ? AND "offset" = ? AND size_bytes = ?'
            " AND found = ?",
            (*arrival.identity, type_, arrival.offset, arrival.size_bytes, arrival.found),
        )
        assert isinstance(message, int)
        return message


def identity(sequence: int, attempt: int = 1) -> MessageIdentity:
    """The identity of a message of the peer."""
    return MessageIdentity(THERE, HERE, THEIR_EPOCH, sequence, attempt)


def arrived(type_: int, sequence: int, attempt: int = 1) -> Arrival:
    """Return a message of the peer as it arrives, 100 bytes of 100, with its body."""
    return Arrival(
        *("processor_r", type_, *identity(sequence, attempt), THERE, 0, 100, 100),
        *(b"h" * 32, b"h" * 32, 4, 3_600),
        has_body=True,
    )


def file_of(name: str, size_bytes: int = 100, kind: FileKind = FileKind.FILE) -> dict[str, Any]:
    """Return the fields of an arrival that becomes a file."""
    return {
        "file_name": name,
        "file_kind": int(kind),
        "file_bytes": size_bytes,
        "mtime_ns": 7,
        "unix_s": 1_700_000_000,
    }
