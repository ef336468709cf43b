"""The node as every page needs it, looked up once for each request."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

from netrelay.cli.errors import CommandError
from netrelay.cli.opening import read_config, reading
from netrelay.cli.page.control_forms import ControlLook
from netrelay.cli.page.frame import PageFrame
from netrelay.cli.queries.this_node import OwnNode, only_dials, own_node
from netrelay.cli.systemd.units import ask, known_running
from netrelay.cli.wording.explain import Situation
from netrelay.provisioning.system.page_password import CONTROL_FILE_NAME
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase

# systemctl takes some 0.2 s on a Pi Zero 2 W.
_KNOWN_FOR_S: Final = 5.0


class PageLook(NamedTuple):
    """The node as one request sees it. alive: which of the eight run; None where not known."""

    database: ReadOnlyDatabase
    home: Home
    own: OwnNode
    alive: dict[str, bool] | None
    frame: PageFrame
    control: ControlLook

    @property
    def is_up(self) -> bool:
        """False if this node is known to be down."""
        return self.alive is None or any(self.alive.values())

    @property
    def situation(self) -> Situation:
        """Context of the paragraphs of `why`."""
        return Situation(self.own.name, self.home, self.is_up, only_dials(self.database))


class Looks:
    """Opens the database for each request; remembers for a moment which processes run."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self._alive: dict[str, bool] | None = None
        self._asked_s = -_KNOWN_FOR_S

    @contextmanager
    def look(self, path: str, is_signed_in: bool, session: str = "") -> Iterator[PageLook]:
        """Open the database read-only for one page; CommandError says what is wrong with it."""
        with reading(self.home) as database:
            own = own_node(database)
            control = self.control(session)
            frame = PageFrame(own.name, path, is_signed_in, is_live=True, has_control=control.is_on)
            yield PageLook(database, self.home, own, self._running(), frame, control)

    def control(self, session: str) -> ControlLook:
        """Return whether acting is on: by the configuration, and by a password that is set."""
        is_on = (self.home.path / CONTROL_FILE_NAME).exists() and is_control_on(self.home)
        return ControlLook(is_on, session if is_on else "")

    def _running(self) -> dict[str, bool] | None:
        now_s = time.monotonic()
        if now_s - self._asked_s >= _KNOWN_FOR_S:
            self._alive = known_running(self.home, ask(self.home))
            self._asked_s = now_s
        return self._alive


def is_control_on(home: Home) -> bool:
    """Return whether the configuration lets the page act; False for one that has mistakes."""
    try:
        return read_config(home).page_control
    except CommandError:
        return False
