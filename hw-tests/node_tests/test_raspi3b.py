"""The same image on QEMU's model of the board, with its kernel and device tree."""

import pytest

from rig.node import Node
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("pi3b")


LOGIN_S = 1800.0
LAST_WORDS = 600


def test_the_image_reaches_login_on_a_pi_3b(pi3b: Node) -> None:
    pi3b.strategy.start()
    said = wait_for(
        lambda: _said_until_login(pi3b),
        "login on the console",
        within_s=LOGIN_S,
    )
    assert said.count("Booting Linux on physical CPU") == 1
    assert "Machine model: Raspberry Pi 3 Model B" in said
    assert "mmcblk0" in said


def _said_until_login(node: Node) -> str:
    power = node.strategy.power
    said: str = power.said()
    # Otherwise a board in a boot loop is noticed only after half an hour.
    assert power.is_on, f"it restarted or ended by itself; its last words: {said[-LAST_WORDS:]}"
    return said if " login: " in said else ""
