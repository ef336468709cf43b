"""A stub node with power switch, card and console: a shell on a TCP port, which boots at once.

Strategy, shell driver and pyserial are the real ones; only the machine is a stub.
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
    """A server for one client: a login prompt, then a shell."""

    def __init__(self, profile: str) -> None:
        super().__init__(daemon=True)
        self._profile = profile
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = self._listener.getsockname()

    def run(self) -> None:
        """Serve until the client disconnects or the power is cut."""
        with contextlib.suppress(OSError):
            client, _ = self._listener.accept()
            client.sendall(b"[    0.0] a kernel says a lot\r\nstub login: ")
            while not client.recv(1).endswith(b"\n"):
                pass
            child, terminal = pty.fork()
            if child == 0:
                # As on the bench's kernel command line: bracketed paste would hide the prompt.
                os.environ.update(TERM="dumb", PS1="root@stub:~# ")
                os.execvp("bash", ["bash", "--noprofile", "--rcfile", self._profile, "-i"])
            threading.Thread(target=_pump, args=(client, terminal), daemon=True).start()
            while said := os.read(terminal, 4096):
                client.sendall(said)

    def close(self) -> None:
        """Stop accepting clients."""
        self._listener.close()


def _pump(client: socket.socket, terminal: int) -> None:
    with contextlib.suppress(OSError):
        while typed := client.recv(4096):
            os.write(terminal, typed)
        os.close(terminal)


@target_factory.reg_driver
@attr.s(eq=False)
class StubCardDriver(Driver, CardProtocol):
    """A card in a file."""

    file = attr.ib(validator=attr.validators.instance_of(str))

    @property
    def path(self) -> Path:
        """The path of the file."""
        return Path(self.file)

    @property
    def image_path(self) -> Path:
        """The same file: nothing is copied."""
        return Path(self.file)

    @property
    def fleet_option(self) -> str:
        """The option for an image."""
        return "--image"

    def flash(self) -> None:
        """Record the call."""
        JOURNAL.append("flash")

    def to_host(self) -> None:
        """Record the call."""
        JOURNAL.append("to host")

    def to_node(self) -> None:
        """Record the call."""
        JOURNAL.append("to node")


@target_factory.reg_driver
@attr.s(eq=False)
class StubPowerDriver(Driver, PowerProtocol):
    """A power switch that starts and stops the console."""

    bindings = {"console_port": NetworkSerialPort}  # noqa: RUF012
    profile = attr.ib(default="/dev/null", validator=attr.validators.instance_of(str))

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._console: Console | None = None

    @Driver.check_active
    def on(self) -> None:
        """Start the console and set its port, as the emulator does."""
        JOURNAL.append("on")
        self._console = Console(self.profile)
        self.console_port.host, self.console_port.port = self._console.address
        self._console.start()

    @Driver.check_active
    def off(self) -> None:
        """Record the call and stop accepting clients."""
        JOURNAL.append("off")
        if self._console is not None:
            self._console.close()
            self._console = None

    @Driver.check_active
    def cycle(self) -> None:
        """Switch off and on."""
        self.off()
        self.on()
