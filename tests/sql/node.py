"""A node's database in memory: the real schema and machine, and a clock that the test moves."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any
from weakref import proxy

import apsw

from netrelay.store.engine_functions import register_functions
from netrelay.store.machine import install_machine
from netrelay.store.schema import tables_script

KIB = 1024
MIB = 1024 * KIB
SEGMENT = 64 * KIB
ROOT = (
    "INSERT INTO messages (id, type, state, source, destination, epoch, sequence, birth, actor)"
    " VALUES (0, 0, 'N-0', '', '', x'', 0, '', '')"
)


def _functions(connection: apsw.Connection, clock: Any, wake: Any) -> None:
    register_functions(connection, clock, wake)
    connection.execute("PRAGMA recursive_triggers = ON")
    connection.execute("PRAGMA foreign_keys = ON")


@cache
def empty_schema() -> bytes:
    """Give a database that has everything but this node's own row, as bytes."""
    connection = apsw.Connection(":memory:")
    _functions(connection, lambda: 0.0, lambda _: 1)
    with connection:
        connection.execute(tables_script())
        install_machine(connection)
        connection.execute(ROOT)
    image = connection.serialize("main")
    assert image is not None
    return image


class Node:
    """One node's database and the few things that processes do to it."""

    def __init__(self, name: str, capacity: int = MIB, lifetime_s: int = 86_400) -> None:
        self.name = name
        self.time_s = 0.0
        self.woken: set[str] = set()
        self.epoch = name.encode()[:8].ljust(8, b"\x01")
        self.connection = apsw.Connection(":memory:", statementcachesize=1000)
        self.connection.deserialize("main", empty_schema())
        # The collector does not see through a connection to its functions: one that knew the node
        # would keep it, and its connection, for the rest of the run.
        weak = proxy(self)
        _functions(self.connection, lambda: weak.time_s, lambda process: weak.wake(process))
        self.execute(
            "INSERT INTO selfinfo (one, node, name, ipaddress, commsport, dataports, capacity,"
            " lifetime_s, epoch) VALUES (1, ?, ?, '', 7411, '[7412]', ?, ?, ?)",
            (name, name, capacity, lifetime_s, self.epoch),
        )

    def wake(self, process: str | None) -> int:
        """Note whom a commit would ring, as the engine asks."""
        if process:
            self.woken.add(process)
        return 1

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Do all of the block or nothing of it."""
        with self.connection:
            yield

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        """Run a statement."""
        self.connection.execute(sql, values)

    def rows(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Give all rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def row(self, sql: str, values: Sequence[Any] = ()) -> tuple[Any, ...]:
        """Give the only row of a query."""
        (row,) = self.rows(sql, values)
        return row

    def value(self, sql: str, values: Sequence[Any] = ()) -> Any:
        """Give the only value of a query."""
        (value,) = self.row(sql, values)
        return value

    # What a person and consensus settle.

    def know(self, peer: str, via: str | None = "itself") -> None:
        """Enrol a peer; `via` "itself" is a direct route, None is no route."""
        self.execute(
            "INSERT INTO peers (node, name, pin, via) VALUES (?, ?, ?, ?)",
            (peer, peer, peer.encode().ljust(32, b"\0"), peer if via == "itself" else via),
        )

    def agree(self, peer: str, size: int, number: int = 2) -> None:
        """Store an agreement as if consensus had settled it."""
        self.execute(
            "INSERT INTO agreements VALUES (?, '[]', 7411, '[7412]', ?, ?, ?)",
            (peer, size, number, peer.encode()[:8].ljust(8, b"\x01")),
        )

    def begin_epoch(self, epoch: bytes) -> None:
        """Do what the first process of a start does."""
        self.epoch = epoch
        self.execute("UPDATE selfinfo SET epoch = ?", (epoch,))

    def forget(self, peer: str) -> None:
        """Do what processes do when the other side says "no agreement"."""
        self.execute("DELETE FROM sysinfo WHERE node = ?", (peer,))

    # Births and facts.

    def born(self, type_: int, birth: str, actor: str, **columns: Any) -> int:
        """Insert a message and give its id; identity columns get defaults."""
        row: dict[str, Any] = {
            "source": self.name,
            "destination": self.name,
            "epoch": self.epoch,
            "sequence": 1,
            "lifetime_s": 3600,
        }
        row |= {"type": type_, "birth": birth, "actor": actor} | columns
        names = ", ".join(f'"{name}"' for name in row)
        marks = ", ".join("?" * len(row))
        # OR ABORT: a birth that is no row of the machine raises
        self.execute(f"INSERT INTO messages ({names}) VALUES ({marks})", list(row.values()))
        last: int = self.connection.last_insert_rowid()
        return last

    def job(self, destination: str, size: int, sequence: int = 1, inner: int = 100) -> int:
        """Create a type-6 job for a file of `size` bytes."""
        return self.born(
            6,
            "created",
            "importer",
            destination=destination,
            sequence=sequence,
            size_bytes=size,
            total_bytes=size,
            inner_bytes=inner,
        )

    def text(self, destination: str, size: int, sequence: int = 1) -> int:
        """Create a type-1 message of `size` bytes."""
        return self.born(
            1,
            "created",
            "person",
            destination=destination,
            sequence=sequence,
            size_bytes=size,
            total_bytes=size,
        )

    def arrived(self, type_: int, source: str, **columns: Any) -> int:
        """Let a message of `source` arrive over a dataport (or the commsport for types 4 and 5)."""
        row: dict[str, Any] = {
            "source": source,
            "epoch": source.encode()[:8].ljust(8, b"\x01"),
            "hash": b"h",
            "found": b"h",
        }
        actor = "initial_receiver" if type_ in (4, 5) else "processor_r"
        return self.born(type_, "arrived", actor, **(row | columns))

    def fact(
        self,
        message: int,
        event: str,
        actor: str,
        reason: str | None = None,
        due_s: float | None = None,
    ) -> None:
        """Report a fact."""
        self.execute(
            "INSERT INTO facts VALUES (?, ?, ?, ?, ?)", (message, event, actor, reason, due_s)
        )

    def send(self, message: int) -> None:
        """Hand a message over and have the next hop acknowledge it."""
        self.fact(message, "handed", "processor_s")
        self.fact(message, "acked", "processor_s")

    # Looking.

    def state(self, message: int) -> str:
        """Give a message's state."""
        state: str = self.value("SELECT state FROM messages WHERE id = ?", (message,))
        return state

    def walks(self, message: int) -> list[str]:
        """Give the walks a message took, each as the states it passed."""
        return [w for (w,) in self.rows("SELECT walk FROM events WHERE message = ?", (message,))]

    def pieces(self, message: int, type_: int | None = None) -> list[int]:
        """Give the ids of the pieces of this attempt, oldest first."""
        return [
            i
            for (i,) in self.rows(
                "SELECT c.id FROM messages c JOIN messages m ON m.id = c.parent"
                " AND m.attempt = c.attempt WHERE c.parent = ? AND c.birth = 'cut'"
                " AND (? IS NULL OR c.type = ?) ORDER BY c.id",
                (message, type_, type_),
            )
        ]

    def messages(self, type_: int) -> list[tuple[Any, ...]]:
        """Give id, state and destination of every message of a type."""
        return self.rows(
            "SELECT id, state, destination FROM messages WHERE type = ? AND id > 0", (type_,)
        )

    def expect_refusal(self, sql: str, values: Sequence[Any] = ()) -> str:
        """Run what must fail, and give its error."""
        before = self.connection.total_changes()
        try:
            self.execute(sql, values)
        except apsw.ConstraintError as error:
            return str(error)
        raise AssertionError(f"allowed ({self.connection.total_changes() - before} rows): {sql}")
