"""Runs of the post-receive program, as rows."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.database import Database


class OwedHook(NamedTuple):
    """Something that lies in the inbox and that the program was not told of yet."""

    file: int
    message: int
    source: str
    source_name: str
    inbox_name: str
    size_bytes: int
    mtime_ns: int
    kind: int


def owe_hooks(database: Database, delivered: Iterable[tuple[int, int]]) -> None:
    """Note that the program is to be run for (file, message), once a file; inside a transaction."""
    database.execute_many(
        "INSERT INTO hooks (file, message) VALUES (?, ?) ON CONFLICT DO NOTHING", delivered
    )


def next_hook(database: Database) -> OwedHook | None:
    """Give the oldest that the program is still to be run for."""
    row = database.row(
        "SELECT file, message, source, source_name, inbox_name, size_bytes, mtime_ns, kind"
        " FROM work_hook LIMIT 1"
    )
    return None if row is None else OwedHook(*row)  # type: ignore[arg-type]


def end_hook(database: Database, file: int, exit_status: int, output: str, unix_s: float) -> None:
    """Note how a run ended; call it inside a transaction."""
    database.execute(
        "UPDATE hooks SET exit_status = ?, output = ?, ended_unix_s = ? WHERE file = ?",
        (exit_status, output, int(unix_s), file),
    )
