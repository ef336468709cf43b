"""A shard: one part of the benchmark, with its name, time limit, goals and charts."""

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, TypeVar

from bench.pair.errors import BenchError, TimeIsUpError, Unavailable
from bench.pair.figures import Figures
from bench.pair.load import warm_up
from bench.pair.nodes import BenchPair, Seat
from bench.pair.place import BenchPlace, folder_place, loop_place
from bench.pair.waiting import Deadline
from bench.peers.peer import Ground

_MEBIBYTE = 1024 * 1024
# ext4 with its journal, and the homes of nodes with what they keep free.
_LEAST_IMAGE_BYTES = 512 * _MEBIBYTE
# A round that takes this much longer than the longest before still ends in time.
_ROUND_MARGIN = 1.25


class _Startable(Protocol):
    label: str

    def start(self) -> None: ...

    def stop(self) -> None: ...


AnyPeer = TypeVar("AnyPeer", bound=_Startable)


class Goal(NamedTuple):
    """A goal of the project: the wanted value as text, the measured one, and if that meets it."""

    text: str
    wanted: str
    measured: Callable[[Figures], float | None]
    is_met: Callable[[float], bool]
    unit: str = ""


class Chart(NamedTuple):
    """One measure of all contestants of a load: a table and a plot."""

    title: str
    load: str
    measure: str
    unit: str
    less_is_better: bool = False


class Curve(NamedTuple):
    """Series over one quantity: a table and a plot."""

    title: str
    series: tuple[str, ...]
    quantity: str
    unit: str


@dataclass
class Run:
    """One run of a shard: how it may measure, and what it has found.

    scale: sizes and counts are multiplied by it; 1 is the real benchmark. cut: why it was ended
    before its end, if it was. left_out: contestants that did not take part, with the reason.
    """

    scale: float
    deadline: Deadline
    images: Path
    directory: Path | None = None
    figures: Figures = field(default_factory=Figures)
    series: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    cut: str = ""
    medium: str = ""

    def sized(self, count: int, least: int = 1) -> int:
        """Return a count or a size at the scale of this run."""
        return max(least, round(count * self.scale))

    def rounds(self, count: int) -> Iterator[int]:
        """Yield the numbers of the rounds that still end in time."""
        longest_s = 0.0
        for number in range(count):
            if self.deadline.remaining_s() < longest_s * _ROUND_MARGIN:
                self.cut = f"the time was enough for {number} of {count} rounds"
                return
            self.say(f"round {number + 1} of {count}")
            begin_s = time.monotonic()
            yield number
            longest_s = max(longest_s, time.monotonic() - begin_s)

    def say(self, text: str) -> None:
        """Tell the person who waits what is going on."""
        print(f"    {self.deadline.remaining_s():6.0f} s left: {text}", file=sys.stderr, flush=True)

    @contextmanager
    def place(self, image_bytes: int, with_third: bool = False) -> Iterator[BenchPlace]:
        """Yield file systems for two sides, and for a third one if it is needed."""
        if self.directory is not None:
            with folder_place(self.directory) as place:
                self.medium = place.medium
                yield place
            return
        size_bytes = max(_LEAST_IMAGE_BYTES, self.sized(image_bytes))
        # A multiple of the blocks in which it is filled.
        size_bytes -= size_bytes % (4 * _MEBIBYTE)
        third_bytes = size_bytes if with_third else 64 * _MEBIBYTE
        with loop_place(self.images, size_bytes, third_bytes) as place:
            self.medium = place.medium
            yield place

    @contextmanager
    def pair(self, place: BenchPlace) -> Iterator[BenchPair]:
        """Yield two nodes on the disks of a place that have sent one file."""
        with self.cold_pair(place, place.source.folder, place.destination.folder) as pair:
            warm_up(pair, place.source.folder / "one")
            yield pair

    def cold_pair(
        self,
        place: BenchPlace,
        source: Path,
        destination: Path,
        before: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    ) -> BenchPair:
        """Return two nodes with homes in these folders, to be started."""
        return BenchPair(
            seat(place, source, "one", 1, before[0]),
            seat(place, destination, "two", 2, before[1]),
            self.deadline,
        )

    @contextmanager
    def peers(
        self,
        place: BenchPlace,
        makers: Iterable[Callable[[Ground], AnyPeer]],
        before: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
    ) -> Iterator[list[AnyPeer]]:
        """Yield the peers that this machine has, started; the others are left out."""
        found: list[AnyPeer] = []
        with ExitStack() as stack:
            for number, make in enumerate(makers):
                peer = make(
                    Ground(
                        place.source.folder,
                        place.destination.folder,
                        place.memory / f"peer-{number}",
                        address(100 + number),
                        self.deadline,
                        *before,
                    )
                )
                stack.callback(peer.stop)
                try:
                    peer.start()
                except TimeIsUpError:
                    raise
                except BenchError as error:
                    self.left_out[peer.label] = str(error)
                    self.say(f"without {peer.label}: {error}")
                else:
                    found.append(peer)
            yield found


@dataclass(frozen=True)
class Shard:
    """A part of the benchmark that runs alone; limit_s bounds it, and includes no margin.

    method: what is measured, for the report; apart: what is not comparable in it.
    """

    name: str
    title: str
    limit_s: float
    measure: Callable[[Run], None]
    method: str
    apart: tuple[str, ...] = ()
    charts: tuple[Chart, ...] = ()
    curves: tuple[Curve, ...] = ()
    goals: tuple[Goal, ...] = ()


def ratio(name: str, other: str) -> Callable[[Figures], float | None]:
    """Return what gives the median over the rounds of the ratio of two figures."""
    return lambda figures: figures.median_ratio(name, other)


def median(name: str) -> Callable[[Figures], float | None]:
    """Return what gives the median of a figure."""
    return lambda figures: figures.median(name)


def at_least(limit: float) -> Callable[[float], bool]:
    """Return what tells if a value is not below a limit."""
    return lambda value: value >= limit


def at_most(limit: float) -> Callable[[float], bool]:
    """Return what tells if a value is not above a limit."""
    return lambda value: value <= limit


def address(host: int) -> str:
    """Return a loopback address that no other node on this machine uses."""
    return f"127.70.{os.getpid() % 256}.{host}"


def seat(
    place: BenchPlace, folder: Path, name: str, host: int, before: tuple[str, ...] = ()
) -> Seat:
    """Return the seat of a node whose home is in a folder."""
    kind = "m" if folder == place.memory else "d"
    runtime = place.memory / f"{kind}-run-{name}"
    return Seat(name, folder / f"home-{name}", runtime, address(host), before)


def need_disks(run: Run) -> None:
    """Raise Unavailable if this run has no loop devices."""
    if run.directory is not None:
        raise Unavailable("it needs loop devices: run it without --directory")
