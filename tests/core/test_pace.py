"""How long a peer may keep this node waiting."""

from netrelay.core.pace import (
    CONNECT_DEADLINE_S,
    UNKNOWN_PLACES,
    frame_deadline_s,
    unknown_deadline_s,
)


def test_a_frame_has_a_minute_and_a_second_for_each_kibibyte() -> None:
    assert frame_deadline_s(0) == 60
    assert frame_deadline_s(1024 * 1024) == 60 + 1024


def test_strangers_have_the_time_of_a_slow_link_until_half_of_the_places_are_taken() -> None:
    waits = [unknown_deadline_s(unknown) for unknown in range(UNKNOWN_PLACES)]
    half = UNKNOWN_PLACES // 2
    assert waits[:half] == [CONNECT_DEADLINE_S] * half
    assert len(set(waits[half:])) == 1
    assert waits[-1] < CONNECT_DEADLINE_S / 5
