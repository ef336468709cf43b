"""A stick labelled NETRELAY carries files and receipts between nodes that no cable joins."""

import os
import random
import time
from collections.abc import Iterator

import pytest

from rig.fleet import Fleet
from rig.node import Node, SentFile
from rig.stick import MAKERS, Stick
from rig.waiting import wait_for
from rig.workplace import cards_folder

pytestmark = [pytest.mark.nodes("a", "b"), pytest.mark.lg_feature("qemu")]

SIZE_BYTES = 20 << 20
PULLS = int(os.environ.get("NETRELAY_HW_STICK_PULLS", "4"))
SEED = int(os.environ.get("NETRELAY_HW_SEED", random.SystemRandom().randrange(1 << 32)))
# A carry of this file took less than this on an emulated node.
WORK_S = 40.0
DONE_S = 900.0
NOTES = "/run/netrelay-card/stick-*.note"


@pytest.fixture
def apart(fleet: Fleet) -> Iterator[Fleet]:
    """Yield the nodes with their cables unplugged."""
    for name in ("a", "b"):
        fleet[name].set_cable(plugged=False)
    yield fleet
    for name in ("a", "b"):
        fleet[name].set_cable(plugged=True)


def plug(node: Node, stick: Stick) -> None:
    stick.plug_into(node.strategy.power.monitor)


def noted(node: Node) -> tuple[str, str]:
    """Return what the note of the stick says: what it is at, and the words; "" without one."""
    at, _, words = node.ask(f"cat {NOTES} 2>/dev/null")[0].partition("\n")
    return at.strip(), words.strip()


def await_done(node: Node) -> str:
    """Wait until the stick may be pulled, and return what was done."""
    wait_for(
        lambda: noted(node)[0] in ("done", "unusable"),
        f"the end of the stick's work at {node.name}",
        within_s=DONE_S,
    )
    at, words = noted(node)
    assert at == "done", words
    return words


def pull(node: Node, stick: Stick) -> None:
    stick.pull()
    wait_for(lambda: not noted(node)[0], f"no note of a stick at {node.name}", within_s=DONE_S)


def visit(node: Node, stick: Stick) -> str:
    """Plug the stick in, wait for its end, pull it; return what was done."""
    plug(node, stick)
    words = await_done(node)
    pull(node, stick)
    return words


def bring(fleet: Fleet, stick: Stick, file: SentFile) -> None:
    """Carry the file from a to b, and the receipt back."""
    for name in ("a", "b", "a"):
        visit(fleet[name], stick)
    fleet["b"].await_file(file, "a")
    fleet["a"].await_delivered(file)


@pytest.mark.parametrize("kind", sorted(MAKERS))
def test_a_file_goes_and_its_receipt_comes_back(apart: Fleet, kind: str) -> None:
    a, b = apart["a"], apart["b"]
    stick = Stick(cards_folder() / f"stick.{kind}", kind)
    file = a.send(f"by-{kind}.bin", SIZE_BYTES, "b")
    a.await_word("netrelay jobs", file.name)
    assert "now on /run/netrelay-card/NETRELAY-" in visit(a, stick)
    assert "from a: " in visit(b, stick)
    b.await_file(file, "a")
    visit(a, stick)
    a.await_delivered(file)
    assert a.succeeds("netrelay logs | grep --fixed-strings 'by hand, for b: 1 file'")
    assert b.succeeds("netrelay logs | grep --fixed-strings 'by hand, from a: '")
    # The stick is unmounted, and nothing else sees it while it is mounted.
    assert not a.succeeds("grep NETRELAY- /proc/mounts")


def test_a_stick_with_another_label_is_left_alone(apart: Fleet) -> None:
    a = apart["a"]
    stick = Stick(cards_folder() / "stick.other", "vfat", "HOLIDAY")
    plug(a, stick)
    try:
        wait_for(
            lambda: a.succeeds("lsblk --noheadings --output LABEL | grep --quiet HOLIDAY"),
            "the other stick",
            within_s=DONE_S,
        )
        a.run("udevadm settle")
        assert noted(a) == ("", "")
        assert not a.succeeds("systemctl list-units --all --no-legend | grep card-stick@")
    finally:
        stick.pull()


def test_pulled_at_any_moment_it_loses_nothing(apart: Fleet) -> None:
    moments = random.Random(SEED)
    print(f"NETRELAY_HW_SEED={SEED}")
    a, b = apart["a"], apart["b"]
    stick = Stick(cards_folder() / "stick.pulled", "vfat")
    files = []
    for number in range(PULLS):
        file = a.send(f"pulled-{number}.bin", SIZE_BYTES // 4, "b")
        files.append(file)
        a.await_word("netrelay jobs", file.name)
        node = (a, b)[number % 2]
        plug(node, stick)
        time.sleep(moments.uniform(0, WORK_S))
        pull(node, stick)
        bring(apart, stick, file)
    assert sorted(each.name for each in files) == [
        name for name in b.inbox("a") if name.startswith("pulled-")
    ]
