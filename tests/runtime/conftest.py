"""A home with a configuration and a database, and a runtime directory short enough for sockets."""

from pathlib import Path

import pytest

from netrelay.core.node_id import node_id_text
from netrelay.runtime.config import template
from netrelay.runtime.home import Home
from netrelay.store.database_file import SelfInfo, create_database


@pytest.fixture
def place(short_path: Path) -> Path:
    """Return an empty folder with a short path."""
    return short_path


@pytest.fixture
def home(place: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """Return a home as `netrelay init` creates it, without keys."""
    monkeypatch.setenv("NETRELAY_RUNTIME_DIRECTORY", str(place / "run"))
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "NETRELAY_PARENT_FD"):
        monkeypatch.delenv(name, raising=False)
    home = Home(place / "home")
    home.path.mkdir()
    home.config.write_text(template("shelf", "127.0.0.1", 7411, (7412,)))
    create_database(
        home.database,
        SelfInfo(
            node=node_id_text(bytes(20)),
            name="shelf",
            ipaddress="127.0.0.1",
            commsport=7411,
            dataports="[7412]",
            capacity=1024 * 1024,
            lifetime_s=30 * 86400,
            epoch=b"epoch of",
        ),
    )
    return home
