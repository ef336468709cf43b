"""Metrics of the node as a whole: version, health, messages by state, disk."""

from collections.abc import Iterator
from shutil import disk_usage

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, InfoMetricFamily

from netrelay import __version__
from netrelay.cli.queries.disk_writes import device_now, disk_life
from netrelay.cli.queries.overview import COUNT_LIMIT, counts
from netrelay.cli.queries.this_node import own_node
from netrelay.cli.wording.state_words import type_words
from netrelay.core.printable import printable
from netrelay.core.words import State
from netrelay.runtime.home import Home
from netrelay.store.database import ReadOnlyDatabase
from netrelay.store.health_rows import ERROR, WARNING, HealthRow, health

# One time series each; the rest is counted in netrelay_health_findings alone.
_FINDINGS_LIMIT = 200


def node_metrics(database: ReadOnlyDatabase, home: Home) -> Iterator[Metric]:
    """Yield the metrics of the node."""
    own = own_node(database)
    node = InfoMetricFamily("netrelay_node", "Name, node id and version of the node.")
    node.add_metric([], {"name": own.name, "node": own.node, "version": __version__})
    yield node
    yield from _health_metrics(health(database))
    yield _messages(database)
    yield from _disk_metrics(home)
    yield from _wear_metrics(database, home)


def _health_metrics(findings: list[HealthRow]) -> Iterator[Metric]:
    number = GaugeMetricFamily(
        "netrelay_health_findings", "What is wrong or about to be.", labels=["severity"]
    )
    for severity in (ERROR, WARNING):
        number.add_metric([severity], sum(each.severity == severity for each in findings))
    yield number
    each_one = GaugeMetricFamily(
        "netrelay_health_finding",
        "1 for each finding of the view health. Errors come first, and at most"
        f" {_FINDINGS_LIMIT} are told.",
        labels=["kind", "severity", "subject"],
    )
    for finding in findings[:_FINDINGS_LIMIT]:
        each_one.add_metric([finding.kind, finding.severity, printable(finding.subject)], 1)
    yield each_one


def _messages(database: ReadOnlyDatabase) -> Metric:
    messages = GaugeMetricFamily(
        "netrelay_messages",
        f"Messages that are not finished, by state; at most {COUNT_LIMIT} of a state are counted.",
        labels=["state", "type"],
    )
    for count in counts(database):
        if count.state != State.F:
            messages.add_metric([count.state, type_words(count.type)], count.number)
    return messages


def _disk_metrics(home: Home) -> Iterator[Metric]:
    usage = disk_usage(home.path)
    for name, text, value in (
        ("disk_free", "Free bytes of the disk of the home.", usage.free),
        ("disk_size", "Size of the disk of the home.", usage.total),
        ("database", "Size of the database file.", home.database.stat().st_size),
    ):
        yield GaugeMetricFamily(f"netrelay_{name}_bytes", text, value=value, unit="bytes")


def _wear_metrics(database: ReadOnlyDatabase, home: Home) -> Iterator[Metric]:
    """Yield what the kernel has counted since the boot, and how long the disk will last."""
    device = device_now(home)
    if device is not None:
        total = CounterMetricFamily(
            "netrelay_disk_written_bytes",
            "Bytes written to the whole disk of the home since the boot, by whomever.",
            labels=["disk"],
            unit="bytes",
        )
        total.add_metric([device.name], device.written_bytes)
        yield total
    life = disk_life(database)
    if life is None:
        return
    left = GaugeMetricFamily(
        "netrelay_disk_left_seconds",
        "Time with power until the life of the disk of the home is used up, at the rate of the last"
        " 30 days, by what it says or by an assumption.",
        labels=["disk"],
        unit="seconds",
    )
    if life.left_days is not None:
        left.add_metric([life.disk], life.left_days * 86_400)
    used = GaugeMetricFamily(
        "netrelay_disk_life_used_ratio",
        "Up to how much of its life the disk says is used.",
        labels=["disk"],
    )
    if life.life_percent is not None:
        used.add_metric([life.disk], life.life_percent / 100)
    yield from (left, used)
