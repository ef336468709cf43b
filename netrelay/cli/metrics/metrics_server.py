"""The process of the metrics: what is served, where, and for whom."""

from collections.abc import Sequence
from typing import Final

from netrelay.cli.errors import CommandError, Exit
from netrelay.cli.metrics.metrics_application import MetricsApplication
from netrelay.cli.opening import read_config
from netrelay.cli.serving.http_server import LONGEST_S, Served, find_listeners, serve
from netrelay.core.address_range import AddressRange, read_range
from netrelay.runtime.home import Home

# Two monitors that ask at once.
_THREADS: Final = 2
# No request of a monitor has a body.
_REQUEST_LIMIT_BYTES: Final = 1024
# For a request and its 403: a stranger's connection is not to be in a monitor's way.
_STRANGER_S: Final = 1.0


def serve_metrics(home: Home, listen: str, allowed: Sequence[AddressRange]) -> int:
    """Serve the metrics until SIGTERM or Ctrl-C.

    listen: HOST:PORT; "": the sockets of the service manager, and only until nobody has asked for
    five minutes, or the place that netrelay.toml names. allowed: who may ask; none: whom
    netrelay.toml names. CommandError says why it cannot.
    """
    config = read_config(home)
    listeners = find_listeners("--listen", listen or None)
    if not listeners.sockets:
        if not config.metrics_listen:
            raise CommandError(
                Exit.USAGE,
                "no socket is passed by a service manager, and [metrics] of netrelay.toml names no"
                " place to listen; --listen HOST:PORT does, such as --listen 127.0.0.1:7481",
            )
        listeners = find_listeners(f"{home.config}, [metrics] listen", config.metrics_listen)
    ranges = allowed or [read_range(text) for text in config.metrics_from]
    application = MetricsApplication(home, ranges)

    def longest_s(address: str) -> float:
        return LONGEST_S if application.may_ask(address) else _STRANGER_S

    serve(
        Served("metrics", "/metrics", application, _THREADS, _REQUEST_LIMIT_BYTES, longest_s),
        listeners,
    )
    return Exit.OK
