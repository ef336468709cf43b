"""A stick labelled NETRELAY carries files and receipts between nodes that no cable joins."""

import os
import random
import time
from collections.abc import Iterator

import pytest

from rig.evidence import Evidence
from rig.fleet import Fleet
from rig.node import Node, SentFile
from rig.pulls import Moment, Moved, Pulled, PullRecord, planned_rounds
from rig.stick import MAKERS, Stick
from rig.waiting import wait_for
from rig.workplace import cards_folder

pytestmark = [pytest.mark.nodes("a", "b"), pytest.mark.lg_feature("qemu")]

SIZE_BYTES = 20 << 20
PULLS = int(os.environ.get("NETRELAY_HW_STICK_PULLS", "4"))
SEED = int(os.environ.get("NETRELAY_HW_SEED", random.SystemRandom().randrange(1 << 32)))
DONE_S = 900.0
NOTES = "/run/netrelay-card/stick-*.note"
LEFT_OF_IT = (
    f"ls -d {NOTES} /sys/block/sd* 2>/dev/null; systemctl list-units --all --plain --no-legend"
    " --state=active,activating,deactivating 'card-stick@*'"
)
WORK_S = 20.0
"""The least that a visit is taken for."""
LOOK_S = 0.05
STILL_S = 3.0
LONGEST_WAY = 3
"""A torn file goes on a later trip, and so does a receipt that `carry in` did not wait for."""
SOON_S = 30.0
TITLE = "Pulled sticks"
HEAD = ("pulled at", "after (s)", "bytes read, written", "note", "file system", "then")


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
    # Its unit may have been starting: then the note comes, and goes, after the device has left.
    wait_for(
        lambda: not node.ask(LEFT_OF_IT)[0], f"no stick and no note at {node.name}", within_s=DONE_S
    )


def visit(node: Node, stick: Stick) -> str:
    """Plug the stick in, wait for its end, pull it; return what was done."""
    plug(node, stick)
    words = await_done(node)
    pull(node, stick)
    return words


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


class Pulls:
    """One stick that is pulled at the moments of a plan; it knows what whole visits moved."""

    def __init__(self, fleet: Fleet, stick: Stick) -> None:
        self._fleet, self._stick = fleet, stick
        self._moved = dict.fromkeys(("a", "b"), Moved(0, 0))
        self._took_s = dict.fromkeys(("a", "b"), WORK_S)

    def visit(self, name: str) -> None:
        """Let a node do all of its work; the moments of later pulls are shares of it."""
        node, began = self._fleet[name], time.monotonic()
        plug(node, self._stick)
        await_done(node)
        moved, took_s = self._stick.moved(), time.monotonic() - began
        pull(node, self._stick)
        print(
            f"{name}: a whole visit in {took_s:.0f} s, {moved.read} bytes read, "
            f"{moved.written} written"
        )
        # A visit of which little is left to do would move the moments into the mount.
        self._moved[name] = Moved(*map(max, moved, self._moved[name]))
        self._took_s[name] = max(took_s, self._took_s[name])

    def pull_at(self, moment: Moment) -> Pulled:
        """Plug the stick in and pull it at the moment."""
        node, began = self._fleet[moment.node], time.monotonic()
        plug(node, self._stick)
        at = self._await_moment(node, moment)
        moved, after_s = self._stick.moved(), time.monotonic() - began
        pull(node, self._stick)
        file_system = "to be repaired" if self._stick.faults() else "clean"
        pulled = Pulled(*moment, round(after_s, 1), *moved, at or "begun", file_system)
        print(f"pulled: {pulled}")
        return pulled

    def _await_moment(self, node: Node, moment: Moment) -> str:
        """Return what the node's note said when last asked: asked only while nothing is moved."""
        whole = getattr(self._moved[moment.node], moment.counter)
        # Where QEMU counts nothing, the share is one of the time.
        latest = time.monotonic() + self._took_s[moment.node] * (moment.share if not whole else 4)
        at, before, still_since = "", self._stick.moved(), time.monotonic()
        while time.monotonic() < latest:
            now = self._stick.moved()
            if whole and getattr(now, moment.counter) >= moment.share * whole:
                return at
            if now != before:
                before, still_since = now, time.monotonic()
            elif time.monotonic() - still_since > STILL_S:
                at, still_since = noted(node)[0], time.monotonic()
                if at in ("done", "unusable"):
                    return at
            time.sleep(LOOK_S)
        return at


def await_receipt(pulls: Pulls, fleet: Fleet, file: SentFile) -> int:
    """Let the stick go to b and back until a has the receipt; return how often it went."""
    for trips in range(1, LONGEST_WAY + 1):
        pulls.visit("b")
        pulls.visit("a")
        # After its visit a has what the stick brought in a moment, or not at all: then a copied
        # anew what was torn.
        try:
            fleet["a"].await_delivered(file, within_s=SOON_S)
        except AssertionError:
            continue
        fleet["b"].await_file(file, "a")
        return trips
    raise AssertionError(f"no receipt of {file.name} at a after {LONGEST_WAY} ways to b and back")


def test_pulled_at_any_moment_it_loses_nothing(apart: Fleet, evidence: Evidence) -> None:
    """Each round: a file, a pull of each kind, and then whole visits until all is well."""
    print(f"NETRELAY_HW_SEED={SEED}")
    a, b = apart["a"], apart["b"]
    stick = Stick(cards_folder() / "stick.pulled", "vfat")
    record = PullRecord(cards_folder() / "stick-pulls.jsonl", SEED)
    pulls = Pulls(apart, stick)
    # Names of this run: an interrupted one may have left files of its own on the nodes.
    run = f"{os.urandom(2).hex()}-"
    files: list[SentFile] = []

    def send(name: str) -> SentFile:
        files.append(a.send(f"{run}{name}.bin", SIZE_BYTES // 4, "b"))
        a.await_word("netrelay jobs", files[-1].name)
        return files[-1]

    done, at_work = record.rounds_done(), []
    first = send("whole")
    pulls.visit("a")
    await_receipt(pulls, apart, first)
    for number, moments in enumerate(planned_rounds(SEED, PULLS)):
        if number in done:
            print(f"round {number} of this seed is done")
            continue
        file = send(f"{number}")
        pulled = []
        for moment in moments:
            pulled.append(pulls.pull_at(moment))
            if moment.node == "a" and moment.counter == "written":
                pulls.visit("a")  # for b to have something whole to take
        trips = await_receipt(pulls, apart, file)
        # Once, under its own name: another copy would have got a name beside it.
        arrived = [name for name in b.inbox("a") if name.startswith(run)]
        assert arrived == sorted(each.name for each in files)
        assert stick.faults() == ""
        record.add(number, pulled)
        at_work += [each.at not in ("done", "unusable") for each in pulled]
        for each in pulled:
            evidence.row(TITLE, HEAD, *pull_cells(each), f"arrived once, receipt by way {trips}")
    # Of pulls after the end of the work nothing is learnt.
    assert sum(at_work) * 2 >= len(at_work), "most pulls were after the end of the work"


def pull_cells(pulled: Pulled) -> tuple[str, ...]:
    """Return the cells of a pull for docs/evidence."""
    moment = f"{pulled.share:.0%} of what is {pulled.counter} at {pulled.node}"
    moved = f"{pulled.read_bytes}, {pulled.written_bytes}"
    return moment, f"{pulled.after_s}", moved, pulled.at, pulled.file_system
