"""Moments at which a stick is pulled, and the file that keeps what each of them did.

A moment is a share of the bytes that a whole visit of the same node read or wrote, so that it falls
into the same work on a slow machine as on a fast one.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal, NamedTuple

Counter = Literal["read", "written"]
# Node a writes the files that go out, and node b reads them. Node b then writes acknowledgements
# and receipts, and removes the files. At its next visit a reads the file system, to check it, and
# the receipts.
KINDS: tuple[tuple[str, Counter], ...] = (
    ("a", "written"),
    ("b", "read"),
    ("b", "written"),
    ("a", "read"),
)


class Moment(NamedTuple):
    """A pull that is planned: at which node, and after which share of which bytes of a visit."""

    node: str
    counter: Counter
    share: float


class Moved(NamedTuple):
    """Bytes that a machine has read from the stick and written to it since it was plugged in."""

    read: int
    written: int


@dataclass(frozen=True, slots=True)
class Pulled:
    """The outcome of one pull; `at` is the word in the node's note at the last look before it."""

    node: str
    counter: Counter
    share: float
    after_s: float
    read_bytes: int
    written_bytes: int
    at: str
    file_system: str


def planned_rounds(seed: int, pulls: int) -> list[list[Moment]]:
    """Return the pulls in rounds of one of each kind; the shares of a kind lie all over a visit."""
    rounds = -(-pulls // len(KINDS))
    shares = [list(_spread(random.Random(f"{seed} {kind}"), rounds)) for kind in KINDS]
    moments = [
        Moment(node, counter, shares[kind][number])
        for number in range(rounds)
        for kind, (node, counter) in enumerate(KINDS)
    ][:pulls]
    return [moments[at : at + len(KINDS)] for at in range(0, pulls, len(KINDS))]


def _spread(chance: random.Random, count: int) -> Iterator[float]:
    """Yield one share from each of `count` equal parts of a whole, in any order."""
    for part in chance.sample(range(count), count):
        yield (part + chance.random()) / count


class PullRecord:
    """The rounds of a seed that ended well, in a file of JSON lines that the next run reads."""

    def __init__(self, path: Path, seed: int) -> None:
        self._path, self._seed = path, seed

    def rounds_done(self) -> set[int]:
        """Return the numbers of the rounds of this seed that need not be repeated."""
        if not self._path.exists():
            return set()
        lines = [json.loads(line) for line in self._path.read_text().splitlines()]
        return {line["round"] for line in lines if line["seed"] == self._seed}

    def add(self, number: int, pulls: list[Pulled]) -> None:
        """Append a round that ended well."""
        line = {"seed": self._seed, "round": number, "pulls": [asdict(each) for each in pulls]}
        with self._path.open("a") as file:
            file.write(json.dumps(line) + "\n")
