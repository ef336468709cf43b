"""Texts: at full rate, and one by one."""

from collections.abc import Callable
from functools import partial
from statistics import quantiles

from bench.full.shard import Chart, Goal, Run, Shard, at_least, median
from bench.pair.load import MEBIBYTE, Load, send_texts, text_line
from bench.pair.single_texts import single_texts_ms
from bench.peers.mosquitto import Mosquitto
from bench.peers.nats import Nats
from bench.peers.peer import Ground
from bench.peers.text_peer import TextPeer, rate_of_texts, single_ms

_ROUNDS = 5
_SINGLE_ROUNDS = 3


_SINGLE = 200
_PEERS: tuple[Callable[[Ground], TextPeer], ...] = (
    partial(Mosquitto, quality=1),
    partial(Mosquitto, quality=2),
    Nats,
)


def _measure(run: Run) -> None:
    load = Load("texts", run.sized(4000, 2), 256)
    single = run.sized(_SINGLE, 3)
    with (
        run.place(1024 * MEBIBYTE) as place,
        run.pair(place) as pair,
        run.peers(place, _PEERS) as peers,
    ):
        for _ in run.rounds(_ROUNDS):
            send_texts(pair, run.figures, load)
            for peer in peers:
                lines = b"".join(text_line() for _ in range(load.files))
                rate = rate_of_texts(peer, lines, load.files)
                run.figures.add(f"texts/{peer.label}/rate", rate)
        for _ in run.rounds(_SINGLE_ROUNDS):
            durable_ms, receipted_ms = single_texts_ms(pair, single)
            _add(run, "netrelay", "durable", durable_ms)
            _add(run, "netrelay", "receipt", receipted_ms)
            for peer in peers:
                found = [single_ms(peer, text_line()) for _ in range(single)]
                _add(run, peer.label, "durable", found)


def _add(run: Run, label: str, measure: str, took_ms: list[float]) -> None:
    hundredths = quantiles(took_ms, n=100, method="inclusive")
    run.figures.add(f"single/{label}/{measure}_p50_ms", hundredths[49])
    run.figures.add(f"single/{label}/{measure}_p99_ms", hundredths[98])


TEXTS = Shard(
    "texts",
    "texts of 256 bytes at full rate, and one by one",
    420,
    _measure,
    "4,000 texts of 256 bytes into one `netrelay message --lines`, five rounds, until the last is"
    " durable at the destination, and until the last receipt is at the source. Then 200 texts into"
    " a command that stays open, each when the receipt of the one before has come, three rounds.",
    (
        "A text of netrelay is sealed, and flushed to both disks before its receipt; the sender"
        " learns that it is durable there. Its time at full rate includes the start of the command"
        " that sends all of them.",
        "mosquitto and nats get the messages from a client that stays connected, and are timed"
        " until a client of the other broker has them. mosquitto writes all that it keeps into one"
        " file every second and flushes nothing; nats-server writes each message into a file, and"
        " flushes every two minutes: a power cut loses what was acknowledged. Neither encrypts"
        " here. Their bridge hands a message on without telling its sender.",
    ),
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
        Chart("one by one until the receipt, p50", "single", "receipt_p50_ms", "ms", True),
        Chart("one by one until the receipt, p99", "single", "receipt_p99_ms", "ms", True),
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
