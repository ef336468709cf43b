"""The stage of receiver, short paths for the sockets of a test, and the end of what it opened."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from netrelay.runtime.poller import Poller
from netrelay.store.database import Database
from tests.processes.receiver_stage import Stage, receiver_stage


@pytest.fixture
def tmp_path(short_path: Path) -> Path:
    """Return an empty folder, in place of pytest's, whose path is too long."""
    return short_path


@pytest.fixture(autouse=True)
def _closed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what the processes of a test opened: in the product that ends with the process.

    Some hundred tests would open more descriptors than select(2) takes.
    """
    opened: list[Database | Poller] = []

    def noted(kind: type[Database | Poller]) -> None:
        begin = kind.__init__

        def begin_noted(self: Database | Poller, *words: object, **named: object) -> None:
            begin(self, *words, **named)  # type: ignore[arg-type]
            opened.append(self)

        monkeypatch.setattr(kind, "__init__", begin_noted)

    noted(Database)
    noted(Poller)
    yield
    for each in opened:
        each.close()


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """shelf receives, boat is its peer; the table of agreements is not sent yet."""
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
    with receiver_stage(tmp_path) as made:
        yield made
