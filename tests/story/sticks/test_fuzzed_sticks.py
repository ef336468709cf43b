"""Sticks with anything on them: real files arrive, and no more is kept than the bounds say.

`make fuzz-sticks` carries in a hundred thousand files.
"""

from tests.story.nodes import Homes
from tests.story.sticks.campaign import LIARS_ROWS
from tests.story.sticks.scene import StickScene


def test_real_files_arrive_among_bad_ones(homes: Homes) -> None:
    scene = StickScene(homes)
    for seed in range(2):
        scene.stick(seed, 60)
    scene.check()
    assert scene.liars_rows() <= LIARS_ROWS
