"""Plots as SVG: bars with the range of the rounds, and curves. Readable on light and dark pages."""

from collections.abc import Sequence
from html import escape
from math import log10
from typing import NamedTuple

_WIDTH = 640
_LABELS_WIDTH = 170
_BARS_WIDTH = 350
_BAR_HEIGHT = 16
_ROW_HEIGHT = 24
_TITLE_HEIGHT = 34
_CURVE_HEIGHT = 200
_MARGIN = 12
# One colour for netrelay, one for what it is compared with; both are readable on white and black.
_STYLE = """
text { font: 12px system-ui, sans-serif; fill: #1f2328 }
.title { font-weight: 600 } .value { font-size: 11px } .axis { stroke: #8c959f; stroke-width: 1 }
.own { fill: #1f7a4d } .other { fill: #8096b0 } .range { stroke: #1f2328; stroke-width: 1.5 }
.line { fill: none; stroke-width: 2 } .c0 { stroke: #1f7a4d } .c1 { stroke: #4f74b8 }
.c2 { stroke: #b8632f } .d0 { fill: #1f7a4d } .d1 { fill: #4f74b8 } .d2 { fill: #b8632f }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3 } .own { fill: #3fb27a } .other { fill: #6d84a0 } .range { stroke: #e6edf3 }
.c0 { stroke: #3fb27a } .c1 { stroke: #7ea2e6 } .c2 { stroke: #e08f5c }
.d0 { fill: #3fb27a } .d1 { fill: #7ea2e6 } .d2 { fill: #e08f5c } }
"""


class Bar(NamedTuple):
    """A median with the least and the most of its rounds; is_own: of netrelay."""

    label: str
    median: float
    least: float
    most: float
    is_own: bool


class BarPanel(NamedTuple):
    """Bars with one unit."""

    title: str
    unit: str
    bars: Sequence[Bar]


class CurvePanel(NamedTuple):
    """Points of some series over a quantity with a logarithmic axis."""

    title: str
    quantity: str
    unit: str
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]]


def plot(panels: Sequence[BarPanel | CurvePanel], name: str) -> str:
    """Return an SVG image with the panels below each other; name: what it shows, for readers."""
    parts = []
    top = 0
    for panel in panels:
        if isinstance(panel, BarPanel):
            drawn, height = _bars(panel)
        else:
            drawn, height = _curves(panel)
        parts.append(f'<g transform="translate(0 {top})">{drawn}</g>')
        top += height
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{top}"'
        f' viewBox="0 0 {_WIDTH} {top}" role="img"><title>{escape(name)}</title>'
        f"<style>{_STYLE}</style>\n" + "\n".join(parts) + "\n</svg>\n"
    )


def number(value: float) -> str:
    """Return a figure with three digits that say something."""
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}" if abs(value) >= 1 else f"{value:.3f}"


def _title(panel: BarPanel | CurvePanel) -> str:
    text = escape(f"{panel.title} ({panel.unit})")
    return f'<text class="title" x="{_MARGIN}" y="20">{text}</text>'


def _bars(panel: BarPanel) -> tuple[str, int]:
    most = max((bar.most for bar in panel.bars), default=0) or 1
    parts = [_title(panel)]
    for place, bar in enumerate(panel.bars):
        top = _TITLE_HEIGHT + place * _ROW_HEIGHT
        middle = top + _BAR_HEIGHT / 2
        least, median, highest = (
            _LABELS_WIDTH + _BARS_WIDTH * value / most
            for value in (bar.least, bar.median, bar.most)
        )
        kind = "own" if bar.is_own else "other"
        parts += [
            f'<text x="{_LABELS_WIDTH - 8}" y="{top + 12}" text-anchor="end">'
            f"{escape(bar.label)}</text>",
            f'<rect class="{kind}" x="{_LABELS_WIDTH}" y="{top}" rx="2"'
            f' width="{max(1, median - _LABELS_WIDTH):.1f}" height="{_BAR_HEIGHT}"/>',
            f'<path class="range" d="M{least:.1f} {middle}H{highest:.1f}"/>',
            f'<text class="value" x="{highest + 6:.1f}" y="{top + 12}">{number(bar.median)}</text>',
        ]
    return "".join(parts), _TITLE_HEIGHT + len(panel.bars) * _ROW_HEIGHT + _MARGIN


def _curves(panel: CurvePanel) -> tuple[str, int]:
    points = [point for _, series in panel.series for point in series]
    most = max((y for _, y in points), default=0) or 1
    first = log10(max(1, min((x for x, _ in points), default=1)))
    last = log10(max(1, max((x for x, _ in points), default=1)))
    left, right = 70, _WIDTH - 150
    bottom = _TITLE_HEIGHT + _CURVE_HEIGHT

    def x_of(value: float) -> float:
        return left + (right - left) * (log10(max(1, value)) - first) / ((last - first) or 1)

    def y_of(value: float) -> float:
        return bottom - _CURVE_HEIGHT * value / most

    parts = [_title(panel), f'<path class="axis" fill="none" d="M{left} 34V{bottom}H{right}"/>']
    parts += [
        f'<text class="value" x="{left - 6}" y="{y_of(value) + 4:.1f}" text-anchor="end">'
        f"{number(value) if value else '0'}</text>"
        for value in (0, most / 2, most)
    ]
    parts += [
        f'<text class="value" x="{x_of(x):.1f}" y="{bottom + 16}" text-anchor="middle">'
        f"{_short(x)}</text>"
        for x in sorted({x for x, _ in points})
    ]
    middle = (left + right) / 2
    parts.append(
        f'<text class="value" x="{middle}" y="{bottom + 32}" text-anchor="middle">'
        f"{escape(panel.quantity)}</text>"
    )
    for place, (name, series) in enumerate(panel.series):
        path = " ".join(f"{x_of(x):.1f},{y_of(y):.1f}" for x, y in series)
        parts.append(f'<polyline class="line c{place % 3}" points="{path}"/>')
        parts += [
            f'<circle class="d{place % 3}" cx="{x_of(x):.1f}" cy="{y_of(y):.1f}" r="3"/>'
            for x, y in series
        ]
        if len(panel.series) > 1:
            top = _TITLE_HEIGHT + 20 * place
            parts += [
                f'<rect class="d{place % 3}" x="{right + 14}" y="{top}" width="10" height="10"/>',
                f'<text x="{right + 30}" y="{top + 10}">{escape(name)}</text>',
            ]
    return "".join(parts), bottom + 32 + _MARGIN


def _short(count: float) -> str:
    if count >= 1_000_000:
        return f"{count / 1_000_000:.3g}M"
    return f"{count / 1000:.3g}k" if count >= 1000 else f"{count:.0f}"
