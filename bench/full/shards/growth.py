"""Growth to a million messages: the cost of one more, of `status` and `jobs`, and retention."""

import time

from bench.full.shard import Curve, Goal, Run, Shard, at_least, at_most, median
from bench.pair.footprint import processor_s
from bench.pair.load import MEBIBYTE, Load, send_texts, warm_up
from bench.pair.nodes import BenchNode, BenchPair

_POINTS = (1_000, 10_000, 100_000, 300_000, 600_000, 1_000_000)
_MEASURED = 4_000
_FILL = 20_000
_COMMANDS = 5
_RETENTION_S = 60
# Nothing is removed while the database grows; then nearly all of it is more than allowed.
_ALL_ROWS, _FEW_ROWS = 100_000_000, 1_000
# A restart, two rounds of texts, and the retention have to fit after the last point.
_RESERVED_S = 180.0


def _measure(run: Run) -> None:
    with run.place(4096 * MEBIBYTE) as place:
        folders = place.source.folder, place.destination.folder
        with run.cold_pair(place, *folders) as pair:
            _allow_rows(pair, _ALL_ROWS)
            pair.restart()
            warm_up(pair, place.source.folder / "one")
            reached = _grow(run, pair)
            run.figures.add("growth/reached", reached)
            _allow_rows(pair, _FEW_ROWS)
            pair.restart()
            _retention(run, pair)


def _grow(run: Run, pair: BenchPair) -> int:
    sent = 0
    measured = Load("texts", run.sized(_MEASURED, 2), 256)
    least = most = 0.0
    for point in _POINTS:
        until = run.sized(point, 2)
        while sent < until:
            if run.deadline.remaining_s() < _RESERVED_S:
                run.cut = f"the time was enough for {sent} messages"
                return sent
            fill = Load("fill", min(until - sent, run.sized(_FILL, 2)), 256)
            send_texts(pair, run.figures, fill)
            sent += fill.files
        run.say(f"{sent} messages")
        before_s = processor_s(pair.pids())
        begin_s = time.monotonic()
        send_texts(pair, run.figures, measured)
        sent += measured.files
        each_us = 1e6 * (processor_s(pair.pids()) - before_s) / measured.files
        rate = measured.rate(time.monotonic() - begin_s)
        least = least or each_us
        most = each_us
        run.series.setdefault("processor time of one more", []).append((sent, each_us))
        run.series.setdefault("texts to receipt", []).append((sent, rate))
        for words in (("status",), ("jobs",), ("inbox",)):
            node = pair.destination if words == ("inbox",) else pair.source
            took_s = min(_timed_s(node, *words) for _ in range(_COMMANDS))
            run.series.setdefault(f"netrelay {words[0]}", []).append((sent, took_s))
            run.figures.values[f"growth/{words[0]}_s"] = [took_s]
        pages = pair.source.count(
            "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
        )
        run.series.setdefault("database of the source", []).append((sent, pages / MEBIBYTE))
        run.figures.values["growth/cost_ratio"] = [most / least]
    return sent


def _timed_s(node: BenchNode, *words: str) -> float:
    begin_s = time.monotonic()
    node.netrelay(*words)
    return time.monotonic() - begin_s


def _retention(run: Run, pair: BenchPair) -> None:
    """Measure how fast rows go that are too many, and texts beside it."""
    run.say("retention")
    before = pair.source.count("SELECT count(*) FROM messages")
    begin_s = time.monotonic()
    load = Load("beside-retention", run.sized(_MEASURED, 2), 256)
    send_texts(pair, run.figures, load)
    span_s = run.sized(_RETENTION_S, 5)
    while time.monotonic() < begin_s + span_s:
        time.sleep(1)
        if pair.source.count("SELECT count(*) FROM messages") <= _FEW_ROWS:
            break
    took_s = time.monotonic() - begin_s
    gone = before + load.files - pair.source.count("SELECT count(*) FROM messages")
    run.figures.add("growth/retention_rows_per_s", gone / took_s)


def _allow_rows(pair: BenchPair, rows: int) -> None:
    for node in pair.nodes:
        node.configure("rows", rows)


GROWTH = Shard(
    "growth",
    "growth to a million messages",
    2400,
    _measure,
    "Texts of 256 bytes from one node to another until the source has sent a million, with a"
    " history that keeps all. At six sizes: the processor time of both nodes for each of 4,000 more"
    " texts, their rate to the receipt, and the fastest of five runs of `status`, `jobs` and"
    " `inbox`. Then the history is limited to 1,000 rows: how many rows go in a second while 4,000"
    " texts are sent.",
    (),
    curves=(
        Curve("processor time of one more", ("processor time of one more",), "messages", "us"),
        Curve("texts to receipt", ("texts to receipt",), "messages", "/s"),
        Curve("commands", ("netrelay status", "netrelay jobs", "netrelay inbox"), "messages", "s"),
        Curve("size of the database", ("database of the source",), "messages", "MiB"),
    ),
    goals=(
        Goal("messages in the database", "1,000,000", median("growth/reached"), at_least(1e6)),
        Goal(
            "processor time of one more, beside an empty database",
            "1.15 x",
            median("growth/cost_ratio"),
            at_most(1.15),
            "x",
        ),
        Goal("`netrelay status` then", "0.15 s", median("growth/status_s"), at_most(0.15), "s"),
    ),
)
