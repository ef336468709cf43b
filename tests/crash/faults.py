"""What is taken out of a node to see the campaign fail: one promise-keeping step each.

They replace functions in the processes of the tests alone; netrelay has no switch for any of it.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from netrelay.disk import folders
from netrelay.processes import processor_r
from netrelay.store import database
from netrelay.transfer import staging


def _nothing(*_: Any) -> None:
    """What is not done."""


def _no_sent_folder_flush() -> None:
    """The file of a finished job lies in sent/, and its row is closed; or is it still claimed?"""
    patch("netrelay.transfer.claims.flush_folder", _flush_unless("sent")).start()


def _no_claim_flush() -> None:
    """The row says where the claimed file lies; the rename may not have happened.

    A rename changes the file too (ctime), so that on ext4 to flush its bytes is to flush its name.
    """
    patch("netrelay.transfer.claims.flush_folder", _flush_unless("drop")).start()
    patch("netrelay.processes.importer.flush_claimed", _nothing).start()
    patch("netrelay.transfer.claims.make_folder", _make_folder).start()


def _no_inbox_folder_flush() -> None:
    """The receipt says that it lies in the inbox; the link may not have happened.

    ext4 has one journal: to flush the staging folder is to flush the inbox too, so both go.
    """
    patch("netrelay.transfer.delivery.flush_folders", _nothing).start()
    patch("netrelay.transfer.delivery.flush_folder", _nothing).start()


def _flush_unless(name: str) -> Callable[[Path], None]:
    def flush(path: Path) -> None:
        if name not in path.parts:
            folders.flush_folder(path)

    return flush


def _make_folder(path: Path, mode: int) -> None:
    path.mkdir(mode=mode, exist_ok=True)


def _no_body_flush() -> None:
    """Acknowledged are rows whose bodies may not be there."""

    def flush(self: staging.Staging) -> None:
        self._unflushed.clear()
        self._names_changed = False
        self._close_all()

    staging.Staging.flush = flush  # type: ignore[method-assign]


def _synchronous_normal() -> None:
    """A commit ends before it is flushed."""
    real = database.Database._prepare

    def prepare(self: database.Database) -> None:
        real(self)
        self._connection.execute("PRAGMA synchronous = NORMAL")

    database.Database._prepare = prepare  # type: ignore[method-assign]


def _acknowledge_first() -> None:
    """Acknowledged is what has no row yet."""
    store, decide = processor_r.ProcessorR._store, processor_r.ProcessorR._decide

    def say_then_store(self: processor_r.ProcessorR, judged: Any) -> None:
        decide(self, judged)
        self._ring.flush()
        store(self, judged)

    processor_r.ProcessorR._store = say_then_store  # type: ignore[method-assign]
    processor_r.ProcessorR._decide = _nothing  # type: ignore[method-assign, assignment]


FAULTS: dict[str, Callable[[], None]] = {
    "no-sent-folder-flush": _no_sent_folder_flush,
    "no-claim-flush": _no_claim_flush,
    "no-inbox-folder-flush": _no_inbox_folder_flush,
    "no-body-flush": _no_body_flush,
    "synchronous-normal": _synchronous_normal,
    "acknowledge-first": _acknowledge_first,
}
