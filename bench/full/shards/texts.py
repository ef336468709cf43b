"""Texts: at full rate, and one by one."""

from statistics import quantiles

from bench.full.shard import Chart, Goal, Run, Shard, at_least, median
from bench.pair.load import MEBIBYTE, Load, send_texts
from bench.pair.single_texts import single_texts_ms

_ROUNDS = 5
_SINGLE_ROUNDS = 3


def _measure(run: Run) -> None:
    load = Load("texts", run.sized(4000, 2), 256)
    with run.place(1024 * MEBIBYTE) as place, run.pair(place) as pair:
        for _ in run.rounds(_ROUNDS):
            send_texts(pair, run.figures, load)
        for _ in run.rounds(_SINGLE_ROUNDS):
            durable_ms, receipted_ms = single_texts_ms(pair, run.sized(200, 3))
            for measure, took_ms in (("durable", durable_ms), ("receipt", receipted_ms)):
                hundredths = quantiles(took_ms, n=100, method="inclusive")
                run.figures.add(f"single/netrelay/{measure}_p50_ms", hundredths[49])
                run.figures.add(f"single/netrelay/{measure}_p99_ms", hundredths[98])


TEXTS = Shard(
    "texts",
    "texts of 256 bytes at full rate, and one by one",
    420,
    _measure,
    "4,000 texts of 256 bytes into one `netrelay message --lines`, five rounds, until the last is"
    " durable at the destination, and until the last receipt is at the source. Then 200 texts into"
    " a command that stays open, each when the receipt of the one before has come, three rounds.",
    (),
    (
        Chart("texts at full rate, until they are at the other side", "texts", "rate", "/s"),
        Chart("texts at full rate, until the sender knows it", "texts", "receipted", "/s"),
        Chart(
            "one by one until it is at the other side, p50",
            "single",
            "durable_p50_ms",
            "ms",
            less_is_better=True,
        ),
        Chart(
            "one by one until it is at the other side, p99",
            "single",
            "durable_p99_ms",
            "ms",
            less_is_better=True,
        ),
    ),
    goals=(
        Goal(
            "texts, durable at the destination",
            "5,000 /s",
            median("texts/netrelay/rate"),
            at_least(5000),
            "/s",
        ),
        Goal(
            "texts, to receipt",
            "5,000 /s",
            median("texts/netrelay/receipted"),
            at_least(5000),
            "/s",
        ),
    ),
)
