"""Metrics of the eight processes, from the counters page: nothing wakes them."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
)

from netrelay.ring.counters import DURATION_BOUNDS_MS, duration_names
from netrelay.runtime.storage_counts import written_by_node

Counters = dict[str, dict[str, int]]

# Metric, its help, and the counter of each direction ("" where there is none).
_TOTALS = (
    ("starts", "How often the process started.", {"": "starts"}),
    ("wakeups", "How often the process woke up.", {"": "wakeups"}),
    ("steps", "Steps of the main loop.", {"": "steps"}),
    ("errors", "Steps that failed.", {"": "errors"}),
    (
        "messages",
        "Messages that crossed the process.",
        {"in": "messages_in", "out": "messages_out"},
    ),
    ("frames", "Frames on data connections.", {"in": "frames_in", "out": "frames_out"}),
    (
        "frame_bytes",
        "Bytes of frames on data connections, without TLS, TCP and IP.",
        {"in": "wire_bytes_in", "out": "wire_bytes_out"},
    ),
    ("refusals", "Messages that were refused.", {"in": "refusals_in", "out": "refusals_out"}),
    (
        "files",
        "Files taken from drop folders, or put into the inbox.",
        {"in": "files_in", "out": "files_out"},
    ),
    ("connections_opened", "Data connections that were opened.", {"": "connections_opened"}),
    (
        "connections_failed",
        "Data connections that could not be opened.",
        {"": "connections_failed"},
    ),
)
_DURATIONS = (
    ("commit", "Time of commits that stored something, the flush of the log included."),
    ("flush", "Time to make the bytes of a batch of messages durable, before their commit."),
)


def process_metrics(alive: dict[str, bool] | None, counters: Counters) -> Iterator[Metric]:
    """Yield the metrics of the processes; alive: None where that may not be known."""
    if alive is not None:
        runs = GaugeMetricFamily(
            "netrelay_process_up", "1 if the process runs.", labels=["process"]
        )
        for process, is_alive in alive.items():
            runs.add_metric([process], int(is_alive))
        yield runs
    if not counters:
        return
    for name, text, by_direction in _TOTALS:
        yield _total(name, text, by_direction, counters)
    held = GaugeMetricFamily(
        "netrelay_process_connections_open", "Data connections that are open.", labels=["process"]
    )
    for process in ("sender", "receiver"):
        held.add_metric([process], counters[process]["connections_open"])
    yield held
    yield _written(counters)
    for what, text in _DURATIONS:
        yield _histogram(what, text, counters)


def _total(name: str, text: str, by_direction: dict[str, str], counters: Counters) -> Metric:
    labels = ["process"] if "" in by_direction else ["process", "direction"]
    unit = "bytes" if name.endswith("_bytes") else ""
    total = CounterMetricFamily(f"netrelay_process_{name}", text, labels=labels, unit=unit)
    for process, values in counters.items():
        for direction, counter in by_direction.items():
            # Directions that a process has nothing to do with are left out.
            if direction == "":
                total.add_metric([process], values[counter])
            elif values[counter]:
                total.add_metric([process, direction], values[counter])
    return total


def _written(counters: Counters) -> Metric:
    written = CounterMetricFamily(
        "netrelay_written_bytes",
        "Bytes that the processes wrote to disks, by cause; what was written again counts again.",
        labels=["cause"],
        unit="bytes",
    )
    for cause, count_bytes in written_by_node(counters).items():
        written.add_metric([cause], count_bytes)
    return written


def _histogram(what: str, text: str, counters: Counters) -> Metric:
    histogram = HistogramMetricFamily(
        f"netrelay_process_{what}_seconds", text, labels=["process"], unit="seconds"
    )
    *classes, sum_us = duration_names(what)
    bounds = [f"{bound / 1000:g}" for bound in DURATION_BOUNDS_MS] + ["+Inf"]
    for process, values in counters.items():
        buckets: list[tuple[str, float]] = []
        number = 0
        for bound, name in zip(bounds, classes, strict=True):
            number += values[name]
            buckets.append((bound, number))
        if number:
            histogram.add_metric([process], buckets, sum_value=values[sum_us] / 1_000_000)
    return histogram
