"""The same image on the board itself, as far as QEMU is one: its own kernel and device tree."""

import pytest

from rig.node import Node

pytestmark = pytest.mark.nodes("pi3b")


LOGIN_S = 1800.0


def test_the_image_reaches_login_on_a_pi_3b(pi3b: Node) -> None:
    pi3b.strategy.start()
    console = pi3b.strategy.console
    pi3b.target.activate(console)
    console.expect(" login: ", timeout=LOGIN_S)
    said = pi3b.strategy.power.console_log.read_text(errors="replace")
    assert "Machine model: Raspberry Pi 3 Model B" in said
    assert "mmcblk0" in said
