"""A node whose importer the test steps, for jobs that have ended or are made to end."""

from collections.abc import Iterator
from contextlib import contextmanager

from netrelay.processes.importer import Importer
from netrelay.runtime.node import open_node
from tests.cli.command_line import CommandLine


class Keeper:
    """The importer of one node; `step` does what its bell would start."""

    def __init__(self, line: CommandLine) -> None:
        self.line = line
        self.node = open_node("importer", line.home)
        self.importer = Importer(self.node)

    def step(self) -> None:
        """Step importer twice: it claims what was renamed in, and puts away what has ended."""
        self.node.poller.wait(0)
        self.importer.step()
        self.importer.step()
        # A thread flushes a directory and wakes the loop.
        while not self.importer._jobs.is_idle:
            self.node.poller.wait(1.0)
            self.importer.step()
        self.node.log.store()

    def drop(self, name: str, content: bytes = b"content") -> int:
        """Drop a file for boat; return its job."""
        made = self.line.home.path / "made"
        made.write_bytes(content)
        made.rename(self.line.home.drop / "boat" / name)
        self.step()
        return self.number("SELECT max(id) FROM messages WHERE type = 6")

    def report(self, event: str, actor: str, job: int, reason: str | None = None) -> None:
        """Report a fact, then step importer."""
        with self.node.database.transaction():
            self.node.database.execute(
                "INSERT INTO facts VALUES (?, ?, ?, ?, NULL)", (job, event, actor, reason)
            )
        self.step()

    def die(self, job: int, reason: str = "lifetime used up") -> None:
        """Expire a job."""
        self.report("expired", "processor_s", job, reason)

    def report_all(self, event: str) -> None:
        """Report a fact of processor_s for every single that is ready or in flight."""
        with self.node.database.transaction():
            self.node.database.execute(
                "INSERT INTO facts SELECT id, ?, 'processor_s', NULL, NULL FROM messages"
                " WHERE type = 1 AND state IN ('S-4', 'S-4W')",
                (event,),
            )

    def agree(self) -> None:
        """Store an agreement with boat."""
        with self.node.database.transaction():
            self.node.database.execute(
                "INSERT INTO agreements SELECT node, '[]', 7411, '[7412]', 1048576, 2,"
                " x'0102030405060708' FROM peers"
            )

    def number(self, sql: str) -> int:
        """Return one number of the database."""
        value = self.node.database.value(sql)
        assert isinstance(value, int)
        return value

    def state(self, job: int) -> object:
        """Return the state of a job."""
        return self.node.database.value("SELECT state FROM messages WHERE id = ?", (job,))

    def files(self, folder: str) -> dict[str, bytes]:
        """Return the files in a folder of the home, by path."""
        home = self.line.home.path
        return {
            str(path.relative_to(home)): path.read_bytes()
            for path in sorted((home / folder).rglob("*"))
            if path.is_file()
        }

    def said(self) -> list[str]:
        """Return the texts that were logged."""
        return [str(text) for (text,) in self.node.database.rows("SELECT text FROM logs")]


@contextmanager
def keeper(line: CommandLine) -> Iterator[Keeper]:
    """Yield the importer of a node."""
    with line.environment():
        made = Keeper(line)
        try:
            yield made
        finally:
            made.node.database.close()
