"""A line that is lost without a word: packets vanish, and nothing says that they do.

It needs network namespaces and a TUN device, so root rights.
"""

import os
import shutil
from pathlib import Path

import pytest

from bench.broken_lines.__main__ import Scenario, over_netrelay
from bench.broken_lines.line import Schedule, line_between

KIB = 1024
MOST_S = float(os.environ.get("NETRELAY_STORY_DEADLINE_S", "60"))

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/dev/net/tun").exists() or shutil.which("ip") is None,
    reason="needs root rights, ip and /dev/net/tun",
)


@pytest.mark.parametrize(
    "schedule",
    [Schedule(125_000, up_s=1, down_s=4), Schedule(32 * KIB, reset_every_s=2)],
    ids=["comes and goes", "reset"],
)
def test_a_file_crosses_with_less_than_twice_its_bytes(
    short_path: Path, schedule: Schedule
) -> None:
    scenario = Scenario("a story", schedule, 256 * KIB, MOST_S)
    spaces = (f"nrs{os.getpid()}", f"nrt{os.getpid()}")
    with line_between(*spaces) as line:
        outcome = over_netrelay(short_path, spaces, line, scenario)
    assert outcome is not None, "it did not arrive, or not as it was"
    assert outcome.crossed_bytes < 2 * scenario.size_bytes
