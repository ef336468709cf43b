"""Power cuts during transfers: a chain of three nodes, one of them on a disk whose power is cut.

    source --> relay --> destination

Each image: files are dropped one after the other; at a random moment the disk stops and its node is
killed. What the disk would have kept is mounted and checked, and the node is started on it. The
other nodes keep running. Then every file has to arrive exactly once. The same nodes are used for
all images.
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from netrelay.disk.folders import flush_folder
from tests.crash.block_log import Cut, Moment
from tests.crash.feeder import Feeder, chance_files
from tests.crash.image import image_of
from tests.crash.powered_disk import PoweredDisk, powered_disk
from tests.crash.powered_node import PoweredNode
from tests.crash.promises import Message, broken_promises, node_id, told_by
from tests.story.nodes import KIB, Homes, RunningNode, wait_for
from tests.story.relays import NodeRow, introduce

ROLES = ("source", "relay", "destination")
CAPACITY_BYTES = 64 * KIB
_CONNECTIONS = "SELECT *, clock() FROM connections"
QUIET = "quiet"
_NUDGE_S = 1.0
_RESTART_WRITES = 60  # about the number of writes of a start


class Plan(NamedTuple):
    """Plan of one image: its number, and the moment of the cut.

    what: "write" or "flush", or QUIET: after all work is done. at: 0 to 1, the fraction of the
    writes or flushes of a run without a cut. restarts: number of further cuts during restarts.
    """

    number: int
    seed: int
    what: str
    at: float
    moment: Moment
    restarts: int


class Result(NamedTuple):
    """Result of an image; without faults every promise was kept.

    repairs: starts at which the file system needed more than its journal (`PoweredDisk.check`).
    """

    plan: Plan
    cuts: list[Cut]
    given: int
    told: int
    received: int
    repairs: int
    took_s: float
    faults: list[str]


def plan(role: str, seed: int, number: int) -> Plan:
    """Return the plan of an image; it depends only on role, seed and number."""
    chance = random.Random(f"{role} {seed} {number}")
    # Before a flush most data can be lost, after it none.
    what, moment = chance.choice(
        (
            ("write", Moment.BEFORE),
            ("write", Moment.AFTER),
            ("flush", Moment.BEFORE),
            ("flush", Moment.BEFORE),
            ("flush", Moment.AFTER),
            (QUIET, Moment.AFTER),
        )
    )
    restarts = chance.choice((0, 0, 0, 1))
    return Plan(number, chance.getrandbits(32), what, chance.random(), moment, restarts)


class PoweredRow:
    """Three nodes, one of which is the victim; use `powered_row`."""

    def __init__(self, folder: Path, disk: PoweredDisk, role: str, fault: str | None) -> None:
        self.disk = disk
        self._homes = Homes(folder)
        nodes: list[RunningNode] = []
        for name in ROLES:
            if name == role:
                self.victim = PoweredNode(folder, name, disk, fault)
                self._homes.nodes.append(self.victim)
                nodes.append(self.victim)
            else:
                nodes.append(self._homes.node(name))
        self.row = NodeRow(nodes)
        for node in self.row:
            node.configure(capacity=CAPACITY_BYTES)
        for node in self.row:
            introduce(node, self.row)
        self._victim_id = node_id(self.victim)
        self._asked = {"write": 0, "flush": 0}

    def start(self) -> None:
        """Start all nodes, and transfer files once without a cut."""
        self.disk.flush()
        self.row.start()
        self._measure()

    def stop(self) -> None:
        """Stop all nodes; the one without power has ended already."""
        self.disk.cut_now(0)
        try:
            if self.victim.is_running():
                self.victim.power_off()
        finally:
            for node in self.row:
                if node is not self.victim:
                    node.stop()

    def is_cut(self, node: RunningNode | None = None) -> bool:
        """Return True if the power is cut, at this node or (None) at any."""
        return node in (None, self.victim) and self.disk.look().cut is not None

    def _measure(self) -> None:
        """Transfer files without a cut, to count the writes and flushes."""
        before = self.disk.look()
        feeder = Feeder(self.row, chance_files("measure", random.Random(0)), self.is_cut)
        self._settle(feeder)
        after = self.disk.look()
        self._asked = {
            "write": after.writes - before.writes,
            "flush": after.flushes - before.flushes,
        }
        self._clear()

    def make_image(self, plan: Plan) -> Result:
        """Transfer files, cut the power, check, restart, wait for all files, check again."""
        began_s = time.monotonic()
        chance = random.Random(plan.seed)
        made = _Made()
        repairs = self.disk.repairs
        if plan.what != QUIET:
            number = 1 + int(plan.at * self._asked[plan.what])
            self.disk.cut_at(plan.what, number, plan.moment, plan.seed)
        feeder = Feeder(self.row, chance_files(str(plan.number), chance), self.is_cut)
        try:
            if plan.what == QUIET:
                self._settle(feeder)
            else:
                wait_for("a cut, or the end of the flow", lambda: self._is_over(feeder))
            self._cut_and_look(plan.seed, feeder, made)
            for _ in range(plan.restarts):
                number = chance.randint(1, _RESTART_WRITES)
                self.disk.cut_at("write", number, plan.moment, plan.seed)
                self.victim.begin()
                wait_for("a cut, or a start", lambda: self.is_cut() or self.victim.is_ready())
                self._cut_and_look(plan.seed, feeder, made)
            self.victim.start()
            if not made.faults:  # with faults the files need not arrive
                self._settle(feeder)
                made.faults += self._judge(feeder)
        except AssertionError as error:
            made.faults += [str(error), *self._unsettled(), *self._connections()]
        if made.faults:
            feeder.give_up()
        else:
            self._clear()
        took_s = time.monotonic() - began_s
        counts = len(feeder.given), len(made.told), made.received, self.disk.repairs - repairs
        return Result(plan, made.cuts, *counts, took_s, made.faults)

    def _is_over(self, feeder: Feeder) -> bool:
        """Return True if the power is cut or all is done; does not access the victim's disk."""
        if self.is_cut():
            return True
        living = [node for node in self.row if node is not self.victim]
        if not feeder.is_done or any(node.unsettled() for node in living):
            return False
        return self.victim is not self.row.source or feeder.count_under_way() == 0

    def _cut_and_look(self, seed: int, feeder: Feeder, made: "_Made") -> None:
        cut = self.disk.cut_now(seed).cut
        assert cut is not None
        made.cuts.append(cut)
        self.victim.power_off()
        if self.victim is self.row.source:
            feeder.join()
        self.victim.power_on()
        told = told_by(self.victim, self._victim_id, self.row)
        made.told, made.received = told.acknowledged | told.sent, len(told.received)
        with image_of(self.victim.home) as image:
            made.faults += broken_promises(told, image, self.victim, self.row, feeder.given)

    def _settle(self, feeder: Feeder) -> None:
        """Wait until all work is done; scheduled retries are made due every second."""
        nudge_s = time.monotonic() + _NUDGE_S

        def is_settled() -> bool:
            nonlocal nudge_s
            if time.monotonic() > nudge_s:
                nudge_s = time.monotonic() + _NUDGE_S
                for node in self.row:
                    node.due_now()
            return feeder.is_done and not self._has_given() and not self._unsettled()

        wait_for("everything to arrive", is_settled)
        feeder.join()

    def _connections(self) -> list[str]:
        return [f"{node.name}: {row}" for node in self.row for row in node.rows(_CONNECTIONS)]

    def _has_given(self) -> bool:
        """Return True if the source has a file that is not put away, perhaps without a row."""
        return any(files for _, _, files in os.walk(self.row.source.home.drop))

    def _unsettled(self) -> list[str]:
        return [f"{node.name}: {text}" for node in self.row for text in node.unsettled()]

    def _judge(self, feeder: Feeder) -> Iterator[str]:
        """Yield every file that did not arrive exactly once and complete, and every error."""
        source, destination = self.row.source, self.row.destination
        names = destination.inbox_names(source.name)
        expected = feeder.given | {k: v for k, v in feeder.maybe.items() if k in names}
        for name in sorted({*names} ^ expected.keys()):
            yield f"{'never given' if name in names else 'never arrived'}: {name}"
        for name in sorted({*names} & expected.keys()):
            path = destination.home.inbox / source.name / name
            if path.read_bytes() != expected[name]:
                yield f"arrived and not what was given: {name}"
        sent = sorted(path.name for path in (source.home.sent / destination.name).iterdir())
        if sent != sorted(expected):
            yield f"sent is {sent}, arrived is {sorted(expected)}"
        for node in self.row:
            for message, times in node.rows(
                "SELECT message, count(*) FROM events WHERE event = 'exported'"
                " GROUP BY message HAVING count(*) > 1"
            ):
                yield f"{node.name}: message {message!s} exported {times!s} times"
            yield from (f"{node.name}: {row}" for row in node.errors())
            if "starting it again" in node.log.read_text(errors="replace"):
                yield f"{node.name}: a process ended by itself, see {node.log}"

    def _clear(self) -> None:
        """Remove the received and the sent files.

        Forced retries that failed have increased their backoff, which is reset here.
        """
        for node in self.row:
            node.due_now()
        source, destination = self.row.source, self.row.destination
        for folder in (destination.home.inbox / source.name, source.home.sent / destination.name):
            for path in folder.iterdir():
                path.unlink()
            flush_folder(folder)


class _Made:
    """Intermediate result of an image."""

    def __init__(self) -> None:
        self.cuts: list[Cut] = []
        self.faults: list[str] = []
        self.told: set[Message] = set()
        self.received = 0


@contextmanager
def powered_row(role: str, fault: str | None = None) -> Iterator[PoweredRow]:
    """Yield three running nodes; the one with this role has the disk, and the fault."""
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="nr-", dir=memory if memory.is_dir() else None) as name,
        powered_disk(Path(name) / "power") as disk,
    ):
        row = PoweredRow(Path(name), disk, role, fault)
        try:
            row.start()
            yield row
        finally:
            row.stop()
