"""A slow card, and a slow core: netrelay and its peers on a machine of the size of a small Pi."""

from collections.abc import Callable
from functools import partial

from bench.full.control_groups import DeviceRate, device_rates, processor_quota
from bench.full.shard import Chart, Run, Shard, need_disks
from bench.full.single_files import single_files
from bench.pair.load import MEBIBYTE, Load, Track, send_texts, warm_up
from bench.pair.nodes import BenchPair
from bench.pair.place import BenchPlace
from bench.peers.peer import FilePeer, Ground
from bench.peers.rsync import Rsync
from bench.peers.ssh import Scp

_ROUNDS = 3
# The least of Application Performance Class A1 (SD specification 5.1): 10 MB/s of sequential
# writes, 500 random writes and 1,500 random reads a second. Reading is given twice the bytes.
_CARD = DeviceRate(10_000_000, 500, 20_000_000, 1500)
# A core of a Raspberry Pi Zero 2 W (Cortex-A53, 1 GHz, no AES instructions) beside one of a server.
_SHARE_OF_A_CORE = 0.1
_PEERS: tuple[Callable[[Ground], FilePeer], ...] = (
    partial(Rsync, flush=True),
    partial(Rsync, flush=False),
    Scp,
)


def _measure_card(run: Run) -> None:
    need_disks(run)
    with run.place(768 * MEBIBYTE) as place:
        sides = (place.source, place.destination)
        devices = [device for side in sides if (device := side.device())]
        with (
            run.pair(place) as pair,
            run.peers(place, _PEERS) as peers,
            device_rates(devices, _CARD),
        ):
            _loads(run, place, pair, peers, 64 * MEBIBYTE, 500)


def _measure_core(run: Run) -> None:
    with (
        run.place(768 * MEBIBYTE) as place,
        processor_quota(("source", "destination"), _SHARE_OF_A_CORE) as words,
    ):
        before = words[0], words[1]
        folders = place.source.folder, place.destination.folder
        with (
            run.cold_pair(place, *folders, before) as pair,
            run.peers(place, _PEERS, before) as peers,
        ):
            run.figures.add("start/netrelay up to ready/s", pair.source.start_s)
            warm_up(pair, place.source.folder / "one")
            _loads(run, place, pair, peers, 64 * MEBIBYTE, 500)


def _loads(
    run: Run,
    place: BenchPlace,
    pair: BenchPair,
    peers: list[FilePeer],
    large_bytes: int,
    small_files: int,
) -> None:
    track = Track(place, pair, peers, run.figures)
    large = Load("large", 1, run.sized(large_bytes))
    small = Load("small", run.sized(small_files, 2), 4096)
    texts = Load("texts", run.sized(1000, 2), 256)
    try:
        for number in run.rounds(_ROUNDS):
            track.round(large, number)
            track.round(small, number)
            send_texts(pair, run.figures, texts)
            single_files(run, pair, place.source.folder / "one", run.sized(10, 2))
    finally:
        run.left_out |= track.left_out


_CHARTS = (
    Chart("64 MiB", "large", "rate", "MiB/s"),
    Chart("500 x 4 KiB", "small", "rate", "files/s"),
    Chart("texts until they are at the other side", "texts", "rate", "/s"),
    Chart("one 4 KiB file to the inbox", "latency", "ms", "ms", True),
)
_APART = (
    "netrelay encrypts, keeps a database and gives receipts; the rsync daemon does none of it.",
)

SLOW_CARD = Shard(
    "slow-card",
    "a slow card",
    600,
    _measure_card,
    "64 MiB, 500 files of 4 KiB, 1,000 texts and single files, three rounds, while the block"
    " devices of both sides are limited to the least of a card of class A1: 10 MB/s and 500 writes"
    " a second, 20 MB/s and 1,500 reads (control group).",
    (*_APART, "A real card also stalls for 100 ms and more now and then; this one does not."),
    _CHARTS,
)
SLOW_CORE = Shard(
    "slow-core",
    "one core at a tenth of this machine's speed",
    900,
    _measure_core,
    "The same on a fast disk, while each side, its commands included, has a tenth of one core"
    " (taskset and a control group, periods of 10 ms): a stand-in for a Raspberry Pi Zero 2 W.",
    (
        *_APART,
        "The stand-in has the caches, the memory and the AES instructions of this machine; a"
        " Zero 2 W has four slow cores without AES instructions, 512 MiB and a card.",
        "The kernel's own work for the disk and the line is not limited.",
    ),
    (*_CHARTS, Chart("`netrelay up` to ready", "start", "s", "s", True)),
)
