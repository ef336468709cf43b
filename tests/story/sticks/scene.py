"""A running node, an honest one and a lying one, who meet by sticks only."""

import hashlib
import os
import random
import shutil
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from netrelay.core.exit_status import Exit
from netrelay.disk.medium_folder import FOLDER, MOST_MEDIUM_FILES
from netrelay.seal import identity as identities
from tests.cli.command_line import Outcome
from tests.story.attacks.scene import Kept, anonymous_bytes, kept_by
from tests.story.nodes import KIB, Dropped, Homes, RunningNode, free_address
from tests.story.sticks.damage import (
    ODD_ENTRIES,
    damaged_bytes,
    fresh_name,
    lay_sparse,
    odd_name,
)
from tests.story.sticks.forger import Forger, RealFile
from tests.story.sticks.lies import Lies

# Where files were damaged, refused or unreadable, and where all was well.
_GOOD_ENDS = (Exit.OK, Exit.DATA)
# Of five files: two that a finder has damaged, two that a peer has signed, one odd entry or name.
_KINDS = ("damaged", "damaged", "lie", "lie", "odd")


class Held(NamedTuple):
    """What is kept: by the node's processes, and by the process that carries in."""

    node: Kept
    carrier_bytes: int
    carrier_descriptors: int


class StickScene:
    """`shelf` takes sticks; `boat` sends it files by them, and `liar` has signed what is there.

    No network joins them. `shelf` and `boat` run; `liar` ran for long enough to write real files.
    """

    def __init__(self, homes: Homes) -> None:
        self.shelf, self.boat = homes.pair()
        self._liar = homes.node("liar")
        self.shelf.enrol(self._liar, "deliver")
        self.shelf.line.good("peer", "allow", "liar", "carry", "boat")
        self._liar.enrol(self.shelf, "deliver")
        self.shelf.line.good("peer", "quota", "liar", "1M")
        self._medium = homes.folder / "stick"
        everybody = (self.shelf, self.boat, self._liar)
        for node in everybody:
            for name in {"shelf": ["boat", "liar"]}.get(node.name, ["shelf"]):
                node.line.good("peer", "address", name, free_address())
        for node in everybody:
            node.begin()
        for node in everybody:
            node.wait_until_ready()
        self.pids = self.shelf.processes()
        self._sent: list[Dropped] = []
        self.liar = str(self._liar.value("SELECT node FROM selfinfo"))
        self.own = str(self.shelf.value("SELECT node FROM selfinfo"))
        self._real = self._written_by_liar()
        self._liar.stop()
        boat = str(self.boat.value("SELECT node FROM selfinfo"))
        forger = Forger(identities.load(self._liar.home.keys))
        self._lies = Lies(forger, (self.own, boat, self.liar, "a" * 32))
        self.ends: Counter[str] = Counter()
        """How often `carry in` ended with each status."""

    def _written_by_liar(self) -> list[RealFile]:
        for number, size_bytes in enumerate((0, 3000, 200 * KIB)):
            self._drop(self._liar, f"real-{number}", os.urandom(size_bytes))
        self._liar.line.good("message", "a real text", "--to", "shelf")
        found = self._carried_out(self._liar)
        shutil.rmtree(self._medium)
        return found

    def _drop(self, node: RunningNode, name: str, content: bytes) -> Dropped:
        dropped = node.drop("shelf", name, content)
        node.wait_for_rows("SELECT 1 FROM files WHERE name = ?", name)
        return dropped

    def _carried_out(self, node: RunningNode) -> list[RealFile]:
        self._medium.mkdir(exist_ok=True)
        node.line.good("carry", "out", str(self._medium), "--to", "shelf", "--quiet")
        paths = sorted((self._medium / FOLDER).iterdir())
        return [RealFile(path.name, path.read_bytes()) for path in paths]

    def stick(self, seed: int, files: int) -> None:
        """Carry in one stick with so many bad files among real ones; AssertionError if it matters.

        A real file of boat arrives by the same stick, once, and its receipt goes back by it.
        """
        chance = random.Random(seed)
        sent = self._drop(self.boat, f"genuine-{seed}", chance.randbytes(3000))
        real = self._carried_out(self.boat)
        folder = self._medium / FOLDER
        # Its name is the last, so that all that is bad comes first.
        last = f"{self.own}-{'f' * 32}.carry"
        (folder / real[0].name).rename(folder / last)
        for _ in range(files):
            self._lay_bad(chance, folder, real)
        outcome = self.carry_in()
        self.shelf.wait_for_delivery("boat", sent)
        self._sent.append(sent)
        assert not (folder / last).exists(), outcome
        back = self.boat.line("carry", "in", str(self._medium), "--quiet")
        assert back.code in _GOOD_ENDS, back
        shutil.rmtree(self._medium)

    def carry_in(self) -> Outcome:
        """Carry in the stick; only an end that the product has words for is one."""
        outcome = self.shelf.line("carry", "in", str(self._medium))
        assert outcome.code in _GOOD_ENDS, outcome
        assert all(line.startswith("netrelay: ") for line in outcome.err.splitlines()), outcome
        self.ends[Exit(outcome.code).name] += 1
        return outcome

    def _lay_bad(self, chance: random.Random, folder: Path, real: Sequence[RealFile]) -> None:
        source = chance.choice((*self._real, *real))
        name = fresh_name(chance, source.name.partition("-")[0])
        match chance.choice(_KINDS):
            case "damaged":
                if chance.random() < 0.05:
                    lay_sparse(chance, folder / name, source)
                    return
                content = damaged_bytes(chance, source, chance.choice(self._real))
            case "lie":
                content = self._lies.any(chance, chance.choice(self._real))
            case _:
                if chance.random() < 0.4:
                    chance.choice(ODD_ENTRIES)(chance, folder / name)
                    return
                # The same file again, under another name or for another node.
                content = source.content
                if chance.random() < 0.6:
                    name = odd_name(chance, self.own)
        (folder / name).write_bytes(content)

    def crowd(self) -> int:
        """Carry in a stick with more entries than are looked at; return how many files it had."""
        folder = self._medium / FOLDER
        folder.mkdir(parents=True)
        first = folder / fresh_name(random.Random(0), self.own)
        first.write_bytes(bytes(5000))
        count = MOST_MEDIUM_FILES + 500
        for number in range(1, count):
            os.link(first, folder / fresh_name(random.Random(number), self.own))
        self.carry_in()
        shutil.rmtree(self._medium)
        return count

    def check(self) -> None:
        """Compare the inbox with what boat has sent, and the processes with those of the start."""
        names = sorted(os.fsdecode(sent.name) for sent in self._sent)
        assert self.shelf.inbox_names("boat") == names
        for sent in self._sent:
            content = (self.shelf.home.inbox / "boat" / os.fsdecode(sent.name)).read_bytes()
            assert hashlib.sha256(content).hexdigest() == sent.sha256
        assert self.shelf.processes() == self.pids, "one of the eight has ended"
        assert self.shelf.errors() == []

    def liars_rows(self) -> int:
        """Return how many messages of the liar, or that it brought, have a row."""
        return self.shelf.number(
            "SELECT count(*) FROM messages WHERE id > 0 AND ?1 IN (source, previous_hop)", self.liar
        )

    def held(self) -> Held:
        """Return what is kept now."""
        own = os.getpid()
        descriptors = len(list(Path("/proc/self/fd").iterdir()))
        return Held(kept_by(self.shelf), anonymous_bytes(own), descriptors)
