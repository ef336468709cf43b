"""Metrics of each peer."""

from collections.abc import Iterator

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

from netrelay.cli.queries.budget_states import budget_states
from netrelay.cli.queries.overview import COUNT_LIMIT, peer_lines
from netrelay.cli.queries.totals import delivered_totals, peer_moments
from netrelay.store.database import ReadOnlyDatabase


def peer_metrics(database: ReadOnlyDatabase, has_connections: bool) -> Iterator[Metric]:
    """Yield the metrics of the peers; has_connections: False while the table is out of date."""
    yield from _state_metrics(database, has_connections)
    yield from _time_metrics(database)
    yield from _total_metrics(database)
    yield from _budget_metrics(database)


def _gauge(name: str, text: str, unit: str = "") -> GaugeMetricFamily:
    return GaugeMetricFamily(f"netrelay_peer_{name}", text, labels=["peer"], unit=unit)


def _state_metrics(database: ReadOnlyDatabase, has_connections: bool) -> Iterator[Metric]:
    connected = _gauge("connected", "1 if a data connection to the peer is open.")
    paused = _gauge("paused", "1 if a person has paused the peer.")
    agreed = _gauge(
        "agreed_message_bytes", "The message size that is agreed on; 0 without agreement.", "bytes"
    )
    waiting = GaugeMetricFamily(
        "netrelay_peer_messages",
        f"Messages with the peer as next hop; at most {COUNT_LIMIT} are counted.",
        labels=["peer", "state"],
    )
    for peer in peer_lines(database):
        connected.add_metric([peer.name], int(has_connections and peer.handle >= 0))
        paused.add_metric([peer.name], int(peer.is_paused))
        agreed.add_metric([peer.name], peer.message_size or 0)
        waiting.add_metric([peer.name, "ready"], peer.ready)
        waiting.add_metric([peer.name, "in_flight"], peer.in_flight)
    yield from (connected, paused, agreed, waiting)


def _time_metrics(database: ReadOnlyDatabase) -> Iterator[Metric]:
    oldest = _gauge(
        "oldest_message_age_seconds",
        "How long the oldest message for the peer as next hop waits; 0: none waits.",
        "seconds",
    )
    heard = _gauge(
        "heard_timestamp_seconds", "When the peer was heard of last, in Unix time.", "seconds"
    )
    for moments in peer_moments(database):
        oldest.add_metric([moments.peer], moments.oldest_waits_s or 0)
        if moments.heard_unix_s is not None:
            heard.add_metric([moments.peer], moments.heard_unix_s)
    yield from (oldest, heard)


def _total_metrics(database: ReadOnlyDatabase) -> Iterator[Metric]:
    labels = ["peer", "direction"]
    jobs = CounterMetricFamily(
        "netrelay_peer_delivered",
        "Files and texts that were delivered: out, with the receipt; in, to the inbox.",
        labels=labels,
    )
    size = CounterMetricFamily(
        "netrelay_peer_delivered_bytes",
        "Bytes of files as they are at the source, and of texts with their header.",
        labels=labels,
        unit="bytes",
    )
    for total in delivered_totals(database):
        jobs.add_metric([total.peer, total.direction], total.jobs)
        size.add_metric([total.peer, total.direction], total.bytes)
    yield from (jobs, size)


def _budget_metrics(database: ReadOnlyDatabase) -> Iterator[Metric]:
    limit = _gauge("budget_limit_bytes", "The budget of the peer for each period.", "bytes")
    left = _gauge("budget_left_bytes", "What is left of it in this period.", "bytes")
    for budget in budget_states(database):
        limit.add_metric([budget.peer], budget.limit_bytes)
        left.add_metric([budget.peer], max(0, budget.limit_bytes - budget.used_bytes))
    yield from (limit, left)
