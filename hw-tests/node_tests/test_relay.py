"""A file gets from a to c, which share no cable, through the relay b."""

import pytest

from rig.fleet import Fleet

pytestmark = pytest.mark.nodes("a", "b", "c")


def test_a_cannot_reach_c_by_itself(chain: Fleet) -> None:
    assert not chain["a"].succeeds(f"ping -c 1 -W 3 {chain.address('c')}")


def test_a_file_passes_through_the_node_in_between(chain: Fleet) -> None:
    file = chain["a"].send("through.bin", 5 << 20, "c")
    chain["c"].await_file(file, "a")
    chain["a"].await_delivered(file)
    assert file.name not in chain["b"].run("ls -R /var/lib/netrelay/inbox")


def test_the_answer_passes_back(chain: Fleet) -> None:
    file = chain["c"].send("back.bin", 1 << 20, "a")
    chain["a"].await_file(file, "c")
    chain["c"].await_delivered(file)


def test_a_file_waits_while_the_node_in_between_is_off(chain: Fleet) -> None:
    chain["b"].power_off()
    file = chain["a"].send("later.bin", 1 << 20, "c")
    chain.start("b")
    chain["c"].await_file(file, "a")
