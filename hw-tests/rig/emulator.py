"""labgrid drivers of an emulated node: card, power and cables.

labgrid's QEMUDriver does not suit a Pi: it does not support raspi3b or an initrd, has a fixed
root=/dev/vda, uses its own console socket and supports only clean shutdowns.

While a machine is off, its card is one raw file. While it is on, writes go to a qcow2 overlay. QEMU
keeps the tables of the overlay in memory until the guest flushes, so a killed machine loses
unflushed writes to new clusters.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Any

import attr
from labgrid import step, target_factory
from labgrid.driver import Driver
from labgrid.protocol import DigitalOutputProtocol, PowerProtocol
from labgrid.resource import NetworkSerialPort, NetworkService

from rig.cable import plug_in
from rig.card import BootPartition, boot_files
from rig.card_protocol import CardProtocol
from rig.machine import Cable, Machine, Modem, Network, OfficeNetwork, qemu_command
from rig.monitor import Monitor, MonitorError
from rig.workplace import cards_folder, sockets_folder

DEVICE_TREES = {"raspi3b": "bcm2837-rpi-3-b.dtb"}


@target_factory.reg_driver
@attr.s(eq=False)
class CardFileDriver(Driver, CardProtocol):
    """The card of an emulated node: a raw file of the size of a card."""

    image = attr.ib(validator=attr.validators.instance_of(str))
    size = attr.ib(default="8G", validator=attr.validators.instance_of(str))

    @property
    def path(self) -> Path:
        """The path of the file; complete only while the machine is off."""
        return cards_folder() / f"{self.target.name}.card"

    @property
    def image_path(self) -> Path:
        """The image to flash."""
        return Path(self.target.env.config.get_image_path(self.image)).resolve()

    @property
    def fleet_option(self) -> str:
        """The option of `netrelay fleet card` for its path."""
        return "--image"

    @step()
    def flash(self) -> None:
        """Write the image; the rest of the card is empty, as on a new card."""
        self.path.unlink(missing_ok=True)
        command = ["cp", "--sparse=always", "--reflink=auto", str(self.image_path), str(self.path)]
        subprocess.run(command, check=True)
        subprocess.run(["truncate", f"--size={self.size}", str(self.path)], check=True)
        self.path.chmod(0o600)

    def to_host(self) -> None:
        """Do nothing: the file is available whenever the machine is off."""

    def to_node(self) -> None:
        """Do nothing."""


@target_factory.reg_driver
@attr.s(eq=False)
class QemuPowerDriver(Driver, PowerProtocol):
    """The power switch of an emulated node.

    `on` starts a machine with kernel, initrd and command line of the card. `networks` are "office"
    (DHCP, and ssh from this machine), "modem" (on USB, with DHCP), or the ends "NAME:0" and
    "NAME:1" of a cable.
    """

    bindings = {"card": CardFileDriver, "console_port": NetworkSerialPort}  # noqa: RUF012
    qemu = attr.ib(default="qemu-system-aarch64", validator=attr.validators.instance_of(str))
    model = attr.ib(default="virt", validator=attr.validators.instance_of(str))
    memory = attr.ib(default="768M", validator=attr.validators.instance_of(str))
    networks = attr.ib(factory=list, validator=attr.validators.instance_of(list))
    has_shell = attr.ib(default=True, validator=attr.validators.instance_of(bool))
    has_keyboard = attr.ib(default=False, validator=attr.validators.instance_of(bool))

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self.clock = "utc"
        self._said_before_bytes = 0
        # Not one that a killed run left: the card may have been written since.
        self._has_overlay = False
        self._process: subprocess.Popen[bytes] | None = None
        self._monitor: Monitor | None = None

    @property
    def console_log(self) -> Path:
        """The file with the output of the console of all starts, earlier runs included."""
        return cards_folder() / f"{self.target.name}.console.log"

    def said(self) -> str:
        """Return the output of the console since the machine was started."""
        return self.console_log.read_bytes()[self._said_before_bytes :].decode(errors="replace")

    @property
    def monitor(self) -> Monitor:
        """Return the monitor of the running machine; MonitorError when it is off."""
        if self._monitor is None:
            raise MonitorError(f"{self.target.name} is off")
        return self._monitor

    @property
    def is_on(self) -> bool:
        """True while the machine runs; False after the guest has powered itself off or rebooted."""
        return self._process is not None and self._process.poll() is None

    @Driver.check_active
    @step()
    def on(self) -> None:
        """Start the machine, unless it runs."""
        if self.is_on:
            return
        self._finish()
        boot = BootPartition(self.card.path)
        files = boot_files(boot)
        folder = cards_folder()
        name = self.target.name
        device_tree = DEVICE_TREES.get(self.model)
        self._make_overlay()
        with socket.create_server(("127.0.0.1", 0), backlog=1) as listener:
            machine = Machine(
                node=name,
                model=self.model,
                memory=self.memory,
                kernel=boot.copy_out(files.kernel, folder / f"{name}.kernel"),
                initrd=boot.copy_out(files.initrd, folder / f"{name}.initrd"),
                device_tree=boot.copy_out(device_tree, folder / f"{name}.dtb")
                if device_tree
                else None,
                card_command_line=files.command_line,
                disk=self._overlay,
                monitor=sockets_folder() / f"{name}.monitor",
                console_descriptor=listener.fileno(),
                console_log=self.console_log,
                networks=tuple(self._network(words) for words in self.networks),
                clock=self.clock,
                has_shell=self.has_shell,
                has_keyboard=self.has_keyboard,
            )
            machine.monitor.unlink(missing_ok=True)
            log = self.console_log
            self._said_before_bytes = log.stat().st_size if log.exists() else 0
            self._start(machine, listener)

    def _start(self, machine: Machine, listener: socket.socket) -> None:
        command = qemu_command(machine, self.qemu)
        cables = (each.descriptor for each in machine.networks if isinstance(each, Cable))
        words_path = cards_folder() / f"{machine.node}.qemu.log"
        with words_path.open("wb") as words:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=subprocess.STDOUT,
                pass_fds=(listener.fileno(), *cables),
            )
        try:
            self._monitor = Monitor(machine.monitor, lambda: self.is_on)
        except MonitorError as error:
            self._kill()
            raise MonitorError(f"{error}\n{words_path.read_text(errors='replace')}") from error
        self.console_port.host, self.console_port.port = listener.getsockname()

    @Driver.check_active
    @step()
    def off(self) -> None:
        """Stop the machine by QEMU's `quit`; all its writes reach the card."""
        if self.is_on:
            with contextlib.suppress(MonitorError):
                self.monitor.execute("quit")
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(timeout=60)  # type: ignore[union-attr]
        self._finish()

    @Driver.check_active
    @step()
    def pull_plug(self) -> None:
        """Kill the machine at once: nothing more is written, not even by QEMU."""
        self._kill()
        self._finish()

    @Driver.check_active
    @step()
    def cycle(self) -> None:
        """Cut the power and start the machine again."""
        self.pull_plug()
        self.on()

    @step(args=["within_s"])
    def await_off(self, within_s: float) -> None:
        """Wait until the guest has powered itself off or rebooted; TimeoutExpired if it does not.

        After a reboot, `on` reads the card again, as a Pi's firmware does.
        """
        if self._process is not None:
            self._process.wait(timeout=within_s)
        self._finish()

    def on_deactivate(self) -> None:
        """Stop the machine."""
        self.off()

    @property
    def _overlay(self) -> Path:
        return cards_folder() / f"{self.target.name}.overlay.qcow2"

    def _make_overlay(self) -> None:
        self._overlay.unlink(missing_ok=True)
        command = ["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw"]
        subprocess.run([*command, "-b", str(self.card.path), str(self._overlay)], check=True)
        self._has_overlay = True

    def _kill(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait(timeout=60)

    def _finish(self) -> None:
        """Commit the overlay to the card and delete it."""
        if self.is_on:
            raise MonitorError(f"{self.target.name} is still on: its card cannot be taken out")
        if self._monitor is not None:
            self._monitor.close()
        self._monitor = self._process = None
        if self._has_overlay:
            # A killed QEMU leaks clusters but never shares one (qcow2.txt).
            repair = ["qemu-img", "check", "-q", "-r", "leaks", str(self._overlay)]
            subprocess.run(repair, check=True, stdout=subprocess.DEVNULL)
            subprocess.run(["qemu-img", "commit", "-q", "-d", str(self._overlay)], check=True)
            self._overlay.unlink()
            self._has_overlay = False

    def _network(self, words: str) -> Network:
        if words == "office":
            return OfficeNetwork("office", self._ssh_port())
        if words == "modem":
            return Modem()
        name, _, end = words.partition(":")
        if end not in {"0", "1"}:
            raise ValueError(
                f"network {words!r} of {self.target.name}: office, modem, NAME:0 or NAME:1"
            )
        return Cable(name, plug_in(name, int(end)))

    def _ssh_port(self) -> int:
        service: Any = self.target.get_resource(NetworkService)
        with socket.create_server(("127.0.0.1", 0)) as probe:
            service.address, service.port = probe.getsockname()
        return int(service.port)


@target_factory.reg_driver
@attr.s(eq=False)
class QemuCableDriver(Driver, DigitalOutputProtocol):
    """The cables of an emulated node as one switch: True is plugged in."""

    bindings = {"power": QemuPowerDriver}  # noqa: RUF012

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        self._plugged = True

    @Driver.check_active
    @step(args=["status"])
    def set(self, status: bool) -> None:
        """Plug in or unplug every cable of the node."""
        for words in self.power.networks:
            self.power.monitor.set_cable(words.partition(":")[0], plugged=status)
        self._plugged = status

    @Driver.check_active
    @step(result=True)
    def get(self) -> bool:
        """Return True when they are plugged in."""
        return self._plugged


def needs(*programs: str) -> list[str]:
    """Return the programs that are missing on this machine."""
    search = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    return [program for program in programs if shutil.which(program, path=search) is None]
