"""What the processes of a node cost: CPU seconds, memory and descriptors, as the kernel counts."""

import os
from pathlib import Path
from typing import NamedTuple

from tests.story.nodes import RunningNode

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """One process: CPU seconds since its start, its share of memory (PSS), open descriptors."""

    cpu_s: float
    memory_bytes: int
    descriptors: int


def costs(node: RunningNode) -> dict[str, Cost]:
    """Return what each of the eight costs now."""
    return {process: _cost(pid) for process, pid in node.processes().items()}


def _cost(pid: int) -> Cost:
    process = Path(f"/proc/{pid}")
    fields = (process / "stat").read_text().rsplit(")", 1)[1].split()
    cpu_s = (int(fields[11]) + int(fields[12])) / _TICKS_PER_S
    memory = (process / "smaps_rollup").read_text()
    (pss,) = (line.split()[1] for line in memory.splitlines() if line.startswith("Pss:"))
    return Cost(cpu_s, int(pss) * 1024, len(list((process / "fd").iterdir())))


def cpu_between(before: dict[str, Cost], after: dict[str, Cost]) -> dict[str, float]:
    """Return the CPU seconds that each process took."""
    return {process: after[process].cpu_s - before[process].cpu_s for process in after}


def quantile(values: list[float], part: float) -> float:
    """Return the value that this part of the values does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(part * len(ordered)), len(ordered) - 1)]
