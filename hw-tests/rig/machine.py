"""The command line of an emulated machine, as data: nothing here starts a process.

Works with QEMU 7.2 (Debian 12) and 10.0 (Debian 13). Cables are `-netdev dgram`, which came with
7.2: `stream` has no reconnect there, and a cable must survive that the machine at its other end is
switched off.
"""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# An emulator on a busy machine is ten times slower than a Pi, and its clock is not: the 90 seconds
# that systemd gives a device and a unit by default (systemd-system.conf(5)) would be too few.
PATIENCE = "systemd.default_device_timeout_sec=900 systemd.default_timeout_start_sec=900"
# These have limits of their own, which are right for a Pi and its cards.
LIMITED_UNITS = ("card-grow.service", "card-first-boot.service")
LONGER_LIMIT = b"[Service]\nTimeoutStartSec=30min\n"


def console_words(console: str) -> str:
    """What a bench adds to the kernel's command line, and no image has: a root shell on a console.

    Sources: systemd-debug-generator(8) for the shell, which needs neither a password nor login(1)
    and is there before anything can fail; systemd(1) and kernel-parameters.txt for the others,
    without which their lines and the shell's prompt mix.
    """
    return (
        f"systemd.debug_shell={console} systemd.mask=serial-getty@{console}.service"
        " systemd.show_status=false loglevel=4"
    )


def unit_patience() -> str:
    """Words that give the image's own units more time, as a credential that systemd makes a
    drop-in of: systemd.unit-dropin.* in systemd.system-credentials(7), systemd 256 and later."""
    limit = base64.b64encode(LONGER_LIMIT).decode()
    return " ".join(
        f"systemd.set_credential_binary=systemd.unit-dropin.{unit}:{limit}"
        for unit in LIMITED_UNITS
    )


@dataclass(frozen=True, slots=True)
class Cable:
    """One end of a cable between two machines (rig/cable.py)."""

    name: str
    descriptor: int


@dataclass(frozen=True, slots=True)
class OfficeNetwork:
    """A network with DHCP and no way out; this machine reaches the node's ssh at `ssh_port`."""

    name: str
    ssh_port: int


Network = Cable | OfficeNetwork


@dataclass(frozen=True, slots=True)
class Model:
    """What differs between the boards that QEMU can be."""

    arguments: tuple[str, ...]
    drive: str
    nic: str
    console: str
    """The kernel's name of the serial port that the rig types into."""
    serial_number: int
    """Which of QEMU's serial ports that is."""
    kernel_words: tuple[str, ...] = ()
    """What the kernel has to be told because QEMU's board is not quite the real one."""


VIRT = Model(
    arguments=("-machine", "virt", "-cpu", "cortex-a53", "-smp", "2"),
    drive="if=virtio",
    nic="virtio-net-pci",
    console="ttyAMA0",
    serial_number=0,
)
# The board brings its own processors and 1 GiB. Its first serial port belongs to Bluetooth; the
# console is the mini UART. Its Ethernet hangs on USB, as on the real board.
#
# QEMU's watchdog counts no time: whoever starts it resets the board at once
# (hw/misc/bcm2835_powermgt.c, 7.2 and 10.0), and systemd starts it on every start of the image.
RASPI3B = Model(
    arguments=("-machine", "raspi3b"),
    drive="if=sd",
    nic="usb-net",
    console="ttyS1",
    serial_number=1,
    kernel_words=("module_blacklist=bcm2835_wdt",),
)
MODELS = {"virt": VIRT, "raspi3b": RASPI3B}


@dataclass(frozen=True, slots=True)
class Machine:
    """Everything that one start of an emulated machine needs."""

    node: str
    model: str
    memory: str
    kernel: Path
    initrd: Path
    card_command_line: str
    disk: Path
    monitor: Path
    console_descriptor: int
    console_log: Path
    networks: tuple[Network, ...] = ()
    device_tree: Path | None = None
    clock: str = "utc"
    """What `-rtc base=` takes: "utc", or a date such as 2036-11-26T10:00:00."""
    snapshot: str | None = None
    has_shell: bool = True
    """Whether the console is a root shell; otherwise it is what the card makes of it."""
    has_keyboard: bool = False
    """Whether somebody can type at its screen: a keyboard on USB, as at a Pi."""


def qemu_command(machine: Machine, qemu: str = "qemu-system-aarch64") -> list[str]:
    """The whole command.

    `setpriv --pdeathsig` ends the machine with the tests, however those end.
    """
    model = MODELS[machine.model]
    command = ["setpriv", "--pdeathsig", "KILL", qemu, *model.arguments]
    command += ["-name", machine.node, "-display", "none", "-monitor", "none", "-nodefaults"]
    if machine.model != "raspi3b":
        command += ["-m", machine.memory]
    command += ["-kernel", str(machine.kernel), "-initrd", str(machine.initrd)]
    if machine.device_tree:
        command += ["-dtb", str(machine.device_tree)]
    command += ["-append", kernel_command_line(machine)]
    command += ["-drive", f"{model.drive},format=qcow2,file={machine.disk}"]
    command += ["-rtc", f"base={machine.clock},clock=vm"]
    # A Pi's firmware reads the card anew at each restart; QEMU would start the kernel again with
    # the words that it was given once. So it ends instead, and whoever runs it starts it again.
    command += ["-action", "reboot=shutdown"]
    command += ["-qmp", f"unix:{machine.monitor},server=on,wait=off"]
    # The listening socket is handed over: no second program can have the port in between.
    command += [
        "-chardev",
        f"socket,id=console,fd={machine.console_descriptor},server=on,wait=off"
        f",logfile={machine.console_log},logappend=on",
    ]
    command += ["-serial", "null"] * model.serial_number + ["-serial", "chardev:console"]
    if machine.has_keyboard:
        command += ["-device", "qemu-xhci", "-device", "usb-kbd"]
    for number, network in enumerate(machine.networks):
        command += _network_arguments(machine, number, network)
    if machine.snapshot:
        command += ["-loadvm", machine.snapshot]
    return command


def kernel_command_line(machine: Machine) -> str:
    """The card's own command line, with its consoles replaced by the one that QEMU connects."""
    kept = [word for word in machine.card_command_line.split() if not word.startswith("console=")]
    model = MODELS[machine.model]
    console = model.console
    kept += [f"console={console},115200", PATIENCE, unit_patience(), *model.kernel_words]
    kept += [console_words(console)] if machine.has_shell else []
    return " ".join(kept)


def mac_address(node: str, network: str) -> str:
    """A locally administered address that is the same at every start: 52:54:00 is QEMU's."""
    number = zlib.crc32(f"{node} {network}".encode())
    return f"52:54:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _network_arguments(machine: Machine, number: int, network: Network) -> Sequence[str]:
    nic = f"{MODELS[machine.model].nic},netdev={network.name},id=nic{number}"
    nic += f",mac={mac_address(machine.node, network.name)}"
    match network:
        case Cable(name, descriptor):
            backend = f"dgram,id={name},local.type=fd,local.str={descriptor}"
        case OfficeNetwork(name, ssh_port):
            backend = f"user,id={name},restrict=on,hostfwd=tcp:127.0.0.1:{ssh_port}-:22"
    return ["-netdev", backend, "-device", nic]
