"""When bytes will have crossed a line with windows and a budget."""

from math import inf

import pytest

from netrelay.core.calendar import Span
from netrelay.core.forecast import (
    HORIZON_S,
    Allowance,
    Crossing,
    Openings,
    Queued,
    bytes_before,
    crossed_at,
)
from netrelay.core.windows import Opening

HOUR, DAY = 3600, 86_400


def nightly(unix_s: int) -> Opening:
    """Return the state of a window that is open in the first hour of each day."""
    day, second = divmod(unix_s, DAY)
    return Opening(second < HOUR, day * DAY + (HOUR if second < HOUR else DAY))


def daily(unix_s: int) -> Span:
    """Return the day of a time."""
    begin = unix_s // DAY * DAY
    return Span(begin, begin + DAY)


def crossing(count_bytes: float, rate: float = 10.0, ratio: float = 1.0) -> Crossing:
    return Crossing(count_bytes, rate, ratio)


def test_an_open_line_needs_bytes_by_rate() -> None:
    assert crossed_at(crossing(1000), 50.0, None, None) == 150.0


def test_a_closed_window_is_waited_for() -> None:
    openings = Openings(nightly)
    assert crossed_at(crossing(1000), 2 * HOUR, openings, None) == DAY + 100
    assert crossed_at(crossing(1000), 10, Openings(nightly), None) == 110


def test_what_does_not_fit_a_window_goes_on_in_the_next() -> None:
    # An hour carries 36,000 bytes.
    found = crossed_at(crossing(80_000), 0, Openings(nightly), None)
    assert found == 2 * DAY + 800


def test_what_is_laid_when_a_window_closes_still_crosses() -> None:
    more = Crossing(36_000 + 500, 10.0, 1.0, 400.0)
    assert crossed_at(more._replace(count_bytes=36_300), 0, Openings(nightly), None) == HOUR + 30
    assert crossed_at(more, 0, Openings(nightly), None) == DAY + 10
    # Nothing is laid before anything was sent.
    assert crossed_at(more._replace(count_bytes=10), 2 * HOUR, Openings(nightly), None) == DAY + 1
    # A budget holds what is laid.
    used_up = Allowance(36_100.0, 100_000.0, DAY, daily)
    assert crossed_at(more, 0, Openings(nightly), used_up) == DAY + 40


def test_a_used_up_budget_leaves_nothing_laid_for_a_window_that_closes() -> None:
    """The window closes when the period ends: what the new period allows waits for the window."""

    def period(unix_s: int) -> Span:
        return Span(0, HOUR) if unix_s < HOUR else Span(HOUR, 10 * DAY)

    pieces = Crossing(500, 10.0, 1.0, 400.0, 100.0)
    used_up = Allowance(300.0, 1000.0, HOUR, period)
    assert crossed_at(pieces, 0, Openings(nightly), used_up) == DAY + 20
    # Half a piece is left: that one is laid, and crosses.
    left = Allowance(36_050.0, 40_000.0, HOUR, period)
    more = pieces._replace(count_bytes=36_100)
    assert crossed_at(more, 0, Openings(nightly), left) == HOUR + 10


def test_a_window_that_never_opens_is_never() -> None:
    never = Openings(lambda _: Opening(False, None))
    assert crossed_at(crossing(1), 0, never, None) is None
    rarely = Openings(lambda unix_s: Opening(unix_s >= HORIZON_S + 10, HORIZON_S + 10))
    assert crossed_at(crossing(1), 0, rarely, None) is None


def test_the_rest_waits_for_the_next_period_of_a_budget() -> None:
    allowance = Allowance(300.0, 1000.0, DAY, daily)
    # Each byte has two on the wire: 150 today, 500 tomorrow, the rest the day after.
    found = crossed_at(crossing(700, ratio=2.0), 0, None, allowance)
    assert found == 2 * DAY + 5
    assert crossed_at(crossing(150, ratio=2.0), 0, None, allowance) == 15.0


def test_a_rate_may_change_with_time() -> None:
    def rate_at(unix_s: float) -> tuple[float, float]:
        return (1.0, 100.0) if unix_s < 100 else (50.0, inf)

    assert crossed_at(crossing(100), 0, None, None, rate_at) == 100.0
    assert crossed_at(crossing(600), 0, None, None, rate_at) == 110.0


def test_a_piece_goes_whole_into_what_is_left_of_a_budget() -> None:
    pieces = Crossing(400, 10.0, 1.0, 0.0, 100.0)
    assert (
        crossed_at(pieces._replace(count_bytes=300), 0, None, Allowance(201, 1000, DAY, daily))
        == 30
    )
    assert crossed_at(pieces, 0, None, Allowance(201, 1000, DAY, daily)) == DAY + 10
    assert crossed_at(pieces, 0, None, Allowance(-5, 1000, DAY, daily)) == DAY + 40


