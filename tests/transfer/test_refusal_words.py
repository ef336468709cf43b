"""What a person reads where something was refused."""

import pytest

from netrelay.core.words import Refusal
from netrelay.transfer.refusal_words import Hop, refusal_words


@pytest.mark.parametrize(
    ("hop", "commands"),
    [
        pytest.param(
            Hop("shelf", "boat", "shelf", "boat"), "allow shelf deliver", id="source to destination"
        ),
        pytest.param(
            Hop("shelf", "boat", "shelf", "tower"), "allow shelf relay", id="source to relay"
        ),
        pytest.param(
            Hop("boat", "tower", "shelf", "tower"),
            "allow shelf deliver; netrelay peer allow boat carry shelf",
            id="relay to destination",
        ),
        pytest.param(
            Hop("boat", "tower", "shelf", "buoy"),
            "allow shelf relay; netrelay peer allow boat carry shelf",
            id="relay to relay",
        ),
    ],
)
def test_what_is_not_permitted_names_the_commands_that_permit_it(hop: Hop, commands: str) -> None:
    assert refusal_words(Refusal.NOT_PERMITTED, hop) == (
        f"NOT_PERMITTED: {hop.peer} does not permit it; there, type: netrelay peer {commands}"
    )


def test_a_missing_route_is_named() -> None:
    words = refusal_words(Refusal.NO_ROUTE, Hop("shelf", "boat", "shelf", "tower"))
    assert words.startswith("NO_ROUTE: boat has no route to tower, or one that leads back here;")
    assert "netrelay peer route tower --direct" in words


def test_whose_share_is_used_up() -> None:
    assert "our share of the disk of boat" in refusal_words(
        Refusal.QUOTA, Hop("shelf", "boat", "shelf", "tower")
    )
    assert "shelf's share of the disk of tower" in refusal_words(
        Refusal.QUOTA, Hop("boat", "tower", "shelf", "tower")
    )


def test_every_refusal_has_words_that_begin_with_its_name() -> None:
    hop = Hop("shelf", "boat", "shelf", "boat")
    for refusal in Refusal:
        assert refusal_words(refusal, hop).startswith(f"{refusal.name}: ")
        assert len(refusal_words(refusal, hop)) > len(refusal.name) + 10
