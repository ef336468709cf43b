"""An acknowledgement waits for the receipt that may go with it."""

from netrelay.core.frames import encode_acknowledgement, encode_brief_acknowledgement
from netrelay.link.acknowledgement_hold import AcknowledgementHold

BRIEF = bytearray(encode_brief_acknowledgement(7))


def test_one_that_is_alone_is_held_for_some_milliseconds() -> None:
    hold = AcknowledgementHold()
    assert hold.holds(BRIEF, 5.0)
    assert hold.until_s is not None
    assert 0.001 < hold.until_s - 5.0 < 0.05
    assert hold.holds(BRIEF, 5.001)
    assert not hold.holds(BRIEF, hold.until_s)
    assert hold.until_s is None
    assert hold.holds(BRIEF, 6.0), "the next one"


def test_what_is_more_goes_at_once() -> None:
    hold = AcknowledgementHold()
    assert hold.holds(BRIEF, 5.0)
    assert not hold.holds(BRIEF + BRIEF, 5.001)
    assert not hold.holds(bytearray(encode_acknowledgement(7)), 6.0)
    assert not hold.holds(bytearray(), 7.0)
    assert hold.until_s is None
