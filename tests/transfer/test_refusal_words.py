"""What a person reads where something was refused."""

import pytest

from netrelay.core.words import Refusal
from netrelay.transfer.refusal_words import Parties, refusal_words


@pytest.mark.parametrize(
    ("parties", "commands"),
    [
        pytest.param(
            Parties("shelf", "boat", "shelf", "boat"),
            "allow shelf deliver",
            id="source to destination",
        ),
        pytest.param(
            Parties("shelf", "boat", "shelf", "tower"), "allow shelf relay", id="source to relay"
        ),
        pytest.param(
            Parties("boat", "tower", "shelf", "tower"),
            "allow shelf deliver; netrelay peer allow boat carry shelf",
            id="relay to destination",
        ),
        pytest.param(
            Parties("boat", "tower", "shelf", "buoy"),
            "allow shelf relay; netrelay peer allow boat carry shelf",
            id="relay to relay",
        ),
    ],
)
def test_what_is_not_permitted_names_the_commands_that_permit_it(
    parties: Parties, commands: str
) -> None:
    assert refusal_words(Refusal.NOT_PERMITTED, parties) == (
        f"NOT_PERMITTED: {parties.peer} does not permit it; there, type: netrelay peer {commands}"
    )


def test_a_missing_route_is_named() -> None:
    words = refusal_words(Refusal.NO_ROUTE, Parties("shelf", "boat", "shelf", "tower"))
    assert words.startswith("NO_ROUTE: boat has no route to tower, or one that leads back here;")
    assert "netrelay peer route tower --direct" in words


def test_whose_share_is_used_up() -> None:
    assert "our share of the disk of boat" in refusal_words(
        Refusal.QUOTA, Parties("shelf", "boat", "shelf", "tower")
    )
    assert "shelf's share of the disk of tower" in refusal_words(
        Refusal.QUOTA, Parties("boat", "tower", "shelf", "tower")
    )


def test_every_refusal_has_words_that_begin_with_its_name() -> None:
    parties = Parties("shelf", "boat", "shelf", "boat")
    for refusal in Refusal:
        assert refusal_words(refusal, parties).startswith(f"{refusal.name}: ")
        assert len(refusal_words(refusal, parties)) > len(refusal.name) + 10
