"""Attacks on a running node: what it keeps of them is bounded, and an honest peer's files arrive.

`make attacks` runs each for a minute, and measures.
"""

import time
from collections.abc import Iterator

import pytest

from tests.story.attacks.attacks import ATTACKS, Attack
from tests.story.attacks.flood import Flood
from tests.story.attacks.scene import Scene
from tests.story.nodes import homes, wait_for

HONEST_FILES = 3
# Enough for every attack to be past the rows that it may keep, where these are few.
LEAST_MESSAGES = 200


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    """Yield two nodes for all attacks, each of them by another peer."""
    with homes() as found:
        yield Scene(found)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_honest_peer_is_served_during(attack: Attack, scene: Scene) -> None:
    scene.enrol_attacker(attack.rights)
    began_s = time.monotonic()
    with Flood(lambda flood: attack.run(scene, flood)) as flood:
        wait_for("the attack to begin", lambda: flood.counted.total() > 0)
        scene.honest_files_s(HONEST_FILES)
        if attack.sends_messages:
            wait_for(
                "the attack to be large enough",
                lambda: flood.counted["messages"] >= LEAST_MESSAGES,
            )
        assert not flood.is_over
    lasted_s = time.monotonic() - began_s
    assert scene.attackers_rows() <= attack.rows + attack.rows_a_s * lasted_s
    assert scene.shelf.errors() == []
