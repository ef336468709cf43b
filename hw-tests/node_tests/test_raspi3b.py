"""The same image on the board itself, as far as QEMU is one: its own kernel and device tree."""

import pytest

from rig.node import Node
from rig.strategy import Status

pytestmark = pytest.mark.nodes("pi3b")


def test_the_image_reaches_login_on_a_pi_3b(pi3b: Node) -> None:
    pi3b.to(Status.booted)
    assert pi3b.run("tr -d '\\0' < /proc/device-tree/model").startswith("Raspberry Pi 3 Model B")
    assert pi3b.run("uname --machine") == "aarch64"
    assert pi3b.run("findmnt --noheadings --output SOURCE /").startswith("/dev/mmcblk0p")
