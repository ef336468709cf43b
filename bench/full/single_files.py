"""Single files between idle nodes, as figures."""

from pathlib import Path

from bench.full.shard import Run
from bench.pair.load import latency_ms
from bench.pair.nodes import BenchPair


def single_files(run: Run, pair: BenchPair, made: Path, count: int) -> None:
    """Add the times of single files to the inbox."""
    with pair.cleared():
        for took_ms in latency_ms(pair, made, count):
            run.figures.add("latency/netrelay/ms", took_ms)
