"""All processes are restarted or killed during a transfer: the file is delivered exactly once."""

import pytest

from rig.fleet import Fleet
from rig.node import HOME
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

SIZE_BYTES = 48 << 20
INTERRUPTIONS = {
    "restart": "systemctl restart netrelay.target",
    "kill": "systemctl kill --signal=KILL 'netrelay-*.service'",
}


@pytest.mark.parametrize("name", ["a", "b"])
@pytest.mark.parametrize("how", INTERRUPTIONS)
def test_a_file_arrives_once_whatever_is_restarted(fleet: Fleet, name: str, how: str) -> None:
    file = fleet["a"].send(f"{how}-{name}.bin", SIZE_BYTES, "b")
    wait_for(
        lambda: fleet["b"].ask(f"find {HOME}/inbox/.staging -type f -size +0")[0],
        "first bytes on b",
        within_s=300,
        every_s=0.1,
    )
    fleet[name].run(INTERRUPTIONS[how])
    assert file.name not in fleet["b"].inbox("a"), (
        "it had arrived before the restart: use more bytes"
    )
    fleet["b"].await_file(file, "a")
    fleet["a"].await_delivered(file)
    stem = file.name.removesuffix(".bin")
    assert [each for each in fleet["b"].inbox("a") if each.startswith(stem)] == [file.name]
