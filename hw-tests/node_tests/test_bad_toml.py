"""A mistake in netrelay.toml is reported on the card, and a corrected file is applied."""

import pytest

from rig.node import Node
from rig.strategy import Status
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("alone")

BAD = b"""\
[node]
name = "shelf"
commsport = 74110
datports = [7500]
"""
GOOD = b"""\
[node]
name = "shelf"
commsport = 7500
dataports = [7501]
"""


@pytest.fixture(scope="module")
def mistaken(alone: Node) -> Node:
    """Return a node, switched off, that was booted with mistakes on its card."""
    alone.strategy.card_with(lambda _: alone.boot_partition().write("netrelay.toml", BAD))
    alone.to(Status.booted)
    wait_for(
        lambda: alone.succeeds("test -s /boot/firmware/netrelay-error.txt"),
        "netrelay-error.txt on the running node",
        within_s=600,
    )
    alone.power_off()
    return alone


def test_a_mistake_is_told_with_its_line_and_its_cure(mistaken: Node) -> None:
    told = mistaken.boot_partition().read("netrelay-error.txt").decode()
    assert "line 3" in told
    assert "commsport" in told
    assert "74110" in told
    assert "line 4" in told
    assert "dataports" in told
    assert "cure" in told


def test_the_corrected_file_is_applied_and_the_error_goes(mistaken: Node) -> None:
    mistaken.boot_partition().write("netrelay.toml", GOOD)
    mistaken.to(Status.ready)
    assert mistaken.run("hostname") == "shelf"
    assert ":7500" in mistaken.run("ss --listening --tcp --numeric --no-header")
    mistaken.power_off()
    assert "netrelay-error.txt" not in mistaken.boot_partition().names()
