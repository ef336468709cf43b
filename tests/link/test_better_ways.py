"""Which ways are better than the one by which a peer was reached, and when they are tried."""

import pytest

from netrelay.link.better_ways import BetterWays, better_ways

GIVEN = ("192.168.1.20", "boat.example.org by wwan0", "10.8.0.2")


@pytest.mark.parametrize(
    ("ways", "reached", "better"),
    [
        (GIVEN, GIVEN[0], ()),
        (GIVEN, GIVEN[1], GIVEN[:1]),
        (GIVEN, GIVEN[2], GIVEN[:2]),
        ((*GIVEN, "203.0.113.5"), "203.0.113.5", GIVEN),
        (("203.0.113.5", *GIVEN), GIVEN[1], GIVEN[:1]),
        (GIVEN, "somewhere else", ()),
        (GIVEN, "", ()),
    ],
)
def test_given_ways_before_the_reached_one_are_better(
    ways: tuple[str, ...], reached: str, better: tuple[str, ...]
) -> None:
    assert better_ways(ways, reached, GIVEN) == better


def test_each_try_of_a_peer_doubles_its_wait() -> None:
    better = BetterWays()
    seen = []
    for _ in range(6):
        seen.append(better.wait_s("boat"))
        better.tried("boat")
    assert seen == [60, 120, 240, 480, 900, 900]
    assert better.wait_s("buoy") == 60
    better.begin("boat")
    assert better.wait_s("boat") == 60
