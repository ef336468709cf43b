"""Two hops: through a third node, beside the direct way."""

from bench.full.shard import Chart, Goal, Run, Shard, at_least, at_most, median, ratio, seat
from bench.pair.load import MEBIBYTE, Load, relay_files, send_files, two_sides
from bench.pair.nodes import Relayed

_ROUNDS = 3


def _measure(run: Run) -> None:
    loads = (
        Load("large", 1, run.sized(256 * MEBIBYTE)),
        Load("small", run.sized(2000, 2), 4096),
    )
    with run.place(1536 * MEBIBYTE, with_third=True) as place, run.pair(place) as pair:
        third = seat(place, place.third.folder, "three", 3)
        try:
            with Relayed(pair, third) as relayed:
                for number in run.rounds(_ROUNDS):
                    for load in loads:
                        direct = load._replace(name=f"{load.name}-direct")
                        send_files(pair, two_sides(place), direct, number, run.figures)
                        through = load._replace(name=f"{load.name}-relayed")
                        relay_files(relayed, place, through, number, run.figures)
        finally:
            _as_contestants(run)


def _as_contestants(run: Run) -> None:
    """Name direct and relayed as contestants of one load."""
    for name in list(run.figures.values):
        load, _, measure = name.split("/", 2)
        size, _, way = load.partition("-")
        run.figures.values[f"{size}/{way}/{measure}"] = run.figures.values.pop(name)


HOPS = Shard(
    "hops",
    "two hops",
    360,
    _measure,
    "A file of 256 MiB, and 2,000 of 4 KiB, directly to a node, and then to a third one that the"
    " source reaches only through it, three rounds. The third node runs all the time.",
    ("Three nodes share the cores of one machine where otherwise two do.",),
    (
        Chart("256 MiB", "large", "rate", "MiB/s"),
        Chart("2,000 x 4 KiB", "small", "rate", "files/s"),
        Chart("256 MiB: processor time of all nodes", "large", "processor_s", "s", True),
    ),
    goals=(
        Goal(
            "256 MiB through a third node, beside the direct way",
            "0.6 x",
            ratio("large/relayed/rate", "large/direct/rate"),
            at_least(0.6),
            "x",
        ),
        Goal(
            "256 MiB: bytes written at the relay for each byte",
            "1.05",
            median("large/relayed/written/relay"),
            at_most(1.055),
            "B/B",
        ),
    ),
)
