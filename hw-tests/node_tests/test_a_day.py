"""While nobody uses a node for a week, each timer of its system fires, and the root is not written.

The clock is moved, by hours at first: timers by the calendar fire as they would. Those that count
from the boot cannot be moved so; what they start is started.
"""

import json

import pytest

from rig.evidence import Evidence
from rig.node import Node
from rig.root_writes import root_sectors_written
from rig.strategy import Status
from rig.waiting import wait_for

pytestmark = pytest.mark.nodes("alone")

TITLE = "A week in which nobody uses a node"
HEAD = ("timer", "starts", "its times are", "fired", "sectors written to the root so far")
HOURS, DAYS = 25, 7
SETTLED_S = 900.0


def test_all_timers_of_a_week(alone: Node, evidence: Evidence) -> None:
    alone.to(Status.ready)
    # It would set the clock back.
    alone.run("systemctl stop systemd-timesyncd.service")
    before = root_sectors_written(alone)
    timers = json.loads(alone.run("systemctl list-timers --all --output=json | cat"))
    started = {each["unit"]: each["activates"] for each in timers}
    assert "systemd-tmpfiles-clean.timer" in started
    for step in ["+1 hour"] * HOURS + ["+1 day"] * DAYS:
        alone.run(f"date --set '{step}'")
        settle(alone)
    for timer, unit in started.items():
        is_by_calendar = property_of(alone, timer, "TimersCalendar")
        if not is_by_calendar:
            alone.run(f"systemctl start {unit}", timeout_s=SETTLED_S)
        fired = property_of(alone, timer, "LastTriggerUSec")
        kind = "of the calendar" if is_by_calendar else "from the boot"
        written = root_sectors_written(alone) - before
        how = "yes" if is_by_calendar else "started by hand"
        evidence.row(TITLE, HEAD, timer, unit, kind, how, written)
        assert fired or not is_by_calendar, timer
        assert written == 0, timer
    assert alone.run("cat /card/mode") == "closed"
    assert alone.run("systemctl --failed --plain --no-legend") == ""


def property_of(alone: Node, unit: str, name: str) -> str:
    """Return a property of a unit, without a pager."""
    return alone.run(f"systemctl show --value --property {name} {unit} | cat")


def settle(alone: Node) -> None:
    """Wait until nothing that a timer started is under way."""
    under_way = (
        "(systemctl list-jobs --no-legend --plain;"
        " systemctl list-units --state=activating --no-legend --plain) | cat"
    )
    wait_for(lambda: not alone.run(under_way), "the units of timers to end", within_s=SETTLED_S)
