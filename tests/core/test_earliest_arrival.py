"""Each piece goes by the way by which it is expected to arrive first."""

from hypothesis import given
from hypothesis import strategies as st

from netrelay.core.earliest_arrival import WayLoad, pieces_to_take

PIECE = 1024
loads = st.builds(
    WayLoad,
    st.integers(0, 64 * PIECE),
    st.floats(1.0, 1e9, allow_nan=False),
)


def test_ways_share_what_waits_by_their_rates() -> None:
    fast, slow = WayLoad(0, 2000.0), WayLoad(0, 1000.0)
    assert pieces_to_take(fast, [slow], 8, PIECE) == 6
    assert pieces_to_take(slow, [fast], 8, PIECE) == 3


def test_a_slow_way_leaves_the_last_pieces_to_a_fast_one() -> None:
    fast = WayLoad(PIECE, 1000.0)
    assert pieces_to_take(WayLoad(0, 100.0), [fast], 8, PIECE) == 0
    assert pieces_to_take(WayLoad(0, 100.0), [fast], 10, PIECE) == 1
    assert pieces_to_take(WayLoad(PIECE, 100.0), [fast], 10, PIECE) == 0, "it has one"


def test_a_way_that_is_not_measured_takes_one_piece() -> None:
    measured, unmeasured = WayLoad(0, 1000.0), WayLoad(0, 0.0)
    assert pieces_to_take(unmeasured, [measured], 8, PIECE) == 1
    assert pieces_to_take(WayLoad(PIECE, 0.0), [measured], 8, PIECE) == 0
    assert pieces_to_take(measured, [unmeasured], 8, PIECE) == 8
    assert pieces_to_take(unmeasured, [unmeasured], 8, PIECE) == 8


@given(st.lists(loads, min_size=1, max_size=4), st.integers(1, 256))
def test_one_of_them_takes_what_waits(ways: list[WayLoad], waiting: int) -> None:
    taken = [
        pieces_to_take(way, ways[:place] + ways[place + 1 :], waiting, PIECE)
        for place, way in enumerate(ways)
    ]
    assert max(taken) >= 1
    assert all(0 <= each <= waiting for each in taken)


@given(loads, loads, st.integers(1, 256))
def test_no_piece_arrives_later_than_by_the_other_way(
    own: WayLoad, other: WayLoad, waiting: int
) -> None:
    taken = pieces_to_take(own, [other], waiting, PIECE)
    if taken:
        own_s = (own.held_bytes + taken * PIECE) / own.rate_bytes_per_s
        left = waiting - taken + 1
        other_s = (other.held_bytes + left * PIECE) / other.rate_bytes_per_s
        assert own_s <= other_s * 1.000001
