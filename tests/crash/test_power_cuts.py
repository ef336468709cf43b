"""A few images of the campaign of `make power-cuts`, which makes many.

The campaign is validated with a fault: a node without one necessary step breaks a promise.
"""

import pytest

from tests.crash.power_cuts import plan, powered_row
from tests.crash.powered_disk import missing

pytestmark = pytest.mark.skipif(missing() is not None, reason=str(missing()))

SEED = 1
MOST_IMAGES = 8


@pytest.mark.parametrize("role", ["source", "relay"])
def test_every_promise_holds_after_a_power_cut(role: str) -> None:
    with powered_row(role) as row:
        for number in range(MOST_IMAGES):
            result = row.make_image(plan(role, SEED, number))
            assert result.faults == []
            # On a busy machine the cut may come before anything can be lost.
            if result.cuts and result.given and result.told:
                return
    raise AssertionError(f"no cut had anything to lose: {result}")


def test_commits_without_a_flush_are_detected() -> None:
    with powered_row("destination", "synchronous-normal") as row:
        for number in range(MOST_IMAGES):
            result = row.make_image(plan("destination", SEED, number))
            if result.faults:
                break
    assert any("acknowledged and lost" in fault for fault in result.faults), result
