"""How long peers are asked to wait by a listener without room."""

from netrelay.core.waiting_callers import LONGEST_S, SHORTEST_S, WaitingCallers

THOUSANDS = 10_000


def crowd(callers: WaitingCallers, count: int, now_s: float) -> list[int]:
    """Turn so many peers away at one time, each with a draw of its own."""
    return [callers.told(f"{number}", now_s, number % 97 / 96) for number in range(count)]


def test_few_wait_for_the_shortest_time() -> None:
    asked = crowd(WaitingCallers(), 20, 0.0)
    assert min(asked) == SHORTEST_S
    assert max(asked) <= SHORTEST_S * 1.5 + 1


def test_thousands_come_back_spread_over_minutes() -> None:
    asked = crowd(WaitingCallers(), THOUSANDS, 0.0)
    assert 120 < max(asked) <= LONGEST_S
    a_second = [asked.count(second) for second in range(SHORTEST_S, LONGEST_S)]
    # The first ones are told the shortest time: so many as come in meanwhile.
    assert max(a_second) < THOUSANDS / 20
    assert sum(count > 0 for count in a_second) > 120


def test_a_peer_that_is_told_again_waits_as_one() -> None:
    callers = WaitingCallers()
    for _ in range(THOUSANDS):
        callers.told("boat", 0.0, 0.5)
    assert len(callers) == 1
    assert callers.told("boat", 0.0, 0.5) == SHORTEST_S


def test_when_those_who_waited_are_in_the_next_one_waits_for_the_shortest_time() -> None:
    callers = WaitingCallers()
    crowd(callers, THOUSANDS, 0.0)
    for number in range(THOUSANDS):
        callers.came(f"{number}", 100.0)
    assert len(callers) == 0
    assert callers.told("late", 200.0, 0.5) == SHORTEST_S


def test_those_who_never_come_are_forgotten() -> None:
    callers = WaitingCallers()
    asked = crowd(callers, THOUSANDS, 0.0)
    assert callers.told("late", max(asked) + 60.0, 0.5) == SHORTEST_S
    assert len(callers) == 1


def test_a_listener_that_serves_more_has_them_wait_less() -> None:
    slow, fast = WaitingCallers(), WaitingCallers()
    for number in range(2000):
        fast.came(f"before {number}", number / 200)
    assert max(crowd(fast, THOUSANDS, 10.0)) < max(crowd(slow, THOUSANDS, 10.0)) / 3


def test_the_log_is_told_once_a_minute() -> None:
    callers = WaitingCallers()
    assert [callers.is_to_be_logged(second) for second in (0.0, 1.0, 59.0, 60.0, 61.0)] == [
        *(True, False, False, True, False)
    ]
