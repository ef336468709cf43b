"""Nothing is written to the partition of the root, by traffic or by a node that stands still.

Counted from when the nodes are ready, since a first boot grows the root; test_closed_root.py counts
the writes of a later boot.
"""

import os
import time

import pytest

from rig.evidence import Evidence
from rig.fleet import Fleet
from rig.root_writes import root_sectors_written

pytestmark = pytest.mark.nodes("a", "b")

TRAFFIC_S = float(os.environ.get("NETRELAY_HW_TRAFFIC_S", "60"))
IDLE_S = float(os.environ.get("NETRELAY_HW_IDLE_S", "60"))
TITLE = "Writes to the partition of the root"
HEAD = ("node", "while", "seconds", "files", "sectors written")
SIZE_BYTES = 1 << 20


def test_traffic(fleet: Fleet, evidence: Evidence) -> None:
    before = {name: root_sectors_written(fleet[name]) for name in "ab"}
    began_s = time.monotonic()
    files = 0
    while files == 0 or time.monotonic() - began_s < TRAFFIC_S:
        source, target = "ab" if files % 2 == 0 else "ba"
        file = fleet[source].send(f"traffic-{files}.bin", SIZE_BYTES, target)
        fleet[target].await_file(file, source)
        files += 1
    lasted_s = time.monotonic() - began_s
    for name in "ab":
        written = root_sectors_written(fleet[name]) - before[name]
        evidence.row(TITLE, HEAD, name, "files went both ways", f"{lasted_s:.0f}", files, written)
        assert written == 0


def test_standing_still(fleet: Fleet, evidence: Evidence) -> None:
    before = {name: root_sectors_written(fleet[name]) for name in "ab"}
    time.sleep(IDLE_S)
    for name in "ab":
        written = root_sectors_written(fleet[name]) - before[name]
        evidence.row(TITLE, HEAD, name, "nothing sent", f"{IDLE_S:.0f}", "", written)
        assert written == 0
