"""The stage of receiver, and the folder of each test, whose path is short: it has sockets."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.processes.receiver_stage import Stage, receiver_stage


@pytest.fixture
def tmp_path(short_path: Path) -> Path:
    """Return an empty folder, in place of pytest's, whose path is too long."""
    return short_path


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """shelf receives, boat is its peer; the table of agreements is not sent yet."""
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(tmp_path / "run-shelf"))
    with receiver_stage(tmp_path) as made:
        yield made
