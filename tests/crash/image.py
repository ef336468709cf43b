"""The content of a node's disk after a power cut, before the node is started."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
from blake3 import blake3

from netrelay.core.segments import sealed_bytes
from netrelay.runtime.home import Home
from netrelay.store.arrivals import MessageIdentity
from netrelay.store.carried import CarriedWhole, spool_name
from netrelay.store.coming_files import staged_name
from netrelay.store.database import Row, Value
from netrelay.transfer.spool import sealed_offset


class Image:
    """A home, and a copy of its database: reading must not recover the original."""

    def __init__(self, home: Home, connection: apsw.Connection) -> None:
        self.home = home
        self._connection = connection

    def rows(self, sql: str, *values: Value) -> list[Row]:
        """Return the rows of a query."""
        return self._connection.execute(sql, values).fetchall()

    def broken(self) -> list[str]:
        """Return the errors of the integrity and foreign key checks."""
        found = [str(text) for (text,) in self.rows("PRAGMA integrity_check") if text != "ok"]
        return found + [f"foreign key: {row}" for row in self.rows("PRAGMA foreign_key_check")]

    def missing_bodies(self) -> list[str]:
        """Return the messages and files with a row here whose bytes are missing."""
        return [*self._missing_in_spool(), *self._missing_in_staging()]

    def _missing_in_spool(self) -> Iterator[str]:
        for *identity, brought_by, offset, size_bytes, found in self.rows(
            "SELECT source, destination, epoch, sequence, attempt, previous_hop"
            ', "offset", size_bytes, found'
            " FROM messages WHERE salt IS NOT NULL AND birth = 'arrived'"
            " AND state NOT IN ('F', 'D')"
        ):
            whole = CarriedWhole(MessageIdentity(*identity), str(brought_by))  # type: ignore[arg-type]
            path = self.home.spool / spool_name(whole)
            body = part_of(path, sealed_offset(int(offset)), sealed_bytes(int(size_bytes)))  # type: ignore[arg-type]
            if body is None or blake3(body).digest() != found:
                yield f"{path.name}: {size_bytes!s} sealed bytes at {offset!s} are not there"

    def _missing_in_staging(self) -> Iterator[str]:
        for source, epoch, sequence, attempt, total_bytes, name, inbox_name in self.rows(
            "SELECT m.source, m.epoch, m.sequence, m.attempt, m.total_bytes, f.name, f.inbox_name"
            " FROM messages m JOIN files f ON f.id = m.file"
            " WHERE m.type IN (1, 3) AND m.state = 'N-4'"
        ):
            assert isinstance(epoch, bytes)
            staged = staged_name(str(source), epoch, int(sequence), int(attempt))  # type: ignore[arg-type]
            path = self.home.staging / staged
            # After the commit of its name it may already be in the inbox.
            if inbox_name is None and not path.exists():
                yield f"{path.name} ({name!s}, {total_bytes!s} bytes) is not there"


def part_of(path: Path, offset: int, size_bytes: int) -> bytes | None:
    """Return a part of a file; None when the file is missing."""
    try:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(size_bytes)
    except FileNotFoundError:
        return None


@contextmanager
def image_of(home: Home) -> Iterator[Image]:
    """Open the home of a stopped node."""
    with tempfile.TemporaryDirectory(prefix="nr-image-") as folder:
        copy = Path(folder) / home.database.name
        for ending in ("", "-wal"):
            path = home.database.with_name(home.database.name + ending)
            if path.exists():
                shutil.copyfile(path, copy.with_name(copy.name + ending))
        connection = apsw.Connection(str(copy))
        try:
            yield Image(home, connection)
        finally:
            connection.close()
