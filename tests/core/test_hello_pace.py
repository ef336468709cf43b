"""How many hellos of one peer are stored."""

import pytest

from netrelay.core.hello_pace import HelloPace
from netrelay.core.pace import HELLO_BURST, HELLOS_PER_S


def admitted(pace: HelloPace, now_s: float, tries: int = 400) -> int:
    return sum(pace.admits(now_s) for _ in range(tries))


def test_a_burst_and_then_so_many_a_second() -> None:
    pace = HelloPace(100.0)
    assert admitted(pace, 100.0) == HELLO_BURST
    assert admitted(pace, 100.0 + 0.5 / HELLOS_PER_S) == 0
    assert admitted(pace, 100.0 + 3 / HELLOS_PER_S) == 3


def test_what_was_not_used_is_credited_up_to_the_burst() -> None:
    pace = HelloPace(100.0)
    admitted(pace, 100.0)
    assert admitted(pace, 1e6) == HELLO_BURST


@pytest.mark.parametrize("earlier_s", [0.0, 99.0])
def test_a_clock_that_stands_gives_no_credit_twice(earlier_s: float) -> None:
    pace = HelloPace(100.0)
    admitted(pace, 100.0)
    assert admitted(pace, earlier_s) == 0
    assert admitted(pace, 100.0) == 0
