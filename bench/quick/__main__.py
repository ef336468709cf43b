"""`make bench-quick`: netrelay, rsync and scp on the same disk, in less than three minutes.

Exit status: 0 measured, whether goals are met or not; 1 a measurement failed, or more was written
than bench/budget.toml allows; 69 (EX_UNAVAILABLE of
sysexits.h) this machine lacks something; 130 interrupted.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from typing import NoReturn

from bench.pair.errors import BenchError, Unavailable
from bench.pair.figures import Figures
from bench.pair.footprint import memory, wakeups_per_s
from bench.pair.load import (
    LARGE,
    MEBIBYTE,
    SMALL,
    TEXTS,
    Track,
    flush_ms,
    latency_ms,
    relay_files,
    send_texts,
    warm_up,
)
from bench.pair.nodes import BenchPair, Relayed, Seat
from bench.pair.place import BenchPlace, add_place_options, folder_place, loop_place
from bench.pair.waiting import Deadline
from bench.peers.peer import FilePeer, Ground
from bench.peers.rsync import Rsync
from bench.peers.ssh import Scp
from bench.quick.report import as_json, render
from bench.quick.written_budget import over_budget

_LIMIT_S = 170.0
_IDLE_S = 10.0
_LATENCIES = 20
_STATUS_RUNS = 5
# Set when this program has restarted itself in its own mount namespace.
_INSIDE = "NETRELAY_BENCH_INSIDE"


def main() -> int:
    """Measure and print the report; return the exit status."""
    options = _options()
    figures = Figures()
    fault = None
    medium = ""
    try:
        with _place(options) as place:
            medium = place.medium
            _measure(place, figures, options.rounds, Deadline(_LIMIT_S))
    except Unavailable as error:
        print(f"netrelay bench: {error}", file=sys.stderr)
        return 69
    except BenchError as error:
        fault = str(error)
    except KeyboardInterrupt:
        print("\nnetrelay bench: interrupted; everything is stopped and removed", file=sys.stderr)
        return 130
    if options.json:
        print(json.dumps(as_json(figures, medium, fault), indent=1))
    else:
        print(render(figures, medium))
    return judged(figures, fault)


def judged(figures: Figures, fault: str | None) -> int:
    """Name what failed and what was written above the budget; return the exit status."""
    found = [*([fault] if fault else []), *over_budget(figures)]
    for line in found:
        print(f"netrelay bench: {line}", file=sys.stderr)
    return 1 if found else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.quick", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print every measurement as JSON")
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of each load")
    add_place_options(parser, "three of 768 MiB")
    return parser.parse_args()


@contextmanager
def _place(options: argparse.Namespace) -> Iterator[BenchPlace]:
    if options.directory is not None:
        with folder_place(options.directory.resolve()) as place:
            yield place
        return
    if os.geteuid() != 0:
        raise Unavailable(
            "loop devices need root rights. Type `sudo make bench-quick`, or measure in a folder,"
            " which says less: .venv/bin/python -m bench.quick --directory DIR"
        )
    if os.environ.pop(_INSIDE, "") != "1":
        _enter_mount_namespace()
    with loop_place(options.images.resolve()) as place:
        yield place


def _enter_mount_namespace() -> NoReturn:
    """Replace this process by one in its own mount namespace."""
    if shutil.which("unshare") is None:
        raise Unavailable("unshare: not found (Debian: util-linux)")
    os.environ[_INSIDE] = "1"
    again = [sys.executable, "-m", "bench.quick", *sys.argv[1:]]
    os.execvp("unshare", ["unshare", "--mount", "--propagation", "private", *again])


def _measure(place: BenchPlace, figures: Figures, rounds: int, deadline: Deadline) -> None:
    with _pair(place, place.memory, place.memory, deadline) as pair:
        _say("latency with homes in memory")
        warm_up(pair, place.memory / "made")
        for took_ms in latency_ms(pair, place.memory / "made", _LATENCIES):
            figures.add("latency/memory_ms", took_ms)
    source, destination = place.source.folder, place.destination.folder
    for took_ms in flush_ms(source):
        figures.add("latency/flush_ms", took_ms)
    with _pair(place, source, destination, deadline) as pair:
        figures.add("start/up_s", median((pair.source.start_s, pair.destination.start_s)))
        made = source / "one"
        warm_up(pair, made)
        _idle(pair, figures, "before")
        for _ in range(_STATUS_RUNS):
            begin_s = time.monotonic()
            pair.source.netrelay("status")
            figures.add("start/status_s", time.monotonic() - begin_s)
        _say("latency with homes on the disk")
        for took_ms in latency_ms(pair, made, _LATENCIES):
            figures.add("latency/disk_ms", took_ms)
        with _peers(place, deadline) as peers:
            track = Track(place, pair, peers, figures)
            for number in range(rounds):
                for load in (LARGE, SMALL):
                    _say(f"round {number + 1} of {rounds}: {load.files} x {load.size_bytes} bytes")
                    track.round(load, number)
            for label, reason in track.left_out.items():
                _say(f"without {label}: {reason}")
        _say(f"{rounds} rounds: {TEXTS.files} texts of {TEXTS.size_bytes} bytes")
        for _ in range(rounds):
            send_texts(pair, figures)
        _idle(pair, figures, "after")
        _say(f"{rounds} rounds: a file through a third node")
        with Relayed(pair, _seat(place, place.third.folder, "three", 3)) as relayed:
            for number in range(rounds):
                relay_files(relayed, place, LARGE._replace(name="relayed"), number, figures)


@contextmanager
def _peers(place: BenchPlace, deadline: Deadline) -> Iterator[list[FilePeer]]:
    """Yield the programs to compare with; scp only if there is an sshd."""

    def ground(host: int, name: str) -> Ground:
        folders = (place.source.folder, place.destination.folder, place.memory / name)
        return Ground(*folders, f"{_network()}.{host}", deadline)

    with ExitStack() as stack:
        peers: list[FilePeer] = [
            Rsync(ground(4, "rsync-fsync"), flush=True),
            Rsync(ground(5, "rsync"), flush=False),
        ]
        for peer in peers:
            stack.callback(peer.stop)
            peer.start()
        scp = Scp(ground(6, "scp"))
        stack.callback(scp.stop)
        try:
            scp.start()
            peers.append(scp)
        except Unavailable as missing:
            _say(f"without scp: {missing}")
        yield peers


def _idle(pair: BenchPair, figures: Figures, when: str) -> None:
    """Measure idle nodes; the larger of the two counts."""
    _say(f"idle nodes, {when} load")
    found = [memory(node.all_pids()) for node in (pair.source, pair.destination)]
    figures.add(f"idle/{when}_mib", max(each.alone_bytes for each in found) / MEBIBYTE)
    figures.add(f"idle/{when}_pss_mib", max(each.shared_bytes for each in found) / MEBIBYTE)
    figures.add(f"idle/wakeups_{when}", wakeups_per_s(pair.pids(), _IDLE_S) / 2)


def _pair(place: BenchPlace, source: Path, destination: Path, deadline: Deadline) -> BenchPair:
    return BenchPair(_seat(place, source, "one", 1), _seat(place, destination, "two", 2), deadline)


def _seat(place: BenchPlace, folder: Path, name: str, host: int) -> Seat:
    kind = "m" if folder == place.memory else "d"
    runtime = place.memory / f"{kind}-run-{name}"
    return Seat(name, folder / f"home-{name}", runtime, f"{_network()}.{host}")


def _network() -> str:
    # Loopback addresses that no other node on this machine uses.
    return f"127.70.{os.getpid() % 256}"


def _say(text: str) -> None:
    print(f"  {text}", file=sys.stderr, flush=True)


def _stop_on_signal(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    for stopping in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(stopping, _stop_on_signal)
    sys.exit(main())
