"""The shards of the benchmark, in their order."""

from bench.full.shard import Shard
from bench.full.shards.files import GIGABYTE, LARGE, MANY, SMALL
from bench.full.shards.senders import BOTH_WAYS, SENDERS
from bench.full.shards.texts import TEXTS

SHARDS: tuple[Shard, ...] = (LARGE, GIGABYTE, SMALL, MANY, TEXTS, SENDERS, BOTH_WAYS)
