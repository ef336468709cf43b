"""The texts of refusals, and the commands in them."""

import pytest

from netrelay.core.words import Refusal
from netrelay.transfer.refusal_text import Parties, refusal_text


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
def test_not_permitted_names_the_commands_that_permit_it(parties: Parties, commands: str) -> None:
    assert refusal_text(Refusal.NOT_PERMITTED, parties) == (
        f"NOT_PERMITTED: {parties.peer} does not permit it; there, type: netrelay peer {commands}"
    )


def test_a_missing_route_is_named() -> None:
    text = refusal_text(Refusal.NO_ROUTE, Parties("shelf", "boat", "shelf", "tower"))
    assert text.startswith("NO_ROUTE: boat has no route to tower, or one that leads back here;")
    assert "netrelay peer route tower --direct" in text


def test_quota_names_the_owner_of_the_share() -> None:
    assert "our share of the disk of boat" in refusal_text(
        Refusal.QUOTA, Parties("shelf", "boat", "shelf", "tower")
    )
    assert "shelf's share of the disk of tower" in refusal_text(
        Refusal.QUOTA, Parties("boat", "tower", "shelf", "tower")
    )


def test_the_text_of_every_refusal_begins_with_its_name() -> None:
    parties = Parties("shelf", "boat", "shelf", "boat")
    for refusal in Refusal:
        assert refusal_text(refusal, parties).startswith(f"{refusal.name}: ")
        assert len(refusal_text(refusal, parties)) > len(refusal.name) + 10
