"""Plots and tables of what was delivered and what waited, in the last 24 hours and 30 days."""

from collections.abc import Sequence
from typing import Final

from netrelay.cli.page.frame import document, part
from netrelay.cli.page.look import PageLook
from netrelay.cli.page.markup import Markup, element
from netrelay.cli.page.traffic_drawing import delivered_drawing, waiting_drawing
from netrelay.cli.queries.totals import TrafficHour, traffic_hours
from netrelay.cli.text import size

_DAYS: Final = 30
_DAY_HOURS: Final = 24
_HEADING: Final = ("Began", "Sent", "Bytes sent", "Came", "Bytes that came", "Most that waited")


def traffic_page(look: PageLook) -> str:
    """Return the page."""
    hours = traffic_hours(look.database, _DAYS * _DAY_HOURS)
    days = [
        whole_day(hours[start : start + _DAY_HOURS]) for start in range(0, len(hours), _DAY_HOURS)
    ]
    return document(
        look.frame,
        "Traffic",
        _period("The last 24 hours", "hour", 1, hours[-_DAY_HOURS:]),
        _period("The last 30 days", "day", _DAY_HOURS, days),
    )


def whole_day(hours: Sequence[TrafficHour]) -> TrafficHour:
    """Return 24 hours as one span: sums, and the most that waited in any of them."""
    return TrafficHour(
        hours[0].hours_ago,
        sum(hour.jobs_out for hour in hours),
        sum(hour.bytes_out for hour in hours),
        sum(hour.jobs_in for hour in hours),
        sum(hour.bytes_in for hour in hours),
        max(hour.most_waiting for hour in hours),
    )


def _period(title: str, unit: str, hours: int, spans: Sequence[TrafficHour]) -> Markup:
    sent, came = (sum(span.bytes_out for span in spans), sum(span.bytes_in for span in spans))
    return part(
        title,
        element("p", f"{size(sent)} sent, {size(came)} came."),
        element("h3", f"Delivered each {unit}"),
        delivered_drawing(spans, unit, hours),
        element("h3", f"Most that waited in each {unit}"),
        waiting_drawing(spans, unit, hours),
        element("details", element("summary", "As a table"), _table(title, unit, hours, spans)),
    )


def _table(title: str, unit: str, hours: int, spans: Sequence[TrafficHour]) -> Markup:
    rows = [
        (
            _began(span.hours_ago // hours, unit),
            f"{span.jobs_out:,}",
            size(span.bytes_out),
            f"{span.jobs_in:,}",
            size(span.bytes_in),
            f"{span.most_waiting:,}",
        )
        for span in reversed(spans)
    ]
    return element(
        "div",
        element(
            "table",
            element("caption", title),
            element(
                "thead", element("tr", *(element("th", each, scope="col") for each in _HEADING))
            ),
            element(
                "tbody",
                *(
                    element(
                        "tr",
                        element("th", first, scope="row"),
                        *(element("td", cell, class_="number") for cell in others),
                    )
                    for first, *others in rows
                ),
            ),
        ),
        class_="wide",
        tabindex=0,
        role="region",
        aria_label=f"{title}, as a table",
    )


def _began(count: int, unit: str) -> str:
    if count == 0:
        return f"this {unit}"
    return f"{count} {unit}{'s' if count > 1 else ''} ago"
