"""What receiver lets come of peers whose budget is used up."""

import pytest

from netrelay.core.budget import HELD_S
from netrelay.link.link_closed import LinkClosed
from netrelay.ring.records import NO_HOLD, HoldPeer
from netrelay.runtime.budget_holds import BudgetHolds


def test_a_short_frame_comes_and_a_long_one_makes_its_peer_wait() -> None:
    holds = BudgetHolds()
    holds.check("boat", 1 << 20)
    holds.hold(HoldPeer("boat", 1000))
    holds.check("boat", 1000)
    assert holds.wait_s("boat") == 0
    with pytest.raises(LinkClosed, match="the budget of this peer is used up"):
        holds.check("boat", 1001)
    assert 0 < holds.wait_s("boat") <= HELD_S
    holds.check("shelf", 1 << 20)
    assert holds.wait_s("shelf") == 0


def test_a_hold_that_ends_lets_the_peer_in_at_once() -> None:
    holds = BudgetHolds()
    holds.hold(HoldPeer("boat", 0))
    assert holds.wait_s("boat") == HELD_S
    holds.hold(HoldPeer("boat", 1000))
    assert holds.wait_s("boat") == 0
    with pytest.raises(LinkClosed):
        holds.check("boat", 1001)
    holds.hold(HoldPeer("boat", NO_HOLD))
    assert holds.wait_s("boat") == 0
    holds.check("boat", 1 << 20)


def test_a_new_generation_of_processor_r_tells_its_holds_anew() -> None:
    holds = BudgetHolds()
    holds.hold(HoldPeer("boat", 0))
    holds.clear()
    assert holds.wait_s("boat") == 0