def test_a_used_up_budget_waits_for_its_period_and_then_for_the_window() -> None:
    late = Openings(
        lambda unix_s: Opening(False, DAY + HOUR) if unix_s < DAY + HOUR else Opening(True, None)
    )
    found = crossed_at(crossing(10), 0, late, Allowance(0.0, 1000.0, DAY, daily))
    assert found == DAY + HOUR + 1


def test_urgent_bytes_that_go_first_use_the_reserve() -> None:
    # 100 are left for all and 300 in reserve: 250 urgent ones leave nothing for the others today.
    line = Crossing(300, 10.0, 1.0, 0.0, 1.0, 250)
    allowance = Allowance(100, 1000, DAY, daily, 300)
    assert crossed_at(line, 0, None, allowance) == DAY + 5
    assert crossed_at(line._replace(urgent_bytes=0), 0, None, allowance) == DAY + 20
    # 60 leave 40 of the 100.
    assert crossed_at(line._replace(count_bytes=100, urgent_bytes=60), 0, None, allowance) == 10
    # All is used up but the reserve.
    used_up = allowance._replace(left_bytes=-50)
    assert crossed_at(line._replace(count_bytes=260), 0, None, used_up) == DAY + 1


def test_a_budget_that_lets_too_little_through_is_never() -> None:
    assert crossed_at(crossing(10**9), 0, None, Allowance(0.0, 1000.0, DAY, daily)) is None


def test_states_are_looked_for_once() -> None:
    asked: list[int] = []

    def find(unix_s: int) -> Opening:
        asked.append(unix_s)
        return nightly(unix_s)

    openings = Openings(find)
    for _ in range(3):
        assert crossed_at(crossing(80_000), 0, openings, None) == 2 * DAY + 800
    assert len(asked) == len(set(asked)) == 5


def queued(number: int, size: int, priority: int = 4, single: bool = False) -> Queued:
    return Queued(number, priority, single, size, size)


@pytest.mark.parametrize(
    ("own", "other", "before"),
    [
        (queued(2, 100), queued(1, 500, priority=3), 500),
        (queued(1, 100), queued(2, 500, priority=3), 500),
        (queued(1, 100), queued(2, 500, priority=5), 0),
        (queued(1, 100), queued(2, 30, single=True), 30),
        (queued(2, 10, single=True), queued(1, 30, single=True), 30),
        (queued(1, 10, single=True), queued(2, 30, single=True), 0),
        (queued(2, 10, single=True), queued(1, 500), 0),
        # By turns, the smaller the more often: a tenth of 10 bytes of it meanwhile.
        (queued(2, 100), queued(1, 1000), 10),
        (queued(1, 1000), queued(2, 100), 100),
        (queued(1, 100), queued(2, 100), 100),
        (queued(1, 100), queued(1, 100), 0),
    ],
)
def test_what_crosses_before_the_last_byte(own: Queued, other: Queued, before: int) -> None:
    assert bytes_before(own, [other]) == before


@pytest.mark.parametrize(
    ("own", "other", "before"),
    [
        # What is laid into frames already goes before what is more urgent, too.
        (queued(2, 100, priority=3), queued(1, 500), 40),
        (queued(2, 100, priority=3), queued(1, 30), 30),
        (queued(2, 100), queued(1, 1000), 50),
        (queued(2, 100, single=True), queued(1, 1000), 40),
        (queued(2, 100, priority=3), queued(1, 30, single=True), 0),
        (queued(2, 100), queued(1, 30, priority=3), 30),
    ],
)
def test_what_is_laid_already_crosses_first(own: Queued, other: Queued, before: int) -> None:
    assert bytes_before(own, [other], 40) == before


def test_what_was_sent_already_does_not_count() -> None:
    begun = Queued(1, 4, False, 1000, 5)
    assert bytes_before(queued(2, 1000), [begun]) == 5
    assert crossed_at(crossing(0.5, rate=inf), 7.0, None, None) == 7.0


def test_what_takes_longer_than_a_year_never_crosses() -> None:
    assert crossed_at(crossing(10.0 * HORIZON_S), 50.0, None, None) == 50.0 + HORIZON_S
    assert crossed_at(crossing(10.0 * HORIZON_S + 100), 50.0, None, None) is None
    assert crossed_at(crossing(1e15, rate=0.3), 0, Openings(nightly), None) is None
