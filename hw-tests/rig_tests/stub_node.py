"""A node of a shell on a TCP port: it has a plug, a card and a console, and takes no time to boot.

The strategy, the shell driver and pyserial are the real ones; only the machine behind is not.
"""

import contextlib
import os
import pty
import socket
import threading
from pathlib import Path

import attr
from labgrid import target_factory
from labgrid.driver import Driver
from labgrid.protocol import PowerProtocol
from labgrid.resource import NetworkSerialPort

from rig.card_protocol import CardProtocol

JOURNAL: list[str] = []
"""What was done to which part, in order."""


class Console(threading.Thread):
    """Serves one client: a login prompt, then a shell whose commands may say what they like."""

    def __init__(self, profile: str) -> None:
        super().__init__(daemon=True)
        self._profile = profile
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()

    def run(self) -> None:
        """Serves until the client or the power is gone."""
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            client.sendall(b"[    0.0] a kernel says a lot\r\nstub login: ")
            while not client.recv(1).endswith(b"\n"):
                pass
            child, terminal = pty.fork()
            if child == 0:
                # As the bench's kernel command line does: bracketed paste would hide the prompt.
                os.environ.update(TERM="dumb", PS1="root@stub:~# ")
                os.execvp("bash", ["bash", "--noprofile", "--rcfile", self._profile, "-i"])
            threading.Thread(target=_pump, args=(client, terminal), daemon=True).start()
            while said := os.read(terminal, 4096):
                client.sendall(said)

    def close(self) -> None:
        """Lets nobody in any more."""
        self._listener.close()


def _pump(client: socket.socket, terminal: int) -> None:
    with contextlib.suppress(OSError):
        while typed := client.recv(4096):
            os.write(terminal, typed)
        os.close(terminal)


@target_factory.reg_driver
@attr.s(eq=False)
class StubCardDriver(Driver, CardProtocol):
    """A card that is a file."""

    file = attr.ib(validator=attr.validators.instance_of(str))

    @property
    def path(self) -> Path:
        """The file."""
        return Path(self.file)

    @property
    def image_path(self) -> Path:
        """The same file: nothing is copied."""
        return Path(self.file)

    @property
    def fleet_option(self) -> str:
        """As for an image."""
        return "--image"

    def flash(self) -> None:
        """Notes it."""
        JOURNAL.append("flash")

    def to_host(self) -> None:
        """Notes it."""
        JOURNAL.append("to host")

    def to_node(self) -> None:
        """Notes it."""
        JOURNAL.append("to node")


@target_factory.reg_driver
@attr.s(eq=False)
class StubPowerDriver(Driver, PowerProtocol):
    """A plug that starts and ends the console."""

    bindings = {"console_port": NetworkSerialPort}  # noqa: RUF012
    profile = attr.ib(default="/dev/null", validator=attr.validators.instance_of(str))

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._console: Console | None = None

    @Driver.check_active
    def on(self) -> None:
        """Starts the console and fills its port in, as the emulator does."""
        JOURNAL.append("on")
        self._console = Console(self.profile)
        self.console_port.host, self.console_port.port = self._console.address
        self._console.start()

    @Driver.check_active
    def off(self) -> None:
        """Notes it and lets nobody in any more."""
        JOURNAL.append("off")
        if self._console is not None:
            self._console.close()
            self._console = None

    @Driver.check_active
    def cycle(self) -> None:
        """Off and on."""
        self.off()
        self.on()
