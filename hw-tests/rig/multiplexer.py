"""labgrid driver of a card behind a USB SD multiplexer on a bench."""

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
    """A card that is switched between this machine and the node.

    `to_host` must not be called while the node has power; the strategy ensures it.
    """

    bindings = {"mux": USBSDMuxDriver, "storage": USBStorageDriver}  # noqa: RUF012
    image = attr.ib(validator=attr.validators.instance_of(str))
    console = attr.ib(default="ttyS0", validator=attr.validators.instance_of(str))

    @property
    def path(self) -> Path:
        """The block device; exists only while the card is attached to this machine."""
        return Path(self.storage.storage.path)

    @property
    def image_path(self) -> Path:
        """The image to flash."""
        return Path(self.target.env.config.get_image_path(self.image)).resolve()

    @property
    def fleet_option(self) -> str:
        """The option of `netrelay fleet card` for its path."""
        return "--device"

    @Driver.check_active
    @step()
    def flash(self) -> None:
        """Write the image by bmaptool, with the root shell for the console of the bench."""
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
        """Attach the card to this machine and wait until its device exists."""
        self.mux.set_mode("host")
        deadline = time.monotonic() + 20
        while not self.path.exists() or not self.storage.get_size():
            if time.monotonic() > deadline:
                raise TimeoutError(f"the card of {self.target.name} did not appear at {self.path}")
            time.sleep(0.2)

    @Driver.check_active
    @step()
    def to_node(self) -> None:
        """Flush all writes and attach the card to the node."""
        subprocess.run(["sync"], check=True)
        self.mux.set_mode("dut")
