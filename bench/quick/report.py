"""What a person reads: one line for each figure, beside its goal and the peer's."""

import os
import platform
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from bench.quick.figures import Figures

_BUSY_LOAD = 1.0
_MEBIBYTE = 1024 * 1024


class _Line(NamedTuple):
    what: str
    figure: str
    unit: str
    goal: str = ""
    # Tells whether the goal is met, from the figure, or from its ratio to the peer's.
    is_met: Callable[[float], bool] | None = None
    peer: str = ""
    by_ratio: bool = False


def _at_most(limit: float) -> Callable[[float], bool]:
    return lambda value: value <= limit


def _at_least(limit: float) -> Callable[[float], bool]:
    return lambda value: value >= limit


# The goals are the project's own; docs/evidence/benchmarks.md says where they come from.
_LINES = (
    _Line("256 MiB, drop to inbox", "large/netrelay/rate", "MiB/s", "1.2 x peer", _at_least(1.2),
          "large/rsync --fsync/rate", True),
    _Line("  peer without --fsync, then sync", "large/netrelay/rate", "MiB/s", "", None,
          "large/rsync, sync/rate", True),
    _Line("  scp with aes128-gcm, then sync", "large/netrelay/rate", "MiB/s", "2.5 x peer",
          _at_least(2.5), "large/scp, sync/rate", True),
    _Line("  drop to receipt", "large/netrelay/receipted", "MiB/s"),
    _Line("  written at the source", "large/netrelay/written/source", "B/B", "0.02",
          _at_most(0.025), "large/rsync --fsync/written/source"),
    _Line("  written at the destination", "large/netrelay/written/destination", "B/B", "1.03",
          _at_most(1.035), "large/rsync --fsync/written/destination"),
    _Line("  processor time, both sides", "large/netrelay/processor_s", "s", "", None,
          "large/rsync --fsync/processor_s"),
    _Line("2,000 x 4 KiB, drop to inbox", "small/netrelay/rate", "files/s", "3 x peer",
          _at_least(3), "small/rsync --fsync/rate", True),
    _Line("  peer without --fsync, then sync", "small/netrelay/rate", "files/s", "", None,
          "small/rsync, sync/rate", True),
    _Line("  scp with aes128-gcm, then sync", "small/netrelay/rate", "files/s", "", None,
          "small/scp, sync/rate", True),
    _Line("  drop to receipt", "small/netrelay/receipted", "files/s"),
    _Line("  written at the source", "small/netrelay/written/source", "B/B", "", None,
          "small/rsync --fsync/written/source"),
    _Line("  written at the destination", "small/netrelay/written/destination", "B/B", "", None,
          "small/rsync --fsync/written/destination"),
    _Line("  processor time, both sides", "small/netrelay/processor_s", "s", "", None,
          "small/rsync --fsync/processor_s"),
    _Line("4,000 texts of 256 bytes, to durable", "texts/netrelay/rate", "/s", "5,000",
          _at_least(5000)),
    _Line("  to durable here", "texts/netrelay/stored", "/s"),
    _Line("  to receipt", "texts/netrelay/receipted", "/s"),
    _Line("256 MiB through a third node", "relayed/netrelay/rate", "MiB/s"),
    _Line("  written at the relay", "relayed/netrelay/written/relay", "B/B", "1.05",
          _at_most(1.055)),
    _Line("  processor time, three nodes", "relayed/netrelay/processor_s", "s"),
    _Line("4 KiB to the inbox, homes in memory", "latency/memory_ms", "ms", "25", _at_most(25)),
    _Line("4 KiB to the inbox, homes on disk", "latency/disk_ms", "ms"),
    _Line("  one 4 KiB fdatasync there", "latency/flush_ms", "ms"),
    _Line("idle memory of eight, before load", "idle/before_mib", "MiB", "56", _at_most(56)),
    _Line("idle memory of eight, after load", "idle/after_mib", "MiB", "56", _at_most(56)),
    _Line("  PSS as the kernel has it, after", "idle/after_pss_mib", "MiB"),
    _Line("idle wake-ups of eight, before load", "idle/wakeups_before", "/s", "1", _at_most(1)),
    _Line("idle wake-ups of eight, after load", "idle/wakeups_after", "/s", "1", _at_most(1)),
    _Line("`netrelay up` to ready", "start/up_s", "s"),
    _Line("`netrelay status`", "start/status_s", "s"),
)  # fmt: skip


def machine() -> str:
    """Give in one line what this ran on."""
    found = [
        line for line in Path("/proc/cpuinfo").read_text().splitlines() if "model name" in line
    ]
    processor = found[0].partition(":")[2].strip() if found else platform.machine()
    return (
        f"{os.cpu_count()} x {processor}, {platform.system()} {platform.release()},"
        f" Python {platform.python_version()}"
    )


def render(figures: Figures, medium: str) -> str:
    """Give the table."""
    head = f"{'':36}{'netrelay':>10}  {'':8}{'peer':>10}{'ratio':>8}  {'goal':11}"
    lines = [machine(), medium, "", head.rstrip()]
    lines += [_render_line(line, figures) for line in _LINES]
    rounds = {len(values) for name, values in figures.values.items() if name.endswith("/rate")}
    lines += [
        "",
        f"Medians of {'/'.join(map(str, sorted(rounds)))} rounds; the ratio is the median",
    ]
    lines[-1] += " of the rounds' ratios. B/B: bytes written for each byte of payload."
    if figures.load and max(figures.load) > (os.cpu_count() or 1) * _BUSY_LOAD:
        lines.append(
            f"Load average {min(figures.load):.1f} to {max(figures.load):.1f}: look whether other"
            " programs were running, and repeat then."
        )
    return "\n".join(lines)


def _render_line(line: _Line, figures: Figures) -> str:
    value = figures.middle(line.figure)
    peer = figures.middle(line.peer) if line.peer else None
    ratio = figures.middle_ratio(line.figure, line.peer) if line.by_ratio else None
    judged = ratio if line.by_ratio else value
    verdict = ""
    if line.is_met is not None and judged is not None:
        verdict = "met" if line.is_met(judged) else "missed"
    return (
        f"{line.what:36}{_number(value):>10}  {line.unit:8}{_number(peer) if line.peer else '':>10}"
        f"{'' if ratio is None else f'{ratio:.2f}':>8}  {line.goal:11}{verdict}"
    ).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def as_json(figures: Figures, medium: str, fault: str | None) -> dict[str, object]:
    """Give everything that was measured, for a program."""
    return {
        "machine": machine(),
        "medium": medium,
        "fault": fault,
        "load_average": figures.load,
        "medians": {name: figures.middle(name) for name in figures.values},
        "measurements": figures.values,
    }
