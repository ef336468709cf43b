"""Plots of traffic: what is drawn is what the hours say, and a table says it without a picture."""

import re

import pytest

from netrelay.cli.opening import reading
from netrelay.cli.page import page_application
from netrelay.cli.page.page_application import PageApplication
from netrelay.cli.page.traffic_drawing import delivered_drawing, waiting_drawing
from netrelay.cli.page.traffic_page import whole_day
from netrelay.cli.queries.totals import TrafficHour, traffic_hours
from tests.cli.command_line import CommandLine, Place
from tests.cli.page.requests import ask


def hours(*rows: tuple[int, int, int]) -> list[TrafficHour]:
    last = len(rows) - 1
    return [
        TrafficHour(last - at, bool(out), out, bool(came), came, waiting)
        for at, (out, came, waiting) in enumerate(rows)
    ]


def test_sent_is_above_the_axis_came_below_and_the_title_says_the_most() -> None:
    drawn = delivered_drawing(hours((1000, 0, 0), (0, 500, 0), (1, 0, 0)), "hour", 1)
    bars = re.findall(r'<rect .*?y="(\d+)" .*?height="(\d+)" class="(\w+)">', drawn)
    assert bars == [("16", "44", "out"), ("60", "22", "in"), ("59", "1", "out")]
    assert "Most sent: 1000 B 2 hours ago. Most that came: 500 B 1 hour ago." in drawn


def test_an_empty_plot_has_no_bar() -> None:
    nothing = hours((0, 0, 0), (0, 0, 0))
    for drawn in (delivered_drawing(nothing, "day", 24), waiting_drawing(nothing, "day", 24)):
        assert "<rect" not in drawn
        assert 'role="img"' in drawn


def test_a_day_is_the_sum_of_its_hours_and_the_most_that_waited() -> None:
    assert whole_day(hours((1, 2, 3), (4, 5, 9), (6, 7, 8))) == TrafficHour(2, 3, 11, 3, 14, 9)


def test_the_page_shows_a_job_that_waits(homes: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_application, "may_look_here", lambda *_: True)
    shelf = homes.pair()[0]
    given(shelf)
    page = ask(PageApplication(shelf.home), "/traffic")
    assert "Most: 1 in this hour. Now: 1 at most." in page.body
    assert len(re.findall(r'<th scope="row">', page.body)) == 24 + 30
    assert page.body.count("<svg") == 4


def test_hours_without_a_row_have_what_waited_before(homes: Place) -> None:
    shelf = homes.pair()[0]
    given(shelf)
    with reading(shelf.home) as database:
        found = traffic_hours(database, 720)
    assert [each.hours_ago for each in found] == list(range(719, -1, -1))
    assert (found[0].most_waiting, found[-1].most_waiting) == (0, 1)


def given(shelf: CommandLine) -> None:
    shelf.good("message", "--to", "boat", "hello")
