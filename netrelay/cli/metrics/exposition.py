"""All metrics of a node as text, in the two forms that Prometheus' programs read."""

from collections.abc import Iterator

from prometheus_client import Metric, generate_latest
from prometheus_client.exposition import choose_encoder
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector, CollectorRegistry

from netrelay.cli.metrics.node_metrics import node_metrics
from netrelay.cli.metrics.peer_metrics import peer_metrics
from netrelay.cli.metrics.process_metrics import Counters, process_metrics
from netrelay.cli.opening import keeps_connections, reading
from netrelay.cli.systemd.units import ask, known_running
from netrelay.ring.counters import CounterPage
from netrelay.runtime.home import Home


class _NodeCollector(Collector):
    def __init__(self, home: Home) -> None:
        self._home = home

    def collect(self) -> Iterator[Metric]:
        alive = known_running(self._home, ask(self._home))
        with reading(self._home) as database:
            yield from node_metrics(database, self._home)
            yield from peer_metrics(database, keeps_connections(alive))
        yield from process_metrics(alive, _counters(self._home))


def open_metrics(home: Home) -> str:
    """Return OpenMetrics 1.0, which ends with `# EOF`.

    CommandError if the database cannot be read.
    """
    text: bytes = openmetrics.generate_latest(_registry(home))  # type: ignore[no-untyped-call]
    return text.decode()


def prometheus_text(home: Home) -> str:
    """Return the text format 0.0.4 of Prometheus: node_exporter reads nothing else from a file."""
    return generate_latest(_registry(home)).decode()


def negotiated(home: Home, accept: str) -> tuple[str, str]:
    """Return the form that a header Accept asks for, and its Content-Type; else the text format.

    CommandError if the database cannot be read.
    """
    encode, content_type = choose_encoder(accept)
    text: bytes = encode(_registry(home))
    return text.decode(), content_type


def _registry(home: Home) -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_NodeCollector(home))
    return registry


def _counters(home: Home) -> Counters:
    """Return the counters; {} when the node did not run since the boot, or is another user's."""
    try:
        return CounterPage.open_for_reading(home.runtime).snapshot()
    except (FileNotFoundError, PermissionError, ValueError):
        return {}
