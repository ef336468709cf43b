"""What a file costs: calls and bytes of the kernel's own counters (proc_pid_io(5))."""

import os
from collections import Counter
from pathlib import Path

from tests.budget import over_budget
from tests.story.nodes import KIB, MIB, Homes, NodePair, RunningNode

_SMALL_FILES = 300
_LARGE_MIB = 32


def counted(node: RunningNode) -> Counter[str]:
    """Return what the processes of a node have read and written since they started."""
    total: Counter[str] = Counter()
    for pid in node.pids():
        for line in Path(f"/proc/{pid}/io").read_text().splitlines():
            name, value = line.split(":")
            total[name] += int(value)
    return total


def costs(pair: NodePair, count: int, what: list[bytes]) -> dict[str, float]:
    """Send these contents as files; return what each of `count` parts cost both nodes."""
    shelf, boat = pair
    before = [counted(node) for node in pair]
    dropped = [
        shelf.drop("boat", f"{len(what)}-{number}", content) for number, content in enumerate(what)
    ]
    for each in dropped:
        boat.wait_for_delivery("shelf", each)
    pair.wait_until_settled()
    cost: dict[str, float] = {}
    for node, earlier in zip(pair, before, strict=True):
        now = counted(node)
        now.subtract(earlier)
        end = "source" if node is shelf else "destination"
        cost[f"{end}_calls"] = (now["syscr"] + now["syscw"]) / count
        cost[f"{end}_written_bytes"] = now["wchar"] / count
    return cost


def test_a_small_file_and_a_large_one_cost_what_the_budget_says(homes: Homes) -> None:
    pair = homes.pair()
    pair.start()
    small = costs(pair, _SMALL_FILES, [os.urandom(4 * KIB)] * _SMALL_FILES)
    large = costs(pair, _LARGE_MIB, [os.urandom(_LARGE_MIB * MIB)])
    assert over_budget("small_file", small) + over_budget("large_file", large) == []
