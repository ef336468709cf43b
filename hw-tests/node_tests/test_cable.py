"""A cable is unplugged during a transfer and plugged in again."""

import pytest

from rig.fleet import Fleet
from rig.node import HOME
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

SIZE_BYTES = 48 << 20


def test_a_file_goes_on_when_the_cable_is_back(fleet: Fleet) -> None:
    a, b = fleet["a"], fleet["b"]
    if a.strategy.cable is None:
        pytest.skip("nothing on this bench pulls a's cable: see hw-tests/README.md")
    file = a.send("cable.bin", SIZE_BYTES, "b")
    wait_for(
        lambda: b.ask(f"find {HOME}/inbox/.staging -type f -size +0")[0],
        "first bytes on b",
        within_s=300,
        every_s=0.1,
    )
    a.set_cable(plugged=False)
    try:
        wait_for(
            lambda: not a.succeeds(f"ping -c 1 -W 2 {fleet.address('b')}"),
            "silence between a and b",
            within_s=60,
        )
        assert file.name not in b.inbox("a"), "it had arrived before the pull: use more bytes"
    finally:
        a.set_cable(plugged=True)
    b.await_file(file, "a")
    a.await_delivered(file)
