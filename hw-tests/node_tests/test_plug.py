"""The plug is pulled at random moments while a file is on its way.

What an emulated cut proves: QEMU dies by SIGKILL. What the guest wrote and flushed stays; what it
wrote to fresh clusters of the overlay and did not flush is gone with QEMU's tables in memory, which
the first test here shows. It does not tear a flush in the middle or reorder within one, as a bad
card does, and bytes written over ones that are in the overlay already stay even without a flush.
The block-level cuts of `make power-cuts` (docs/evidence/reliability.md) do those; a bench does all.
"""

import os
import random
import time

import pytest

from rig.fleet import Fleet

pytestmark = pytest.mark.nodes("a", "b")

SIZE_BYTES = 24 << 20
CUTS = int(os.environ.get("NETRELAY_HW_CUTS", "4"))
SEED = int(os.environ.get("NETRELAY_HW_SEED", str(random.randrange(10**6))))
LONGEST_S = 12.0
"""About as long as the file takes between two emulated nodes on a quiet machine."""


@pytest.mark.lg_feature("qemu")
def test_a_cut_loses_what_was_not_flushed_and_nothing_else(fleet: Fleet) -> None:
    node = fleet["b"]
    folder = "/var/lib/netrelay/hw-tests"
    node.run(f"mkdir -p {folder} && cd {folder} && rm -f kept lost && sync .")
    node.run(f"cd {folder} && echo flushed > kept && sync kept .")
    node.run(f"cd {folder} && head -c 8000000 /dev/urandom > lost && md5sum lost")
    fleet.cut("b")
    assert node.run(f"cat {folder}/kept") == "flushed"
    # The name may be gone as well: the folder was not flushed after it was made.
    kept_bytes = node.run(f"stat --format=%s {folder}/lost 2>/dev/null || echo 0")
    assert int(kept_bytes) < 8000000


@pytest.mark.parametrize("cut", range(CUTS))
def test_a_file_arrives_once_whenever_the_plug_is_pulled(fleet: Fleet, cut: int) -> None:
    chance = random.Random(SEED * 1000 + cut)
    name = "ba"[cut % 2]
    file = fleet["a"].send(f"cut-{SEED}-{cut}.bin", SIZE_BYTES, "b")
    # The one amount of time in these tests: the moment of the cut is what is drawn.
    moment_s = chance.uniform(0, LONGEST_S)
    time.sleep(moment_s)
    print(f"seed {SEED}, cut {cut}: the plug of {name} after {moment_s:.1f} s")
    fleet.cut(name)
    fleet["b"].await_file(file, "a")
    fleet["a"].await_delivered(file)
    stem = file.name.removesuffix(".bin")
    assert [each for each in fleet["b"].inbox("a") if each.startswith(stem)] == [file.name]
    for node in (fleet["a"], fleet["b"]):
        node.run("netrelay check")
