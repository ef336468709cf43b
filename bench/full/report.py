"""The report of the whole benchmark: written from the results, never by hand."""

from collections.abc import Sequence
from pathlib import Path

from bench.full.contents import SHARDS
from bench.full.plots import Bar, BarPanel, CurvePanel, number, plot
from bench.full.results import Result, load
from bench.full.shard import Chart, Curve, Goal, Shard

NAME = "benchmarks-full"
# A busy machine has more waiting processes than cores; then a figure says little.
_BUSY_LOAD_A_CORE = 1.0

_HEAD = """# The whole benchmark

    sudo make bench                                   # every shard without a result of this commit
    sudo make bench BENCH_ARGUMENTS='--only large'    # one of them, again
    make bench BENCH_ARGUMENTS=--list
    make bench BENCH_ARGUMENTS=--report               # writes this page"""
_METHOD = (
    "This page is written by `bench/full` from the results of its shards; a change by hand is "
    "lost. Each shard runs alone, in a mount and a network namespace of its own, so nothing "
    "leaves the machine, and whatever ends it, disks, processes and limits are gone. Source, "
    "destination and third node have an ext4 file system each, on a loop device with direct I/O "
    "whose image is written completely once before: a flush reaches the disk below. Files are "
    "random and new, and in the page cache of the source. In each round all contestants take "
    "their turn, beginning with another one each time. Tables show medians with the least and "
    "the most of the rounds; a ratio is the median of the ratios of the rounds. Peers that this "
    "machine lacks are left out, with the package to install; the folder of the plots has every "
    "single measurement as JSON."
)


def write_report(results: Path, evidence: Path, scale: float = 1) -> Path:
    """Write the report, its plots and copies of the results of this scale; return its path.

    Plots and results of shards without a result are removed.
    """
    found: dict[str, Result] = {}
    for shard in SHARDS:
        result = load(results, shard.name)
        if result is not None and result.scale == scale:
            found[shard.name] = result
    plots = evidence / NAME
    plots.mkdir(parents=True, exist_ok=True)
    for old in (*plots.glob("*.svg"), *plots.glob("*.json")):
        old.unlink()
    for result in found.values():
        result.save(plots)
    for shard in SHARDS:
        if shard.name in found and (panels := _panels(shard, found[shard.name])):
            (plots / f"{shard.name}.svg").write_text(plot(panels, shard.title))
    path = evidence / f"{NAME}.md"
    path.write_text(render(found, scale))
    return path


def render(found: dict[str, Result], scale: float = 1) -> str:
    """Return the page for these results, by shard."""
    parts = [_HEAD, _METHOD]
    if scale != 1:
        parts.append(
            f"**A trial at scale {scale:g}: sizes and counts are multiplied by it. These are not"
            " the figures of the benchmark.**"
        )
    machines = sorted({(each.machine, each.medium) for each in found.values()})
    parts += ["; ".join(part for part in machine if part) + "." for machine in machines]
    parts += ["## Goals", _goals(found)]
    for shard in SHARDS:
        parts += _section(shard, found.get(shard.name))
    return "\n\n".join(parts) + "\n"


def _goals(found: dict[str, Result]) -> str:
    lines = ["| | goal | measured | |", "|---|---|---|---|"]
    for shard in SHARDS:
        result = found.get(shard.name)
        lines += [_goal(goal, result) for goal in shard.goals]
    return "\n".join(lines)


def _goal(goal: Goal, result: Result | None) -> str:
    value = goal.measured(result.figures) if result is not None else None
    if value is None:
        return f"| {goal.text} | {goal.wanted} | not measured | |"
    verdict = "met" if goal.is_met(value) else "**missed**"
    return f"| {goal.text} | {goal.wanted} | {number(value)} {goal.unit} | {verdict} |".replace(
        "  |", " |"
    )


