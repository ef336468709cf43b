"""Time from the drop folder to the inbox between idle nodes, and what idle nodes cost."""

import time
from statistics import quantiles

from bench.full.shard import Chart, Goal, Run, Shard, at_most, median
from bench.pair.footprint import memory, wakeups_per_s
from bench.pair.load import (
    MEBIBYTE,
    Load,
    flush_ms,
    latency_ms,
    send_files,
    send_texts,
    two_sides,
    warm_up,
)
from bench.pair.nodes import BenchPair

_LATENCIES = 100
_IDLE_S = 60
_STATUS_RUNS = 5


def _measure_latency(run: Run) -> None:
    with run.place(768 * MEBIBYTE) as place:
        for took_ms in flush_ms(place.source.folder):
            run.figures.add("latency/one 4 KiB fdatasync on the disk/ms", took_ms)
        count = run.sized(_LATENCIES, 3)
        for where, folders in (
            ("homes in memory", (place.memory, place.memory)),
            ("homes on the disk", (place.source.folder, place.destination.folder)),
        ):
            run.say(f"{count} files of 4 KiB, {where}")
            made = folders[0] / "made"
            with run.cold_pair(place, *folders) as pair:
                warm_up(pair, made)
                found = latency_ms(pair, made, count)
            for took_ms in found:
                run.figures.add(f"latency/{where}/ms", took_ms)
            run.figures.add(
                f"latency/{where}/p99_ms", quantiles(found, n=100, method="inclusive")[98]
            )


def _measure_idle(run: Run) -> None:
    with run.place(1024 * MEBIBYTE) as place, run.pair(place) as pair:
        run.figures.add("start/netrelay up to ready/s", pair.source.start_s)
        for _ in range(_STATUS_RUNS):
            begin_s = time.monotonic()
            pair.source.netrelay("status")
            run.figures.add("start/netrelay status/s", time.monotonic() - begin_s)
        _idle(run, pair, "before load")
        sides = two_sides(place)
        send_files(pair, sides, Load("work-large", 1, run.sized(256 * MEBIBYTE)), 0, run.figures)
        send_files(pair, sides, Load("work-small", run.sized(2000, 2), 4096), 0, run.figures)
        send_texts(pair, run.figures, Load("work-texts", run.sized(4000, 2), 256))
        pair.wait_until_idle()
        _idle(run, pair, "after load")


def _idle(run: Run, pair: BenchPair, when: str) -> None:
    """Measure idle nodes; the larger of the two counts."""
    span_s = run.sized(_IDLE_S, 3)
    run.say(f"idle nodes for {span_s} s, {when}")
    found = [memory(node.all_pids()) for node in pair.nodes]
    run.figures.add(f"idle/{when}/memory_mib", max(each.alone_bytes for each in found) / MEBIBYTE)
    run.figures.add(f"idle/{when}/pss_mib", max(each.shared_bytes for each in found) / MEBIBYTE)
    run.figures.add(f"idle/{when}/wakeups", wakeups_per_s(pair.pids(), span_s) / 2)


LATENCY = Shard(
    "latency",
    "drop to inbox of single files, on tmpfs and on the disk",
    240,
    _measure_latency,
    "100 files of 4 KiB, one after the other, each into idle nodes; both homes on tmpfs, then both"
    " on the disk. Beside it what one flush takes on that disk.",
    (),
    (
        Chart("drop to inbox, median", "latency", "ms", "ms", True),
        Chart("drop to inbox, p99", "latency", "p99_ms", "ms", True),
    ),
    goals=(
        Goal(
            "one 4 KiB file to the inbox, both homes on tmpfs",
            "25 ms",
            median("latency/homes in memory/ms"),
            at_most(25),
            "ms",
        ),
    ),
)
IDLE = Shard(
    "idle",
    "memory and wake-ups of idle nodes",
    240,
    _measure_idle,
    "Memory of the eight processes and `netrelay up`: private pages, and each shared file page"
    " once, as if no other Python ran (PSS shrinks with every other one). Wake-ups: voluntary"
    " context switches of the eight in 60 s. Before any load, and after 256 MiB, 2,000 files of"
    " 4 KiB and 4,000 texts.",
    ("Under systemd `netrelay up` does not run; its memory is included here.",),
    (
        Chart("memory of the eight and `up`", "idle", "memory_mib", "MiB", True),
        Chart("wake-ups of the eight", "idle", "wakeups", "/s", True),
        Chart("commands", "start", "s", "s", True),
    ),
    goals=(
        Goal(
            "memory of the eight and `up`, idle",
            "80 MiB",
            median("idle/after load/memory_mib"),
            at_most(80),
            "MiB",
        ),
        Goal(
            "wake-ups of the eight, idle",
            "1 /s",
            median("idle/after load/wakeups"),
            at_most(1),
            "/s",
        ),
    ),
)
