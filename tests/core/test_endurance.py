"""The assumed endurance of a disk."""

import pytest

from netrelay.core.endurance import (
    assumed_endurance_bytes,
    assumed_times,
    given_endurance_bytes,
)


@pytest.mark.parametrize(("kind", "times"), [("card", 100), ("stick", 100), ("ssd", 300)])
def test_by_its_size(kind: str, times: int) -> None:
    assert assumed_endurance_bytes(kind, 32_000) == 32_000 * times
    assert assumed_times(kind) == times


@pytest.mark.parametrize("kind", ["turning", "virtual"])
def test_nothing_is_assumed_of_others(kind: str) -> None:
    assert assumed_endurance_bytes(kind, 32_000) is None


def test_a_makers_terabyte_has_twelve_zeros() -> None:
    assert given_endurance_bytes(80) == 80_000_000_000_000