def _section(shard: Shard, result: Result | None) -> list[str]:
    parts = [f"## {shard.title[0].upper()}{shard.title[1:]}", shard.method]
    if result is None:
        return [*parts, "Not measured."]
    parts.append(_circumstances(result))
    figures = [_table(chart, result) for chart in shard.charts]
    figures += [_points(curve, result) for curve in shard.curves]
    figures = [figure for figure in figures if figure]
    if figures:
        parts += [f"![{shard.title}]({NAME}/{shard.name}.svg)", *figures]
    if shard.apart:
        parts.append("Not comparable: " + " ".join(shard.apart))
    if result.left_out:
        left_out = "".join(
            f"\n- {peer}: {' '.join(why.split())}" for peer, why in result.left_out.items()
        )
        parts.append(f"Left out:\n{left_out}")
    return parts


def _circumstances(result: Result) -> str:
    text = f"{result.begun}, commit {result.commit}, {result.took_s:.0f} s"
    if result.load_average:
        text += f", load average {min(result.load_average):.1f} to {max(result.load_average):.1f}"
        cores = int(result.machine.split(" ")[0]) if result.machine[:1].isdigit() else 1
        if result.load_average[0] > cores * _BUSY_LOAD_A_CORE:
            text += " (**other programs ran: repeat it**)"
    text += "."
    if result.cut:
        text += f" Cut short: {result.cut}."
    if result.fault:
        text += f" **It failed: {' '.join(result.fault.split())}**; what was measured before:"
    return text


def _contestants(chart: Chart, result: Result) -> dict[str, list[float]]:
    """Return the measurements of a chart by contestant."""
    begin, end = f"{chart.load}/", f"/{chart.measure}"
    return {
        name[len(begin) : -len(end)]: values
        for name, values in result.measurements.items()
        if name.startswith(begin) and name.endswith(end) and len(name) > len(begin) + len(end)
    }


def _table(chart: Chart, result: Result) -> str:
    found = _contestants(chart, result)
    if not found:
        return ""
    has_own = "netrelay" in found and len(found) > 1
    title = f"{chart.title} ({chart.unit})"
    lines = [f"| {title} | median | least | most | rounds |{' netrelay is |' if has_own else ''}"]
    lines.append("|---|---|---|---|---|" + ("---|" if has_own else ""))
    for name, values in found.items():
        figures = result.figures
        key = f"{chart.load}/{name}/{chart.measure}"
        median = figures.median(key)
        assert median is not None
        line = f"| {name} | {number(median)} | {number(min(values))} | {number(max(values))}"
        line += f" | {len(values)} |"
        if has_own:
            own = f"{chart.load}/netrelay/{chart.measure}"
            by = None if name == "netrelay" or not min(values) else figures.median_ratio(own, key)
            line += f" {number(by)} x |" if by is not None else " |"
        lines.append(line)
    return "\n".join(lines)


def _points(curve: Curve, result: Result) -> str:
    series = [(name, dict(result.series[name])) for name in curve.series if name in result.series]
    if not series:
        return ""
    lines = [f"| {curve.quantity} | " + " | ".join(f"{n} ({curve.unit})" for n, _ in series) + " |"]
    lines.append("|---" * (1 + len(series)) + "|")
    for at in sorted({x for _, points in series for x in points}):
        cells = [number(points[at]) if at in points else "" for _, points in series]
        lines.append(f"| {at:,.0f} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _panels(shard: Shard, result: Result) -> Sequence[BarPanel | CurvePanel]:
    panels: list[BarPanel | CurvePanel] = []
    for chart in shard.charts:
        bars = [
            Bar(
                name,
                result.figures.median(f"{chart.load}/{name}/{chart.measure}") or 0,
                min(values),
                max(values),
                name == "netrelay" or not _has_netrelay(chart, result),
            )
            for name, values in _contestants(chart, result).items()
        ]
        if bars:
            panels.append(BarPanel(chart.title, chart.unit, bars))
    for curve in shard.curves:
        series = [(name, result.series[name]) for name in curve.series if name in result.series]
        if series:
            panels.append(CurvePanel(curve.title, curve.quantity, curve.unit, series))
    return panels


def _has_netrelay(chart: Chart, result: Result) -> bool:
    return "netrelay" in _contestants(chart, result)
