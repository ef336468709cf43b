"""Rows of runs of the post-receive program: pending until they have an exit status."""

from collections.abc import Iterable
from typing import NamedTuple

from netrelay.store.database import Database


class OwedHook(NamedTuple):
    """A delivered file for which the program has not been run.

    inbox_name: None if it is in the store alone. bucket, object: where it has landed, if it has.
    """

    file: int
    message: int
    source: str
    source_name: str
    name: str
    inbox_name: str | None
    size_bytes: int
    mtime_ns: int
    kind: int
    bucket: str | None
    object: str | None


def owe_hooks(database: Database, delivered: Iterable[tuple[int, int]]) -> None:
    """Store that a run is pending for each (file, message); call it inside a transaction.

    Idempotent: one run for each file.
    """
    database.execute_many(
        "INSERT INTO hooks (file, message) VALUES (?, ?) ON CONFLICT DO NOTHING", delivered
    )


def next_hook(database: Database) -> OwedHook | None:
    """Return the oldest pending run; None if there is none."""
    row = database.row(
        "SELECT file, message, source, source_name, name, inbox_name, size_bytes, mtime_ns, kind,"
        " bucket, object FROM work_hook LIMIT 1"
    )
    return None if row is None else OwedHook(*row)  # type: ignore[arg-type]


def end_hook(database: Database, file: int, exit_status: int, output: str, unix_s: float) -> None:
    """Store the result of a run; call it inside a transaction."""
    database.execute(
        "UPDATE hooks SET exit_status = ?, output = ?, ended_unix_s = ? WHERE file = ?",
        (exit_status, output, int(unix_s), file),
    )
