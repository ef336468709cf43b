"""The command line of an emulated machine, as data; starts no process.

Works with QEMU 7.2 (Debian 12) and 10.0 (Debian 13). Cables are `-netdev dgram`, new in 7.2. There
`stream` cannot reconnect, and a cable must survive that the machine at its other end is switched
off.
"""

import base64
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# An emulator on a busy machine is ten times slower than a Pi, but its clock is not: the 90 seconds
# that systemd waits for devices and units by default (systemd-system.conf(5)) are too short.
PATIENCE = "systemd.default_device_timeout_sec=900 systemd.default_timeout_start_sec=900"
# Units with timeouts of their own, which suit a Pi and its cards.
LIMITED_UNITS = ("card-grow.service", "card-first-boot.service", "card-state.service")
LONGER_LIMIT = b"[Service]\nTimeoutStartSec=30min\n"


def console_words(console: str) -> str:
    """Return the words that a bench adds to the kernel command line: a root shell on a console.

    Sources: systemd-debug-generator(8) for the shell, which needs neither password nor login(1) and
    starts before anything can fail; systemd(1) and kernel-parameters.txt for the others, which keep
    messages from mixing with the prompt.
    """
    return (
        f"systemd.debug_shell={console} systemd.mask=serial-getty@{console}.service"
        " systemd.show_status=false loglevel=4"
        # Otherwise systemctl and journalctl wait for a key at the end of a screen.
        " systemd.setenv=SYSTEMD_PAGER=cat"
    )


def unit_patience() -> str:
    """Return the words for longer timeouts of the image's units.

    They are credentials that become drop-ins: systemd.unit-dropin.* in
    systemd.system-credentials(7), systemd 256 and later.
    """
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
    """A network with DHCP and no route out; `ssh_port` of this machine leads to the node's ssh."""

    name: str
    ssh_port: int


@dataclass(frozen=True, slots=True)
class Modem:
    """A USB modem that is an Ethernet interface by itself, with DHCP and no route out."""

    name: str = "modem"


Network = Cable | OfficeNetwork | Modem


@dataclass(frozen=True, slots=True)
class Model:
    """The differences between the boards that QEMU emulates."""

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
    # Nothing starts from the network, and its boot program is in a package of its own (ipxe-qemu).
    nic="virtio-net-pci,romfile=",
    console="ttyAMA0",
    serial_number=0,
)
# The board has fixed processors and 1 GiB. Its first serial port is for Bluetooth; the console is
# the mini UART. Its Ethernet is attached to USB, as on the real board.
#
# QEMU's watchdog does not count: starting it resets the board at once
# (hw/misc/bcm2835_powermgt.c, 7.2 and 10.0), and systemd starts it at every boot of the image.
RASPI3B = Model(
    arguments=("-machine", "raspi3b"),
    drive="if=sd",
    nic="usb-net",
    console="ttyS1",
    serial_number=1,
    kernel_words=("module_blacklist=bcm2835_wdt",),
)
MODEM_NETWORK = "10.0.9.0/24"
# The default of -netdev user.
OFFICE_NETWORK = "10.0.2.0/24"
OFFICE_ROUTER = "10.0.2.2"
MODELS = {"virt": VIRT, "raspi3b": RASPI3B}


@dataclass(frozen=True, slots=True)
class Machine:
    """The parameters of one start of an emulated machine."""

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
    """Return the command line of QEMU.

    `setpriv --pdeathsig` stops the machine with the tests, however they end.
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
    # At a reboot a Pi's firmware reads the card again, but QEMU would start the same kernel with
    # the same command line. So QEMU exits at a reboot, and the strategy starts a new one.
    command += ["-action", "reboot=shutdown"]
    command += ["-qmp", f"unix:{machine.monitor},server=on,wait=off"]
    # QEMU inherits the listening socket, so that no other program can bind the port before.
    command += [
        "-chardev",
        f"socket,id=console,fd={machine.console_descriptor},server=on,wait=off"
        f",logfile={machine.console_log},logappend=on",
    ]
    command += ["-serial", "null"] * model.serial_number + ["-serial", "chardev:console"]
    # The board of raspi3b has USB.
    if machine.model != "raspi3b":
        command += ["-device", "qemu-xhci,id=usb"]
    if machine.has_keyboard:
        command += ["-device", "usb-kbd"]
    for number, network in enumerate(machine.networks):
        command += _network_arguments(machine, number, network)
    if machine.snapshot:
        command += ["-loadvm", machine.snapshot]
    return command


def kernel_command_line(machine: Machine) -> str:
    """Return the kernel command line of the card, with its consoles replaced by the one of QEMU."""
    kept = [word for word in machine.card_command_line.split() if not word.startswith("console=")]
    model = MODELS[machine.model]
    console = model.console
    kept += [f"console={console},115200", PATIENCE, unit_patience(), *model.kernel_words]
    kept += [console_words(console)] if machine.has_shell else []
    # Its ids are those of a Linux gadget: whichever of two drivers is loaded first takes it.
    kept += ["module_blacklist=cdc_subset"] if Modem() in machine.networks else []
    return " ".join(kept)


def mac_address(node: str, network: str) -> str:
    """Return a locally administered address that is the same at every start; 52:54:00 is QEMU's."""
    number = zlib.crc32(f"{node} {network}".encode())
    return f"52:54:00:{number >> 16 & 255:02x}:{number >> 8 & 255:02x}:{number & 255:02x}"


def _network_arguments(machine: Machine, number: int, network: Network) -> Sequence[str]:
    kind = "usb-net" if isinstance(network, Modem) else MODELS[machine.model].nic
    nic = f"{kind},netdev={network.name},id=nic{number}"
    nic += f",mac={mac_address(machine.node, network.name)}"
    match network:
        case Cable(name, descriptor):
            backend = f"dgram,id={name},local.type=fd,local.str={descriptor}"
        case OfficeNetwork(name, ssh_port):
            backend = f"user,id={name},restrict=on,hostfwd=tcp:127.0.0.1:{ssh_port}-:22"
        case Modem(name):
            backend = f"user,id={name},restrict=on,net={MODEM_NETWORK}"
    return ["-netdev", backend, "-device", nic]
