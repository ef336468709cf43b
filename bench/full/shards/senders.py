"""1, 4 and 16 senders to one node, and both directions at once."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from bench.full.shard import Chart, Goal, Run, Shard, at_least, median, ratio, seat
from bench.pair.lanes import Lane, send_on
from bench.pair.load import MEBIBYTE, Load
from bench.pair.nodes import BenchNode
from bench.pair.place import BenchPlace

_SENDERS = (1, 4, 16)
_ROUNDS = 3
# So many that the share of a sender is known within a few percent.
_FILES = 512
_FILE_BYTES = MEBIBYTE


def _measure_senders(run: Run) -> None:
    total = run.sized(_FILES, 2 * max(_SENDERS))
    total -= total % max(_SENDERS)
    size_bytes = run.sized(_FILE_BYTES, 65536)
    with run.place(4096 * MEBIBYTE) as place, _fan(run, place, max(_SENDERS)) as lanes:
        # Agreements, connections and folders exist from then on.
        send_on(lanes, Load("first", 1, 4096), run.deadline)
        for _ in run.rounds(_ROUNDS):
            for count in _SENDERS:
                load = Load("senders", total // count, size_bytes)
                times = send_on(lanes[:count], load, run.deadline)
                rate = total * size_bytes / MEBIBYTE / times.took_s
                run.figures.add(f"senders/{count} at once/rate", rate)
                run.figures.add(f"senders/{count} at once/least_share", times.least_share)


@contextmanager
def _fan(run: Run, place: BenchPlace, count: int) -> Iterator[list[Lane]]:
    """Yield ways from `count` nodes to one, all of them running."""
    runtime = place.memory
    destination = BenchNode(seat(place, place.destination.folder, "hub", 2), run.deadline)
    destination.make()
    nodes = [destination]
    lanes = []
    read_fd, write_fd = os.pipe()
    try:
        for number in range(count):
            folder = place.source.folder
            node = BenchNode(seat(place, folder, f"sender{number}", 20 + number), run.deadline)
            node.make()
            node.enrol(destination, "deliver")
            destination.enrol(node, "deliver")
            nodes.append(node)
            lanes.append(Lane(node, destination, folder / f"made-{number}"))
        for node in nodes:
            node.start(read_fd)
        run.say(f"{len(nodes)} nodes run, with rings in {runtime}")
        yield lanes
    finally:
        # They end when this closes; `stop` waits for it.
        os.close(write_fd)
        for node in nodes:
            node.stop()
        os.close(read_fd)


def _measure_both_ways(run: Run) -> None:
    loads = (
        Load("large", 64, run.sized(4 * MEBIBYTE, 65536)),
        Load("small", run.sized(1000, 2), 4096),
    )
    with run.place(2048 * MEBIBYTE) as place, run.pair(place) as pair:
        there = Lane(pair.source, pair.destination, place.source.folder / "made-there")
        back = Lane(pair.destination, pair.source, place.destination.folder / "made-back")
        send_on((there, back), Load("first", 1, 4096), run.deadline)
        for _ in run.rounds(_ROUNDS):
            for load in loads:
                one = load.payload_bytes / MEBIBYTE if load.name == "large" else load.files
                ways = {"one way": (there,), "other way": (back,), "both at once": (there, back)}
                for name, lanes in ways.items():
                    times = send_on(lanes, load, run.deadline)
                    run.figures.add(f"{load.name}/{name}/rate", one * len(lanes) / times.took_s)
                    if len(lanes) > 1:
                        run.figures.add(f"{load.name}/{name}/least_share", times.least_share)


SENDERS = Shard(
    "senders",
    "1, 4 and 16 senders to one node",
    600,
    _measure_senders,
    "512 MiB in 512 files of 1 MiB, from 1, from 4 and from 16 nodes to one, three rounds. All"
    " senders are on one disk. The share of the slowest is what had arrived of it when the first"
    " sender's files were all in, divided by the mean of all.",
    ("All 17 nodes share the cores of one machine.",),
    (
        Chart("all files, first drop to last inbox", "senders", "rate", "MiB/s"),
        Chart("share of the slowest sender", "senders", "least_share", "of the mean"),
    ),
    goals=(
        Goal(
            "16 senders to one node: their sum, beside one sender",
            "0.9 x",
            ratio("senders/16 at once/rate", "senders/1 at once/rate"),
            at_least(0.9),
            "x",
        ),
        Goal(
            "4 senders to one node: their sum, beside one sender",
            "0.9 x",
            ratio("senders/4 at once/rate", "senders/1 at once/rate"),
            at_least(0.9),
            "x",
        ),
        Goal(
            "16 senders to one node: share of the slowest",
            "0.5",
            median("senders/16 at once/least_share"),
            at_least(0.5),
        ),
    ),
)
BOTH_WAYS = Shard(
    "both-ways",
    "both directions at once",
    300,
    _measure_both_ways,
    "64 files of 4 MiB, and 1,000 of 4 KiB, in one direction, in the other, and in both at once,"
    " three rounds. The rate of both is their sum.",
    ("Both nodes share two cores, so a sum above the rate of one way needs idle time in it.",),
    (
        Chart("64 x 4 MiB", "large", "rate", "MiB/s"),
        Chart("1,000 x 4 KiB", "small", "rate", "files/s"),
    ),
    goals=(
        Goal(
            "both directions at once: their sum, beside one way",
            "0.9 x",
            ratio("large/both at once/rate", "large/one way/rate"),
            at_least(0.9),
            "x",
        ),
    ),
)
