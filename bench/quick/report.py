"""The report: one line for each figure, with its goal and the figure of the peer."""

import os
from collections.abc import Callable
from typing import NamedTuple

from bench.pair.figures import Figures
from bench.pair.machine import machine

_BUSY_LOAD = 1.0
_MEBIBYTE = 1024 * 1024


class _Row(NamedTuple):
    label: str
    figure: str
    unit: str
    goal: str = ""
    # Decides if the goal is met, from the figure, or from its ratio to that of the peer.
    is_met: Callable[[float], bool] | None = None
    peer: str = ""
    by_ratio: bool = False


def _at_most(limit: float) -> Callable[[float], bool]:
    return lambda value: value <= limit


def _at_least(limit: float) -> Callable[[float], bool]:
    return lambda value: value >= limit


# The goals are the project's own; see docs/evidence/benchmarks.md.
_ROWS = (
    _Row("256 MiB, drop to inbox", "large/netrelay/rate", "MiB/s", "1.2 x peer", _at_least(1.2),
          "large/rsync --fsync/rate", True),
    _Row("  peer without --fsync, then sync", "large/netrelay/rate", "MiB/s", "", None,
          "large/rsync, sync/rate", True),
    _Row("  scp with aes128-gcm, then sync", "large/netrelay/rate", "MiB/s", "2.5 x peer",
          _at_least(2.5), "large/scp, sync/rate", True),
    _Row("  drop to receipt", "large/netrelay/receipted", "MiB/s"),
    _Row("  written at the source", "large/netrelay/written/source", "B/B", "0.02",
          _at_most(0.025), "large/rsync --fsync/written/source"),
    _Row("  written at the destination", "large/netrelay/written/destination", "B/B", "1.03",
          _at_most(1.035), "large/rsync --fsync/written/destination"),
    _Row("  processor time, both sides", "large/netrelay/processor_s", "s", "", None,
          "large/rsync --fsync/processor_s"),
    _Row("2,000 x 4 KiB, drop to inbox", "small/netrelay/rate", "files/s", "3 x peer",
          _at_least(3), "small/rsync --fsync/rate", True),
    _Row("  peer without --fsync, then sync", "small/netrelay/rate", "files/s", "", None,
          "small/rsync, sync/rate", True),
    _Row("  scp with aes128-gcm, then sync", "small/netrelay/rate", "files/s", "", None,
          "small/scp, sync/rate", True),
    _Row("  drop to receipt", "small/netrelay/receipted", "files/s"),
    _Row("  written at the source", "small/netrelay/written/source", "B/B", "", None,
          "small/rsync --fsync/written/source"),
    _Row("  written at the destination", "small/netrelay/written/destination", "B/B", "", None,
          "small/rsync --fsync/written/destination"),
    _Row("  processor time, both sides", "small/netrelay/processor_s", "s", "", None,
          "small/rsync --fsync/processor_s"),
    _Row("4,000 texts of 256 bytes, to durable", "texts/netrelay/rate", "/s", "5,000",
          _at_least(5000)),
    _Row("  to durable here", "texts/netrelay/stored", "/s"),
    _Row("  to receipt", "texts/netrelay/receipted", "/s"),
    _Row("256 MiB through a third node", "relayed/netrelay/rate", "MiB/s"),
    _Row("  written at the relay", "relayed/netrelay/written/relay", "B/B", "1.05",
          _at_most(1.055)),
    _Row("  processor time, three nodes", "relayed/netrelay/processor_s", "s"),
    _Row("4 KiB to the inbox, homes in memory", "latency/memory_ms", "ms", "25", _at_most(25)),
    _Row("4 KiB to the inbox, homes on disk", "latency/disk_ms", "ms"),
    _Row("  one 4 KiB fdatasync there", "latency/flush_ms", "ms"),
    _Row("idle memory of eight and `up`, before", "idle/before_mib", "MiB", "56", _at_most(56)),
    _Row("idle memory of eight and `up`, after", "idle/after_mib", "MiB", "56", _at_most(56)),
    _Row("  PSS as the kernel has it, after", "idle/after_pss_mib", "MiB"),
    _Row("idle wake-ups of eight, before load", "idle/wakeups_before", "/s", "1", _at_most(1)),
    _Row("idle wake-ups of eight, after load", "idle/wakeups_after", "/s", "1", _at_most(1)),
    _Row("`netrelay up` to ready", "start/up_s", "s"),
    _Row("`netrelay status`", "start/status_s", "s"),
)  # fmt: skip


def render(figures: Figures, medium: str) -> str:
    """Return the table as text."""
    head = f"{'':36}{'netrelay':>10}  {'':8}{'peer':>10}{'ratio':>8}  {'goal':11}"
    lines = [machine(), medium, "", head.rstrip()]
    lines += [_render_row(row, figures) for row in _ROWS]
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


def _render_row(row: _Row, figures: Figures) -> str:
    value = figures.median(row.figure)
    peer = figures.median(row.peer) if row.peer else None
    ratio = figures.median_ratio(row.figure, row.peer) if row.by_ratio else None
    judged = ratio if row.by_ratio else value
    verdict = ""
    if row.is_met is not None and judged is not None:
        verdict = "met" if row.is_met(judged) else "missed"
    return (
        f"{row.label:36}{_number(value):>10}  {row.unit:8}"
        f"{_number(peer) if row.peer else '':>10}"
        f"{'' if ratio is None else f'{ratio:.2f}':>8}  {row.goal:11}{verdict}"
    ).rstrip()


def _number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.3f}"


def as_json(figures: Figures, medium: str, fault: str | None) -> dict[str, object]:
    """Return every measurement, for programs."""
    return {
        "machine": machine(),
        "medium": medium,
        "fault": fault,
        "load_average": figures.load,
        "medians": {name: figures.median(name) for name in figures.values},
        "measurements": figures.values,
    }
