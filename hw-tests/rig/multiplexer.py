"""labgrid drivers for a node on a real bench: the card behind a USB SD multiplexer."""

import subprocess
import time
from pathlib import Path

import attr
from labgrid import step, target_factory
from labgrid.driver import Driver, USBSDMuxDriver, USBStorageDriver
from labgrid.driver.usbstoragedriver import Mode

from rig.card import BootPartition
from rig.card_protocol import CardProtocol
from rig.machine import console_words


@target_factory.reg_driver
@attr.s(eq=False)
class MuxedCardDriver(Driver, CardProtocol):
    """A card that goes to and fro between this machine and the node.

    `to_host` must never be called while the node has power: the strategy sees to it.
    """

    bindings = {"mux": USBSDMuxDriver, "storage": USBStorageDriver}  # noqa: RUF012
    image = attr.ib(validator=attr.validators.instance_of(str))
    console = attr.ib(default="ttyS0", validator=attr.validators.instance_of(str))

    @property
    def path(self) -> Path:
        """The block device; there only while the card is with this machine."""
        return Path(self.storage.storage.path)

    @property
    def image_path(self) -> Path:
        """The image that it is flashed with."""
        return Path(self.target.env.config.get_image_path(self.image)).resolve()

    @property
    def fleet_option(self) -> str:
        """How `netrelay fleet card` is told about it."""
        return "--device"

    @Driver.check_active
    @step()
    def flash(self) -> None:
        """Writes the image by bmaptool and lets the bench's console log in by itself."""
        self.to_host()
        self.storage.write_image(str(self.image_path), mode=Mode.BMAPTOOL)
        subprocess.run(["blockdev", "--rereadpt", str(self.path)], check=False)
        boot = BootPartition(self.path)
        line = boot.read("cmdline.txt").decode().strip()
        line = f"{line} {console_words(self.console)}\n"
        boot.write("cmdline.txt", line.encode())

    @Driver.check_active
    @step()
    def to_host(self) -> None:
        """Takes the card out of the node and waits until its device is here."""
        self.mux.set_mode("host")
        deadline = time.monotonic() + 20
        while not self.path.exists() or not self.storage.get_size():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the card of {self.target.name} did not appear at {self.path}")
            time.sleep(0.2)

    @Driver.check_active
    @step()
    def to_node(self) -> None:
        """Flushes what was written and puts the card into the node."""
        subprocess.run(["sync"], check=True)
        self.mux.set_mode("dut")
