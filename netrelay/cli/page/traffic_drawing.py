"""Plots of traffic as inline SVG: bars for what was delivered, a stepped area for what waited."""

from collections.abc import Sequence
from typing import Final

from netrelay.cli.page.markup import Markup, element
from netrelay.cli.queries.totals import TrafficHour
from netrelay.cli.text import size

_WIDTH: Final = 360
_TOP: Final = 16
_HALF: Final = 44
_QUEUE: Final = 60
_FOOT: Final = 18


def delivered_drawing(spans: Sequence[TrafficHour], unit: str, hours: int) -> Markup:
    """Return bars of bytes: what was sent above the axis, what came below it."""
    most = max(max(span.bytes_out, span.bytes_in) for span in spans)
    axis = _TOP + _HALF
    bars = []
    for at, span in enumerate(spans):
        left, width = _place(at, len(spans))
        for bytes_, kind in ((span.bytes_out, "out"), (span.bytes_in, "in")):
            height = _height(bytes_, most, _HALF)
            if height:
                top = axis - height if kind == "out" else axis
                bars.append(element("rect", x=left, y=top, width=width, height=height, class_=kind))
    sent, came = (
        max(spans, key=lambda span: span.bytes_out),
        max(spans, key=lambda span: span.bytes_in),
    )
    return element(
        "svg",
        element(
            "title",
            f"Bytes delivered in each {unit}. Most sent: {size(sent.bytes_out)}"
            f" {_when(sent, unit, hours)}. Most that came: {size(came.bytes_in)}"
            f" {_when(came, unit, hours)}.",
        ),
        *bars,
        element("line", x1=0, x2=_WIDTH, y1=axis, y2=axis),
        element("text", f"sent, up to {size(sent.bytes_out)}", x=0, y=_TOP - 5),
        element("text", f"came, up to {size(came.bytes_in)}", x=0, y=axis + _HALF + 13),
        *_ends(axis + _HALF + 13 + _FOOT, len(spans), unit),
        viewBox=f"0 0 {_WIDTH} {axis + _HALF + 13 + _FOOT + 4}",
        role="img",
        class_="plot",
    )


def waiting_drawing(spans: Sequence[TrafficHour], unit: str, hours: int) -> Markup:
    """Return an area whose height is the largest number that waited in each span."""
    most = max(spans, key=lambda span: span.most_waiting)
    foot = _TOP + _QUEUE
    steps = []
    for at, span in enumerate(spans):
        left, width = _place(at, len(spans))
        height = _height(span.most_waiting, most.most_waiting, _QUEUE)
        if height:
            steps.append(
                element("rect", x=left, y=foot - height, width=width, height=height, class_="queue")
            )
    return element(
        "svg",
        element(
            "title",
            f"Files and texts that waited in each {unit}. Most: {most.most_waiting:,}"
            f" {_when(most, unit, hours)}. Now: {spans[-1].most_waiting:,} at most.",
        ),
        *steps,
        element("line", x1=0, x2=_WIDTH, y1=foot, y2=foot),
        element("text", f"up to {most.most_waiting:,}", x=0, y=_TOP - 5),
        *_ends(foot + _FOOT - 4, len(spans), unit),
        viewBox=f"0 0 {_WIDTH} {foot + _FOOT}",
        role="img",
        class_="plot",
    )


def _place(at: int, count: int) -> tuple[str, str]:
    step = _WIDTH / count
    return f"{at * step + 1:.1f}", f"{step - 2:.1f}"


def _height(value: int, most: int, full: int) -> int:
    """Return a height in whole units; whatever is more than nothing can be seen."""
    return max(round(value * full / most), 1) if value > 0 else 0


def _when(span: TrafficHour, unit: str, hours: int) -> str:
    count = span.hours_ago // hours
    return f"in this {unit}" if count == 0 else f"{count} {unit}{'s' if count > 1 else ''} ago"


def _ends(y: int, count: int, unit: str) -> list[Markup]:
    return [
        element("text", f"{count - 1} {unit}s ago", x=0, y=y, class_="soft"),
        element("text", f"this {unit}", x=_WIDTH, y=y, class_="soft", text_anchor="end"),
    ]
