"""Memory, CPU time and wake-ups of processes."""

import os
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

_MAPPING = re.compile(r"^([0-9a-f]+)-[0-9a-f]+ \S+ ([0-9a-f]+) (\S+) (\d+)\s*(.*)$")
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


class Memory(NamedTuple):
    """Memory of several processes together.

    shared_bytes: proportional set size (PSS) as the kernel reports it; every other program that
    maps the same files, such as the second node, decreases it.
    alone_bytes: the same without other programs; pages shared among these processes count once.
    """

    shared_bytes: int
    alone_bytes: int


def memory(pids: Iterable[int]) -> Memory:
    """Return the memory of these processes (proc_pid_smaps(5)).

    A file mapping counts with the largest resident size in one process, so alone_bytes may be
    slightly low.
    """
    shared_bytes = 0
    private_bytes = 0
    files: dict[tuple[str, str, str], int] = {}
    for pid in pids:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        shared_bytes += _field(rollup, "Pss")
        # Copies of one process share these pages, and nobody else has them.
        private_bytes += _field(rollup, "Pss_Anon")
        key = None
        resident_bytes = 0
        for line in Path(f"/proc/{pid}/smaps").read_text().splitlines():
            found = _MAPPING.match(line)
            if found:
                _, offset, device, inode, _ = found.groups()
                key = None if inode == "0" else (device, inode, offset)
            elif line.startswith("Rss:"):
                resident_bytes = int(line.split()[1]) * 1024
            elif line.startswith("Anonymous:"):
                rest_bytes = resident_bytes - int(line.split()[1]) * 1024
                if key is not None:
                    files[key] = max(files.get(key, 0), rest_bytes)
    return Memory(shared_bytes, private_bytes + sum(files.values()))


def wakeups_per_s(pids: Iterable[int], span_s: float) -> float:
    """Return the voluntary context switches per second, measured over span_s; blocks."""
    watched = list(pids)
    before = _voluntary_switches(watched)
    begin_s = time.monotonic()
    time.sleep(span_s)
    after = _voluntary_switches(watched)
    return (after - before) / (time.monotonic() - begin_s)


def processor_s(pids: Iterable[int]) -> float:
    """Return the CPU time of these processes, and of children that they have reaped."""
    ticks = 0
    for pid in pids:
        # proc_pid_stat(5): fields 14 to 17, counted after the name, which may contain spaces
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / _TICKS_PER_S


def children(pid: int) -> list[int]:
    """Return the running children of a process, of all its threads; none if it has ended."""
    found: list[int] = []
    # The file of a thread has only the children that this thread started.
    for listed in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(FileNotFoundError, ProcessLookupError):
            found += map(int, listed.read_text().split())
    return found


def _field(text: str, name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB$", text, re.MULTILINE)
    return int(found[1]) * 1024 if found else 0


def _voluntary_switches(pids: list[int]) -> int:
    total = 0
    for pid in pids:
        for task in Path(f"/proc/{pid}/task").iterdir():
            found = re.search(
                r"^voluntary_ctxt_switches:\s+(\d+)$", (task / "status").read_text(), re.MULTILINE
            )
            total += int(found[1]) if found else 0
    return total
