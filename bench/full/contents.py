"""The shards of the benchmark, in their order."""

from bench.full.shard import Shard
from bench.full.shards.files import GIGABYTE, LARGE, MANY, SMALL
from bench.full.shards.growth import GROWTH
from bench.full.shards.hops import HOPS
from bench.full.shards.latency import IDLE, LATENCY
from bench.full.shards.senders import BOTH_WAYS, SENDERS
from bench.full.shards.small_machine import SLOW_CARD, SLOW_CORE
from bench.full.shards.texts import TEXTS

SHARDS: tuple[Shard, ...] = (
    LARGE,
    GIGABYTE,
    SMALL,
    MANY,
    TEXTS,
    HOPS,
    LATENCY,
    IDLE,
    SENDERS,
    BOTH_WAYS,
    SLOW_CARD,
    SLOW_CORE,
    GROWTH,
)
