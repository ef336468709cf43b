"""Faults that the campaign must detect: each removes one step that keeps a promise.

They patch functions in the processes of the tests; netrelay has no code for them.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from netrelay.disk import folders
from netrelay.processes import processor_r
from netrelay.store import database
from netrelay.transfer import inbound, staging


def _nothing(*_: Any) -> None:
    """Do nothing."""


def _no_sent_folder_flush() -> None:
    """Do not flush sent/: a closed row may have its file still in the claims."""
    patch("netrelay.transfer.claims.flush_folder", _flush_unless("sent")).start()


def _no_claim_flush() -> None:
    """Do not flush claims: the row has the path of a claim whose rename may be lost.

    A rename changes the ctime of the file, so on ext4 a flush of the file also flushes its name.
    """
    patch("netrelay.transfer.claims.flush_folder", _flush_unless("drop")).start()
    patch("netrelay.transfer.new_jobs.flush_claimed", _nothing).start()
    patch("netrelay.transfer.claims.make_folder", _make_folder).start()


def _no_inbox_folder_flush() -> None:
    """Do not flush the inbox: the receipt is sent, but the link may be lost.

    ext4 has one journal, so a flush of the staging folder flushes the inbox too: both are removed.
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
    """Do not flush bodies: acknowledged rows may lack them."""

    def flush(self: staging.Staging) -> bool:
        self._unflushed.clear()
        self._names_changed = False
        self._close_all()
        return True

    staging.Staging.flush = flush  # type: ignore[method-assign]


def _synchronous_normal() -> None:
    """Let commits return before they are flushed."""
    real = database.Database._prepare

    def prepare(self: database.Database) -> None:
        real(self)
        self._connection.execute("PRAGMA synchronous = NORMAL")

    database.Database._prepare = prepare  # type: ignore[method-assign]


def _acknowledge_first() -> None:
    """Acknowledge messages before their rows are committed."""
    store, decide = inbound.Inbound._store, processor_r.ProcessorR._decide
    put_off: list[list[inbound.JudgedFrame]] = []

    def acknowledge_then_store(self: processor_r.ProcessorR, decided: Any) -> None:
        decide(self, decided)
        self._ring.flush()
        for judged in put_off:
            store(self._inbound, judged)
        put_off.clear()

    patch.object(inbound.Inbound, "_store", lambda _, judged: put_off.append(judged)).start()
    processor_r.ProcessorR._decide = acknowledge_then_store  # type: ignore[method-assign]


FAULTS: dict[str, Callable[[], None]] = {
    "no-sent-folder-flush": _no_sent_folder_flush,
    "no-claim-flush": _no_claim_flush,
    "no-inbox-folder-flush": _no_inbox_folder_flush,
    "no-body-flush": _no_body_flush,
    "synchronous-normal": _synchronous_normal,
    "acknowledge-first": _acknowledge_first,
}
