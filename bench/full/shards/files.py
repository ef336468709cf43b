"""Files of four loads: netrelay and its peers in turn."""

from collections.abc import Callable
from functools import partial

from bench.full.shard import Chart, Goal, Run, Shard, at_least, at_most, median, ratio
from bench.pair.load import MEBIBYTE, Load, Track
from bench.peers.nncp import Nncp
from bench.peers.peer import FilePeer, Ground
from bench.peers.rsync import Rsync
from bench.peers.ssh import RsyncOverSsh, Scp
from bench.peers.syncthing import Syncthing

PEERS: tuple[Callable[[Ground], FilePeer], ...] = (
    partial(Rsync, flush=True),
    partial(Rsync, flush=False),
    RsyncOverSsh,
    Scp,
    Nncp,
    Syncthing,
)

_APART = (
    "netrelay encrypts, authenticates both nodes, keeps a database, survives a power cut at any"
    " time and gives a signed receipt; the rsync daemon does none of it, ssh encrypts the line and"
    " authenticates.",
    "A file of netrelay is in the inbox before its name is flushed there; the receipt is sent after"
    " it. With rsync --fsync the content of every file is durable when the client ends, its folder"
    " is not. rsync without --fsync and scp are timed until one syncfs(2) of the destination.",
    "nncp packs each file with a command of its own (so 20,000 files are left out), stores it"
    " encrypted on both sides, and unpacks what has come about once a second.",
    "syncthing reads each file twice, to hash and to send it, and is told at once that files are"
    " there; otherwise it would look after ten seconds.",
    "netrelay moves the dropped file (rename), its peers read a file that stays.",
)


def _measure(run: Run, load: Load, rounds: int, image_bytes: int) -> None:
    with run.place(image_bytes) as place, run.pair(place) as pair, run.peers(place, PEERS) as peers:
        track = Track(place, pair, peers, run.figures)
        try:
            for number in run.rounds(rounds):
                track.round(load, number)
        finally:
            run.left_out |= track.left_out


def _large(run: Run) -> None:
    load = Load("large", 1, run.sized(256 * MEBIBYTE))
    _measure(run, load, 5, 1536 * MEBIBYTE)


def _gigabyte(run: Run) -> None:
    load = Load("gigabyte", 1, run.sized(1024 * MEBIBYTE))
    _measure(run, load, 3, 4096 * MEBIBYTE)


def _small(run: Run) -> None:
    _measure(run, Load("small", run.sized(2000, 2), 4096), 5, 1024 * MEBIBYTE)


def _many(run: Run) -> None:
    _measure(run, Load("many", run.sized(20_000, 2), 4096), 3, 2048 * MEBIBYTE)


def _goals(load: str, what: str, by: float, by_scp: float | None) -> tuple[Goal, ...]:
    found = [
        Goal(
            f"{what}, beside rsync --fsync to a plaintext daemon",
            f"{by:g} x",
            ratio(f"{load}/netrelay/rate", f"{load}/rsync --fsync/rate"),
            at_least(by),
            "x",
        )
    ]
    if by_scp is not None:
        found.append(
            Goal(
                f"{what}, beside scp and a flush",
                f"{by_scp:g} x",
                ratio(f"{load}/netrelay/rate", f"{load}/scp, sync/rate"),
                at_least(by_scp),
                "x",
            )
        )
    return tuple(found)


def _charts(load: str, unit: str) -> tuple[Chart, ...]:
    return (
        Chart("drop to inbox, or to durable", load, "rate", unit),
        Chart("processor time of both sides", load, "processor_s", "s", less_is_better=True),
        Chart(
            "bytes written at the destination for each byte",
            load,
            "written/destination",
            "B/B",
            less_is_better=True,
        ),
    )


def _written_goals(load: str, what: str) -> tuple[Goal, ...]:
    return (
        Goal(
            f"{what}: bytes written at the source for each byte",
            "0.02",
            median(f"{load}/netrelay/written/source"),
            at_most(0.025),
            "B/B",
        ),
        Goal(
            f"{what}: bytes written at the destination for each byte",
            "1.03",
            median(f"{load}/netrelay/written/destination"),
            at_most(1.035),
            "B/B",
        ),
    )


LARGE = Shard(
    "large",
    "one file of 256 MiB",
    420,
    _large,
    "One file of 256 MiB of random bytes, five rounds, in turns.",
    _APART,
    _charts("large", "MiB/s"),
    goals=_goals("large", "256 MiB", 1.2, 3) + _written_goals("large", "256 MiB"),
)
GIGABYTE = Shard(
    "gigabyte",
    "one file of 1 GiB",
    600,
    _gigabyte,
    "One file of 1 GiB of random bytes, three rounds, in turns.",
    _APART,
    _charts("gigabyte", "MiB/s"),
    goals=_goals("gigabyte", "1 GiB", 1.2, 3) + _written_goals("gigabyte", "1 GiB"),
)
SMALL = Shard(
    "small",
    "2,000 files of 4 KiB",
    420,
    _small,
    "2,000 files of 4 KiB of random bytes, dropped at once, five rounds, in turns.",
    _APART,
    _charts("small", "files/s"),
    goals=_goals("small", "2,000 x 4 KiB", 3, None),
)
MANY = Shard(
    "many",
    "20,000 files of 4 KiB",
    900,
    _many,
    "20,000 files of 4 KiB of random bytes, dropped at once, three rounds, in turns.",
    _APART,
    _charts("many", "files/s"),
    goals=_goals("many", "20,000 x 4 KiB", 3, None),
)
