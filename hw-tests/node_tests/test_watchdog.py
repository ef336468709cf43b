"""The watchdog restarts a process that hangs, and the transfer continues."""

import pytest

from rig.fleet import Fleet
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("a", "b")

NOTICED_S = 600.0


@pytest.mark.parametrize(
    ("name", "process"), [("b", "receiver"), ("b", "processor_r"), ("a", "sender")]
)
def test_a_process_that_stands_still_is_replaced(fleet: Fleet, name: str, process: str) -> None:
    node = fleet[name]
    unit = f"netrelay-{process}.service"
    show = f"systemctl show --property=MainPID --value {unit}"
    before = node.run(show)
    assert int(before) > 1
    node.run(f"systemctl kill --kill-whom=main --signal=STOP {unit}")
    file = fleet["a"].send(f"stopped-{process}.bin", 1 << 20, "b")
    wait_for(
        lambda: node.run(show) not in {before, "0"}, f"new {process} on {name}", within_s=NOTICED_S
    )
    assert (
        "watchdog" in node.run(f"journalctl --unit={unit} --boot --output=cat | tail -n 50").lower()
    )
    fleet["b"].await_file(file, "a")
