"""Results of shards, made up."""

from bench.full.results import Result


def result(shard: str = "large", **fields: object) -> Result:
    """Return a result of a shard, with these fields in place of usual ones."""
    usual: dict[str, object] = {
        "shard": shard,
        "commit": "abc1234567",
        "scale": 1.0,
        "machine": "2 x Some CPU",
        "medium": "loop devices",
        "begun": "2026-11-29 12:00 UTC",
        "took_s": 61.0,
        "limit_s": 420.0,
        "load_average": [0.3, 0.9],
    }
    return Result(**(usual | fields))  # type: ignore[arg-type]
